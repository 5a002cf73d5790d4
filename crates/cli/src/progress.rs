//! Progress of anything over two seconds: a bar on a terminal, else a log line per tenth.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Counts up to a known total.
#[derive(Debug)]
pub struct Progress {
    what: String,
    total: u64,
    done: u64,
    bar: Option<ProgressBar>,
    start: Instant,
    tenths: u64,
}

impl Progress {
    /// `what` says what is going on, e.g. `scoring`; `unit` what is counted, e.g. `points`.
    pub fn new(what: &str, unit: &str, total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let template = format!("{{prefix}} {{wide_bar}} {{pos}}/{{len}} {unit} {{eta}}");
            let style =
                ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
            bar.with_prefix(what.to_owned()).with_style(style)
        });
        Self { what: what.to_owned(), total, done: 0, bar, start: Instant::now(), tenths: 0 }
    }

    /// `n` more are done.
    pub fn advance(&mut self, n: u64) {
        self.done += n;
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
        } else if self.start.elapsed() > Duration::from_secs(2) {
            let tenths = 10 * self.done / self.total.max(1);
            if tenths > self.tenths {
                self.tenths = tenths;
                tracing::info!("{} {} of {} ({} %)", self.what, self.done, self.total, 10 * tenths);
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
