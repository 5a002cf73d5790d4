//! The Slurm job that this process is part of, and who holds a lock.

use serde::{Deserialize, Serialize};

use crate::leftover::host;

/// A job of Slurm. Its id alone is not enough: a job that is started again keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// `12`, or of an element of an array `12_3`.
    pub id: String,
    /// Name of the node in the words of Slurm.
    pub node: String,
    /// How often it was started again.
    pub restart: u32,
}

impl Job {
    /// The job that this process is part of.
    pub fn current() -> Option<Self> {
        let text = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let own = text("SLURM_JOB_ID")?;
        let element = text("SLURM_ARRAY_JOB_ID").zip(text("SLURM_ARRAY_TASK_ID"));
        Some(Self {
            id: element.map_or(own, |(array, element)| format!("{array}_{element}")),
            node: text("SLURMD_NODENAME").unwrap_or_default(),
            restart: text("SLURM_RESTART_COUNT").and_then(|count| count.parse().ok()).unwrap_or(0),
        })
    }
}

/// Who holds a lock, as the note in its file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The words for people.
    pub text: String,
    /// Its machine; `None` in a note of an earlier version.
    pub host: Option<String>,
    /// Its job, if it is part of one. The node is not noted: it is the machine.
    pub job: Option<(String, u32)>,
}

const HOST: &str = " UTC on ";
const JOB: &str = ", Slurm job ";
const RESTART: &str = ", restart ";

impl Holder {
    /// This process, with the words of its command.
    pub(crate) fn own() -> Self {
        let command = std::env::args().take(3).collect::<Vec<_>>().join(" ").replace('\n', " ");
        let now = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S");
        let (host, job) = (host(), Job::current().map(|job| (job.id, job.restart)));
        let of_job = match &job {
            None => String::new(),
            Some((id, restart)) => format!("{JOB}{id}{RESTART}{restart}"),
        };
        let text = format!("process {} (`{command}`) since {now}{HOST}{host}{of_job}", std::process::id());
        Self { text, host: Some(host), job }
    }

    /// Reads a note; `None` for an empty one, which a holder leaves that has ended well.
    pub(crate) fn parse(note: &str) -> Option<Self> {
        let text = note.trim();
        let place = text.rsplit_once(HOST).map(|(_, place)| place);
        let (host, job) = match place.map(|place| place.split_once(JOB).ok_or(place)) {
            None => (None, None),
            Some(Err(host)) => (Some(host.to_owned()), None),
            Some(Ok((host, job))) => {
                let job = job.split_once(RESTART);
                let job = job.and_then(|(id, restart)| Some((id.to_owned(), restart.parse().ok()?)));
                (Some(host.to_owned()), job)
            }
        };
        (!text.is_empty()).then(|| Self { text: text.to_owned(), host, job })
    }

    /// Whether it is of another machine or of another start of a job: whoever has the file's lock on this
    /// machine then knows nothing about it.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.host.as_ref().is_some_and(|there| *there != host())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_says_who_wrote_it() {
        let own = Holder::own();
        assert_eq!(Holder::parse(&format!("{}\n", own.text)), Some(own.clone()));
        assert!(!own.is_elsewhere());
        let of_job =
            "process 7 (`bal worker x`) since 2026-11-26 19:20:00 UTC on n-3, Slurm job 12_3, restart 2";
        let holder = Holder::parse(of_job).unwrap();
        assert_eq!((holder.host.as_deref(), holder.job.clone()), (Some("n-3"), Some(("12_3".to_owned(), 2))));
        assert!(holder.is_elsewhere());
        let earlier = Holder::parse("process 7 (`bal run x`) since 2026-11-26 19:20:00 UTC").unwrap();
        assert_eq!((earlier.host, earlier.job), (None, None));
        assert_eq!(Holder::parse("\n"), None);
    }
}
