//! What can go wrong with networks, devices and data on them.

use std::path::PathBuf;

use bal_error::{Explain, did_you_mean, exit};

/// A network could not be built, loaded or placed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A network was asked for by a name that does not exist.
    #[error("unknown network `{name}`")]
    UnknownNetwork {
        /// The name.
        name: String,
    },
    /// The inputs are too small or of another rank than the network's layers take.
    #[error("network `{network}` cannot take inputs of shape {shape:?}: {reason}")]
    InputShape {
        /// Name of the network.
        network: &'static str,
        /// Shape of one input.
        shape: Vec<usize>,
        /// Which layer refuses and why.
        reason: String,
    },
    /// Weights that do not belong to the network or the data set.
    #[error("weights `{}` do not fit: expected {expected}, found {found}", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// What the network or data set asks for.
        expected: String,
        /// What the file holds.
        found: String,
    },
    /// The device does not exist or does not answer.
    #[error("device `{device}` is not available: {found}")]
    Device {
        /// As asked for.
        device: String,
        /// What is there.
        found: String,
    },
    /// An id that is no row of the data set.
    #[error("id {id} at position {position} of `{}` is no row of the data set: expected 0 to {}", path.display(), rows - 1)]
    Id {
        /// File with the ids.
        path: PathBuf,
        /// The id.
        id: i64,
        /// Its position.
        position: usize,
        /// Rows of the training set.
        rows: usize,
    },
    /// A point that must be labelled is not.
    #[error("point {id} of `{}` has label {label}: expected 0 to {}", path.display(), classes - 1)]
    Label {
        /// File with the ids.
        path: PathBuf,
        /// Id of the point.
        id: i64,
        /// Its label.
        label: i64,
        /// Number of classes.
        classes: usize,
    },
    /// An artifact.
    #[error(transparent)]
    Artifact(#[from] bal_artifact::Error),
}

impl Explain for Error {
    fn exit_code(&self) -> u8 {
        match self {
            Self::UnknownNetwork { .. } | Self::InputShape { .. } | Self::Device { .. } => exit::CONFIG,
            Self::Weights { .. } | Self::Id { .. } | Self::Label { .. } => exit::INPUT,
            Self::Artifact(error) => error.exit_code(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::UnknownNetwork { name } => {
                let names = crate::NetworkName::ALL.map(crate::NetworkName::name);
                did_you_mean(name, names)
            }
            Self::InputShape { shape, .. } => {
                let taking = crate::NetworkName::taking(shape);
                match taking.iter().map(|network| network.name()).collect::<Vec<_>>() {
                    names if names.is_empty() => "no network takes such inputs".to_owned(),
                    names => format!("choose one that takes such inputs: {}", names.join(", ")),
                }
            }
            Self::Weights { .. } => "train again on this data set".to_owned(),
            Self::Device { .. } => "see `bal devices`, or use `--device cpu`".to_owned(),
            Self::Id { .. } | Self::Label { .. } => "give ids of labelled points of this data set".to_owned(),
            Self::Artifact(error) => return error.hint(),
        })
    }
}
