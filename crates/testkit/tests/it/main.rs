//! The rules of the workspace that no compiler holds: `crates/README.md` says them, these tests hold them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod dependencies;
mod licences;
mod sources;
mod workspace;
