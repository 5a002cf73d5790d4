//! Reports on small trees of runs that the tests fabricate in the real formats.

mod cli;
mod fixture;
mod page;
mod tables;
