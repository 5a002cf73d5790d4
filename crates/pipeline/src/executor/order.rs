//! What the workers are to do.

use bal_artifact::Layout;
use bal_cli::LogFormat;
use bal_model::Compute;

use crate::sweep::Run;
use crate::task::Stage;

/// What the workers are to do.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) layout: Layout,
    /// Runs that a worker advances together, in the order in which they start.
    pub(crate) groups: Vec<Vec<Run>>,
    /// Workers at a time.
    pub(crate) workers: usize,
    pub(crate) compute: Compute,
    pub(crate) force: Option<Stage>,
    pub(crate) verbose: u8,
    pub(crate) quiet: bool,
    pub(crate) log_format: LogFormat,
}
