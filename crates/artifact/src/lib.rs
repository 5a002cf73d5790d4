//! File formats of `bal`: arrays, tables, weights, manifests, atomic publication, locks.
//!
//! The only crate that opens files for writing. A stage reads its inputs through [`Inputs`] (which checks
//! digests), writes into a [`Staging`] folder and publishes it with its [`Manifest`].

mod array;
mod array_writer;
mod cell;
mod clean;
mod clock;
mod dataset;
pub mod digest;
mod digested;
mod draft;
mod element;
mod error;
mod files;
mod foreign;
mod header;
mod ids;
mod inputs;
mod job;
mod labelled;
mod layout;
mod leftover;
mod leftovers;
mod literal;
mod lock;
mod manifest;
mod mapped;
mod names;
mod prune;
mod sealed;
mod slurm_folder;
mod staging;
mod table;
pub mod tables;
mod target;
mod verify;
mod weights;

pub use array::read_array;
pub use array_writer::ArrayWriter;
pub use cell::cell_name;
pub use clean::Inventory;
pub use clock::{Clock, now, peak_memory_bytes};
pub use dataset::{DatasetDetails, DatasetKind, OUTSIDE, View, read_labels};
pub use draft::{Draft, Place, Stage, to_json};
pub use element::{Element, Stored};
pub use error::Error;
pub use ids::{read_ids, read_ids_of_rows};
pub use inputs::{Inputs, relative, seen_from};
pub use job::{Holder, Job};
pub use labelled::{RoundLabels, check_labels_belong, read_labelled, read_labels_of};
pub use layout::{FoundRun, Layout, RunFolder, find_runs, own_name, run_name};
pub use leftover::Leftover;
pub use leftovers::remove_leftovers;
pub use lock::Lock;
pub use manifest::{FileRecord, Manifest, RunInfo, SCHEMA_VERSION, Tool};
pub use mapped::{MappedArray, MappedFloats};
pub use names::{KINDS, PRUNED, REPORT_PARTS, file, file_names, manifest_name};
pub use prune::{Pruned, prune};
pub use sealed::{Seal, seal_of, sealed};
pub use slurm_folder::{SlurmFolder, Submitted, SubmittedArray, TimeOuts};
pub use staging::{Staging, write_file};
pub use table::{Table, read_table};
pub use verify::{Finding, Verification, verify};
pub use weights::Weights;
