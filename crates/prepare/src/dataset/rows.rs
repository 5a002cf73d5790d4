//! The catalogue as a table for people.

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
