//! `bal-prepare` as its users call it. Nothing here reaches the network: a source given by `--source` is
//! tried alone, and where all sources are tried, the program sees no package client and only a proxy that
//! does not answer.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]
#![expect(clippy::print_stdout, reason = "a test says when it skips")]

mod dataset;
mod letters;
mod mutated;
mod news;
mod own_files;
mod real;
mod sources;
mod split;
mod support;
mod views;
mod waiting;
