//! The sections of the page. Each is a type that says what it needs, and makes its HTML, files and tables.

mod calibration;
mod classes;
mod curve_figure;
mod curves;
mod differences;
mod gallery;
mod in_short;
mod joint;
mod kept;
mod labels_to;
mod made;
mod maps;
mod paired;
mod pipelines;
mod plane_map;
mod protocol;
mod published;
mod redundancy;
mod reliability;
mod scores;
mod seeds;
mod state;
mod summary;
mod times;
mod understanding;

use bal_artifact::Inputs;

pub(crate) use made::Made;

use crate::Error;
use crate::material::Material;

/// A section of the page.
pub(crate) trait Section: Sync {
    /// Its anchor in the page.
    fn id(&self) -> &'static str;

    fn heading(&self) -> &'static str;

    /// What runs must have for it, as the end of "needs …"; the page says it where they have not.
    fn needs(&self) -> &'static str;

    /// The section on these runs; `None` where they lack what it needs. Files that it reads are recorded.
    fn make(&self, material: &Material, inputs: &mut Inputs) -> Result<Option<Made>, Error>;
}

/// All of them, in the order of the page.
pub(crate) const ALL: &[&dyn Section] = &[
    &in_short::InShort,
    &protocol::WhatWasRun,
    &curves::LearningCurves,
    &labels_to::LabelsToAccuracy,
    &summary::Summary,
    &paired::PairedComparison,
    &calibration::Calibration,
    &gallery::Gallery,
    &classes::ClassBalance,
    &maps::ScoreMaps,
    &understanding::UnderstandingBald,
    &scores::ScoreDistributions,
    &joint::JointInformation,
    &redundancy::Redundancy,
    &seeds::DeviatingSeeds,
    &times::Times,
    &published::PublishedNumbers,
    &pipelines::Pipelines,
];
