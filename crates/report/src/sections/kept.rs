//! Files of `score` that were kept, of the first seed of a cell that has any.

use bal_artifact::Inputs;

use crate::Error;
use crate::runs::{Cell, Round, SeedRun};

/// A run and its rounds whose `score` has kept a file.
pub(super) fn kept<'a>(cell: &'a Cell, file: &str) -> Option<(&'a SeedRun, Vec<&'a Round>)> {
    let has = |run: &SeedRun, round: &Round| {
        let listed = round.score.as_ref().is_some_and(|score| score.outputs.contains_key(file));
        listed && run.file("score", round.index, file).is_file()
    };
    cell.seeds.iter().find_map(|run| {
        let rounds: Vec<&Round> = run.rounds.iter().filter(|round| has(run, round)).collect();
        (!rounds.is_empty()).then_some((run, rounds))
    })
}

/// At most `count` of these, evenly, the first and the last among them.
pub(super) fn some_of<T: Copy>(all: &[T], count: usize) -> Vec<T> {
    if all.len() <= count || count < 2 {
        return all.iter().take(count).copied().collect();
    }
    (0..count).map(|i| all[i * (all.len() - 1) / (count - 1)]).collect()
}

/// The file of a round, recorded as an input.
pub(super) fn read(
    inputs: &mut Inputs,
    (cell, run, round): (&Cell, &SeedRun, &Round),
    (stage, file): (&str, &str),
) -> Result<std::path::PathBuf, Error> {
    cell.read(run, inputs, "what `score` and `select` kept", (stage, round.index, file))
}

#[cfg(test)]
mod tests {
    use super::some_of;

    #[test]
    fn some_are_spread_over_all() {
        let all: Vec<usize> = (0..21).collect();
        assert_eq!(some_of(&all, 3), [0, 10, 20]);
        assert_eq!(some_of(&all[..2], 3), [0, 1]);
        assert_eq!(some_of(&all, 1), [0]);
    }
}
