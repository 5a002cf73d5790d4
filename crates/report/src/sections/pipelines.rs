//! The resolved pipelines as they are.

use bal_artifact::{Inputs, own_name};
use maud::html;

use super::{Made, Section};
use crate::Error;
use crate::material::Material;

pub(super) struct Pipelines;

impl Section for Pipelines {
    fn id(&self) -> &'static str {
        "pipeline"
    }

    fn heading(&self) -> &'static str {
        "Resolved pipeline"
    }

    fn needs(&self) -> &'static str {
        "`pipeline.yaml` in the folder of runs"
    }

    fn make(&self, material: &Material, _: &mut Inputs) -> Result<Option<Made>, Error> {
        if material.pipelines.is_empty() {
            return Ok(None);
        }
        let mut made = Made::default();
        for pipeline in material.pipelines {
            let name = pipeline.path.file_name().unwrap_or_default().to_string_lossy();
            let label = format!("{}/{name}", own_name(&pipeline.folder));
            made.add(html! { details {
                summary { code { (label) } }
                pre tabindex="0" role="group" aria-label=(label) { (pipeline.text) }
            } });
        }
        Ok(Some(made))
    }
}
