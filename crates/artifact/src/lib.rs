//! File formats of `bal`: arrays, tables, weights, manifests, atomic publication, locks.
//!
//! The only crate that opens files for writing. A stage reads its inputs through [`Inputs`] (which checks
//! digests), writes into a [`Staging`] folder and publishes it with its [`Manifest`].

mod array;
mod cell;
mod clean;
mod clock;
mod dataset;
pub mod digest;
mod element;
mod error;
mod foreign;
mod header;
mod ids;
mod leftovers;
mod literal;
mod lock;
mod manifest;
mod mapped;
mod prune;
mod sealed;
mod staging;
mod table;
mod target;
mod verify;
mod weights;

pub use array::read_array;
pub use cell::cell_name;
pub use clean::Inventory;
pub use clock::{Clock, peak_memory_bytes};
pub use dataset::{DatasetDetails, DatasetKind};
pub use element::{Element, Stored};
pub use error::Error;
pub use ids::{read_ids, read_ids_of_rows};
pub use leftovers::{Leftover, remove_leftovers};
pub use lock::Lock;
pub use manifest::{
    FileRecord, Inputs, KINDS, Manifest, RunInfo, SCHEMA_VERSION, Tool, file_names, relative,
};
pub use mapped::{MappedArray, MappedFloats};
pub use prune::{PRUNED, Pruned, prune};
pub use sealed::{Seal, seal_of, sealed};
pub use staging::{Staging, write_file};
pub use table::{Table, read_table};
pub use verify::{Finding, Verification, verify};
pub use weights::Weights;
