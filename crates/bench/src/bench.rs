//! The recipe: measure rows one after another, keep each, write RESULTS.md.

use std::path::Path;

use bal_artifact::{Clock, Inputs, Manifest, write_file};

use crate::context::Context;
use crate::machine::{Machine, load};
use crate::results::{Measured, Results};
use crate::rows::RowName;
use crate::{Result, figure, markdown};

/// Measures `rows`, adds them to those of earlier calls and writes the report.
pub(crate) fn run(context: &Context, rows: &[RowName], out: &Path) -> Result<()> {
    let kept = context.cache.join("results.json");
    let mut results = Results::load(&kept)?;
    if !rows.is_empty() {
        context.inputs()?;
    }
    for (place, row) in rows.iter().enumerate() {
        tracing::info!("row {} of {}: {}", place + 1, rows.len(), row.name());
        let (load, clock) = (load(), Clock::start("cpu", context.threads));
        let mut measured = row.run(context)?;
        let clock = clock.stop();
        measured.measured = Some(Measured {
            started: clock.started,
            seconds: clock.seconds,
            threads: context.threads,
            machine: Machine::look(),
            load,
            version: version(),
        });
        tracing::info!("{}: {} ({:.0} s)", row.name(), measured.headline, clock.seconds);
        results.rows.insert(*row, measured);
        results.save(&kept)?;
    }
    let plot = out.with_file_name("scaling.svg");
    let curves: Vec<_> = results.rows.values().flat_map(|row| &row.curves).collect();
    if let Some(svg) = figure::scaling(&curves) {
        write_file(&plot, svg.as_bytes())?;
    }
    write_file(out, markdown::render(&results).as_bytes())?;
    bal_cli::say(&out.display().to_string());
    Ok(())
}

/// Version and commit of this build.
pub(crate) fn version() -> String {
    let tool = Manifest::new("score", 1, serde_json::Value::Null, Inputs::new(Path::new("."))).tool;
    format!("bal {} ({})", tool.version, tool.commit)
}
