//! What takes minutes is said beforehand.

/// What takes longer than this many seconds is said.
const LONG: f64 = 20.0;

/// Multiplications that some work takes at most.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Where they come from, e.g. `b·N·K·C²`.
    pub formula: &'static str,
    /// How many there are.
    pub multiplications: f64,
    /// How many a thread does in a second, roughly.
    pub per_second: f64,
}

impl Effort {
    /// Says so if the work takes long on so many threads.
    pub fn announce(&self, what: &str, threads: usize) {
        if let Some(line) = self.line(what, threads) {
            tracing::info!("{line}");
        }
    }

    fn line(&self, what: &str, threads: usize) -> Option<String> {
        let seconds = self.multiplications / self.per_second / threads.max(1) as f64;
        let time = match seconds {
            _ if seconds < LONG => return None,
            _ if seconds < 120.0 => format!("{seconds:.0} seconds"),
            _ if seconds < 7200.0 => format!("{:.0} minutes", seconds / 60.0),
            _ if seconds < 172_800.0 => format!("{:.0} hours", seconds / 3600.0),
            _ => format!("{:.0} days", seconds / 86_400.0),
        };
        let Self { formula, multiplications, .. } = self;
        let threads = if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") };
        Some(format!(
            "`{what}` takes up to {multiplications:.0e} multiplications ({formula}), about {time} on {threads}; \
             Ctrl-C stops it"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_seconds_is_not_said() {
        let line = |multiplications: f64, threads| {
            Effort { formula: "N²", multiplications, per_second: 1e9 }.line("k_bald", threads)
        };
        assert_eq!(line(1.9e10, 1), None);
        assert_eq!(
            line(3e10, 1).unwrap(),
            "`k_bald` takes up to 3e10 multiplications (N²), about 30 seconds on 1 thread; Ctrl-C stops it"
        );
        assert!(line(1.2e12, 2).unwrap().contains("about 10 minutes on 2 threads"));
        assert!(line(1e14, 1).unwrap().contains("about 28 hours"));
        assert!(line(1e15, 1).unwrap().contains("about 12 days"));
        assert_eq!(line(f64::from(u32::MAX), 1), None);
    }
}
