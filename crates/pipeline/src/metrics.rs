//! The figures of a finished training.

use std::path::Path;

use bal_artifact::file;
use bal_artifact::tables::Metrics;

use crate::Error;

/// Labels and test accuracy of a training, from its folder.
pub(crate) fn read_metrics(train: &Path) -> Result<(u64, f64), Error> {
    let metrics = Metrics::read(&train.join(file::METRICS))?;
    Ok((metrics.labels, metrics.test.accuracy))
}
