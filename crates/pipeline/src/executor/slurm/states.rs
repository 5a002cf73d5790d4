//! The words that Slurm has for the state of a job.

/// What has become of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// `RUNNING`, `NODE_FAIL` …
    pub(crate) name: String,
    /// Why it waits, or why it ended.
    pub(crate) reason: String,
    /// Where it runs or ran.
    pub(crate) node: String,
}

/// States that an element does not leave by itself, without the one of success.
const FAILED: [&str; 8] =
    ["BOOT_FAIL", "CANCELLED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "TIMEOUT", "REVOKED"];

/// The reason of an element that waits for one that has failed: the scheduler is about to remove it.
const NEVER: &str = "DependencyNeverSatisfied";

impl State {
    /// Whether it has ended, or never can begin, without success.
    pub(crate) fn is_failed(&self) -> bool {
        FAILED.iter().any(|state| self.name.starts_with(state)) || self.reason == NEVER
    }

    /// Whether somebody has ended it.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.name.starts_with("CANCELLED") && self.reason != NEVER
    }

    /// Whether it waits or runs. A state that is not known here counts as one of these: nothing is submitted
    /// twice.
    pub(crate) fn is_alive(&self) -> bool {
        !self.is_failed() && self.name != "COMPLETED"
    }

    /// Whether it runs on a node now.
    pub(crate) fn is_running(&self) -> bool {
        ["RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "STOPPED"].contains(&self.name.as_str())
    }

    /// Whether it waits until somebody releases it.
    pub(crate) fn is_held(&self) -> bool {
        self.is_alive() && !self.is_running() && self.reason.to_ascii_lowercase().contains("held")
    }

    /// In the words of `bal status`.
    pub(crate) fn words(&self) -> String {
        let Self { name, reason, node } = self;
        let because = match reason.as_str() {
            "" | "None" => String::new(),
            reason => format!(", {reason}"),
        };
        match name.as_str() {
            _ if self.is_held() => format!("held ({reason})"),
            _ if self.is_running() && node.is_empty() => "running".to_owned(),
            _ if self.is_running() => format!("running on {node}"),
            _ if reason == NEVER => "not started: the element before it failed".to_owned(),
            _ if self.is_cancelled() => "cancelled".to_owned(),
            _ if self.is_failed() => format!("failed ({name}{because})"),
            "COMPLETED" => "ended".to_owned(),
            "PENDING" if because.is_empty() => "queued".to_owned(),
            "PENDING" => format!("queued ({reason})"),
            name => format!("queued ({name}{because})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_alive_failed_or_neither() {
        let state = |name: &str, reason: &str| {
            let [name, reason] = [name, reason].map(str::to_owned);
            State { name, reason, node: String::new() }
        };
        for alive in ["PENDING", "RUNNING", "CONFIGURING", "COMPLETING", "REQUEUED", "PREEMPTED", "SUSPENDED"]
        {
            assert!(state(alive, "None").is_alive(), "{alive}");
        }
        for failed in FAILED {
            assert!(!state(failed, "None").is_alive() && state(failed, "None").is_failed(), "{failed}");
        }
        assert!(!state("COMPLETED", "None").is_alive() && !state("COMPLETED", "None").is_failed());
        assert!(!state("PENDING", NEVER).is_alive());
        assert_eq!(state("PENDING", "JobHeldUser").words(), "held (JobHeldUser)");
        assert_eq!(
            state("PENDING", "launch failed requeued held").words(),
            "held (launch failed requeued held)"
        );
        assert_eq!(state("PENDING", "Priority").words(), "queued (Priority)");
        assert_eq!(state("FAILED", "NonZeroExitCode").words(), "failed (FAILED, NonZeroExitCode)");
    }
}
