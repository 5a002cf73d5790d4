//! A pipeline as the command line asks for it: file, profile, options, folders, runs.

use std::path::{Path, PathBuf};

use bal_artifact::{Layout, sealed};
use bal_settings::to_yaml;

use crate::Error;
use crate::args::PipelineArgs;
use crate::config::{Origin, Overrides, Pipeline, load};
use crate::sweep::{self, Run};

/// A resolved pipeline with its runs.
#[derive(Debug)]
pub(crate) struct Experiment {
    pub(crate) origin: Origin,
    pub(crate) pipeline: Pipeline,
    pub(crate) layout: Layout,
    pub(crate) runs: Vec<Run>,
}

impl Experiment {
    /// Reads and checks everything that can be checked before any work.
    pub(crate) fn open(args: &PipelineArgs) -> Result<Self, Error> {
        let mut origin = Origin::read(&args.pipeline)?;
        let seeds = args.seeds.clone().map(|seeds| seeds.0);
        let overrides = Overrides { profile: args.profile.clone(), set: args.set.clone(), seeds };
        let pipeline = load(&mut origin, &overrides)?;
        // Not where results are opened, which may have been moved away from what they name.
        bal_report::check_published(&pipeline.report, origin.folder()).map_err(Error::Published)?;
        let root =
            args.out.clone().unwrap_or_else(|| artifact_folder(&pipeline.name, args.profile.as_deref()));
        Self::of(origin, pipeline, Layout { root, data_dir: args.data_dir.clone() })
    }

    /// The pipeline that `bal run` left in an artifact folder.
    pub(crate) fn of_folder(root: &Path, data_dir: PathBuf) -> Result<Self, Error> {
        let layout = Layout { root: root.to_path_buf(), data_dir };
        if !layout.pipeline_file().is_file() {
            return Err(Error::NoPipeline { folder: root.to_path_buf() });
        }
        let mut origin = Origin::read(&layout.pipeline_file())?;
        let pipeline = load(&mut origin, &Overrides::default())?;
        Self::of(origin, pipeline, layout)
    }

    /// Files that the pipeline names as seen from its own folder are from now on seen from that of the
    /// results, where the resolved pipeline will lie.
    fn of(origin: Origin, mut pipeline: Pipeline, layout: Layout) -> Result<Self, Error> {
        pipeline.report = pipeline.report.as_seen_from(origin.folder(), &layout.root);
        let runs = sweep::runs(&pipeline, &origin)?;
        Ok(Self { origin, pipeline, layout, runs })
    }

    /// Whether the folder's resolved pipeline is the one that `bal run` would leave now.
    pub(crate) fn is_resolved(&self) -> bool {
        let now = sealed(&to_yaml(&self.pipeline));
        fs_err::read(self.layout.pipeline_file()).is_ok_and(|file| file == now.as_bytes())
    }

    /// One run of each cell.
    pub(crate) fn cells(&self) -> Vec<&Run> {
        let first = self.runs.first().map(|run| run.seed);
        self.runs.iter().filter(|run| Some(run.seed) == first).collect()
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
