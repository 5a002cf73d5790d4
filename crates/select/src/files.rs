//! What is picked from and where the batch goes.

use std::path::{Path, PathBuf};

use bal_artifact::{Inputs, Place, read_ids, read_labelled};

use crate::{Basis, Error};

/// What is picked from, and where the batch goes.
#[derive(Clone, Debug)]
pub struct Files {
    /// What is picked from.
    pub basis: Basis,
    /// Which points are labelled, where it matters.
    pub labelled: Option<Labelled>,
    /// Where the artifact goes.
    pub place: Place,
}

/// Which points are labelled so far.
#[derive(Clone, Debug)]
pub enum Labelled {
    /// A file of their ids: this stage writes the new one, `labelled.npy`.
    Ids(PathBuf),
    /// An artifact of `bal-label`, which keeps the list itself, with their labels.
    Folder(PathBuf),
}

impl Labelled {
    /// The file or folder.
    pub(crate) fn path(&self) -> &Path {
        let (Self::Ids(path) | Self::Folder(path)) = self;
        path
    }

    pub(crate) fn read(&self, inputs: &mut Inputs) -> Result<Vec<i64>, Error> {
        Ok(match self {
            Self::Folder(folder) => read_labelled(folder, inputs)?,
            Self::Ids(path) => {
                inputs.add("labelled", path)?;
                read_ids("labelled", path)?
            }
        })
    }
}

/// How the work is done.
#[derive(Clone, Copy, Debug)]
pub struct Execution {
    /// Threads of the methods on predictions and on features.
    pub threads: usize,
    /// Prints a line per pick that says why it was picked.
    pub explain: bool,
}
