//! What can go wrong with networks, devices and data on them.

use std::path::PathBuf;

use bal_error::{Explain, exit};

use crate::InputForm;

/// A network could not be built, loaded or placed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The inputs are too small or of another kind than the network's layers take.
    #[error("network `{network}` cannot take {form}: {reason}")]
    InputShape {
        /// Name of the network.
        network: &'static str,
        /// The form of one input.
        form: InputForm,
        /// Which layer refuses and why.
        reason: String,
        /// Names of the networks that take such inputs.
        taking: Vec<&'static str>,
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
    /// Another number of members than the posterior is made for.
    #[error("posterior `{posterior}` is of {expected}, and the checkpoint has {members}")]
    Members {
        /// Name of the posterior.
        posterior: &'static str,
        /// How many members it takes.
        expected: &'static str,
        /// How many there are.
        members: usize,
    },
    /// The device does not exist or does not answer.
    #[error("device `{device}` is not available: {found}")]
    Device {
        /// As asked for.
        device: String,
        /// What is there.
        found: String,
    },
    /// An artifact.
    #[error(transparent)]
    Artifact(#[from] bal_artifact::Error),
}

impl Explain for Error {
    fn exit_code(&self) -> u8 {
        match self {
            Self::InputShape { .. } | Self::Device { .. } => exit::CONFIG,
            Self::Weights { .. } | Self::Members { .. } => exit::INPUT,
            Self::Artifact(error) => error.exit_code(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::InputShape { taking, .. } if taking.is_empty() => "no network takes such inputs".to_owned(),
            Self::InputShape { taking, .. } => {
                format!("choose one that takes such inputs: {}", taking.join(", "))
            }
            Self::Weights { .. } => "train again on this data set".to_owned(),
            Self::Members { members: 1, .. } => {
                "take `mc_dropout` or `deterministic`, or train more `members`".to_owned()
            }
            Self::Members { .. } => "take `deep_ensemble` or `ensemble_mc_dropout`".to_owned(),
            Self::Device { .. } => "see `bal devices`, or use `--device cpu`".to_owned(),
            Self::Artifact(error) => return error.hint(),
        })
    }
}
