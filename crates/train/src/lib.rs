//! Stage: fits a network from scratch on the labelled points and evaluates it.

mod args;
mod augment;
mod config;
mod error;
mod evaluate;
mod field;
mod files;
mod fit;
mod job;
mod learning;
mod networks;
mod run;
mod stopping;
mod training;

pub use args::main_from;
pub use bal_model::Compute;
pub use config::{Config, Evaluate};
pub use error::Error;
pub use files::{Files, STAGE};
pub use learning::{Augmentation, ClassWeights, EarlyStopping, Optimizer, StoppingMetric, WeightDecay};
pub use run::run;
