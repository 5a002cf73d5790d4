//! What lies in an experiment's folder about its jobs on a cluster: scripts, tables, logs, and the record of
//! what was submitted.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files::{if_there, names};
use crate::{Error, file, write_file};

/// The folder of the jobs of an experiment, `slurm/`.
#[derive(Clone, Debug)]
pub struct SlurmFolder(pub(crate) PathBuf);

/// An array of jobs that a scheduler has taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubmittedArray {
    /// Its number from the scheduler. A scheduler that lost its memory gives numbers out again, so it
    /// belongs to its name.
    pub id: u64,
    /// The cluster, where the scheduler named one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cluster: Option<String>,
    /// `<submission>/<array>`, e.g. `0001/part-0`: its script is `<name>.sh`.
    pub name: String,
    /// Name of its jobs.
    pub job_name: String,
    /// UTC time of its submission.
    pub submitted: String,
    /// Memory of each element, as it was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mem: Option<String>,
}

/// `submitted.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submitted {
    /// All arrays, in the order of their submission.
    pub arrays: Vec<SubmittedArray>,
}

/// How often a run was stopped by its time limit since it last came to the end of a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeOuts {
    /// Rounds that were complete then.
    pub rounds: u64,
    /// Time-outs with that many.
    pub count: u32,
}

impl SlurmFolder {
    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The script of an array that is called `<submission>/<array>`.
    pub fn script(&self, array: &str) -> PathBuf {
        self.0.join(format!("{array}.sh"))
    }

    /// The table of an array: the runs of each element, one element a line, runs with blanks between them.
    /// All rounds and stages of a part share one.
    pub fn table(&self, array: &str) -> PathBuf {
        let part = array.split_once(OF_STAGE).map_or(array, |(part, _)| part);
        self.0.join(format!("{part}.txt"))
    }

    /// Name of an array of one stage in one round of a part.
    pub fn array_of_stage(part: &str, round: u64, stage: &str) -> String {
        format!("{part}{OF_STAGE}{round:03}-{stage}")
    }

    /// Where the logs of a submission lie.
    pub fn logs(&self, submission: &str) -> PathBuf {
        self.0.join(submission).join("logs")
    }

    /// The log of an element.
    pub fn log(&self, array: &str, element: &str) -> PathBuf {
        let (submission, name) = array.split_once('/').unwrap_or((array, ""));
        self.logs(submission).join(format!("{name}-{element}.log"))
    }

    /// What was submitted.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`].
    pub fn submitted(&self) -> Result<Submitted, Error> {
        read(&self.0.join(file::SUBMITTED)).map(Option::unwrap_or_default)
    }

    /// Replaces the record of what was submitted.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn record(&self, submitted: &Submitted) -> Result<(), Error> {
        write(&self.0.join(file::SUBMITTED), submitted)
    }

    /// The next free name of a submission: `0001`, `0002` …
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn next_submission(&self) -> Result<String, Error> {
        let names = if self.0.is_dir() { names(&self.0)? } else { Vec::new() };
        let last =
            names.iter().filter(|name| is_submission(name)).filter_map(|name| name.parse::<u64>().ok());
        Ok(format!("{:04}", last.max().unwrap_or(0) + 1))
    }

    /// Writes the runs of the elements of an array.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write_table(&self, part: &str, rows: &[Vec<String>]) -> Result<(), Error> {
        let lines: Vec<String> = rows.iter().map(|runs| runs.join(" ")).collect();
        write_file(&self.table(part), (lines.join("\n") + "\n").as_bytes())
    }

    /// The runs of the elements of an array.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Io`].
    pub fn read_table(path: &Path) -> Result<Vec<Vec<String>>, Error> {
        let text = if_there(fs_err::read_to_string(path)).map_err(Error::io("read", path))?;
        let missing = || Error::Missing { what: "table of runs", path: path.to_path_buf() };
        let runs = |line: &str| line.split(' ').map(str::to_owned).collect();
        Ok(text.ok_or_else(missing)?.lines().map(runs).collect())
    }

    /// Writes a script, and makes the folder that the scheduler writes its log into.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write_script(&self, array: &str, text: &str) -> Result<PathBuf, Error> {
        let submission = array.split_once('/').map_or(array, |(submission, _)| submission);
        let logs = self.logs(submission);
        fs_err::create_dir_all(&logs).map_err(Error::io("create", &logs))?;
        let path = self.script(array);
        write_file(&path, text.as_bytes())?;
        Ok(path)
    }

    /// How often a run was stopped by its time limit. `run` is `<cell>/seed-<s>`.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`].
    pub fn time_outs(&self, run: &str) -> Result<Option<TimeOuts>, Error> {
        read(&self.of_time_outs(run))
    }

    /// Notes it; `None` takes the note away.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn note_time_outs(&self, run: &str, time_outs: Option<TimeOuts>) -> Result<(), Error> {
        let path = self.of_time_outs(run);
        match time_outs {
            Some(time_outs) => write(&path, &time_outs),
            None => if_there(fs_err::remove_file(&path)).map(drop).map_err(Error::io("remove", &path)),
        }
    }

    fn of_time_outs(&self, run: &str) -> PathBuf {
        self.0.join(TIME_OUTS).join(format!("{run}.json"))
    }

    /// Whether a file below this folder, by the parts of its path, is one that is written here.
    pub(crate) fn claims(parts: &[&str]) -> bool {
        let ends = |name: &str, end: &str| Path::new(name).extension().is_some_and(|found| found == end);
        match parts {
            [file::SUBMITTED] => true,
            [submission, name] => is_submission(submission) && (ends(name, "sh") || ends(name, "txt")),
            [submission, "logs", name] => is_submission(submission) && ends(name, "log"),
            [TIME_OUTS, _, name] => name.starts_with("seed-") && ends(name, "json"),
            _ => false,
        }
    }
}

const TIME_OUTS: &str = "time_outs";

/// Between the name of a part and the stage that an array of it does.
const OF_STAGE: &str = "-round-";

fn is_submission(name: &str) -> bool {
    name.len() >= 4 && name.bytes().all(|byte| byte.is_ascii_digit())
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<Option<T>, Error> {
    let Some(bytes) = if_there(fs_err::read(path)).map_err(Error::io("read", path))? else { return Ok(None) };
    let corrupt = |error: serde_json::Error| Error::corrupt(path, "JSON that `bal` wrote", error.to_string());
    serde_json::from_slice(&bytes).map(Some).map_err(corrupt)
}

fn write(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let mut json = serde_json::to_vec_pretty(value).expect("strings and numbers are always JSON");
    json.push(b'\n');
    write_file(path, &json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn submissions_are_numbered_and_tables_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let slurm = SlurmFolder(folder.path().join("slurm"));
        assert_eq!(slurm.next_submission().unwrap(), "0001");
        let rows =
            vec![vec!["bald/seed-0".to_owned(), "bald/seed-1".to_owned()], vec!["a/seed-2".to_owned()]];
        slurm.write_table("0001/part-0", &rows).unwrap();
        assert_eq!(SlurmFolder::read_table(&slurm.table("0001/part-0")).unwrap(), rows);
        slurm.write_script("0001/part-0", "#!/bin/bash\n").unwrap();
        assert!(slurm.logs("0001").is_dir());
        assert_eq!(slurm.next_submission().unwrap(), "0002");
        let score = SlurmFolder::array_of_stage("0001/part-0", 7, "score");
        assert_eq!(
            (score.as_str(), slurm.table(&score)),
            ("0001/part-0-round-007-score", slurm.table("0001/part-0"))
        );
        assert_eq!(slurm.log("0001/part-0", "7"), slurm.path().join("0001/logs/part-0-7.log"));
    }

    #[test]
    fn the_record_and_time_outs_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let slurm = SlurmFolder(folder.path().join("slurm"));
        assert_eq!(slurm.submitted().unwrap(), Submitted::default());
        let text = |text: &str| text.to_owned();
        let array = SubmittedArray {
            id: 12,
            cluster: None,
            name: text("0001/part-0"),
            job_name: text("bal-x"),
            submitted: text("2026-11-26T19:20:00Z"),
            mem: Some(text("4G")),
        };
        let submitted = Submitted { arrays: vec![array] };
        slurm.record(&submitted).unwrap();
        assert_eq!(slurm.submitted().unwrap(), submitted);
        let twice = Some(TimeOuts { rounds: 3, count: 2 });
        slurm.note_time_outs("bald/seed-0", twice).unwrap();
        assert_eq!(slurm.time_outs("bald/seed-0").unwrap(), twice);
        slurm.note_time_outs("bald/seed-0", None).unwrap();
        slurm.note_time_outs("bald/seed-0", None).unwrap();
        assert_eq!(slurm.time_outs("bald/seed-0").unwrap(), None);
    }
}
