//! Exit codes of every binary. README.md has the same table.

/// Done.
pub const OK: u8 = 0;
/// Unexpected failure.
pub const UNEXPECTED: u8 = 1;
/// Wrong usage on the command line.
pub const USAGE: u8 = 2;
/// Invalid configuration or pipeline.
pub const CONFIG: u8 = 3;
/// An input is missing, corrupt, of another schema, or has values that are not allowed.
pub const INPUT: u8 = 4;
/// A stage of a pipeline failed.
pub const STAGE: u8 = 5;
/// Another process holds the lock.
pub const LOCKED: u8 = 6;
/// A data set cannot be had: no source has it, a download failed, or its checksum is wrong.
pub const DOWNLOAD: u8 = 7;
/// The scheduler is not there, does not answer, or refuses.
pub const SCHEDULER: u8 = 8;
/// Interrupted by signal n: this plus n.
pub const SIGNAL: u8 = 128;
