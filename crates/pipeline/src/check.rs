//! Values that the types of a pipeline allow but no run can use.

use bal_cli::Explain;
use bal_select::BatchMethod;

use crate::Error;
use crate::config::{Pipeline, Place, Problem};
use crate::selection;

/// Characters of a name at most: a folder's name has one of the pipeline and one of a profile, and file systems allow 255.
const MAX_NAME: usize = 100;

/// Checks the pipeline of one cell. `place` says where a key was written.
///
/// Also writes the acquisition functions as the command line does, and names the column that is picked by where
/// several are scored, and has `score` write what the batch method reads: so that a pipeline and commands given by hand leave the same manifests.
pub(crate) fn check(pipeline: &mut Pipeline, place: &dyn Fn(&str) -> Place) -> Result<(), Error> {
    let refuse = |key: &str, problem: Problem| Error::invalid(place(key), problem);
    let explained =
        |key: &str, error: &dyn Explain| refuse(key, Problem { text: error.to_string(), hint: error.hint() });
    if pipeline.rounds == 0 {
        return Err(refuse("rounds", Problem::new("expected at least 1, found 0")));
    }
    check_name(&pipeline.name).map_err(|problem| refuse("name", problem))?;
    pipeline.prepare.split().check().map_err(|error| match &error {
        bal_prepare::Error::Setting { key, .. } => explained(&format!("prepare.{key}"), &error),
        _ => explained("prepare", &error),
    })?;
    pipeline.train.check().map_err(|error| match &error {
        bal_train::Error::Config { key, .. } => explained(&format!("train.{key}"), &error),
        _ => explained("train", &error),
    })?;
    let functions = pipeline.score.check().map_err(|error| match &error {
        bal_score::Error::Config { key, .. } => explained(&format!("score.{key}"), &error),
        _ => explained("score.acquisition", &error),
    })?;
    let names: Vec<&str> = functions.iter().map(|function| function.name()).collect();
    pipeline.score.acquisition = names.join(",");
    let method = pipeline.select.resolve().map_err(|error| match &error {
        bal_select::Error::Config { key, .. } => explained(&format!("select.{key}"), &error),
        _ => explained("select.method", &error),
    })?;
    if method.needs_scores() {
        check_column(&mut pipeline.select.column, &names)
            .map_err(|problem| refuse("select.column", problem))?;
    }
    pipeline.score.write_log_probs |= selection::needs_predictions(method);
    pipeline.score.write_features |= method.needs_features();
    pipeline.report.check().map_err(|error| explained("report.labels_to_accuracy", &error))?;
    check_together(pipeline, method).map_err(|(key, problem)| refuse(key, problem))
}

/// Settings of different stages that cannot go together, whatever the data set; the key to blame.
fn check_together(pipeline: &Pipeline, method: BatchMethod) -> Result<(), (&'static str, Problem)> {
    let Pipeline { prepare, train, score, select, .. } = pipeline;
    if prepare.validation == 0 && !matches!(train.weight_decay, bal_train::WeightDecay::Fixed(_)) {
        let text = "expected at least 1, found 0: `train.weight_decay` is chosen by the validation set";
        let hint = Some("give points to validate with, or `train.weight_decay: {fixed: …}`".to_owned());
        return Err(("prepare.validation", Problem { text: text.to_owned(), hint }));
    }
    let metric = pipeline.report.learning_curves.metric.name();
    if prepare.validation == 0 && metric.starts_with("validation_") {
        let text = format!("`{metric}` needs a validation set, and `prepare.validation` is 0");
        return Err(("report.learning_curves.metric", Problem::new(text)));
    }
    if let Some(subset) = score.pool_subset.filter(|&subset| subset < select.batch) {
        let text =
            format!("expected at least {}, the batch that is picked from it; found {subset}", select.batch);
        return Err(("score.pool_subset", Problem::new(text)));
    }
    if method == BatchMethod::BatchBald {
        let refused = |error: bal_select::Error| ("select.num_samples", Problem::new(error.to_string()));
        select.check_configurations(score.posterior.samples()).map_err(refused)?;
    }
    prepare.pool_size.map_or(Ok(()), |pool| check_pool(pipeline, pool))
}

/// Whether a pool of this many points is enough for every round; if not, the key to blame.
pub(crate) fn check_pool(pipeline: &Pipeline, pool: usize) -> Result<(), (&'static str, Problem)> {
    let Pipeline { score, select, rounds, .. } = pipeline;
    let most = |found: usize, hint: Option<&str>| Problem {
        text: format!("expected at most {pool}, the points of the pool; found {found}"),
        hint: hint.map(str::to_owned),
    };
    if select.batch > pool {
        return Err(("select.batch", most(select.batch, None)));
    }
    let picked = (select.batch as u64).saturating_mul(*rounds);
    if picked > pool as u64 {
        let text =
            format!("{rounds} rounds pick {picked} points, {} each, and the pool has {pool}", select.batch);
        let hint = Some(format!("ask for at most {} rounds, or for smaller batches", pool / select.batch));
        return Err(("rounds", Problem { text, hint }));
    }
    if let Some(subset) = score.pool_subset.filter(|&subset| subset > pool) {
        return Err(("score.pool_subset", most(subset, Some("leave it out to score the whole pool"))));
    }
    let last = scored_last(pipeline, pool);
    match score.targets {
        Some(bal_score::Targets::Pool(targets)) if targets > last => {
            let text = format!("{targets} targets, and round {} scores {last} points", rounds - 1);
            Err(("score.targets", Problem::new(text)))
        }
        _ => Ok(()),
    }
}

/// Points that the last acquisition scores of a pool that is large enough.
pub(crate) fn scored_last(pipeline: &Pipeline, pool: usize) -> usize {
    let picked_before = pipeline.select.batch.saturating_mul(pipeline.rounds as usize - 1);
    let left = pool.saturating_sub(picked_before);
    pipeline.score.pool_subset.map_or(left, |subset| subset.min(left))
}

/// The column must be scored; where several are and none is named, it is the first one.
fn check_column(column: &mut String, scored: &[&str]) -> Result<(), Problem> {
    match scored {
        [first, _, ..] if column.is_empty() => (*first).clone_into(column),
        _ if column.is_empty() || scored.contains(&column.as_str()) => {}
        _ => {
            let text = format!("`{column}` is not scored; scored are {}", scored.join(", "));
            return Err(Problem::new(text).with_nearest(column, scored.iter().copied()));
        }
    }
    Ok(())
}

/// The name of a pipeline or profile becomes a folder.
pub(crate) fn check_name(name: &str) -> Result<(), Problem> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let good = name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(allowed);
    if !good {
        Err(Problem::new(format!("expected letters, digits, `.`, `_` and `-`, found `{name}`")))
    } else if name.len() > MAX_NAME {
        let found = name.len();
        Err(Problem::new(format!("expected a name of at most {MAX_NAME} characters, found {found}")))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_folders() {
        assert!(check_name("fig1-b").is_ok());
        for bad in ["", "../x", ".x", "a/b", "a b", &"x".repeat(101)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_first_of_several_functions_is_picked_by() {
        let mut column = String::new();
        check_column(&mut column, &["bald", "random"]).unwrap();
        assert_eq!(column, "bald");
        let mut column = String::new();
        check_column(&mut column, &["bald"]).unwrap();
        assert_eq!(column, "", "`select` takes the only one by itself");
        let error = check_column(&mut "blad".to_owned(), &["bald"]).unwrap_err();
        assert_eq!(error.hint.unwrap(), "did you mean `bald`?");
    }
}
