//! What the site allows: sizes of arrays and numbers of jobs.

use super::client;
use crate::Error;

/// Elements of an array at most, whatever the site allows: a table stays readable, a submission short.
const MOST: usize = 1000;

/// The limits of a scheduler that are looked at; each is `None` where the scheduler does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Limits {
    /// The largest index is one less.
    max_array_size: Option<usize>,
    /// Jobs in the memory of the scheduler.
    max_job_count: Option<usize>,
}

impl Limits {
    /// Asks `scontrol`. Where there is none, nothing is known.
    fn ask() -> Self {
        match client::scontrol_config() {
            Ok(text) => Self::parse(&text),
            Err(error) => {
                tracing::debug!("the limits of the site are not known: {error}");
                Self::default()
            }
        }
    }

    fn parse(text: &str) -> Self {
        let value = |key: &str| {
            let line =
                text.lines().filter_map(|line| line.split_once('=')).find(|(name, _)| name.trim() == key);
            line.and_then(|(_, value)| value.trim().parse().ok())
        };
        Self { max_array_size: value("MaxArraySize"), max_job_count: value("MaxJobCount") }
    }
}

/// Elements of an array at most.
pub(crate) fn part_size(max_array: Option<u32>) -> usize {
    let site = Limits::ask().max_array_size;
    let own = max_array.map(|most| most as usize);
    site.into_iter().chain(own).fold(MOST, usize::min).max(1)
}

/// Refuses more jobs than the scheduler can hold.
///
/// # Errors
/// [`Error::TooManyJobs`].
pub(crate) fn check_number(jobs: usize) -> Result<(), Error> {
    match Limits::ask().max_job_count {
        Some(most) if jobs > most => Err(Error::TooManyJobs { jobs, most }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read() {
        let text =
            "Configuration data as of 2026-11-26\nMaxArraySize            = 1001\nMaxJobCount  = 10000\n";
        let limits = Limits::parse(text);
        assert_eq!((limits.max_array_size, limits.max_job_count), (Some(1001), Some(10000)));
        assert_eq!(Limits::parse("nothing"), Limits::default());
    }
}
