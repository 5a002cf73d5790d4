//! How far probabilities are from frequencies, by number of labels.

use bal_artifact::Inputs;
use maud::html;

use super::curve_figure::CurveFigure;
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
        "a round that was trained"
    }

    fn make(&self, material: &Material, _: &mut Inputs) -> Result<Option<Made>, Error> {
        // The figure of learning curves shows it already.
        if material.config.learning_curves.metric == Metric::TestEce {
            return Ok(None);
        }
        let mut made = Made::default();
        for group in &material.groups {
            let name = format!("calibration{}", group.suffix);
            let Some(figure) = CurveFigure::of(material, group, Metric::TestEce, &name) else { continue };
            if material.groups.len() > 1 {
                made.add(html! { h3 { (group.title) } });
            }
            made.add(figure.html(&html! {
                "Expected calibration error on the test set (15 equal bins) by number of labels; 0 is perfect. \
                 The bins themselves are not kept, so that there is no reliability diagram."
            }));
            made.files_of(&figure.figure);
        }
        Ok(Some(made).filter(|made| !made.is_empty()))
    }
}
