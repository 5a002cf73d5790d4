//! The binary `bal` on small data sets in the real formats: real splits, trainings, scores and reports.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

mod costs;
mod data;
mod engines;
mod errors;
mod feasibility;
mod flags;
mod foreign;
mod groups;
mod hurry;
mod interruption;
mod labels;
mod linking;
mod mixing;
mod names;
mod overview;
mod ownership;
mod plan;
mod profiles;
mod published;
mod recorded;
mod reproduction;
mod scheduler;
mod schema;
mod sizes;
mod slurm;
mod streams;
mod support;
mod together;
mod watch;
