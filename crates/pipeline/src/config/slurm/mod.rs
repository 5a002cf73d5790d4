//! The section `slurm`: what each job of `--executor slurm` asks the scheduler for.
//!
//! It stands in a pipeline or in the site's file (`site`), and says nothing about results: it is left out of
//! the resolved pipeline and of every manifest, and changing it makes nothing stale.

mod extra;
mod limits;
mod site;
mod text;

use bal_settings::{Invalid, Problem, Settings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use limits::Warning;
pub(crate) use limits::seconds;
pub(crate) use site::with_site;
pub use text::Text;

/// What each job of `--executor slurm` asks the scheduler for. A site's own `slurm.yaml` in the user's
/// configuration folder (`~/.config/bal/`) may have the same keys; those of the pipeline win.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Partition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<Text>,
    /// Account that is charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Text>,
    /// Quality of service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qos: Option<Text>,
    /// Time limit of an element, in minutes or as `hours:minutes:seconds`, `days-hours`. A run that reaches
    /// it goes on in the same element, started again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Text>,
    /// Memory of an element, in MB or with K, M, G, T.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mem: Option<Text>,
    /// Processors of an element [default: as `--threads`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1024))]
    pub cpus_per_task: Option<u32>,
    /// GPUs of an element: their number, or `kind:number`. Either this or `gres`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpus: Option<Text>,
    /// Generic resources of an element, e.g. `gpu:a100:1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gres: Option<Text>,
    /// Features that a node must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<Text>,
    /// Nodes that are not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclude: Option<Text>,
    /// Nodes that are used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodelist: Option<Text>,
    /// Reservation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservation: Option<Text>,
    /// Who gets mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_user: Option<Text>,
    /// Events that mail tells of, e.g. `FAIL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_type: Option<Text>,
    /// Elements of an array at most; never more than the site allows, nor than 1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_array: Option<u32>,
    /// Elements of an array that run at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000), extend("default" = THROTTLE))]
    pub throttle: Option<u32>,
    /// The warning before the time limit: `USR1`, `USR2` or `TERM`, and how many seconds before it comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "USR2@120"))]
    pub signal: Option<Text>,
    /// What an element does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "run"))]
    pub granularity: Option<Granularity>,
    /// Seconds that a job waits for files that another node has written before it calls them missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 3600), extend("default" = LATENCY_WAIT))]
    pub latency_wait: Option<u32>,
    /// Lines of shell before `bal`, e.g. `module load gcc`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub setup: Vec<String>,
    /// Further options of `sbatch`, one a line, e.g. `--exclusive`; none that `bal` sets itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<String>,
}

/// What an element of an array does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    /// A run from its beginning to its end.
    #[default]
    Run,
    /// One stage of one round of a run; the next one waits for it.
    Stage,
}

/// Elements at a time unless the settings say otherwise.
const THROTTLE: u32 = 100;

/// Seconds that a job waits for files of another node unless the settings say otherwise.
const LATENCY_WAIT: u32 = 5;

/// What the settings mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// `--partition=gpu`, without those that every script has.
    pub options: Vec<String>,
    /// Seconds of an element; `None` where it is the partition's.
    pub limit: Option<u64>,
    /// The warning before it.
    pub warning: Warning,
    /// Elements of an array that run at a time.
    pub throttle: u32,
    /// Elements of an array at most, as far as the settings say.
    pub max_array: Option<u32>,
    /// What an element does.
    pub granularity: Granularity,
    /// Seconds that files of other nodes are waited for.
    pub latency_wait: u32,
    /// Lines of shell before `bal`.
    pub setup: Vec<String>,
    /// Memory of an element, as it is asked for.
    pub mem: Option<String>,
    /// Account that is charged.
    pub account: Option<String>,
    /// Partition.
    pub partition: Option<String>,
    /// Quality of service.
    pub qos: Option<String>,
    /// Whether an element has GPUs.
    pub has_gpus: bool,
}

impl Settings for Config {
    type Resolved = Resolved;

    fn resolve(&mut self) -> Result<Resolved, Invalid> {
        if let (Some(gpus), Some(gres)) = (&self.gpus, &self.gres) {
            let text = format!("`gpus: {gpus}` beside `gres: {gres}`: either says which GPUs an element has");
            return Err(Problem::new(text).of("gres").with_hint("leave one of them out"));
        }
        self.check_each()?;
        let named = self.named().into_iter();
        let mut options: Vec<String> = named
            .filter(|(key, _)| *key != "signal")
            .map(|(key, text)| format!("--{}={text}", key.replace('_', "-")))
            .collect();
        options.extend(self.cpus_per_task.map(|cpus| format!("--cpus-per-task={cpus}")));
        options.extend(self.extra.iter().map(|line| line.trim().to_owned()));
        let (limit, warning) = limits::resolve(self.time.as_ref(), self.signal.as_ref())?;
        let of_gpu = |text: &Text| text.as_str().starts_with("gpu");
        Ok(Resolved {
            options,
            limit,
            warning,
            throttle: self.throttle.unwrap_or(THROTTLE),
            max_array: self.max_array,
            granularity: self.granularity.unwrap_or_default(),
            latency_wait: self.latency_wait.unwrap_or(LATENCY_WAIT),
            setup: self.setup.clone(),
            mem: self.mem.as_ref().map(Text::to_string),
            account: self.account.as_ref().map(Text::to_string),
            partition: self.partition.as_ref().map(Text::to_string),
            qos: self.qos.as_ref().map(Text::to_string),
            has_gpus: self.gpus.is_some() || self.gres.as_ref().is_some_and(of_gpu),
        })
    }
}

impl Config {
    /// The settings that are a text, by their keys.
    fn named(&self) -> Vec<(&'static str, &Text)> {
        let all = [
            ("partition", &self.partition),
            ("account", &self.account),
            ("qos", &self.qos),
            ("time", &self.time),
            ("mem", &self.mem),
            ("gpus", &self.gpus),
            ("gres", &self.gres),
            ("constraint", &self.constraint),
            ("exclude", &self.exclude),
            ("nodelist", &self.nodelist),
            ("reservation", &self.reservation),
            ("mail_user", &self.mail_user),
            ("mail_type", &self.mail_type),
            ("signal", &self.signal),
        ];
        all.into_iter().filter_map(|(key, text)| Some((key, text.as_ref()?))).collect()
    }

    /// Checks each setting alone. What goes together is known once the site's are beside them.
    ///
    /// # Errors
    /// [`Invalid`] with the key.
    pub(crate) fn check_each(&self) -> Result<(), Invalid> {
        for (key, text) in self.named() {
            text.check().map_err(|problem| problem.of(key))?;
        }
        if let Some(place) = self.setup.iter().position(|line| line.contains(['\n', '\r', '\0'])) {
            let text = format!("line {} of it has a line break; write one entry for each line", place + 1);
            return Err(Problem::new(text).of("setup"));
        }
        self.extra.iter().try_for_each(|line| extra::check(line)).map_err(|problem| problem.of("extra"))
    }
}

#[cfg(test)]
mod tests {
    use bal_settings::{Checked, parse_value};

    use super::*;

    fn resolved(text: &str) -> Result<Resolved, Invalid> {
        let config: Config = serde_json::from_value(parse_value(text).unwrap()).unwrap();
        Checked::new(config).map(|checked| checked.resolved().clone())
    }

    #[test]
    fn settings_become_options() {
        let text =
            "{account: 0042, time: 1-00:00:00, mem: 4G, gpus: 1, cpus_per_task: 2, extra: [--exclusive]}";
        let resolved = resolved(text).unwrap();
        let options = [
            "--account=0042",
            "--time=1-00:00:00",
            "--mem=4G",
            "--gpus=1",
            "--cpus-per-task=2",
            "--exclusive",
        ];
        assert_eq!(resolved.options, options);
        assert_eq!((resolved.limit, resolved.warning.seconds, resolved.has_gpus), (Some(86400), 120, true));
        assert_eq!((resolved.throttle, resolved.latency_wait), (100, 5));
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        for (text, key) in [
            ("{gpus: 1, gres: 'gpu:1'}", "gres"),
            ("{partition: 'a b\"c'}", "partition"),
            ("{account: ''}", "account"),
            ("{setup: [\"a\\nb\"]}", "setup"),
            ("{extra: ['--time=3']}", "extra"),
            ("{time: 1}", "time"),
            ("{time: soon}", "time"),
            ("{signal: KILL@3}", "signal"),
            ("{throttle: 0}", "throttle"),
        ] {
            assert_eq!(resolved(text).unwrap_err().key(), key, "{text}");
        }
        assert!(resolved("{time: 1, signal: USR2@20}").is_ok());
    }
}
