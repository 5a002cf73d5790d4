//! Scores tile by tile, and the table they end in.

use std::path::{Path, PathBuf};

use bal_acquisition::{
    AcquisitionFunction, Draw, Error as Cause, Predictions, Targets, Watch, random_scores,
};
use bal_artifact::tables::Scores;
use ndarray::Array2;

use crate::Error;

/// f32 or f64.
pub(crate) trait Number: Copy + Into<f64> + Sync {}
impl Number for f32 {}
impl Number for f64 {}

/// Collects the scores of all points, one column per acquisition function.
pub(crate) struct Scorer {
    functions: Vec<AcquisitionFunction>,
    /// Those that are computed from predictions.
    from_predictions: Vec<AcquisitionFunction>,
    /// One per function of `from_predictions`.
    columns: Vec<Vec<f64>>,
    /// What `epig` is about, and where it comes from.
    targets: Option<(Targets, PathBuf)>,
    threads: rayon::ThreadPool,
}

impl Scorer {
    pub(crate) fn new(functions: Vec<AcquisitionFunction>, threads: usize) -> Result<Self, Error> {
        let from_predictions: Vec<_> =
            functions.iter().copied().filter(|function| function.needs_predictions()).collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let threads = pool.map_err(|source| Error::Threads { threads, source })?;
        Ok(Self {
            functions,
            columns: vec![Vec::new(); from_predictions.len()],
            from_predictions,
            targets: None,
            threads,
        })
    }

    /// Threads for more of the mathematics.
    #[cfg(feature = "torch")]
    pub(crate) fn threads(&self) -> &rayon::ThreadPool {
        &self.threads
    }

    /// Whether any function is about target points.
    pub(crate) fn needs_targets(&self) -> bool {
        self.from_predictions.iter().any(|function| function.needs_targets())
    }

    /// Takes the predictions of the target points, `path` says where they come from.
    pub(crate) fn set_targets<A: Number>(
        &mut self,
        targets: &Predictions<'_, A>,
        path: &Path,
    ) -> Result<(), Error> {
        let targets = self.threads.install(|| Targets::new(targets));
        self.targets = Some((targets.map_err(|source| refused(path, source))?, path.to_path_buf()));
        Ok(())
    }

    /// Whether any function looks at predictions at all.
    #[cfg(feature = "torch")]
    pub(crate) fn needs_predictions(&self) -> bool {
        !self.from_predictions.is_empty()
    }

    /// Adds the scores of the next points; `path` says in errors where the predictions come from.
    pub(crate) fn add<A: Number>(&mut self, tile: &Predictions<'_, A>, path: &Path) -> Result<(), Error> {
        let scores = self.threads.install(|| match &self.targets {
            Some((targets, _)) => tile.score_with_targets(&self.from_predictions, targets),
            None => tile.score(&self.from_predictions),
        });
        let scores_n_F: Array2<f64> = scores.map_err(|source| match (&source, &self.targets) {
            (Cause::TargetsDiffer { .. }, Some((_, targets))) => refused(targets, source),
            _ => refused(path, source),
        })?;
        for (column, scores_n) in self.columns.iter_mut().zip(scores_n_F.columns()) {
            column.extend(scores_n);
        }
        Ok(())
    }

    /// Scores of these points by the functions in the order asked for.
    pub(crate) fn into_scores(self, ids: Vec<i64>, draw: Draw) -> Scores {
        let mut computed = self.columns.into_iter();
        let column = |function: AcquisitionFunction| {
            let scores = if function.needs_predictions() { computed.next() } else { None };
            (function.name().to_owned(), scores.unwrap_or_else(|| random_scores(draw, ids.len())))
        };
        let columns = self.functions.into_iter().map(column).collect();
        Scores { ids, columns }
    }
}

/// An error of the mathematics about this file; or the signal that stopped it.
pub(crate) fn refused(path: &Path, source: Cause) -> Error {
    match bal_cli::check_interrupt() {
        Err(interrupted) if source == Cause::Stopped => interrupted.into(),
        _ => Error::Predictions { path: path.to_path_buf(), source },
    }
}

/// Stops the work at a signal.
pub(crate) struct Signals;

impl Watch for Signals {
    fn is_stopped(&self) -> bool {
        bal_cli::check_interrupt().is_err()
    }
}
