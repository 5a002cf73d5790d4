//! The rounds of one run, as far as they belong together.

use std::path::{Path, PathBuf};

use bal_artifact::{Inputs, Manifest};

use crate::Error;
use crate::chain::Chain;
use crate::history::{self, Measures};
use crate::left_out::{self, LeftOut};
use crate::runs::{Round, SeedRun, subfolders};

/// The rounds of a run that were trained, in ascending order, whether or not they belong together.
pub(crate) fn rounds_in(run: &Path) -> Result<Vec<u64>, Error> {
    let round = |(name, folder): (String, PathBuf)| {
        let round = name.strip_prefix("round-")?.parse().ok()?;
        folder.join("train/train.json").is_file().then_some(round)
    };
    let mut rounds: Vec<u64> = subfolders(run)?.into_iter().filter_map(round).collect();
    rounds.sort_unstable();
    Ok(rounds)
}

/// A run up to round `last`, as far as its rounds belong together, and what of it is left out.
pub(crate) fn read_run(
    cell: &str,
    folder: PathBuf,
    seed: u64,
    last: Option<u64>,
) -> Result<(SeedRun, Option<LeftOut>), Error> {
    let mut run =
        SeedRun { seed, split: Manifest::find(&folder.join("split"), "split")?, folder, rounds: Vec::new() };
    let broken = read_rounds(&mut run, last)?;
    let name = format!("{cell}/seed-{seed}");
    let next = run.rounds.len() as u64;
    let later: Vec<u64> = rounds_in(&run.folder)?.into_iter().filter(|&round| round >= next).collect();
    let left_out = match (broken, last) {
        // Of its round, the stages before it are shown.
        (Some(why), _) if later.is_empty() => Some(LeftOut { run: name, part: String::new(), why }),
        (Some(why), _) => LeftOut::rounds(name, &later, why),
        (None, Some(last)) if next > last => {
            left_out::goes_on_after(&run.folder, last)?.then(|| LeftOut::after(name, last))
        }
        (None, _) => LeftOut::rounds(name, &later, format!("round {next} is not there")),
    };
    Ok((run, left_out))
}

/// Adds rounds up to `last` to a run, and says why the next stage does not belong to them, if there is one.
fn read_rounds(run: &mut SeedRun, last: Option<u64>) -> Result<Option<String>, Error> {
    let mut chain = Chain::new(run.seed);
    if let Some(split) = &run.split
        && let Err(why) = chain.add("split", 0, split)
    {
        return Ok(Some(why));
    }
    for index in 0..=last.unwrap_or(u64::MAX) {
        let folder = run.folder.join(format!("round-{index:03}"));
        let Some(train) = Manifest::find(&folder.join("train"), "train")? else { break };
        if let Err(why) = chain.add("train", index, &train) {
            return Ok(Some(why));
        }
        let measures = read_measures(&run.folder, &folder.join("train/metrics.parquet"))?;
        run.rounds.push(Round { index, folder, measures, train, score: None, select: None });
        let Some(round) = run.rounds.last_mut() else { break };
        // After its last round a run acquires nothing.
        for stage in ["score", "select"].into_iter().filter(|_| Some(index) != last) {
            let Some(manifest) = Manifest::find(&round.folder.join(stage), stage)? else { continue };
            if let Err(why) = chain.add(stage, index, &manifest) {
                return Ok(Some(why));
            }
            if stage == "score" { round.score = Some(manifest) } else { round.select = Some(manifest) }
        }
    }
    Ok(None)
}

fn read_measures(run: &Path, metrics: &Path) -> Result<Measures, Error> {
    // Digest first: the parquet reader panics on some damaged files.
    Inputs::new(run).add("metrics", metrics)?;
    history::read_metrics(metrics)
}
