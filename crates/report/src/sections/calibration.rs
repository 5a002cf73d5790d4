//! How far probabilities are from frequencies: by number of labels, and at the end by confidence.

use bal_artifact::Inputs;
use maud::html;

use super::curve_figure::CurveFigure;
use super::reliability::{self, LEAST_POINTS};
use super::{Made, Section};
use crate::material::Material;
use crate::{Error, Metric};

pub(super) struct Calibration;

impl Section for Calibration {
    fn id(&self) -> &'static str {
        "calibration"
    }

    fn heading(&self) -> &'static str {
        "Calibration"
    }

    fn needs(&self) -> &'static str {
        "bins of calibration, which earlier versions of `train` did not keep"
    }

    fn make(&self, material: &Material, inputs: &mut Inputs) -> Result<Option<Made>, Error> {
        let mut made = Made::default();
        // The figure of learning curves may show it already.
        let shown_above = material.config.learning_curves.metric == Metric::TestEce;
        for group in &material.groups {
            let name = format!("calibration{}", group.suffix);
            let curves = CurveFigure::of(material, group, Metric::TestEce, &name).filter(|_| !shown_above);
            let diagram = reliability::figure(material, group, inputs)?;
            if material.groups.len() > 1 && (curves.is_some() || diagram.is_some()) {
                made.add(html! { h3 { (group.title) } });
            }
            if let Some(curves) = curves {
                made.add(curves.html(&html! {
                    "Expected calibration error on the test set (15 equal bins) by number of labels; 0 is perfect."
                }));
                made.files_of(&curves.figure);
            }
            if let Some(diagram) = diagram {
                made.figure(&diagram, None, &html! {
                    "Reliability with the last number of labels: of the test points that are predicted with a \
                     confidence, the share that is predicted rightly, in 15 equal bins, seeds together. Below the \
                     broken line predictions are too sure, above it not sure enough. Bins with fewer than "
                    (LEAST_POINTS) " points are in the file of numbers only."
                });
            }
        }
        Ok(Some(made).filter(|made| !made.is_empty()))
    }
}
