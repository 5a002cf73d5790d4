//! Numbers that others have published, read from files and shown beside measured ones.
//!
//! `pipelines/published/README.md` says what a file may say.

mod value;

use std::path::{Path, PathBuf};

use bal_artifact::{Error as ArtifactError, seen_from};
use maud::html;
use serde::Deserialize;

pub(crate) use value::Published as PublishedValue;

use crate::numbers::{Column, Entry};
use crate::words::NONE;
use crate::{Config, Error};

/// A file of published numbers, checked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Publication {
    /// Where it was read.
    pub(crate) path: PathBuf,
    /// The citation.
    pub(crate) source: String,
    /// What it is called in tables.
    pub(crate) short: String,
    /// Where the source is found, `http(s)`.
    pub(crate) url: Option<String>,
    /// Which table or figure of it.
    pub(crate) place: String,
    /// Read off a figure: less exact than a table.
    pub(crate) read_off_figure: bool,
    /// What was done otherwise than here, in a sentence.
    pub(crate) note: Option<String>,
    /// Points to add to each number of labels: numbers of acquired points stand as they were published.
    pub(crate) initial: u64,
    /// Labels to an accuracy.
    pub(crate) labels_to_accuracy: Vec<LabelsTo>,
    /// Accuracy at a number of labels, initial set included.
    pub(crate) accuracy_at_labels: Vec<AccuracyAt>,
}

/// How many labels each cell took to a test accuracy.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabelsTo {
    /// A share.
    pub(crate) accuracy: f64,
    /// By name of a cell, in the order of the file.
    pub(crate) cells: Cells,
}

/// The test accuracy of each cell at a number of labels.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccuracyAt {
    /// Number of labels, counted as the file says.
    pub(crate) labels: u64,
    /// By name of a cell: shares.
    pub(crate) cells: Cells,
}

/// Published values by name of a cell.
pub(crate) type Cells = std::collections::BTreeMap<String, PublishedValue>;

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    source: String,
    short: String,
    url: Option<String>,
    #[serde(rename = "where")]
    place: String,
    read_off_figure: bool,
    note: Option<String>,
    counts: Counts,
    initial: Option<u64>,
    #[serde(default)]
    labels_to_accuracy: Vec<LabelsTo>,
    #[serde(default)]
    accuracy_at_labels: Vec<AccuracyAt>,
}

/// What numbers of labels count.
#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Counts {
    /// The initial set too.
    Total,
    /// Only what was acquired after it.
    Acquired,
}

impl Publication {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ArtifactError::Missing`] without it; [`Error::Published`] for unknown keys and impossible values.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let text = match fs_err::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(
                    ArtifactError::Missing { what: "published numbers", path: path.to_owned() }.into()
                );
            }
            Err(source) => {
                return Err(ArtifactError::Io { action: "read", path: path.to_owned(), source }.into());
            }
        };
        Self::parse(&text, path).map_err(|problem| Error::Published { path: path.to_owned(), problem })
    }

    fn parse(text: &str, path: &Path) -> Result<Self, String> {
        let wire: Wire = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        let initial = match (&wire.counts, wire.initial) {
            (Counts::Acquired, Some(initial)) => initial,
            (Counts::Acquired, None) => {
                return Err("key `initial`: `counts: acquired` needs the size of the initial set".to_owned());
            }
            (Counts::Total, None) => 0,
            (Counts::Total, Some(_)) => {
                return Err("key `initial`: `counts: total` has counted the initial set already".to_owned());
            }
        };
        if let Some(url) = &wire.url
            && !["https://", "http://"].iter().any(|start| url.starts_with(start))
        {
            return Err(format!("key `url`: expected `https://…`, found `{url}`"));
        }
        for (key, text) in [("source", &wire.source), ("short", &wire.short), ("where", &wire.place)] {
            if text.trim().is_empty() {
                return Err(format!("key `{key}`: expected a text, found none"));
            }
        }
        for (index, row) in wire.labels_to_accuracy.iter().enumerate() {
            share(row.accuracy)
                .map_err(|problem| format!("labels_to_accuracy[{index}].accuracy: {problem}"))?;
        }
        for (index, row) in wire.accuracy_at_labels.iter().enumerate() {
            for (cell, value) in &row.cells {
                let checked = value.numbers().into_iter().try_for_each(share);
                checked.map_err(|problem| format!("accuracy_at_labels[{index}].cells.{cell}: {problem}"))?;
            }
        }
        if wire.labels_to_accuracy.is_empty() && wire.accuracy_at_labels.is_empty() {
            return Err("expected `labels_to_accuracy` or `accuracy_at_labels`, found neither".to_owned());
        }
        let Wire { source, short, url, place, read_off_figure, note, .. } = wire;
        let (labels_to_accuracy, accuracy_at_labels) = (wire.labels_to_accuracy, wire.accuracy_at_labels);
        let path = path.to_owned();
        Ok(Self {
            path,
            source,
            short,
            url,
            place,
            read_off_figure,
            note,
            initial,
            labels_to_accuracy,
            accuracy_at_labels,
        })
    }

    /// What was published of a cell's labels to an accuracy.
    pub(crate) fn labels_to(&self, accuracy: f64, cell: &str) -> Option<PublishedValue> {
        let mut rows = self.labels_to_accuracy.iter().filter(|row| (row.accuracy - accuracy).abs() < 1e-9);
        rows.find_map(|row| row.cells.get(cell).copied())
    }

    /// What was published of a cell's accuracy at a number of labels, initial set included.
    pub(crate) fn accuracy_at(&self, labels: u64, cell: &str) -> Option<PublishedValue> {
        let mut rows = self.accuracy_at_labels.iter().filter(|row| row.labels + self.initial == labels);
        rows.find_map(|row| row.cells.get(cell).copied())
    }
}

/// Whether all files of published numbers can be read, which `config` names as seen from `root`: worth
/// knowing before a run of days.
///
/// # Errors
/// Where one is missing or cannot be understood.
pub fn check_published(config: &Config, root: &Path) -> Result<(), Error> {
    config.published.iter().try_for_each(|name| Publication::read(&seen_from(root, name)).map(drop))
}

impl Publication {
    /// Its column in a table of measured numbers, which is not in that table's CSV.
    pub(crate) fn column(&self, unit: &str) -> Column {
        Column::shown_only(format!("published: {}{unit}", self.short))
    }
}

/// A published number in its column, with `add` and times `factor`.
pub(crate) fn entry(value: Option<PublishedValue>, add: f64, factor: f64) -> Entry {
    let shown = html! {
        @match value {
            Some(value) => em.published { (value.shown(add, factor)) },
            None => (NONE),
        }
    };
    Entry::new(Vec::new(), shown)
}

/// Refuses what is no share: percents in particular.
fn share(value: f64) -> Result<(), String> {
    match value {
        share if (0.0..=1.0).contains(&share) => Ok(()),
        percent if percent > 1.0 && percent <= 100.0 => {
            Err(format!("expected a share, found {percent}; write {percent} % as `{}`", percent / 100.0))
        }
        other => Err(format!("expected a share from 0 to 1, found {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "
source: A & B 2017
short: A & B
url: https://example.org/x
where: table 1
read_off_figure: false
counts: acquired
initial: 20
labels_to_accuracy:
  - {accuracy: 0.9, cells: {random: 255, bald: {value: 145, plus_minus: 12}}}
accuracy_at_labels:
  - {labels: 80, cells: {bald: {from: 0.7, to: 0.8}}}
";

    fn parse(text: &str) -> Result<Publication, String> {
        Publication::parse(text, Path::new("a.yaml"))
    }

    #[test]
    fn numbers_stand_as_they_were_published_and_are_found_by_cell() {
        let read = parse(WHOLE).unwrap();
        assert_eq!(read.labels_to(0.9, "random"), Some(PublishedValue::Exact(255.0)));
        let bald = PublishedValue::PlusMinus { value: 145.0, plus_minus: 12.0 };
        assert_eq!(read.labels_to(0.9, "bald"), Some(bald));
        assert_eq!((read.labels_to(0.95, "bald"), read.labels_to(0.9, "badge")), (None, None));
        let range = PublishedValue::Range { from: 0.7, to: 0.8 };
        assert_eq!((read.accuracy_at(100, "bald"), read.accuracy_at(80, "bald")), (Some(range), None));
        assert_eq!(read.initial, 20);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_name() {
        for (from, to, problem) in [
            ("initial: 20", "", "key `initial`: `counts: acquired` needs the size of the initial set"),
            ("counts: acquired", "counts: total", "key `initial`: `counts: total` has counted"),
            ("https://example.org", "javascript:alert(1)//", "key `url`: expected `https://…`"),
            ("accuracy: 0.9", "accuracy: 90", "write 90 % as `0.9`"),
            ("to: 0.8", "to: 80", "accuracy_at_labels[0].cells.bald: expected a share, found 80"),
            ("to: 0.8", "to: 0.6", "expected `from` below `to`"),
            ("plus_minus: 12", "plus: 12", "unknown field `plus`"),
            ("where: table 1", "where: ''", "key `where`: expected a text"),
            ("random: 255", "random: many", "expected a number"),
            ("short: A & B", "shorter: A & B", "unknown field `shorter`"),
        ] {
            assert!(WHOLE.contains(from), "{from}");
            let found = parse(&WHOLE.replacen(from, to, 1)).unwrap_err();
            assert!(found.contains(problem), "{from} → {to}: {found}");
        }
        let nothing = WHOLE.split("labels_to_accuracy").next().unwrap();
        assert!(parse(nothing).unwrap_err().contains("found neither"));
    }
}
