//! The one place that looks at clock, memory and machine: for a manifest's `run`.

use std::io::{BufRead as _, BufReader};
use std::sync::OnceLock;
use std::time::Instant;

use crate::{Job, RunInfo};

/// The time now in UTC, as it stands in manifests.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A stage's stop watch.
#[derive(Clone, Debug)]
pub struct Clock {
    start: Instant,
    lap: Instant,
    info: RunInfo,
}

impl Clock {
    /// Starts now, on `device` (`cpu`, `cuda:0`) with `threads` threads.
    pub fn start(device: &str, threads: usize) -> Self {
        let now = Instant::now();
        let started = self::now();
        let host = crate::leftover::host();
        let (device, slurm) = (device.to_owned(), Job::current());
        let processor = processor();
        let info = RunInfo { started, host, processor, device, threads, slurm, ..RunInfo::default() };
        Self { start: now, lap: now, info }
    }

    /// Adds the seconds since the last lap (or the start) to the part `name`.
    pub fn lap(&mut self, name: &str) {
        let now = Instant::now();
        let seconds = (now - self.lap).as_secs_f64();
        *self.info.timings.entry(name.to_owned()).or_default() += seconds;
        self.lap = now;
    }

    /// The number of threads that it was started with.
    pub fn threads(&self) -> usize {
        self.info.threads
    }

    /// The figures up to now.
    pub fn stop(self) -> RunInfo {
        let seconds = self.start.elapsed().as_secs_f64();
        RunInfo { seconds, peak_memory_bytes: peak_memory_bytes(), ..self.info }
    }
}

/// Model of the machine's first processor.
fn processor() -> Option<String> {
    static MODEL: OnceLock<Option<String>> = OnceLock::new();
    let look = || {
        // The file has a paragraph for every processor.
        let lines = BufReader::new(fs_err::File::open("/proc/cpuinfo").ok()?).lines().map_while(Result::ok);
        let model = lines.take(30).find_map(|line| Some(line.strip_prefix("model name")?.to_owned()))?;
        let name = model.split_once(':')?.1.trim().to_owned();
        (!name.is_empty()).then_some(name)
    };
    MODEL.get_or_init(look).clone()
}

/// Peak resident memory of this process in bytes, 0 where the system does not tell.
pub fn peak_memory_bytes() -> u64 {
    let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: u64 = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0);
    1024 * kib
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_has_a_beginning_and_an_end() {
        let info = Clock::start("cpu", 1).stop();
        let [start, end] = info.span().unwrap();
        assert!(start > 1.7e9 && end >= start, "{info:?}");
        assert_eq!(RunInfo::default().span(), None);
    }
}
