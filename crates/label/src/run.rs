//! The stage: ids labelled before, then those picked since, each with its label.

use std::path::{Path, PathBuf};

use bal_artifact::{
    Clock, Draft, Inputs, Place, RoundLabels, Stage, file, read_ids, read_labelled, read_labels,
};
use bal_settings::Checked;

use crate::{Config, Error, Oracle};

/// This stage and the version of its outputs; raise it when the same inputs give other bytes.
pub const STAGE: Stage = Stage { name: "label", version: 1 };

/// One round whose labels are asked for.
#[derive(Clone, Debug)]
pub struct Files {
    /// Prepared data set.
    pub data: PathBuf,
    /// Which points are labelled.
    pub from: From,
    /// Ids of the validation points.
    pub validation: PathBuf,
    /// Where the artifact goes.
    pub place: Place,
}

/// Which points are labelled in a round.
#[derive(Clone, Debug)]
pub enum From {
    /// The first round: the initial training set.
    Initial(PathBuf),
    /// A later one: those of the round before, and those picked in it.
    Before {
        /// Artifact of this stage.
        label: PathBuf,
        /// Picked ids.
        selected: PathBuf,
    },
}

impl From {
    fn files(&self) -> Vec<&Path> {
        match self {
            Self::Initial(initial) => vec![initial],
            Self::Before { label, selected } => vec![label, selected],
        }
    }

    /// Ids in the order in which they were labelled, each part with the file that it was read from.
    fn parts(&self, inputs: &mut Inputs) -> Result<Vec<(PathBuf, Vec<i64>)>, Error> {
        match self {
            Self::Initial(initial) => {
                inputs.add("initial", initial)?;
                Ok(vec![(initial.clone(), read_ids("initial", initial)?)])
            }
            Self::Before { label, selected } => {
                let before = read_labelled(label, inputs)?;
                inputs.add("selected", selected)?;
                let picked = read_ids("selected", selected)?;
                if let Some(&id) = picked.iter().find(|id| before.contains(id)) {
                    return Err(Error::Labelled { path: selected.clone(), id });
                }
                Ok(vec![(label.join(file::LABELLED), before), (selected.clone(), picked)])
            }
        }
    }
}

/// Asks for the labels of a round and publishes `labelled.npy`, `labels.npy` and `validation_labels.npy`.
///
/// # Errors
/// [`Error::Unknown`] for the first point without a label, [`Error::Id`] for an id that is no row of the data
/// set, [`Error::Labelled`] for a picked point that was labelled before.
pub fn run(config: &Checked<Config>, files: &Files) -> Result<(), Error> {
    let reads: Vec<&Path> =
        files.from.files().into_iter().chain([files.data.as_path(), &files.validation]).collect();
    let mut draft = Draft::begin(STAGE, &files.place, &reads, Clock::start("cpu", 1))?;
    ask(config, files, &mut draft.inputs)?.write(&mut draft.output)?;
    Ok(draft.publish(config)?)
}

/// Whether the artifact that is there holds what [`run`] would write: then nothing after it is done again.
///
/// # Errors
/// As [`run`], and if the artifact cannot be read.
pub fn is_unchanged(config: &Checked<Config>, files: &Files) -> Result<bool, Error> {
    let now = ask(config, files, &mut Inputs::new(&files.place.root))?;
    Ok(RoundLabels::read(&files.place.out)? == now)
}

/// What the oracle says, and what was read for it.
fn ask(config: &Checked<Config>, files: &Files, inputs: &mut Inputs) -> Result<RoundLabels, Error> {
    let parts = files.from.parts(inputs)?;
    inputs.add("validation", &files.validation)?;
    let validation = read_ids("validation", &files.validation)?;

    let Oracle::Dataset = config.oracle;
    let classes = inputs.add_dataset(&files.data)?.classes.len();
    inputs.add("train_labels", &files.data.join(file::TRAIN_LABELS))?;
    let known = read_labels(&files.data, file::TRAIN_LABELS, classes)?;
    let labels = parts.iter().map(|(path, ids)| look_up(ids, &known, path)).collect::<Result<Vec<_>, _>>()?;
    Ok(RoundLabels {
        labelled: parts.into_iter().flat_map(|(_, ids)| ids).collect(),
        labels: labels.concat(),
        validation: look_up(&validation, &known, &files.validation)?,
    })
}

/// Labels of these ids, which were read from `path`.
fn look_up(ids: &[i64], known: &[i64], path: &Path) -> Result<Vec<i64>, Error> {
    let label = |&id: &i64| {
        let label = usize::try_from(id).ok().and_then(|id| known.get(id).copied());
        match label {
            None => Err(Error::Id { path: path.to_path_buf(), id, rows: known.len() }),
            Some(label) if label < 0 => Err(Error::Unknown { path: path.to_path_buf(), id }),
            Some(label) => Ok(label),
        }
    };
    ids.iter().map(label).collect()
}
