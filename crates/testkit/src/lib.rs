//! Small synthetic pools and data sets in the real formats, for tests.
//!
//! A dev-dependency of the other crates. Everything is seeded, and small enough for a whole pipeline to run
//! within a test. Its functions panic where they fail: a test has nothing better to do then.

mod blobs;
mod formula;
mod idx;
mod learning;
pub mod mat;
mod memory;
mod official;
mod predictions;
mod prepared;
mod stopping;

pub use blobs::{CLASSES, Digits, SIDE, made_labels};
pub use formula::{symmetric, uniform};
pub use idx::{gzip, write_idx_dataset};
pub use learning::SmallTask;
pub use memory::peak_private_memory;
pub use official::write_official;
pub use predictions::{log_probs, probs};
pub use prepared::{prepared_dataset, round_labels, turned_dataset};
pub use stopping::{Stopped, stop};
