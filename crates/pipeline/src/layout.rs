//! Where everything lies.

use std::path::{Path, PathBuf};

use crate::sweep::RunSpec;
use crate::task::{Stage, Task};

/// The folders of one pipeline.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The artifact folder: `artifacts/<name>`, with a profile `artifacts/<name>-<profile>`.
    pub(crate) root: PathBuf,
    /// Prepared data sets, one folder each.
    pub(crate) data_dir: PathBuf,
}

impl Layout {
    /// The resolved pipeline.
    pub(crate) fn pipeline_file(&self) -> PathBuf {
        self.root.join("pipeline.yaml")
    }

    /// The report.
    pub(crate) fn report(&self) -> PathBuf {
        self.root.join(Stage::Report.name())
    }

    /// A prepared data set.
    pub(crate) fn data(&self, dataset: &str) -> PathBuf {
        self.data_dir.join(dataset)
    }

    /// The folder of a run.
    pub(crate) fn run(&self, run: &RunSpec) -> PathBuf {
        self.root.join(&run.cell).join(format!("seed-{}", run.seed))
    }

    /// The artifact that a task of a run writes.
    pub(crate) fn artifact(&self, run: &RunSpec, task: Task) -> PathBuf {
        let run = self.run(run);
        match task.stage {
            Stage::Split => run.join("split"),
            stage => run.join(format!("round-{:03}", task.round)).join(stage.name()),
        }
    }
}

/// The folder that a pipeline's results have unless `--out` says otherwise.
pub(crate) fn artifact_folder(name: &str, profile: Option<&str>) -> PathBuf {
    let folder = match profile {
        None => name.to_owned(),
        Some(profile) => format!("{name}-{profile}"),
    };
    Path::new("artifacts").join(folder)
}
