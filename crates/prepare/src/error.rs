//! What can go wrong while data are prepared.

use bal_cli::{Explain, Interrupted, exit, nearest};
use bal_settings::Invalid;

/// A data set or a split could not be made.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum Error {
    /// This data set comes from nowhere but the user.
    #[error("data set `{name}` needs a source")]
    NoSource { name: &'static str },
    /// No source delivered the data set: each that was tried, and why it did not work.
    #[error("failed to fetch data set `{name}`; tried:\n  - {}", attempts.join("\n  - "))]
    Fetch { name: &'static str, files: usize, attempts: Vec<String> },
    /// The only place to look in is a folder, and it lacks the files.
    #[error("failed to read data set `{name}` from {place}: {reason}")]
    Source {
        name: &'static str,
        folder: &'static str,
        files: usize,
        place: String,
        reason: String,
        /// By `--source`, and not as one of all places that are looked in.
        named: bool,
    },
    /// The bytes of a source that the user named are not those of the data set.
    #[error("`{file}` is not the file that belongs to data set `{name}`: expected {expected}, got {got}")]
    Checksum { name: &'static str, file: String, expected: String, got: String },
    /// A file is not in its format, or its content does not belong to the rest.
    #[error("`{file}` is not usable: expected {expected}, found {found}")]
    Unusable { file: String, expected: String, found: String, hint: &'static str },
    /// No label is 0, and the user did not say so.
    #[error(
        "labels in `{file}` start at {lowest}: expected labels from 0, found {lowest} to {highest} in both halves"
    )]
    LabelsStart { file: String, lowest: i64, highest: i64 },
    /// A label is smaller than the first one.
    #[error("label {lowest} in `{file}` is below the first label, `--labels-start-at {start}`")]
    LabelBelowStart { file: String, lowest: i64, start: i64 },
    /// There is nothing to learn.
    #[error("all training labels in `{file}` are {label}: expected at least two classes")]
    OneClass { file: String, label: i64 },
    /// A decoded data set is not the published one.
    #[error(
        "training images of `{name}` have {statistic} {found:.7} in channel {channel}, published is {expected:.6}"
    )]
    Statistics { name: &'static str, statistic: &'static str, channel: usize, expected: f64, found: f64 },
    /// More points were asked for than there are.
    #[error("`{key}`{} asks for {asked} points, but only {available} are there", of_class(class.as_deref()))]
    TooMany { key: &'static str, class: Option<String>, asked: usize, available: usize },
    /// Nothing is left to pick from.
    #[error(
        "no pool is left of {points} training points: {initial} are initial, {validation} for validation"
    )]
    NoPool { points: usize, initial: usize, validation: usize },
    /// A setting that cannot be used.
    #[error(transparent)]
    Setting(#[from] Invalid),
    /// The data set has no such class.
    #[error("`keep_fraction` names class `{class}`, which the data set does not have")]
    UnknownClass { class: String, classes: Vec<String> },
    /// A class was given two fractions.
    #[error("`keep_fraction` names class `{class}` twice")]
    ClassTwice { class: String },
    /// A file of the project's own formats.
    #[error(transparent)]
    Artifact(#[from] bal_artifact::Error),
    /// A signal asked to stop.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

fn of_class(class: Option<&str>) -> String {
    class.map_or_else(String::new, |class| format!(" of class `{class}`"))
}

/// As it stands in a sentence.
fn in_words(files: usize) -> String {
    let words = ["no", "one", "two", "three", "four", "five", "six"];
    words.get(files).map_or_else(|| files.to_string(), |&word| word.to_owned())
}

impl Explain for Error {
    fn exit_code(&self) -> u8 {
        match self {
            Self::NoPool { .. }
            | Self::TooMany { .. }
            | Self::UnknownClass { .. }
            | Self::ClassTwice { .. } => exit::CONFIG,
            Self::Setting(error) => error.exit_code(),
            // All of these: the data set cannot be had.
            Self::NoSource { .. }
            | Self::Source { named: false, .. }
            | Self::Fetch { .. }
            | Self::Checksum { .. }
            | Self::Statistics { .. } => exit::DOWNLOAD,
            Self::Source { .. }
            | Self::Unusable { .. }
            | Self::LabelsStart { .. }
            | Self::LabelBelowStart { .. }
            | Self::OneClass { .. } => exit::INPUT,
            Self::Artifact(error) => error.exit_code(),
            Self::Interrupted(error) => error.exit_code(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoSource { .. } => {
                "name the folder of its files with `--source DIR`, or for all commands with `BAL_DATA_SOURCE`"
                    .to_owned()
            }
            Self::Fetch { files, .. } => format!(
                "put the {} official files into a folder and name it with `--source DIR` or `BAL_DATA_SOURCE`",
                in_words(*files)
            ),
            Self::Checksum { .. } => {
                "fetch that file again, or leave `--source` out to let `bal-prepare` look for it".to_owned()
            }
            Self::Unusable { hint, .. } => (*hint).to_owned(),
            Self::Source { folder, files, .. } => format!(
                "put the {} files into that folder, or into `{folder}` in it; `--source` or `BAL_DATA_SOURCE` names it",
                in_words(*files)
            ),
            Self::LabelsStart { lowest, .. } => format!(
                "give `--labels-start-at {lowest}` if {lowest} is the first class; if the classes before it only have \
                 no points here, give `--labels-start-at 0`"
            ),
            Self::LabelBelowStart { lowest, .. } => {
                format!("give `--labels-start-at {lowest}`, or correct the file")
            }
            Self::OneClass { .. } => {
                "check that these are the labels of the training images, and add points of another class"
                    .to_owned()
            }
            Self::Statistics { .. } => "report this: the bytes are right, so the decoder is not".to_owned(),
            Self::NoPool { .. } => "take fewer, so that there are points to pick from".to_owned(),
            Self::TooMany { class: Some(class), available: 0, .. } => {
                format!(
                    "no training point has the label of class `{class}`: give some, or leave the class out"
                )
            }
            Self::TooMany { available, .. } => format!("ask for {available} or fewer"),
            Self::Setting(error) => return error.hint(),
            Self::UnknownClass { class, classes } => {
                let names = classes.iter().map(String::as_str);
                match nearest(class, names.clone()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!(
                        "give one of {} or an index below {}",
                        names.collect::<Vec<_>>().join(", "),
                        classes.len()
                    ),
                }
            }
            Self::ClassTwice { .. } => "name each class once, by name or by index".to_owned(),
            Self::Artifact(error) => return error.hint(),
            Self::Interrupted(error) => return error.hint(),
        })
    }
}
