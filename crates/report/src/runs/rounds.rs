//! The rounds of one run, as far as they belong together.

use bal_artifact::tables::Metrics;
use bal_artifact::{Inputs, Manifest, RunFolder, file, run_name};

use super::chain::Chain;
use super::{Round, SeedRun, left_out};
use crate::Error;

/// A run up to round `last`, as far as its rounds belong together, and what of it is left out.
pub(crate) fn read_run(
    cell: &str,
    folder: RunFolder,
    seed: u64,
    last: Option<u64>,
) -> Result<(SeedRun, Option<String>), Error> {
    let split = Manifest::find(&folder.artifact("split", 0), "split")?;
    let mut run = SeedRun { seed, split, folder, labelled: None, rounds: Vec::new() };
    let broken = read_rounds(&mut run, last)?;
    let name = run_name(cell, seed);
    let next = run.rounds.len() as u64;
    let trained = run.folder.trained_rounds()?.into_iter();
    let later: Vec<u64> = trained.filter(|&round| round >= next).collect();
    let left_out = match (broken, last) {
        // Of its round, the stages before it are shown.
        (Some(why), _) if later.is_empty() => Some(format!("{name}: {why}")),
        (Some(why), _) => left_out::rounds(&name, &later, &why),
        (None, Some(last)) if next > last => {
            left_out::goes_on_after(&run.folder, last)?.then(|| left_out::after(&name, last))
        }
        (None, _) => left_out::rounds(&name, &later, &format!("round {next} is not there")),
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
        let find = |stage| Manifest::find(&run.folder.artifact(stage, index), stage);
        let (label, train) = (find("label")?, find("train")?);
        if let Some(label) = &label {
            if let Err(why) = chain.add("label", index, label) {
                return Ok(Some(why));
            }
            run.labelled = Some(index);
        }
        let Some(train) = train else { break };
        if let Err(why) = chain.add("train", index, &train) {
            return Ok(Some(why));
        }
        let measures = read_measures(run, index)?;
        let (score, select) = (find("score")?, find("select")?);
        run.rounds.push(Round { index, measures, label, train, score: None, select: None });
        let Some(round) = run.rounds.last_mut() else { break };
        // After its last round a run acquires nothing.
        let acquired = [("score", score), ("select", select)].into_iter().filter(|_| Some(index) != last);
        for (stage, manifest) in acquired {
            let Some(manifest) = manifest else { continue };
            if let Err(why) = chain.add(stage, index, &manifest) {
                return Ok(Some(why));
            }
            if stage == "score" { round.score = Some(manifest) } else { round.select = Some(manifest) }
        }
    }
    Ok(None)
}

fn read_measures(run: &SeedRun, round: u64) -> Result<Metrics, Error> {
    let path = run.file("train", round, file::METRICS);
    // Digest first: the parquet reader panics on some damaged files.
    Inputs::new(run.folder.path()).add("metrics", &path)?;
    Ok(Metrics::read(&path)?)
}
