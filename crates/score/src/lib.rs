//! Stage: posterior samples and acquisition scores of the pool.

#![expect(non_snake_case, reason = "array names carry their axes: `log_probs_n_K_C`")]

mod args;
mod config;
mod error;
mod external;
#[cfg(feature = "torch")]
mod run;
mod scorer;

/// This stage and the version of its outputs; raise it when the same inputs give other bytes.
pub const STAGE: bal_artifact::Stage = bal_artifact::Stage { name: "score", version: 6 };

pub use args::main_from;
#[cfg(feature = "torch")]
pub use bal_model::Compute;
pub use config::{Config, Posterior, Targets, functions};
pub use error::Error;
pub use external::{External, run_external};
#[cfg(feature = "torch")]
pub use run::{Files, run};
