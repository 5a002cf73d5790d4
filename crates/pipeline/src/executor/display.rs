//! What the parent shows: a bar per worker on a terminal, else a line per round.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};

use bal_cli::LogFormat;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::events::Advanced;
use super::order::Order;

/// Progress of all runs.
pub(super) struct Display {
    json: bool,
    /// On a terminal only.
    bars: Option<Bars>,
}

struct Bars {
    all: MultiProgress,
    runs: BTreeMap<String, ProgressBar>,
    style: ProgressStyle,
}

impl Display {
    pub(super) fn new(order: &Order) -> Self {
        let json = order.log_format == LogFormat::Json;
        let bars = !json && !order.quiet && std::io::stderr().is_terminal();
        let width = order.groups.iter().flatten().map(|run| run.name().len()).max().unwrap_or(0);
        let template = format!("{{prefix:{width}}} {{wide_bar}} round {{pos}}/{{len}}{{msg}}  ETA {{eta}}");
        let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bars = bars.then(|| Bars { all: MultiProgress::new(), runs: BTreeMap::new(), style });
        Self { json, bars }
    }

    /// A run has reached the end of a round.
    pub(super) fn round(&mut self, event: &Advanced) {
        let Advanced { run, round, rounds, labels, accuracy, seconds, fresh } = event;
        if let Some(bars) = &mut self.bars {
            let bar = bars.runs.entry(run.clone()).or_insert_with(|| {
                let bar = ProgressBar::new(*rounds).with_prefix(run.clone()).with_style(bars.style.clone());
                bars.all.add(bar)
            });
            if *fresh {
                bar.set_position(*round);
            } else {
                // Rounds of an earlier start say nothing about the time that is left.
                bar.set_position(*round);
                bar.reset_eta();
            }
            bar.set_message(format!(", {labels} labels, accuracy {accuracy:.4}"));
        } else if *fresh && self.json {
            tracing::info!(run, round, rounds, labels, accuracy, seconds, "round");
        } else if *fresh {
            tracing::info!("{event}");
        }
    }

    /// A line about a run, or about the group with this name.
    pub(super) fn line(&self, run: &str, line: &str) {
        // A closed stderr or a terminal that is gone takes no lines, and there is no other place to say so.
        let _ = match &self.bars {
            Some(bars) => bars.all.println(format!("{run}: {line}")),
            None if self.json => {
                tracing::warn!(run, "{line}");
                Ok(())
            }
            None => writeln!(std::io::stderr(), "{run}: {line}"),
        };
    }

    /// A run goes no further.
    pub(super) fn ended(&mut self, run: &str, success: bool) {
        if let Some(bar) = self.bars.as_mut().and_then(|bars| bars.runs.remove(run)) {
            if success { bar.finish() } else { bar.abandon() }
        }
    }

    /// Removes the bars.
    pub(super) fn clear(&self) {
        if let Some(bars) = &self.bars {
            // Bars are decoration: a terminal that refuses them changes nothing.
            let _ = bars.all.clear();
        }
    }
}
