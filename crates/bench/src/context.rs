//! What every row needs to know.

use std::path::PathBuf;

use crate::Result;
use crate::inputs::Inputs;

/// How a benchmark is run.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) sizes: Sizes,
    /// Threads of either side.
    pub(crate) threads: usize,
    pub(crate) repetitions: usize,
    /// Python of the peers' environment; nothing where only `bal` is measured.
    pub(crate) python: Option<PathBuf>,
    /// Pool points of the slow peers; their time is then multiplied. Nothing: all.
    pub(crate) peer_points: Option<usize>,
    /// Prepared MNIST.
    pub(crate) data: PathBuf,
    /// Folder of everything that is made on the way.
    pub(crate) cache: PathBuf,
}

/// How large the rows are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// Labels per class of the network whose predictions are used.
    pub(crate) labels_per_class: usize,
    /// Size of the pool; all that is left if nothing.
    pub(crate) pool: Option<usize>,
    /// Validation points, which are taken from the pool.
    pub(crate) validation: usize,
    pub(crate) epochs: usize,
    /// Posterior samples K.
    pub(crate) samples: usize,
    /// Images of the row of posterior samples.
    pub(crate) images: usize,
    /// Labels of the row of training.
    pub(crate) training_labels: usize,
    /// Batch of `batch_bald`.
    pub(crate) batch: usize,
    /// Batch of `k_bald`.
    pub(crate) large_batch: usize,
    /// Joint configurations M.
    pub(crate) num_samples: usize,
    /// Times that the data set is repeated for the row of memory.
    pub(crate) repeats: usize,
    /// Points, posterior samples, classes and batch from which the scaling curves start.
    pub(crate) scaling: [usize; 4],
    /// Doublings of each scaling curve.
    pub(crate) doublings: u32,
    /// Acquisitions of the row of the whole figure.
    pub(crate) figure_rounds: usize,
    /// Side of the square matrices of which product rates are taken.
    pub(crate) matrix: usize,
}

impl Sizes {
    /// Those of the table of targets.
    pub(crate) const FULL: Self = Self {
        labels_per_class: 10,
        pool: None,
        validation: 100,
        epochs: 50,
        samples: 100,
        images: 2000,
        training_labels: 500,
        batch: 10,
        large_batch: 100,
        num_samples: 10_000,
        repeats: 5,
        scaling: [5000, 25, 5, 10],
        doublings: 3,
        figure_rounds: 10,
        matrix: 4096,
    };

    /// A few seconds, to see that everything works.
    pub(crate) const QUICK: Self = Self {
        labels_per_class: 2,
        pool: Some(300),
        validation: 20,
        epochs: 2,
        samples: 10,
        images: 60,
        training_labels: 40,
        batch: 3,
        large_batch: 10,
        num_samples: 100,
        repeats: 2,
        scaling: [50, 5, 2, 2],
        doublings: 2,
        figure_rounds: 2,
        matrix: 256,
    };
}

impl Context {
    /// The inputs that several rows share, made where they are missing.
    pub(crate) fn inputs(&self) -> Result<Inputs> {
        Inputs::make(self)
    }

    /// A place for what a row makes and nobody needs later.
    pub(crate) fn scratch(&self, name: &str) -> PathBuf {
        self.cache.join("scratch").join(name)
    }
}
