//! Stage: fits a network from scratch on the labelled points and evaluates it.

mod args;
mod augment;
mod config;
mod error;
mod evaluate;
mod files;
mod fit;
mod job;
mod networks;
mod run;
mod stopping;
mod training;

pub use args::main_from;
pub use bal_model::Compute;
pub use config::{
    Augmentation, ClassWeights, Config, EarlyStopping, Evaluate, Optimizer, StoppingMetric, WeightDecay,
};
pub use error::Error;
pub use files::{Files, STAGE};
pub use run::run;
