//! Doing what the plan says as arrays of jobs of Slurm.
//!
//! [`submit`] cuts runs into arrays ([`arrays`]), writes a script ([`script`]) and a table for each, hands
//! them to `sbatch` and notes their numbers. [`queue`] asks once what has become of them. An element runs
//! [`element`], which is a worker without a parent; [`requeue`] starts it again where its time was too short.
//! Truth is in the manifests: what the scheduler says is a hint.

mod arrays;
mod client;
mod element;
mod holder;
mod queue;
mod requeue;
mod script;
mod sites;
mod states;
mod submit;
mod wait;

pub(crate) use arrays::{Array, Element, arrays};
pub(crate) use client::{cancel, warn_in_job};
pub(crate) use element::{InJob, advance_element};
pub(crate) use holder::is_gone;
pub(crate) use queue::{Known, Queue, QueuedElement};
pub(crate) use requeue::Clock;
pub(crate) use script::Script;
pub(crate) use sites::Limits;
pub(crate) use submit::{Outcome, submit};
pub(crate) use wait::wait;
