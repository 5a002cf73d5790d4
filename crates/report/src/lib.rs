//! Stage: aggregates runs into tables, figures and one self-contained page.
//!
//! [`run`] reads every `<cell>/seed-<s>/round-<r>/{label,train,score,select}` below some folders, as far as
//! each run went and its rounds belong together (`runs/chain.rs`), and no runs but those of the folder's
//! `pipeline.yaml` (`runs/planned.rs`). What else lies there is named. It writes one artifact:
//! `history.parquet` (a row per run and round), figures, the numbers of each as CSV, and `report.html`. It
//! reads finished artifacts only and leaves them as they are.
//!
//! All but `times.csv`, the page's section on times and the manifest's `run` is the same for equal runs.
//!
//! Rooms, each of which knows only those before it: `runs` (what was run), `published` (what others have
//! measured), `numbers` (statistics and tables), `figures`, `material` (all of that together), `sections`,
//! `page`. A section is a type in `sections/` and a line in its list; `crates/README.md` has the recipe.

mod args;
mod config;
mod error;
mod figures;
mod material;
mod numbers;
mod page;
mod protocol;
mod published;
mod run;
mod runs;
mod sections;
mod words;

pub use args::main_from;
pub use config::{Band, Config, LearningCurves, Metric};
pub use error::Error;
pub use published::check_published;
pub use run::{Files, STAGE, place_of, run, writes};
pub use runs::outside;
