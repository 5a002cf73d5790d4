//! The labels of a round, as the stage `label` leaves them for all others.

use std::path::Path;

use ndarray::{Ix1, aview1};

use crate::{Error, Inputs, Manifest, Staging, file, manifest_name, read_array, read_ids};

/// Everything that a round knows of labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundLabels {
    /// Ids of the labelled points, in the order in which they were labelled.
    pub labelled: Vec<i64>,
    /// Their labels.
    pub labels: Vec<i64>,
    /// Labels of the validation set, in the order of its ids.
    pub validation: Vec<i64>,
}

impl RoundLabels {
    /// Reads the three arrays of an artifact of `label`.
    ///
    /// # Errors
    /// As [`read_array`].
    pub fn read(label: &Path) -> Result<Self, Error> {
        let array = |name| Ok(read_array::<i64, Ix1>("labels", &label.join(name))?.to_vec());
        Ok(Self {
            labelled: array(file::LABELLED)?,
            labels: array(file::LABELS)?,
            validation: array(file::VALIDATION_LABELS)?,
        })
    }

    /// Writes the three arrays.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&self, output: &mut Staging) -> Result<(), Error> {
        let arrays = [
            (file::LABELLED, &self.labelled),
            (file::LABELS, &self.labels),
            (file::VALIDATION_LABELS, &self.validation),
        ];
        for (name, values) in arrays {
            output.array(name.trim_end_matches(".npy"), &aview1(values))?;
        }
        Ok(())
    }
}

/// Refuses labels that were looked up in another data set, or for other validation points.
///
/// # Errors
/// [`Error::Mismatch`].
pub fn check_labels_belong(label: &Path, inputs: &Inputs) -> Result<(), Error> {
    let Some(manifest) = Manifest::find(label, "label")? else { return Ok(()) };
    for role in ["dataset", "validation"] {
        if let (Some(asked), Some(given)) = (manifest.inputs.get(role), inputs.records.get(role))
            && asked.sha256 != given.sha256
        {
            let expected = format!("labels for the `{role}` that is given, `{}`", given.path);
            let found = format!("labels for another one, `{}`", asked.path);
            return Err(Error::mismatch(label.join(manifest_name("label")), expected, found));
        }
    }
    Ok(())
}

/// Ids labelled so far, from an artifact of `label`, recorded as the input `labelled`.
///
/// # Errors
/// As [`read_ids`].
pub fn read_labelled(label: &Path, inputs: &mut Inputs) -> Result<Vec<i64>, Error> {
    let path = label.join(file::LABELLED);
    inputs.add("labelled", &path)?;
    read_ids("labelled", &path)
}

/// One label for each of `points` points of `what` ("labels" or "validation_labels"), each below the number
/// of classes, from an artifact of `label`, recorded under that role.
///
/// # Errors
/// As [`read_array`]; [`Error::Value`] for another number of labels, or one that is no class.
pub fn read_labels_of(
    what: &'static str,
    label: &Path,
    points: usize,
    classes: usize,
    inputs: &mut Inputs,
) -> Result<Vec<i64>, Error> {
    let path = label.join(what).with_extension("npy");
    inputs.add(what, &path)?;
    let labels = read_array::<i64, Ix1>(what, &path)?.to_vec();
    if labels.len() != points {
        let found = format!("{} labels for {points} points", labels.len());
        return Err(Error::value(path, "one label per point", found));
    }
    match labels.iter().position(|label| !(0..classes as i64).contains(label)) {
        None => Ok(labels),
        Some(row) => Err(Error::value(
            path,
            format!("labels from 0 to {}", classes.saturating_sub(1)),
            format!("label {} in row {row}", labels[row]),
        )),
    }
}
