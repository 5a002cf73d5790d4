//! The script of an array, as people can read it and give it to `sbatch` by hand.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use bal_artifact::Layout;
use bal_settings::Checked;

use super::arrays::{Array, Element};
use crate::Error;
use crate::config::slurm::{Config, Resolved};
use crate::words::shell_word;

/// What all scripts of a submission have in common.
#[derive(Debug)]
pub(crate) struct Script<'a> {
    pub(crate) layout: &'a Layout,
    /// Name of the experiment.
    pub(crate) experiment: &'a str,
    pub(crate) settings: &'a Checked<Config>,
    /// `cpu` or `cuda:N`.
    pub(crate) device: String,
    pub(crate) threads: usize,
    /// The experiment's folder, from the root of the file system.
    root: String,
    /// Where relative paths begin.
    here: String,
    program: String,
}

impl<'a> Script<'a> {
    /// Looks up where things are.
    ///
    /// # Errors
    /// [`Error::Unwritable`] for a path that cannot stand in a script.
    pub(crate) fn new(
        layout: &'a Layout,
        experiment: &'a str,
        settings: &'a Checked<Config>,
        device: String,
        threads: usize,
    ) -> Result<Self, Error> {
        let unknown = |source| Error::Spawn { program: PathBuf::from("bal"), source };
        let program = std::env::current_exe().map_err(unknown)?;
        let here = std::env::current_dir().map_err(unknown)?;
        let root = absolute(&layout.root);
        let [root, here, program] = [&root, &here, &program].map(|path| writable(path));
        Ok(Self {
            layout,
            experiment,
            settings,
            device,
            threads,
            root: root?,
            here: here?,
            program: program?,
        })
    }

    /// Name of all its jobs.
    pub(crate) fn job_name(&self) -> String {
        format!("bal-{}", self.experiment)
    }

    /// What tells an array from all others, and whose it is.
    pub(crate) fn comment(&self, array: &str) -> String {
        comment(&self.root, array)
    }

    /// The script of an array.
    pub(crate) fn text(&self, array: &Array) -> String {
        let Resolved { warning, throttle, setup, .. } = self.settings.resolved();
        let (name, number) = (&array.name, array.rows.len());
        let log = format!("{}/slurm/{}-%a.log", percent(&self.root), logs_of(name));
        let mut text = String::from("#!/bin/bash\n");
        let does = match array.does {
            Element::Runs => "brings a run to its end".to_owned(),
            Element::Stage { round, stage } => format!("does `{}` of round {round} of a run", stage.name()),
        };
        let _ = writeln!(text, "# Experiment `{}`. Each of {number} elements {does}.", self.experiment);
        text.push_str("# Written by `bal run --executor slurm`. Line SLURM_ARRAY_TASK_ID + 1 of the table is its run.\n");
        let mut option = |line: &str| {
            let _ = writeln!(text, "#SBATCH {line}");
        };
        option(&format!("--job-name={}", self.job_name()));
        option(&format!("--comment=\"{}\"", self.comment(name)));
        option(&format!("--array=0-{}%{throttle}", number - 1));
        option(&format!("--chdir=\"{}\"", self.here));
        option(&format!("--output=\"{log}\""));
        option("--open-mode=append");
        option("--requeue");
        option("--kill-on-invalid-dep=yes");
        option(&format!("--signal=B:{}@{}", warning.signal, warning.seconds));
        if self.settings.cpus_per_task.is_none() {
            option(&format!("--cpus-per-task={}", self.threads));
        }
        self.settings.resolved().options.iter().for_each(|line| option(line));
        text.push('\n');
        for line in setup {
            let _ = writeln!(text, "{line}");
        }
        // In place of the shell, so that signals reach it.
        let _ = writeln!(text, "exec {}", self.command(array));
        text
    }

    /// The command of an element.
    fn command(&self, array: &Array) -> String {
        let Resolved { limit, warning, latency_wait, .. } = self.settings.resolved();
        let word = |path: &Path| shell_word(&path.display().to_string());
        let mut command = format!(
            "{} worker \\\n    --out {} --data-dir {} --device {} --threads {} \\\n    --table {} --row \
             \"$SLURM_ARRAY_TASK_ID\"",
            shell_word(&self.program),
            word(&self.layout.root),
            word(&self.layout.data_dir),
            self.device,
            self.threads,
            word(&self.layout.slurm().table(&array.part)),
        );
        if let Element::Stage { round, stage } = array.does {
            let _ = write!(command, " --stage {} --round {round}", stage.name());
        }
        let limit = limit.map_or_else(String::new, |limit| format!(" --time-limit {limit}"));
        let _ = write!(
            command,
            " \\\n    --ran-before \"$SECONDS\"{limit} --warned-before {} --latency-wait {latency_wait}",
            warning.seconds
        );
        command
    }
}

/// The experiment's folder and the array's name.
pub(super) fn comment(root: &str, array: &str) -> String {
    format!("{root} {array}")
}

/// A folder from the root of the file system, without links as far as it is there.
pub(super) fn absolute(folder: &Path) -> PathBuf {
    let made = || std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    fs_err::canonicalize(folder).unwrap_or_else(|_| made())
}

/// A path as it can stand between double quotes in a script.
fn writable(path: &Path) -> Result<String, Error> {
    let text = path.to_str().filter(|text| !text.contains(['"', '\\', '$', '`', '\n', '\r']));
    text.map(str::to_owned).ok_or_else(|| Error::Unwritable { path: path.to_path_buf() })
}

/// `0001/logs/part-0` of `0001/part-0`.
fn logs_of(array: &str) -> String {
    array.replacen('/', "/logs/", 1)
}

/// A text in a pattern of Slurm for file names.
fn percent(text: &str) -> String {
    text.replace('%', "%%")
}
