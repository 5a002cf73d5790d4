//! What a training is made of, and where it goes.

use std::path::PathBuf;

use bal_artifact::{Place, Stage};

/// This stage and the version of its outputs; raise it when the same inputs give other bytes.
pub const STAGE: Stage = Stage { name: "train", version: 7 };

/// What one network is trained from, and where it goes.
#[derive(Clone, Debug)]
pub struct Files {
    /// Prepared data set.
    pub data: PathBuf,
    /// Artifact of `bal-label`: which points are labelled, and all labels but those of the test set.
    pub label: PathBuf,
    /// Ids of the validation points.
    pub validation: PathBuf,
    /// Output folder of round 0, whose validated weight decay is carried on.
    pub first_round: Option<PathBuf>,
    /// Ids of the pool, which are nodes of the graph of `gaussian_field`; no other network reads them.
    pub pool: Option<PathBuf>,
    /// Where the artifact goes.
    pub place: Place,
}
