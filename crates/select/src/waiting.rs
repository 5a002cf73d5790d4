//! What whoever waits for a batch is told, and how they stop it.

use std::sync::Mutex;

use bal_acquisition::Watch;
use bal_cli::{Effort, Progress, check_interrupt};

use crate::{ByFeatures, ByPredictions};

/// Multiplications of matrices that one thread does in a second, measured on two cores of 2022.
const PRODUCTS_PER_SECOND: f64 = 8e9;

/// Differences of features, squared and added, in a second.
const DISTANCES_PER_SECOND: f64 = 2e9;

/// Stops the work at a signal and shows how many points are picked.
pub(crate) struct Waiting(Mutex<Progress>);

impl Waiting {
    pub(crate) fn new(batch: usize) -> Self {
        Self(Mutex::new(Progress::new("picked", "points", batch as u64)))
    }
}

impl Watch for Waiting {
    fn is_stopped(&self) -> bool {
        check_interrupt().is_err()
    }

    fn picked(&self) {
        if let Ok(mut progress) = self.0.lock() {
            progress.advance(1);
        }
    }
}

/// Of a method on predictions [N, K, C]. `batch_bald` looks at so few of its
/// points that a bound says nothing about it.
pub(crate) fn effort_of_joint(
    by: ByPredictions,
    [points, samples, classes]: [usize; 3],
    batch: usize,
) -> Option<Effort> {
    let [n, k, c, b] = [points, samples, classes, batch].map(|length| length as f64);
    let (formula, multiplications) = match by {
        ByPredictions::BatchBald { .. } => return None,
        ByPredictions::KBald { k: 3 } => ("b²/2·N·K·C³", b * b / 2.0 * n * k * c.powi(3)),
        ByPredictions::KBald { .. }
        | ByPredictions::LargeBatchBald
        | ByPredictions::PowerLargeBatchBald { .. } => ("b·N·K·C²", b * n * k * c * c),
    };
    Some(Effort { formula, multiplications, per_second: PRODUCTS_PER_SECOND })
}

/// Of a method on features [N, D] with this many labelled points.
pub(crate) fn effort_of_features(
    by: ByFeatures,
    [points, dimensions]: [usize; 2],
    labelled: usize,
    batch: usize,
) -> Effort {
    let [n, d, l, b] = [points, dimensions, labelled, batch].map(|length| length as f64);
    let (formula, multiplications, per_second) = match by {
        ByFeatures::CoreSet => ("(b + labelled)·N·D", (b + l) * n * d, DISTANCES_PER_SECOND),
        ByFeatures::Badge => ("b·N·D", b * n * d, DISTANCES_PER_SECOND),
        ByFeatures::MinimumBayesRisk { .. } => {
            ("N³ + N²·(b + D)", n.powi(3) + n * n * (b + d), 2.0 * PRODUCTS_PER_SECOND)
        }
    };
    Effort { formula, multiplications, per_second }
}
