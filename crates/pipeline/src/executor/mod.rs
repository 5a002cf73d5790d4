//! Doing what the plan says: local worker processes, or jobs of a cluster ([`slurm`]).
//!
//! The parent ([`local`]) owns the artifact folder and shows progress; each worker ([`worker`]) advances a
//! group of runs through their rounds and calls the stages as libraries. They share nothing but files, the
//! worker's stdout ([`events`]), and the pipe to its stdin: a line in it asks it to stop at a safe point,
//! its end to leave at once.

mod display;
mod events;
mod groups;
mod local;
mod order;
mod remains;
mod retention;
pub(crate) mod slurm;
mod spawn;
mod worker;

pub(crate) use groups::groups;
pub(crate) use local::execute;
pub(crate) use order::Order;
pub(crate) use remains::remove as remove_remains;
pub(crate) use retention::{goes, retain};
pub(crate) use worker::{Group, Reports, advance, say_removed, stop_with_parent};
