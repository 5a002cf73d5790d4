//! One file per row of the table of targets: what it measures on either side, and what must agree.

mod batch_bald;
mod figure;
mod k_bald;
mod memory;
mod networks;
mod posterior;
mod rates;
mod samples;
mod scaling;
mod scores;
mod training;
mod workers;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

pub(crate) use rates::rate;
pub(crate) use scaling::slope;

use crate::Result;
use crate::context::Context;
use crate::protocol::{Answer, Request};
use crate::results::Row;

/// Memory layouts of PyTorch, by their names in `peers/networks.py`.
const LAYOUTS: [&str; 2] = ["usual", "channels innermost"];

/// A row of RESULTS.md, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub(crate) enum RowName {
    /// MC-dropout predictions against the loop of T full passes in PyTorch
    Samples,
    /// The same of other networks and of an ensemble
    SamplesNetworks,
    /// Scores of the whole pool against numpy, baal and scikit-activeml
    Scores,
    /// BatchBALD against batchbald_redux
    BatchBald,
    /// k_bald, which no package offers
    KBald,
    /// One training round against the same loop in PyTorch
    Training,
    /// The same of other networks
    TrainingNetworks,
    /// Peak memory of each stage
    Memory,
    /// How costs grow with N, K, C and b
    Scaling,
    /// How a pipeline gains by workers
    Workers,
    /// The whole of `fig1`, extrapolated from a tenth of its rounds
    Figure,
    /// What the machine can do: products, bandwidth, logarithms
    Rates,
}

impl RowName {
    pub(crate) const ALL: [Self; 12] = [
        Self::Rates,
        Self::Samples,
        Self::SamplesNetworks,
        Self::Scores,
        Self::BatchBald,
        Self::KBald,
        Self::Training,
        Self::TrainingNetworks,
        Self::Memory,
        Self::Scaling,
        Self::Workers,
        Self::Figure,
    ];

    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Heading in RESULTS.md.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Samples => "MC-dropout predictions",
            Self::SamplesNetworks => "Predictions of other networks",
            Self::Scores => "Scores of the pool",
            Self::BatchBald => "BatchBALD",
            Self::KBald => "k_bald",
            Self::Training => "One training round",
            Self::TrainingNetworks => "One training round of other networks",
            Self::Memory => "Memory of each stage",
            Self::Scaling => "How costs grow",
            Self::Workers => "Workers",
            Self::Figure => "The whole figure",
            Self::Rates => "What the machine can do",
        }
    }

    /// What is aimed at.
    pub(crate) fn target(self) -> &'static str {
        match self {
            Self::Samples => "≥ 40× f32, ≥ 100× bf16 on a CPU with AVX-512-bf16; ≥ 15× on a GPU",
            Self::SamplesNetworks => "resnet18 ≥ 20×; the others near their floors",
            Self::Scores => "≥ 10× baal and numpy, within 2× of one read plus one logarithm per element",
            Self::BatchBald => "≥ 20× batchbald_redux, memory ≤ predictions + 512 MB",
            Self::KBald => "≤ 2 s on 2 cores",
            Self::Training => "≥ 1× on a CPU",
            Self::TrainingNetworks => "≥ 1× on a CPU; masks < 10 % of a fit",
            Self::Memory => "300,000 points with 100 posterior samples < 1 GB where predictions are not kept",
            Self::Scaling => "no slope above the expected one",
            Self::Figure => "profile `cpu` on two cores < 7 h f32, < 4 h bf16",
            Self::Workers | Self::Rates => "none",
        }
    }

    pub(crate) fn run(self, context: &Context) -> Result<Row> {
        match self {
            Self::Samples => samples::row(context),
            Self::SamplesNetworks => networks::row(context),
            Self::Scores => scores::row(context),
            Self::BatchBald => batch_bald::row(context),
            Self::KBald => k_bald::row(context),
            Self::Training => training::row(context),
            Self::TrainingNetworks => training::row_of_networks(context),
            Self::Memory => memory::row(context),
            Self::Scaling => scaling::row(context),
            Self::Workers => workers::row(context),
            Self::Figure => figure::row(context),
            Self::Rates => rates::row(context),
        }
    }
}

/// What `bal`'s side of a row does in its own process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Task {
    /// Stage `score` on some images
    Samples,
    /// Scores of predictions in memory
    Scores,
    /// The floor of `scores`: reads, and reads with a logarithm
    Read,
    /// A joint batch
    Batch,
    /// Stage `train`
    Training,
    /// A scaling curve
    Curve,
    /// A large product
    Product,
}

impl Task {
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    pub(crate) fn run(self, request: &Request) -> Result<Answer> {
        match self {
            Self::Samples => posterior::side(request),
            Self::Scores => scores::side(request),
            Self::Read => rates::read(request),
            Self::Batch => batch_bald::side(request),
            Self::Training => training::side(request),
            Self::Curve => scaling::side(request),
            Self::Product => rates::product(request),
        }
    }
}

/// Runs `work` on as many threads as the request says.
pub(crate) fn on_threads<T: Send>(request: &Request, work: impl FnOnce() -> T + Send) -> Result<T> {
    let threads = request.threads;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    Ok(pool.map_err(|source| crate::Error::Threads { threads, source })?.install(work))
}
