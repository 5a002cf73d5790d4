//! Stage: posterior samples and acquisition scores of the pool.

#![expect(non_snake_case, reason = "array names carry their axes: `log_probs_n_K_C`")]

mod args;
#[cfg(feature = "torch")]
mod bounds;
mod config;
mod error;
mod external;
#[cfg(feature = "torch")]
mod map;
#[cfg(feature = "torch")]
mod run;
#[cfg(feature = "torch")]
mod samples;
mod scorer;
#[cfg(feature = "torch")]
mod targets;

/// This stage and the version of its outputs; raise it when the same inputs give other bytes.
pub const STAGE: bal_artifact::Stage = bal_artifact::Stage { name: "score", version: 7 };

pub use args::main_from;
#[cfg(feature = "torch")]
pub use bal_model::{Compute, Posterior};
#[cfg(feature = "torch")]
pub use config::FeaturesOf;
pub use config::{Config, functions};
pub use error::Error;
pub use external::{External, run_external};
#[cfg(feature = "torch")]
pub use run::{Files, run};
#[cfg(feature = "torch")]
pub use targets::Targets;
