//! Stage: aggregates runs into tables, figures and one self-contained page.
//!
//! [`run`] reads every `<cell>/seed-<s>/round-<r>/{label,train,score,select}` below some folders, as far as each run
//! went and its rounds belong together (`chain`), and no runs but those of the folder's `pipeline.yaml` (`planned`).
//! What else lies there is named. It writes one artifact: `history.parquet` (a row per run and round), CSV tables,
//! figures, contact sheets and `report.html`. It reads finished artifacts only and leaves them as they are.
//!
//! All but `times.csv`, the page's section on times and the manifest's `run` is the same for equal runs.

mod acquired;
mod args;
mod chain;
mod config;
mod contact_sheet;
mod csv;
mod data;
mod digits;
mod error;
mod figures;
mod history;
mod left_out;
mod number;
mod page;
mod pipeline_file;
mod planned;
mod rounds;
mod run;
mod runs;
mod statistics;
mod summary;
mod times;

pub use args::main_from;
pub use config::{Band, Config, LearningCurves, Metric};
pub use error::Error;
pub use left_out::{LeftOut, outside};
pub use planned::Planned;
pub use run::{Files, STAGE, place_of, run, writes};
