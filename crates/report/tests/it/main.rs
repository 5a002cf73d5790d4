//! Reports on small trees of runs that the tests fabricate in the real formats.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod cli;
mod fixture;
mod hostile;
mod large;
mod page;
mod pages;
mod sections;
mod tables;
mod writer;
