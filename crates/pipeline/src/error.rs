//! What can go wrong in `bal`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use bal_cli::{Explain, Interrupted, exit};
use bal_settings::{Invalid, Place, Problem};

/// A pipeline could not be read, planned or run.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum Error {
    /// A setting of a pipeline is wrong.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Several settings are wrong.
    #[error("{}", lines(errors))]
    Several { errors: Vec<Error> },
    /// Some runs did not reach their last round.
    #[error("{} of {total} runs failed: {}", failed.len(), failed.join(", "))]
    RunsFailed { failed: Vec<String>, total: usize, locked: bool },
    /// A worker could not be started.
    #[error("failed to start worker `{}`", program.display())]
    Spawn { program: PathBuf, source: std::io::Error },
    /// An artifact folder is not as its manifests say.
    #[error("{findings} findings below `{}`", folder.display())]
    Damaged { folder: PathBuf, findings: usize },
    /// Nobody confirmed a deletion.
    #[error("nothing was deleted: `{}` needs a confirmation", folder.display())]
    NotConfirmed { folder: PathBuf },
    /// A folder is not this experiment's.
    #[error("`{}` is not the folder of this experiment: {found}", folder.display())]
    Foreign { folder: PathBuf, found: String },
    /// A folder holds no resolved pipeline.
    #[error("`{}` is no folder of a pipeline: it has no `pipeline.yaml`", folder.display())]
    NoPipeline { folder: PathBuf },
    /// What was asked for makes no sense together.
    #[error("{text}")]
    Usage { text: String, hint: String },
    /// A program of the scheduler is not there.
    #[error("there is no program `{program}`: this machine knows no Slurm")]
    NoScheduler { program: &'static str },
    /// The scheduler refused something, or cannot be reached.
    #[error("`{program}` failed: {said}")]
    Scheduler { program: &'static str, said: String },
    /// More jobs than the scheduler can hold, or takes from this user.
    #[error("{jobs} jobs are more than the {most} that {whose}")]
    TooManyJobs { jobs: usize, most: usize, whose: &'static str },
    /// A path that cannot stand in a script.
    #[error("`{}` cannot stand in a script: it has quotes, `$`, a backslash or a line break, or is no UTF-8", path.display())]
    Unwritable { path: PathBuf },
    /// Some arrays were not taken.
    #[error("{} of {total} arrays were not submitted: {}", arrays.len(), arrays.join(", "))]
    NotSubmitted { arrays: Vec<String>, total: usize },
    /// Jobs have ended, and their runs have not reached their last round.
    #[error("{} of {total} runs did not reach their last round: {}", runs.len(), runs.join(", "))]
    RunsLeft { runs: Vec<String>, total: usize },
    /// Jobs wait or run in a folder that is to be deleted.
    #[error("jobs of `{}` wait or run: {}", folder.display(), arrays.join(", "))]
    JobsAlive { folder: PathBuf, arrays: Vec<String> },
    /// A job is to advance a run that the pipeline no longer has.
    #[error("`{run}` is no run of `{}`", folder.display())]
    NotOfPipeline { run: String, folder: PathBuf },
    /// What a job reads was not made.
    #[error("{task} of `{run}` cannot begin: {read} is {stale}")]
    NotReady { run: String, task: String, read: String, stale: String },
    /// A run does not get on in its time.
    #[error("`{run}` came to its time limit {count} times without a new round")]
    TimeOuts { run: String, count: u32 },
    /// A file.
    #[error(transparent)]
    Artifact(#[from] bal_artifact::Error),
    /// A device that does not answer.
    #[error(transparent)]
    Model(#[from] bal_model::Error),
    /// Data set or split.
    #[error(transparent)]
    Prepare(#[from] bal_prepare::Error),
    /// Labels.
    #[error(transparent)]
    Label(#[from] bal_label::Error),
    /// Training.
    #[error(transparent)]
    Train(#[from] bal_train::Error),
    /// Scoring.
    #[error(transparent)]
    Score(#[from] bal_score::Error),
    /// Selection.
    #[error(transparent)]
    Select(#[from] bal_select::Error),
    /// The report.
    #[error(transparent)]
    Report(#[from] bal_report::Error),
    /// Published numbers that the report would show: found before any work.
    #[error(transparent)]
    Published(bal_report::Error),
    /// A signal.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

fn lines(errors: &[Error]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl Error {
    /// A wrong setting.
    pub(crate) fn invalid(place: Place, problem: Problem) -> Self {
        Self::Invalid(problem.at(place))
    }

    /// The signal that stopped something.
    pub(crate) fn signal(&self) -> Option<u8> {
        let code = self.exit_code();
        code.checked_sub(exit::SIGNAL).filter(|signal| *signal > 0)
    }

    /// The error of a stage or another crate, which knows its own exit code and hint.
    fn inner(&self) -> Option<&dyn Explain> {
        match self {
            Self::Invalid(error) => Some(error),
            Self::Artifact(error) => Some(error),
            Self::Model(error) => Some(error),
            Self::Prepare(error) => Some(error),
            Self::Label(error) => Some(error),
            Self::Train(error) => Some(error),
            Self::Score(error) => Some(error),
            Self::Select(error) => Some(error),
            Self::Report(error) | Self::Published(error) => Some(error),
            Self::Interrupted(error) => Some(error),
            _ => None,
        }
    }
}

impl Explain for Error {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Several { .. } | Self::TooManyJobs { .. } | Self::Unwritable { .. } => exit::CONFIG,
            Self::RunsFailed { locked: true, .. } | Self::JobsAlive { .. } => exit::LOCKED,
            Self::NoScheduler { .. } | Self::Scheduler { .. } | Self::NotSubmitted { .. } => exit::SCHEDULER,
            Self::Damaged { .. }
            | Self::NoPipeline { .. }
            | Self::Foreign { .. }
            | Self::NotOfPipeline { .. }
            | Self::NotReady { .. } => exit::INPUT,
            Self::NotConfirmed { .. } | Self::Usage { .. } => exit::USAGE,
            Self::Report(bal_report::Error::Interrupted(interrupted)) => interrupted.exit_code(),
            Self::RunsFailed { .. } | Self::Report(_) | Self::RunsLeft { .. } | Self::TimeOuts { .. } => {
                exit::STAGE
            }
            _ => self.inner().map_or(exit::UNEXPECTED, Explain::exit_code),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Several { errors } => {
                let hints: BTreeSet<String> = errors.iter().filter_map(Explain::hint).collect();
                (!hints.is_empty()).then(|| hints.into_iter().collect::<Vec<_>>().join("; "))
            }
            Self::RunsFailed { .. } => {
                Some("their errors stand above; after repair, give the same command again: finished rounds are kept".to_owned())
            }
            Self::Damaged { .. } => {
                Some("an artifact of a pipeline: delete its folder and give `bal run` again; any other: make it again".to_owned())
            }
            Self::Foreign { .. } => {
                Some("give with `--out` a folder that is empty, not there yet, or this experiment's".to_owned())
            }
            Self::NotConfirmed { .. } => Some("add `--yes`".to_owned()),
            Self::Usage { hint, .. } => Some(hint.clone()),
            Self::NoScheduler { .. } => Some(
                "run this where `sbatch` and `squeue` are, on a login node; or without `--executor slurm`".to_owned(),
            ),
            Self::Scheduler { .. } => Some("give the same command again once the scheduler answers".to_owned()),
            Self::TooManyJobs { .. } => Some(
                "with `granularity: run` each run is one job; or submit fewer runs at a time (`--seeds`)".to_owned(),
            ),
            Self::Unwritable { .. } => Some("give it another name, or start in another folder".to_owned()),
            Self::NotSubmitted { .. } => {
                Some("why stands above; the same command submits what is missing and not queued".to_owned())
            }
            Self::RunsLeft { .. } => Some(
                "`bal status` tells what became of them, and where their logs are; the same command submits them again"
                    .to_owned(),
            ),
            Self::JobsAlive { .. } => Some("`bal cancel` ends them".to_owned()),
            Self::NotOfPipeline { .. } => {
                Some("the pipeline was changed after the job had been submitted: `bal run` submits what it has now".to_owned())
            }
            Self::NotReady { .. } => Some(
                "the element before this one did not do its work, its log says why; `bal run` submits what is missing"
                    .to_owned(),
            ),
            Self::TimeOuts { .. } => {
                Some("give it more time (`slurm.time`) and submit it again: finished rounds are kept".to_owned())
            }
            Self::NoPipeline { .. } => Some("give a pipeline file, or a folder that `bal run` made".to_owned()),
            _ => self.inner().and_then(Explain::hint),
        }
    }
}
