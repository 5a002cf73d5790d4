//! Whether runs can be made of a prepared data set: its inputs, its classes, its number of points.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bal_acquisition::MOST_FIELD_POINTS;
use bal_artifact::{DatasetDetails, DatasetKind, file, read_labels};
use bal_model::{InputForm, Network};
use bal_prepare::split::{self, Sizes};
use bal_select::{By, ByFeatures};
use bal_settings::{Invalid, Problem};

use crate::Error;
use crate::settings::Settings;
use crate::sweep::Run;

/// What is known of a data set before any work.
pub(super) struct DataSet {
    details: DatasetDetails,
    /// Labels of the training half, −1 where unknown.
    labels: Vec<i64>,
    test_labels: Vec<i64>,
}

impl DataSet {
    pub(super) fn read(folder: &Path) -> Result<Self, Error> {
        let details = DatasetDetails::read(folder)?;
        let labels = |file| read_labels(folder, file, details.classes.len());
        Ok(Self { labels: labels(file::TRAIN_LABELS)?, test_labels: labels(file::TEST_LABELS)?, details })
    }

    /// Checks runs of this data set and hands over what is wrong with each. `drawn` are the sizes of a
    /// run's split where it is drawn already: labels may have changed since.
    pub(super) fn check<'a>(
        &self,
        runs: impl Iterator<Item = &'a Run>,
        drawn: impl Fn(&Run) -> Option<Sizes>,
        mut found: impl FnMut(&Run, Invalid),
    ) {
        let mut sizes = BTreeMap::new();
        let mut looked_at = BTreeSet::new();
        for run in runs {
            // The seed matters to the number of points only where a fraction of a class is left out.
            let thinned = !run.settings.split.keep_fraction.is_empty();
            let seed = if thinned { run.seed } else { 0 };
            let drawn = drawn(run);
            if !looked_at.insert((run.cell.as_str(), seed, drawn.is_some())) {
                continue;
            }
            let network = self.check_network(&run.settings);
            let split = (format!("{:?}", run.settings.split), seed);
            let to_be_drawn =
                || sizes.entry(split).or_insert_with(|| self.sizes(&run.settings, seed)).clone();
            let points =
                drawn.map_or_else(to_be_drawn, Ok).and_then(|sizes| self.check_points(&run.settings, sizes));
            for invalid in [self.check_classes(), network, points].into_iter().filter_map(Result::err) {
                found(run, invalid);
            }
        }
    }

    /// A warning if there are classes that no network can learn.
    pub(super) fn empty_classes(&self) -> Option<String> {
        let known: BTreeSet<i64> = self.labels.iter().copied().collect();
        let is_empty = |class: &usize| !known.contains(&(*class as i64));
        let empty: Vec<String> = (0..self.details.classes.len())
            .filter(is_empty)
            .map(|class| self.details.classes[class].clone())
            .collect();
        let of_all = self.details.classes.len();
        (!empty.is_empty() && empty.len() < of_all).then(|| {
            format!(
                "no training point has the label of {} of its {of_all} classes, so no network learns them: `{}`; leave them out \
                 of the data set, or give points of them",
                empty.len(),
                empty.join("`, `")
            )
        })
    }

    fn check_classes(&self) -> Result<(), Invalid> {
        let refuse = |text: String, hint: &str| Err(Problem::new(text).of("prepare.dataset").with_hint(hint));
        let classes: BTreeSet<i64> = self.labels.iter().copied().filter(|&label| label >= 0).collect();
        if classes.len() < 2 {
            let found = match classes.first() {
                Some(&class) => {
                    format!("all have the label of class `{}`", self.details.classes[class as usize])
                }
                None => "none has a label".to_owned(),
            };
            let text = format!("expected training points of at least 2 classes, and {found}");
            return refuse(text, "give a data set with labelled points of two classes or more");
        }
        let unlabelled = self.labels.iter().filter(|&&label| label == -1).count();
        if unlabelled > 0 {
            let text = format!(
                "{unlabelled} training points have no label, and a run looks up the label of every point it picks"
            );
            return refuse(
                text,
                "leave them out of the data set, or score and select by hand: `bal score`, `bal select`",
            );
        }
        match self.test_labels.iter().position(|&label| label < 0) {
            Some(row) => {
                let text =
                    format!("test point {row} has no label, and every training is evaluated on all of them");
                refuse(text, "give labels of all test points")
            }
            None => Ok(()),
        }
    }

    fn check_network(&self, settings: &Settings) -> Result<(), Invalid> {
        let form = InputForm::of(&self.details);
        let takes_inputs = settings.score.features_of == bal_score::FeaturesOf::Inputs;
        if (takes_inputs || !settings.train.network.has_layers()) && self.details.kind == DatasetKind::Texts {
            let key = if takes_inputs { "score.features_of" } else { "train.network" };
            return Err(Invalid::new(key, "images or points, which have distances", &form.to_string()));
        }
        if !settings.train.network.has_layers() {
            return Ok(());
        }
        let network = Network::new(settings.train.network, &form, self.details.classes.len());
        network.map_err(|error| Problem::of_error(&error).of("train.network"))?;
        if settings.train.augmentation.is_some() && self.details.kind != DatasetKind::Images {
            let expected = "images, of which other views can be made";
            return Err(Invalid::new("train.augmentation", expected, &form.to_string()));
        }
        Ok(())
    }

    /// Points of each part of the split.
    fn sizes(&self, settings: &Settings, seed: u64) -> Result<Sizes, Invalid> {
        let config = &settings.split;
        split::sizes(config, &self.labels, &self.details.classes, seed).map_err(|error| {
            let key = match &error {
                bal_prepare::Error::TooMany { key: "initial", .. } => "prepare.initial",
                bal_prepare::Error::TooMany { key: "initial_per_class", .. } => "prepare.initial_per_class",
                bal_prepare::Error::TooMany { key: "validation", .. } => "prepare.validation",
                bal_prepare::Error::NoPool { .. } if config.keep_fraction.is_empty() => "prepare.validation",
                bal_prepare::Error::TooMany { .. } => "prepare.pool_size",
                _ => "prepare.keep_fraction",
            };
            Problem::of_error(&error).of(key)
        })
    }

    /// Whether the parts of the split are enough for every round, and what is made of them fits into memory.
    fn check_points(&self, settings: &Settings, sizes: Sizes) -> Result<(), Invalid> {
        let Settings { train, score, select, rounds, .. } = settings;
        let classes = self.details.classes.len();
        settings.check_pool(sizes.pool)?;
        if let Some(bal_score::Targets::Test(targets)) = score.targets
            && targets > self.test_labels.len()
        {
            let text =
                format!("{targets} test targets, and there are {} test points", self.test_labels.len());
            return Err(Problem::new(text).of("score.targets"));
        }
        let scored = score.pool_subset.unwrap_or(sizes.pool);
        score.check_held(scored, classes, train.members).map_err(|invalid| invalid.within("score"))?;
        score.check_plane(&self.details).map_err(|invalid| invalid.within("score"))?;
        settings.check_memory(classes)?;
        // Later rounds have more labels; none has more than these.
        let labels = sizes.initial + select.batch * *rounds as usize;
        train.check_steps(labels).map_err(|invalid| invalid.within("train"))?;
        if let By::Features(ByFeatures::MinimumBayesRisk { .. }) = select.resolved().by {
            let nodes = settings.scored_last(sizes.pool) + labels - select.batch;
            check_field("select.method", "minimum_bayes_risk", nodes, classes, rounds - 1)?;
        }
        if !train.network.has_layers() {
            let nodes = sizes.initial + sizes.pool + self.test_labels.len();
            check_field("train.network", train.network.name(), nodes, classes, *rounds)?;
        }
        Ok(())
    }
}

/// Whether a Gaussian field can be made of so many points and classes.
fn check_field(key: &str, name: &str, nodes: usize, classes: usize, round: u64) -> Result<(), Invalid> {
    if nodes > MOST_FIELD_POINTS {
        let text = format!(
            "`{name}` takes at most {MOST_FIELD_POINTS} points, labelled ones included, and round {round} has {nodes}"
        );
        let hint = match key {
            "select.method" => "score a smaller part of the pool with `score.pool_subset`",
            _ => "take a smaller pool with `prepare.pool_size`: pool and test half are in its graph",
        };
        return Err(Problem::new(text).of(key).with_hint(hint));
    }
    if classes != 2 {
        let text = format!("`{name}` is for 2 classes, and the data set has {classes}");
        return Err(Problem::new(text).of(key));
    }
    Ok(())
}
