//! Where posterior samples come from, as pipelines say it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Posterior samples of a member at most: their masks and the predictions of a tile of points then take about
/// a gigabyte.
pub const MAX_SAMPLES: usize = 10_000;

/// Where posterior samples come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Posterior {
    /// Dropout masks kept on at prediction time (Gal & Ghahramani 2016), the same masks for every point.
    McDropout {
        /// Number K of masks, also written T.
        #[serde(default = "Posterior::masks")]
        #[schemars(range(min = 1, max = MAX_SAMPLES))]
        samples: usize,
    },
    /// One pass without dropout: K = 1.
    Deterministic,
    /// One pass of each member without dropout (Lakshminarayanan et al. 2017): K is the number of
    /// `train.members`.
    DeepEnsemble,
    /// Dropout masks of its own for each member: K is the number of `train.members` times that of masks.
    EnsembleMcDropout {
        /// Number T of masks of each member.
        #[serde(default = "Posterior::masks")]
        #[schemars(range(min = 1, max = MAX_SAMPLES))]
        samples: usize,
    },
}

/// A posterior without its number of samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PosteriorKind {
    /// Dropout masks kept on at prediction time.
    McDropout,
    /// One pass without dropout.
    Deterministic,
    /// One pass of each member without dropout.
    DeepEnsemble,
    /// Dropout masks of its own for each member.
    EnsembleMcDropout,
}

impl Default for Posterior {
    fn default() -> Self {
        Self::McDropout { samples: Self::masks() }
    }
}

impl Posterior {
    fn masks() -> usize {
        100
    }

    /// The same without its number of samples.
    pub fn kind(self) -> PosteriorKind {
        match self {
            Self::McDropout { .. } => PosteriorKind::McDropout,
            Self::Deterministic => PosteriorKind::Deterministic,
            Self::DeepEnsemble => PosteriorKind::DeepEnsemble,
            Self::EnsembleMcDropout { .. } => PosteriorKind::EnsembleMcDropout,
        }
    }

    /// Masks of each member; none where dropout is off.
    pub fn masks_of_a_member(self) -> Option<usize> {
        match self {
            Self::McDropout { samples } | Self::EnsembleMcDropout { samples } => Some(samples),
            Self::Deterministic | Self::DeepEnsemble => None,
        }
    }

    /// Number K of posterior samples of an ensemble of this many members.
    pub fn samples(self, members: usize) -> usize {
        members.saturating_mul(self.masks_of_a_member().unwrap_or(1))
    }
}

impl PosteriorKind {
    /// Name in YAML and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::McDropout => "mc_dropout",
            Self::Deterministic => "deterministic",
            Self::DeepEnsemble => "deep_ensemble",
            Self::EnsembleMcDropout => "ensemble_mc_dropout",
        }
    }

    /// What is taken for so many members where nothing is said.
    pub fn of_members(members: usize) -> Self {
        if members == 1 { Self::McDropout } else { Self::DeepEnsemble }
    }

    /// With this many masks of each member, where there are any.
    pub fn with_samples(self, samples: usize) -> Posterior {
        match self {
            Self::McDropout => Posterior::McDropout { samples },
            Self::Deterministic => Posterior::Deterministic,
            Self::DeepEnsemble => Posterior::DeepEnsemble,
            Self::EnsembleMcDropout => Posterior::EnsembleMcDropout { samples },
        }
    }

    /// Whether it is made for this many members.
    ///
    /// # Errors
    /// [`Error::Members`]: one network is no ensemble, and of several none is left out.
    pub fn check_members(self, members: usize) -> Result<(), Error> {
        let of_one = matches!(self, Self::McDropout | Self::Deterministic);
        if of_one == (members == 1) {
            return Ok(());
        }
        let expected = if of_one { "one network" } else { "several networks" };
        Err(Error::Members { posterior: self.name(), expected, members })
    }
}
