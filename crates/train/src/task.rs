//! What one run is fitted and evaluated on.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use bal_artifact::{DatasetDetails, Inputs, Staging, read_table};
use bal_model::{Half, Masks, Network, Parameters, Posterior};
use tch::{Device, Tensor};

use crate::evaluate::{Metrics, evaluate};
use crate::fit::{Job, Labelled};
use crate::{Config, Error, Run, WeightDecay};

/// A run with everything it reads.
pub(crate) struct Task<'a> {
    pub(crate) run: &'a Run,
    pub(crate) network: Network,
    pub(crate) labelled: Labelled,
    /// The weight decays to try: one, or all candidates where the validation set decides.
    pub(crate) candidates: Vec<f64>,
    /// For the manifest.
    pub(crate) inputs: Inputs,
    /// The output folder in the making.
    pub(crate) staging: Staging,
    data: Rc<Data>,
    validation: Points,
    test: Points,
}

/// Rows of a half of the data set, and their labels.
struct Points {
    rows: Vec<i64>,
    labels: Vec<i64>,
}

/// Both halves of a data set.
struct Data {
    train: Half,
    test: Half,
    details: DatasetDetails,
    /// As they are recorded.
    inputs: Inputs,
}

impl Data {
    fn load(run: &Run) -> Result<Self, Error> {
        let mut inputs = Inputs::new(&run.root);
        let (train, details) = Half::load(&run.data, "train", &mut inputs)?;
        let (test, _) = Half::load(&run.data, "test", &mut inputs)?;
        Ok(Self { train, test, details, inputs })
    }
}

impl<'a> Task<'a> {
    /// Reads what every run needs, each data set once.
    pub(crate) fn read_all(config: &Config, runs: &'a [Run], device: Device) -> Result<Vec<Self>, Error> {
        let mut tasks: Vec<Self> = Vec::with_capacity(runs.len());
        for run in runs {
            let same = |task: &&Self| (&task.run.data, &task.run.root) == (&run.data, &run.root);
            let task = match tasks.iter().find(same) {
                Some(task) => Self::read(config, run, Rc::clone(&task.data), device),
                None => Data::load(run).and_then(|data| Self::read(config, run, Rc::new(data), device)),
            };
            tasks.push(task.map_err(|error| error.of(run))?);
        }
        Ok(tasks)
    }

    fn read(config: &Config, run: &'a Run, data: Rc<Data>, device: Device) -> Result<Self, Error> {
        let read = [&run.data, &run.labelled, &run.validation].into_iter().chain(&run.first_round);
        let staging = Staging::new(&run.out, "train", &read.map(PathBuf::as_path).collect::<Vec<_>>())?;
        let (train, details) = (&data.train, &data.details);
        let mut inputs = data.inputs.clone();
        let labelled_ids = train.read_ids("labelled", &run.labelled, &mut inputs)?;
        let validation_ids = train.read_ids("validation", &run.validation, &mut inputs)?;
        for (ids, path) in [(&labelled_ids, &run.labelled), (&validation_ids, &run.validation)] {
            if ids.is_empty()
                && !(path == &run.validation && matches!(config.weight_decay, WeightDecay::Fixed(_)))
            {
                return Err(no_points(path));
            }
        }
        config.check_steps(labelled_ids.len())?;
        let classes = details.classes.len();
        let network = Network::new(config.network, &details.input_shape, classes)?;
        let labels = train.gather_labels(&labelled_ids, classes, &run.labelled)?;
        let validation_labels = train.gather_labels(&validation_ids, classes, &run.validation)?;
        let test_rows: Vec<i64> = (0..data.test.len() as i64).collect();
        let test_labels = data.test.gather_labels(&test_rows, classes, &run.data.join("test_labels.npy"))?;
        let labelled = Labelled {
            inputs: train.gather(&labelled_ids, device).to_kind(config.precision.kind()),
            labels: Tensor::from_slice(&labels).to_device(device),
        };
        let candidates = candidates(config, run, labelled_ids.len(), &mut inputs)?;
        let validation = Points { rows: validation_ids, labels: validation_labels };
        let test = Points { rows: test_rows, labels: test_labels };
        Ok(Self { run, network, labelled, candidates, inputs, staging, data, validation, test })
    }

    /// Whether both can be trained as one: same shapes, equally many points and candidates.
    fn fits(&self, other: &Self) -> bool {
        let shapes = |task: &Self| (task.network.input_shape.clone(), task.network.classes);
        let sizes = |task: &Self| (task.labelled.len(), task.candidates.len());
        shapes(self) == shapes(other) && sizes(self) == sizes(other)
    }

    /// The fit with one of the weight decays.
    pub(crate) fn job(&self, candidate: usize) -> Job<'_> {
        Job { run: self.run, labelled: &self.labelled, lambda: self.candidates[candidate] }
    }

    /// Quality on the validation set.
    pub(crate) fn validate(
        &self,
        config: &Config,
        parameters: &Parameters,
        device: Device,
    ) -> Result<Metrics, Error> {
        self.quality(config, parameters, &self.data.train, &self.validation, device)
    }

    /// Quality on the test set.
    pub(crate) fn test(
        &self,
        config: &Config,
        parameters: &Parameters,
        device: Device,
    ) -> Result<Metrics, Error> {
        self.quality(config, parameters, &self.data.test, &self.test, device)
    }

    fn quality(
        &self,
        config: &Config,
        parameters: &Parameters,
        half: &Half,
        points: &Points,
        device: Device,
    ) -> Result<Metrics, Error> {
        let (network, samples) = (&self.network, config.evaluate.samples);
        let masks = Masks::draw(network, samples, self.run.seed, "evaluate_dropout", self.run.round, device);
        let posterior = Posterior::new(network, parameters, masks, config.precision);
        evaluate(&posterior, half, &points.rows, &points.labels, device)
    }
}

/// Puts runs that can be trained as one together, in the order of their first ones.
pub(crate) fn fit_together(tasks: Vec<Task>) -> Vec<Vec<Task>> {
    let mut groups: Vec<Vec<Task>> = Vec::new();
    for task in tasks {
        match groups.iter_mut().find(|group| group[0].fits(&task)) {
            Some(group) => group.push(task),
            None => groups.push(vec![task]),
        }
    }
    groups
}

/// The weight decays to try: one, or all candidates where the validation set decides.
fn candidates(config: &Config, run: &Run, labels: usize, inputs: &mut Inputs) -> Result<Vec<f64>, Error> {
    match (&config.weight_decay, &run.first_round) {
        (WeightDecay::Validated(_), Some(first_round)) => {
            // λ_r = λ_0·N_0/N_r: the penalty stands against a sum over N points (Gal & Ghahramani 2016).
            let path = first_round.join("metrics.parquet");
            inputs.add("first_round", &path)?;
            let table = read_table("first_round", &path, &["weight_decay", "labels"])?;
            let first = |column: &str| table.column(column).ok()?.as_materialized_series().sum::<f64>().ok();
            let (Some(lambda), Some(first_labels)) = (first("weight_decay"), first("labels")) else {
                let (expected, found) = ("one row of numbers".to_owned(), format!("{} rows", table.height()));
                return Err(bal_artifact::Error::Mismatch { path, expected, found }.into());
            };
            Ok(vec![lambda * first_labels / labels as f64])
        }
        (WeightDecay::Validated(_), None) if run.round > 0 => Err(Error::FirstRound { round: run.round }),
        (weight_decay, _) => Ok(weight_decay.candidates().to_vec()),
    }
}

pub(crate) fn no_points(path: &Path) -> Error {
    let (expected, found) = ("at least one id".to_owned(), "no ids".to_owned());
    bal_artifact::Error::Value { path: path.to_path_buf(), expected, found }.into()
}
