//! What has become of what was submitted: one look at the queue.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use bal_artifact::{Layout, SlurmFolder, Submitted, SubmittedArray};

use super::client;
use super::script::{absolute, comment};
use super::states::State;
use crate::Error;

/// The arrays of an experiment as the scheduler knows them now.
#[derive(Debug)]
pub(crate) struct Queue {
    slurm: SlurmFolder,
    /// In the order of their submission.
    pub(crate) arrays: Vec<QueuedArray>,
}

/// An array that was submitted.
#[derive(Debug)]
pub(crate) struct QueuedArray {
    pub(crate) submitted: SubmittedArray,
    /// Names of the runs of each element.
    pub(crate) rows: Vec<Vec<String>>,
    /// What the scheduler says of elements; it forgets those that ended some minutes ago.
    pub(crate) states: BTreeMap<usize, State>,
}

/// An element of an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueuedElement {
    /// `12_3`.
    pub(crate) id: String,
    /// Where it writes.
    pub(crate) log: PathBuf,
    /// The memory that it asked for.
    pub(crate) mem: Option<String>,
}

/// What the scheduler says of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) element: QueuedElement,
    pub(crate) state: State,
}

impl Queue {
    /// Asks the scheduler once.
    ///
    /// # Errors
    /// [`Error::Scheduler`], [`Error::NoScheduler`], and [`Error::Artifact`] for the record.
    pub(crate) fn look(layout: &Layout) -> Result<Self, Error> {
        let slurm = layout.slurm();
        let mut submitted = slurm.submitted()?;
        let clusters: BTreeSet<&str> =
            submitted.arrays.iter().filter_map(|array| array.cluster.as_deref()).collect();
        let said = client::squeue(&clusters.into_iter().collect::<Vec<_>>())?;
        let lines: Vec<Line> = said.lines().filter_map(Line::parse).collect();
        let root = absolute(&layout.root).display().to_string();
        adopt(&mut submitted, &lines, &root);
        let mut arrays = Vec::new();
        for array in submitted.arrays {
            let rows = SlurmFolder::read_table(&slurm.table(&array.name)).unwrap_or_default();
            let of_array = lines.iter().filter(|line| line.is_of(&array, &root));
            let states = of_array.flat_map(|line| line.elements.iter().map(|&at| (at, line.state.clone())));
            arrays.push(QueuedArray { states: states.collect(), submitted: array, rows });
        }
        Ok(Self { slurm, arrays })
    }

    /// As if nothing were submitted.
    pub(crate) fn unknown(layout: &Layout) -> Self {
        Self { slurm: layout.slurm(), arrays: Vec::new() }
    }

    /// Arrays of which something waits or runs.
    pub(crate) fn alive(&self) -> impl Iterator<Item = &QueuedArray> {
        self.arrays.iter().filter(|array| array.states.values().any(State::is_alive))
    }

    /// For every run with an element that the scheduler knows, the one that tells most: what runs before what
    /// waits before what has failed, and of several the latest.
    pub(crate) fn by_run(&self) -> BTreeMap<&str, Known> {
        let mut runs: BTreeMap<&str, Known> = BTreeMap::new();
        for QueuedArray { submitted, rows, states } in &self.arrays {
            for (&number, state) in states {
                for run in rows.get(number).into_iter().flatten() {
                    let known = Known { element: self.element(submitted, number), state: state.clone() };
                    let better = runs.get(run.as_str()).is_none_or(|other| rank(state) >= rank(&other.state));
                    // Of those that wait the first is next.
                    let waits = runs
                        .get(run.as_str())
                        .is_some_and(|other| rank(state) == 2 && rank(&other.state) == 2);
                    if better && !waits {
                        runs.insert(run, known);
                    }
                }
            }
        }
        runs
    }

    /// For every run with an element that has begun and that the scheduler no longer knows, the latest one.
    pub(crate) fn forgotten(&self) -> BTreeMap<&str, QueuedElement> {
        let mut runs = BTreeMap::new();
        for QueuedArray { submitted, rows, states } in self.arrays.iter().rev() {
            let unknown = rows.iter().enumerate().filter(|(number, _)| !states.contains_key(number));
            for (number, names) in unknown {
                let element = self.element(submitted, number);
                let is_new = |run: &&String| !runs.contains_key(run.as_str());
                let new: Vec<&String> = names.iter().filter(is_new).collect();
                if !new.is_empty() && element.log.is_file() {
                    runs.extend(new.into_iter().map(|run| (run.as_str(), element.clone())));
                }
            }
        }
        runs
    }

    fn element(&self, array: &SubmittedArray, number: usize) -> QueuedElement {
        QueuedElement {
            id: format!("{}_{number}", array.id),
            log: self.slurm.log(&array.name, &number.to_string()),
            mem: array.mem.clone(),
        }
    }

    /// Names of the runs that have an element which waits or runs.
    pub(crate) fn runs_alive(&self) -> BTreeSet<&str> {
        let of_array = |array: &'_ QueuedArray| -> Vec<usize> {
            array.states.iter().filter(|(_, state)| state.is_alive()).map(|(&element, _)| element).collect()
        };
        let rows = |array| of_array(array).into_iter().filter_map(|element| array.rows.get(element));
        self.arrays.iter().flat_map(rows).flatten().map(String::as_str).collect()
    }
}

fn rank(state: &State) -> u8 {
    match state {
        state if state.is_running() => 3,
        state if state.is_alive() => 2,
        // What never began says less than what made it so.
        state if state.reason == "DependencyNeverSatisfied" => 0,
        _ => 1,
    }
}

/// Takes arrays into the record whose comment says that they are this experiment's: whoever submitted them
/// was stopped before they were noted.
fn adopt(submitted: &mut Submitted, lines: &[Line], root: &str) {
    for line in lines {
        let Some(name) = line.comment.strip_prefix(root).and_then(|rest| rest.strip_prefix(' ')) else {
            continue;
        };
        let is_noted = submitted.arrays.iter().any(|array| array.name == name && array.id == line.array);
        if !is_noted && is_array_name(name) {
            submitted.arrays.push(SubmittedArray {
                id: line.array,
                cluster: None,
                name: name.to_owned(),
                job_name: line.job_name.clone(),
                submitted: String::new(),
                mem: None,
            });
        }
    }
}

/// The array of this name, if the scheduler has it: `sbatch` may fail after it was taken.
pub(super) fn find(layout: &Layout, array: &str) -> Result<Option<u64>, Error> {
    let wanted = comment(&absolute(&layout.root).display().to_string(), array);
    let said = client::squeue(&[])?;
    Ok(said.lines().filter_map(Line::parse).find(|line| line.comment == wanted).map(|line| line.array))
}

fn is_array_name(name: &str) -> bool {
    name.split_once('/').is_some_and(|(submission, part)| {
        submission.bytes().all(|byte| byte.is_ascii_digit()) && part.starts_with("part-")
    })
}

/// A line of `squeue`: one element, or several that have the same to say.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    array: u64,
    elements: Vec<usize>,
    state: State,
    job_name: String,
    comment: String,
}

impl Line {
    /// Reads `12_[4-9%2]|PENDING|Resources||bal-x|/a/b 0001/part-0`.
    fn parse(line: &str) -> Option<Self> {
        let parts: Vec<&str> = line.splitn(6, '|').collect();
        let [id, name, reason, node, job_name, comment] = parts.as_slice() else { return None };
        let (array, elements) = id.split_once('_')?;
        let [name, reason, node] = [name, reason, node].map(|text| text.trim().to_owned());
        Some(Self {
            array: array.parse().ok()?,
            elements: indices(elements)?,
            state: State { name, reason, node },
            job_name: (*job_name).to_owned(),
            comment: comment.trim_end().to_owned(),
        })
    }

    /// Whether it tells of an array: a scheduler that lost its memory gives numbers out again.
    fn is_of(&self, array: &SubmittedArray, root: &str) -> bool {
        let is_another = self.comment.starts_with('/')
            && self.comment.rsplit_once(' ').is_some_and(|(_, name)| is_array_name(name))
            && self.comment != comment(root, &array.name);
        self.array == array.id && self.job_name == array.job_name && !is_another
    }
}

/// `3`, `[4-9%2]`, `[1,3,5-9:2]`.
fn indices(text: &str) -> Option<Vec<usize>> {
    let inner = text.strip_prefix('[').map_or(Some(text), |rest| rest.strip_suffix(']'))?;
    let inner = inner.split_once('%').map_or(inner, |(inner, _)| inner);
    let mut indices = Vec::new();
    for range in inner.split(',') {
        let (range, step) = range.split_once(':').unwrap_or((range, "1"));
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        let (from, to): (usize, usize) = (from.parse().ok()?, to.parse().ok()?);
        indices.extend((from..=to).step_by(step.parse::<usize>().ok().filter(|&step| step > 0)?));
    }
    Some(indices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_in_every_form() {
        for (text, expected) in [
            ("3", Some(vec![3])),
            ("[4-7%2]", Some(vec![4, 5, 6, 7])),
            ("[1,3,5-9:2]", Some(vec![1, 3, 5, 7, 9])),
            ("[0]", Some(vec![0])),
            ("[4-", None),
            ("x", None),
        ] {
            assert_eq!(indices(text), expected, "{text}");
        }
    }

    #[test]
    fn a_line_belongs_to_an_array_by_number_name_and_comment() {
        let line = Line::parse("12_[4-5%2]|PENDING|Resources||bal-x|/a|b 0001/part-0").unwrap();
        assert_eq!(
            (line.array, line.elements.as_slice(), line.comment.as_str()),
            (12, &[4, 5][..], "/a|b 0001/part-0")
        );
        let array = |id, name: &str, job_name: &str| SubmittedArray {
            id,
            cluster: None,
            name: name.to_owned(),
            job_name: job_name.to_owned(),
            submitted: String::new(),
            mem: None,
        };
        assert!(line.is_of(&array(12, "0001/part-0", "bal-x"), "/a|b"));
        assert!(!line.is_of(&array(13, "0001/part-0", "bal-x"), "/a|b"));
        assert!(!line.is_of(&array(12, "0001/part-0", "bal-y"), "/a|b"));
        assert!(!line.is_of(&array(12, "0002/part-0", "bal-x"), "/a|b"), "its number was given out again");
        let bare = Line::parse("12_3|RUNNING|None|n1|bal-x|(null)").unwrap();
        assert!(
            bare.is_of(&array(12, "0002/part-0", "bal-x"), "/a|b"),
            "a site may write comments of its own"
        );
        assert_eq!(Line::parse("a banner"), None);
        assert_eq!(Line::parse("12|RUNNING|None|n1|bal-x|"), None, "no array");
    }

    #[test]
    fn what_was_not_noted_is_adopted() {
        let lines = [
            "7_0|RUNNING|None|n|bal-x|/a 0003/part-1",
            "7_1|RUNNING|None|n|bal-x|/a 0003/part-1",
            "8_0|RUNNING|None|n|bal-x|/b 0003/part-1",
        ];
        let lines: Vec<Line> = lines.iter().filter_map(|line| Line::parse(line)).collect();
        let mut submitted = Submitted::default();
        adopt(&mut submitted, &lines, "/a");
        let found: Vec<(u64, &str)> =
            submitted.arrays.iter().map(|array| (array.id, array.name.as_str())).collect();
        assert_eq!(found, [(7, "0003/part-1")]);
    }
}
