//! `--executor slurm` against a real Slurm, which each test starts for itself: `make test-slurm`.
//!
//! They are ignored by `cargo test`, because they need root and a Slurm, or apt to install one.

mod accounting;
mod bytes;
mod cancelling;
mod daemons;
mod failing;
mod hosts;
mod limits;
mod site;
mod sites;
mod twice;
