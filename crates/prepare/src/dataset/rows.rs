//! The catalogue as a table for people.

use std::fmt;

use bal_artifact::DatasetKind;

use super::catalogue;

/// What is known of a data set before it is prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What `--dataset` calls it.
    pub name: &'static str,
    /// What one input is.
    pub kind: DatasetKind,
    /// Training and test points; `None` if the user's files decide.
    pub points: Option<(usize, usize)>,
    /// How many classes there are; `None` if the user's files decide.
    pub classes: Option<usize>,
    /// Licence as its authors give it.
    pub licence: &'static str,
    /// Where it is looked for; nowhere if only the user has it, or if it is generated.
    pub sources: Vec<String>,
    /// Whether it was ever prepared from the real files. If not, its reader was tried on made ones only.
    pub seen: bool,
}

/// All data sets.
pub fn rows() -> Vec<Row> {
    let row = |spec: &catalogue::Spec| Row {
        name: spec.name,
        kind: spec.kind,
        points: spec.points,
        classes: spec.is_known().then_some(spec.classes.len()),
        licence: spec.licence,
        sources: spec.places.iter().map(ToString::to_string).collect(),
        seen: spec.seen,
    };
    catalogue::all().map(row).collect()
}

impl Row {
    /// Its sizes in words: `60,000 + 10,000 images, 10 classes`.
    fn sizes(&self) -> String {
        let what = match self.kind {
            DatasetKind::Images => "images",
            DatasetKind::Points => "points",
            DatasetKind::Texts => "texts",
        };
        match (self.points, self.classes) {
            (Some((train, test)), Some(classes)) => {
                format!("{} + {} {what}, {classes} classes", grouped(train), grouped(test))
            }
            _ => format!("your own {what}"),
        }
    }

    fn places(&self) -> String {
        match (self.sources.is_empty(), self.kind) {
            (true, DatasetKind::Points) => "generated".to_owned(),
            (true, _) => "only from `--source` or `BAL_DATA_SOURCE`".to_owned(),
            (false, _) => self.sources.join(", "),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.name, self.sizes())?;
        writeln!(f, "  licence: {}", self.licence)?;
        write!(f, "  from: {}", self.places())?;
        if !self.seen {
            write!(
                f,
                "\n  never run on the real files: its reader was tested on made ones of the same form"
            )?;
        }
        Ok(())
    }
}

/// What `--help` says of all data sets.
pub(crate) fn help() -> String {
    let sets = rows().into_iter().filter(|row| row.classes.is_some());
    let sets: Vec<String> = sets.map(|row| format!("`{}` ({})", row.name, row.sizes())).collect();
    format!(
        "Fetch a data set, check its bytes and write it as arrays\n\n{}. `idx`: your own four files in MNIST's format \
         and with its names (`train-images-idx3-ubyte` or `train-images.idx3-ubyte`, …), from `--source`; no digest of \
         them is known, so none is checked. `bal list datasets` tells licences and sources.",
        sets.join(", ")
    )
}

/// With a comma between thousands.
fn grouped(number: usize) -> String {
    match number / 1000 {
        0 => number.to_string(),
        thousands => format!("{},{:03}", grouped(thousands), number % 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_there_is() {
        let text = |name| rows().into_iter().find(|row| row.name == name).unwrap().to_string();
        let expected = "mnist: 60,000 + 10,000 images, 10 classes\n  licence: CC BY-SA 3.0 (as usually given)\n  from: `http";
        assert!(text("mnist").starts_with(expected), "{}", text("mnist"));
        assert!(
            text("svhn").ends_with(
                "never run on the real files: its reader was tested on made ones of the same form"
            )
        );
        assert!(text("idx").contains("own images\n") && text("two_moons").ends_with("from: generated"));
        assert_eq!(
            (grouped(7), grouped(1_000), grouped(1_234_056)),
            ("7".into(), "1,000".into(), "1,234,056".into())
        );
    }
}
