//! What the site allows: sizes of arrays and numbers of jobs, of the scheduler and of this user.

use super::client;
use crate::Error;
use crate::config::slurm::Resolved;

/// Elements of an array at most, whatever the site allows: a table stays readable, a submission short.
const MOST: usize = 1000;

/// The limits that are looked at; each is `None` where the site has none or does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    /// The largest index is one less.
    max_array_size: Option<usize>,
    /// Jobs in the memory of the scheduler.
    max_job_count: Option<usize>,
    /// Jobs that this user may have submitted at a time.
    max_submitted: Option<usize>,
    /// Jobs that this user has submitted, where there is such a limit.
    submitted: usize,
    /// Elements of an array by the settings.
    own: Option<usize>,
}

impl Limits {
    /// Asks `scontrol`, and `sacctmgr` where limits of users are enforced. What does not answer is not known.
    pub(crate) fn ask(settings: &Resolved) -> Self {
        let own = settings.max_array.map(|most| most as usize);
        let Some(config) = known(client::scontrol_config()) else { return Self { own, ..Self::default() } };
        let number = |key| value(&config, key).and_then(|value| value.parse().ok());
        let is_enforced = value(&config, "AccountingStorageEnforce").is_some_and(|of| of.contains("limits"));
        let cluster = value(&config, "ClusterName").filter(|_| is_enforced);
        let max_submitted = cluster.and_then(|cluster| submitted_at_most(cluster, settings));
        Self {
            max_array_size: number("MaxArraySize"),
            max_job_count: number("MaxJobCount"),
            max_submitted,
            submitted: max_submitted
                .and_then(|_| known(client::alive()))
                .map_or(0, |said| said.lines().count()),
            own,
        }
    }

    /// Elements of an array at most: what is free of the user's limit, since an array is taken whole or not.
    pub(crate) fn part_size(&self) -> usize {
        let free =
            self.max_submitted.map(|most| most.saturating_sub(self.submitted)).filter(|free| *free > 0);
        let all = [self.max_array_size, free.or(self.max_submitted), self.own];
        all.into_iter().flatten().fold(MOST, usize::min).max(1)
    }

    /// Refuses more jobs than the scheduler can hold, or takes from this user.
    ///
    /// # Errors
    /// [`Error::TooManyJobs`].
    pub(crate) fn check(&self, jobs: usize) -> Result<(), Error> {
        let of_user = (self.max_submitted, "you may have submitted at a time");
        for (most, whose) in [(self.max_job_count, "the scheduler holds at a time"), of_user] {
            if let Some(most) = most.filter(|&most| jobs > most) {
                return Err(Error::TooManyJobs { jobs, most, whose });
            }
        }
        Ok(())
    }
}

/// What a program of the scheduler said, if it answered.
fn known(said: Result<String, Error>) -> Option<String> {
    said.inspect_err(|error| tracing::debug!("the limits of the site are not known: {error}")).ok()
}

/// The value of a `Key = value`.
fn value<'a>(config: &'a str, key: &str) -> Option<&'a str> {
    let pairs = config.lines().filter_map(|line| line.split_once('='));
    pairs
        .map(|(name, value)| (name.trim(), value.trim()))
        .find_map(|(name, value)| (name == key).then_some(value))
}

/// Jobs that this user may have submitted: a limit of the quality of service stands above that of the
/// association.
fn submitted_at_most(cluster: &str, settings: &Resolved) -> Option<usize> {
    let user = ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok())?;
    let associations = known(client::associations(&user))?;
    let account = chosen("ACCOUNT", settings.account.as_ref());
    let partitions = chosen("PARTITION", settings.partition.as_ref());
    let association = Association::of(&associations, cluster, account.as_deref(), partitions.as_deref())?;
    let qos = chosen("QOS", settings.qos.as_ref()).unwrap_or(association.qos);
    // That of who has no other.
    let qos = if qos.is_empty() { "normal" } else { &qos };
    known(client::quality(qos)).and_then(|said| said.trim().parse().ok()).or(association.max_submitted)
}

/// What `sbatch` takes: its variables stand above the lines of a script.
fn chosen(name: &str, setting: Option<&String>) -> Option<String> {
    std::env::var(format!("SBATCH_{name}")).ok().or_else(|| setting.cloned())
}

/// What a user has on a cluster with an account.
#[derive(Debug, PartialEq, Eq)]
struct Association {
    qos: String,
    max_submitted: Option<usize>,
}

impl Association {
    /// The one that the jobs count for, among the lines of [`client::associations`]: that of the account, by
    /// default the user's; one for a partition that is asked for before one for all.
    fn of(said: &str, cluster: &str, account: Option<&str>, partitions: Option<&str>) -> Option<Self> {
        let rows = said.lines().filter_map(|line| line.split('|').collect::<Vec<_>>().try_into().ok());
        let is_asked_for =
            |partition: &str| partitions.is_some_and(|all| all.split(',').any(|one| one == partition));
        let counts = |[of_cluster, default, of_account, partition, ..]: &[&str; 6]| {
            *of_cluster == cluster
                && of_account.eq_ignore_ascii_case(account.unwrap_or(default))
                && (partition.is_empty() || is_asked_for(partition))
        };
        let [.., qos, most] =
            rows.filter(counts).max_by_key(|[.., partition, _, _]| !partition.is_empty())?;
        Some(Self { qos: qos.to_owned(), max_submitted: most.parse().ok() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read() {
        let text =
            "Configuration data as of 2026-11-26\nMaxArraySize            = 1001\nMaxJobCount  = 10000\n";
        assert_eq!((value(text, "MaxArraySize"), value(text, "MaxJobCount")), (Some("1001"), Some("10000")));
        assert_eq!(value("nothing", "MaxJobCount"), None);
    }

    #[test]
    fn the_narrowest_association_counts() {
        let said = "a|lab|lab||normal|5\na|lab|lab|gpu|fast|2\na|lab|other|||7\nb|lab|lab||normal|9\n";
        let of = |account: Option<&str>, partitions: Option<&str>| {
            Association::of(said, "a", account, partitions).map(|found| (found.qos, found.max_submitted))
        };
        assert_eq!(of(None, None), Some(("normal".to_owned(), Some(5))));
        assert_eq!(of(None, Some("long,gpu")), Some(("fast".to_owned(), Some(2))));
        assert_eq!(of(Some("OTHER"), Some("gpu")), Some((String::new(), Some(7))));
        assert_eq!(of(Some("nobody"), None), None);
    }

    #[test]
    fn the_least_limit_cuts_arrays_and_more_jobs_are_refused() {
        let limits = Limits { max_array_size: Some(10), max_submitted: Some(4), ..Limits::default() };
        assert_eq!((limits.part_size(), Limits::default().part_size()), (4, MOST));
        assert!(limits.check(4).is_ok() && limits.check(5).is_err());
        let with = |submitted| Limits { submitted, ..limits.clone() }.part_size();
        assert_eq!([with(1), with(4)], [3, 4], "where nothing is free all of it is waited for");
    }
}
