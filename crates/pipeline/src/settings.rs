//! The settings of one run, checked alone and together.

use bal_acquisition::BatchMethod;
use bal_cli::Explain as _;
use bal_model::{Posterior, PosteriorKind, Precision};
use bal_prepare::{dataset, split};
use bal_score::{FeaturesOf, Targets};
use bal_select::By;
use bal_settings::{Checked, Invalid, Place, Problem};
use serde::Serialize;

use crate::Error;
use crate::config::{Keep, Pipeline, Prepare, check_name};
use crate::task::Uses;

/// Settings that a run can be made with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Settings {
    /// The folder of the data set below `--data-dir`.
    pub(crate) dataset: String,
    /// The data set, as it is made where it is missing. Its name says all of it.
    #[serde(skip)]
    pub(crate) view: dataset::Config,
    pub(crate) split: Checked<split::Config>,
    pub(crate) label: Checked<bal_label::Config>,
    pub(crate) train: Checked<bal_train::Config>,
    pub(crate) score: Checked<bal_score::Config>,
    pub(crate) select: Checked<bal_select::Config>,
    pub(crate) report: Checked<bal_report::Config>,
    pub(crate) rounds: u64,
    pub(crate) keep: Keep,
}

impl Settings {
    /// Checks the pipeline of one cell. `place` says where a key was written.
    ///
    /// The score that a shortcut names is scored too. Where several functions are scored and no column is
    /// named, it is the first. `score` writes what the batch method reads. So a pipeline and commands given
    /// by hand leave the same manifests.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub(crate) fn new(pipeline: Pipeline, place: &dyn Fn(&str) -> Place) -> Result<Self, Error> {
        Self::checked(pipeline).map_err(|invalid| Error::Invalid(invalid.placed(place)))
    }

    fn checked(pipeline: Pipeline) -> Result<Self, Invalid> {
        let Pipeline {
            name,
            prepare,
            label,
            mut train,
            mut score,
            mut select,
            rounds,
            report,
            keep,
            slurm,
            ..
        } = pipeline;
        slurm.check_each().map_err(|invalid| invalid.within("slurm"))?;
        check_name(&name).map_err(|problem| problem.of("name"))?;
        let Prepare { dataset, split } = prepare;
        let (dataset, view) = (dataset.name(), dataset.checked()?);
        let in_score = |invalid: Invalid| invalid.within("score");
        let mut functions = bal_score::functions(&score.acquisition).map_err(in_score)?;
        if let Some((function, _)) = BatchMethod::shortcut(&select.method)
            && !functions.contains(&function)
        {
            score.acquisition = format!("{},{function}", score.acquisition);
            functions.push(function);
        }
        let in_select = |invalid: Invalid| invalid.within("select");
        let method = Checked::new(select.clone()).map_err(in_select)?;
        if let By::Scores(_) = method.resolved().by {
            let names: Vec<&str> = functions.iter().map(|function| function.name()).collect();
            select.column = column(&method.column, &names).map_err(|problem| problem.of("select.column"))?;
        }
        let kind = method.resolved().kind;
        if !train.network.has_layers() {
            read_no_fit(&mut train, &mut score);
        }
        evaluate_as_scored(&mut train, &score)?;
        score.write_log_probs |= kind.needs_predictions();
        score.write_features |= kind.needs_features();
        if !score.write_features {
            score.features_of = FeaturesOf::default();
        }
        let settings = Self {
            dataset,
            view,
            split: Checked::new(split).map_err(|invalid| invalid.within("prepare"))?,
            label: Checked::new(label).map_err(|invalid| invalid.within("label"))?,
            train: Checked::new(train).map_err(|invalid| invalid.within("train"))?,
            score: Checked::new(score).map_err(in_score)?,
            select: Checked::new(select).map_err(in_select)?,
            report: Checked::new(report).map_err(|invalid| invalid.within("report"))?,
            rounds,
            keep,
        };
        settings.check_together()?;
        Ok(settings)
    }

    /// The batch method.
    pub(crate) fn method(&self) -> BatchMethod {
        self.select.resolved().kind
    }

    /// What decides which files the tasks read.
    pub(crate) fn uses(&self) -> Uses {
        Uses { method: self.method(), weights: self.train.network.has_layers() }
    }

    /// Settings of different stages that cannot go together, whatever the data set.
    fn check_together(&self) -> Result<(), Invalid> {
        let Self { split, train, score, select, report, .. } = self;
        if !train.network.has_layers() {
            self.check_without_network()?;
        }
        if split.validation == 0 && train.early_stopping.is_some() {
            let text = "expected at least 1, found 0: `train.early_stopping` looks at the validation set";
            let hint = "give points to validate with, or leave `train.early_stopping` out";
            return Err(Problem::new(text).of("prepare.validation").with_hint(hint));
        }
        if split.validation == 0 && train.weight_decay.is_validated() {
            let invalid = Problem::new(
                "expected at least 1, found 0: `train.weight_decay` is chosen by the validation set",
            );
            let hint = "give points to validate with, or `train.weight_decay: {fixed: …}`";
            return Err(invalid.of("prepare.validation").with_hint(hint));
        }
        let metric = report.learning_curves.metric.name();
        if split.validation == 0 && metric.starts_with("validation_") {
            let text = format!("`{metric}` needs a validation set, and `prepare.validation` is 0");
            return Err(Problem::new(text).of("report.learning_curves.metric"));
        }
        if let Some(subset) = score.pool_subset.filter(|&subset| subset < select.batch) {
            let expected = format!("at least {}, the batch that is picked from it", select.batch);
            return Err(Invalid::new("score.pool_subset", &expected, &subset.to_string()));
        }
        // With two classes, the fewest there are: more are looked at once the data set is known.
        self.check_memory(2)?;
        split.pool_size.map_or(Ok(()), |pool| self.check_pool(pool))
    }

    /// Whether nothing asks for predictions of a network that there is not.
    fn check_without_network(&self) -> Result<(), Invalid> {
        let (network, method) = (self.train.network.name(), self.method());
        if method.needs_predictions() {
            let text = format!("`{method}` picks from posterior samples, and `{network}` has none");
            return Err(Problem::new(text)
                .of("select.method")
                .with_hint("`minimum_bayes_risk` picks from inputs"));
        }
        self.score.check_without_network().map_err(|invalid| invalid.within("score"))
    }

    /// Number K of posterior samples of the pool.
    pub(crate) fn samples(&self) -> usize {
        self.score.posterior.samples(self.train.members)
    }

    /// Whether what a joint method holds fits into memory.
    pub(crate) fn check_memory(&self, classes: usize) -> Result<(), Invalid> {
        match self.select.resolved().by {
            By::Predictions(by) => by
                .check_memory(self.select.batch, self.samples(), classes)
                .map_err(|invalid| invalid.within("select")),
            By::Scores(_) | By::Features(_) => Ok(()),
        }
    }

    /// Whether a pool of this many points is enough for every round.
    pub(crate) fn check_pool(&self, pool: usize) -> Result<(), Invalid> {
        let Self { score, select, rounds, .. } = self;
        let expected = format!("at most {pool}, the points of the pool");
        if select.batch > pool {
            return Err(Invalid::new("select.batch", &expected, &select.batch.to_string()));
        }
        let picked = (select.batch as u64).saturating_mul(*rounds);
        if picked > pool as u64 {
            let text = format!(
                "{rounds} rounds pick {picked} points, {} each, and the pool has {pool}",
                select.batch
            );
            let hint = format!("ask for at most {} rounds, or for smaller batches", pool / select.batch);
            return Err(Problem::new(text).of("rounds").with_hint(hint));
        }
        if let Some(subset) = score.pool_subset.filter(|&subset| subset > pool) {
            let invalid = Invalid::new("score.pool_subset", &expected, &subset.to_string());
            return Err(invalid.with_hint("leave it out to score the whole pool"));
        }
        let last = self.scored_last(pool);
        match score.targets {
            Some(Targets::Pool(targets)) if targets > last => {
                let text = format!("{targets} targets, and round {} scores {last} points", rounds - 1);
                Err(Problem::new(text).of("score.targets"))
            }
            _ => Ok(()),
        }
    }

    /// Points that the last acquisition scores of a pool that is large enough.
    pub(crate) fn scored_last(&self, pool: usize) -> usize {
        let picked_before = self.select.batch.saturating_mul(self.rounds as usize - 1);
        let left = pool.saturating_sub(picked_before);
        self.score.pool_subset.map_or(left, |subset| subset.min(left))
    }
}

/// Takes back what a network that is not fitted does not read: its cells stand beside others in one file.
fn read_no_fit(train: &mut bal_train::Config, score: &mut bal_score::Config) {
    *train = bal_train::Config::gaussian_field(train.sigma);
    (score.posterior, score.precision) = (Posterior::default(), Precision::default());
}

/// A network is evaluated by the posterior that it is scored by, unless another one is named; and that is one
/// for its members.
fn evaluate_as_scored(train: &mut bal_train::Config, score: &bal_score::Config) -> Result<(), Invalid> {
    let (kind, members) = (score.posterior.kind(), train.members);
    kind.check_members(members).map_err(|error| {
        let invalid = Problem::new(format!("`{}` does not go with `train.members: {members}`", kind.name()));
        invalid.of("score.posterior").with_hint(error.hint().unwrap_or_default())
    })?;
    if train.evaluate.posterior.is_none() && kind != PosteriorKind::of_members(members) {
        train.evaluate.posterior = Some(kind);
    }
    Ok(())
}

/// The column to pick by: it must be scored, and is the first one where several are and none is named.
fn column(column: &str, scored: &[&str]) -> Result<String, Problem> {
    match scored {
        [first, _, ..] if column.is_empty() => Ok((*first).to_owned()),
        _ if column.is_empty() || scored.contains(&column) => Ok(column.to_owned()),
        _ => {
            let text = format!("`{column}` is not scored; scored are {}", scored.join(", "));
            Err(Problem::new(text).with_nearest(column, scored.iter().copied()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_several_functions_is_picked_by() {
        assert_eq!(column("", &["bald", "random"]).unwrap(), "bald");
        assert_eq!(column("", &["bald"]).unwrap(), "", "`select` takes the only one by itself");
        assert_eq!(column("blad", &["bald"]).unwrap_err().hint.unwrap(), "did you mean `bald`?");
    }
}
