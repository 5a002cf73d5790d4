//! What one run is fitted and evaluated on.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use bal_artifact::tables::{Metrics, Quality};
use bal_artifact::{
    Clock, DatasetDetails, DatasetKind, Draft, Inputs, check_labels_belong, file, read_labelled,
    read_labels_of,
};
use bal_model::{Examples, InputForm, Network, Parameters, Sampler};
use bal_settings::{Checked, Invalid};
use bal_stream::Purpose;
use tch::{Device, Tensor};

use crate::augment::{Views, black};
use crate::evaluate::{Evaluation, evaluate};
use crate::job::{Job, Labelled};
use crate::{ClassWeights, Config, Error, Files, STAGE, WeightDecay};

/// A run with everything it reads.
pub(crate) struct Training<'a> {
    pub(crate) run: &'a Files,
    pub(crate) network: Network,
    pub(crate) labelled: Labelled,
    /// The weight decays to try: one, or all candidates where the validation set decides.
    pub(crate) candidates: Vec<f64>,
    pub(crate) draft: Draft,
    /// Random views of the labelled images, where they are asked for.
    pub(crate) views: Option<Views>,
    config: &'a Checked<Config>,
    device: Device,
    data: Rc<Data>,
    validation: Points,
    /// What early stopping looks at after each epoch.
    watched: Option<Labelled>,
    class_weights: Option<Tensor>,
    test: Points,
}

/// Rows of a half of the data set, and their labels.
struct Points {
    rows: Vec<i64>,
    labels: Vec<i64>,
}

/// Both halves of a data set.
pub(crate) struct Data {
    pub(crate) train: Examples,
    pub(crate) test: Examples,
    pub(crate) test_labels: Vec<i64>,
    pub(crate) details: DatasetDetails,
    /// As they are recorded.
    pub(crate) inputs: Inputs,
}

impl Data {
    pub(crate) fn load(run: &Files) -> Result<Self, Error> {
        let mut inputs = Inputs::new(&run.place.root);
        let details = inputs.add_dataset(&run.data)?;
        let train = Examples::load(&run.data, file::TRAIN_INPUTS, &details, &mut inputs)?;
        let test = Examples::load(&run.data, file::TEST_INPUTS, &details, &mut inputs)?;
        let classes = details.classes.len();
        let test_labels = read_labels_of("test_labels", &run.data, test.len(), classes, &mut inputs)?;
        Ok(Self { train, test, test_labels, details, inputs })
    }
}

impl<'a> Training<'a> {
    /// Reads what every run needs, each data set once.
    pub(crate) fn read_all(
        config: &'a Checked<Config>,
        runs: &'a [Files],
        device: Device,
        clock: &Clock,
    ) -> Result<Vec<Self>, Error> {
        let mut trainings: Vec<Self> = Vec::with_capacity(runs.len());
        for run in runs {
            let place = |run: &'a Files| (&run.data, &run.place.root);
            let data = match trainings.iter().find(|training| place(training.run) == place(run)) {
                Some(training) => Ok(Rc::clone(&training.data)),
                None => Data::load(run).map(Rc::new),
            };
            let training = data.and_then(|data| Self::read(config, run, data, device, clock));
            trainings.push(training.map_err(|error| error.of(run))?);
        }
        Ok(trainings)
    }

    fn read(
        config: &'a Checked<Config>,
        run: &'a Files,
        data: Rc<Data>,
        device: Device,
        clock: &Clock,
    ) -> Result<Self, Error> {
        if run.pool.is_some() {
            return Err(Error::PoolNotRead);
        }
        let reads = [&run.data, &run.label, &run.validation].into_iter().chain(&run.first_round);
        let reads: Vec<&Path> = reads.map(PathBuf::as_path).collect();
        let mut draft = Draft::begin(STAGE, &run.place, &reads, clock.clone())?;
        draft.inputs.extend(&data.inputs);
        let inputs = &mut draft.inputs;
        let (train, details) = (&data.train, &data.details);
        let labelled_ids = read_labelled(&run.label, inputs)?;
        train.check_ids(&labelled_ids, &run.label.join(file::LABELLED))?;
        let validation_ids = train.read_ids("validation", &run.validation, inputs)?;
        check_labels_belong(&run.label, inputs)?;
        if labelled_ids.is_empty() {
            return Err(no_points(&run.label.join(file::LABELLED)));
        }
        let needs_validation = config.weight_decay.is_validated() || config.early_stopping.is_some();
        if validation_ids.is_empty() && needs_validation {
            return Err(no_points(&run.validation));
        }
        config.check_steps(labelled_ids.len())?;
        let classes = details.classes.len();
        let network = Network::new(config.network, &InputForm::of(details), classes)?;
        let views = views(config, details)?;
        let labels = read_labels_of("labels", &run.label, labelled_ids.len(), classes, inputs)?;
        let validation_labels =
            read_labels_of("validation_labels", &run.label, validation_ids.len(), classes, inputs)?;
        let resident = |rows: &[i64], labels: &[i64]| {
            let inputs = train.gather(rows, device);
            let is_text = network.form.words.is_some();
            let inputs = if is_text { inputs } else { inputs.to_kind(config.precision.kind()) };
            Labelled { inputs, labels: Tensor::from_slice(labels).to_device(device) }
        };
        let labelled = resident(&labelled_ids, &labels);
        let watched = config.early_stopping.map(|_| resident(&validation_ids, &validation_labels));
        let class_weights = class_weights(config.class_weights, &labels, classes);
        let candidates = candidates(config, run, labelled_ids.len(), inputs)?;
        let validation = Points { rows: validation_ids, labels: validation_labels };
        let test = Points { rows: (0..data.test.len() as i64).collect(), labels: data.test_labels.clone() };
        Ok(Self {
            run,
            network,
            labelled,
            candidates,
            draft,
            views,
            config,
            device,
            data,
            validation,
            watched,
            class_weights,
            test,
        })
    }

    /// Whether both can be trained as one: same shapes, equally many points and candidates.
    fn fits(&self, other: &Self) -> bool {
        let shapes = |training: &Self| (training.network.form.clone(), training.network.classes);
        let sizes = |training: &Self| (training.labelled.len(), training.candidates.len());
        let views = self.views.is_none() || Rc::ptr_eq(&self.data, &other.data);
        views && shapes(self) == shapes(other) && sizes(self) == sizes(other)
    }

    /// The fit of one member with one of the weight decays.
    pub(crate) fn job(&self, candidate: usize, member: usize) -> Job<'_> {
        Job {
            run: self.run,
            member,
            labelled: &self.labelled,
            validation: self.watched.as_ref(),
            lambda: self.candidates[candidate],
            class_weights: self.class_weights.as_ref(),
        }
    }

    /// Quality on the validation set; none without one.
    pub(crate) fn validate(&self, members: &[Parameters]) -> Result<Option<Quality>, Error> {
        let evaluation = self.evaluation(members, &self.data.train, &self.validation)?;
        Ok(evaluation.map(|evaluation| evaluation.quality))
    }

    /// Evaluation on the test set.
    pub(crate) fn test(&self, members: &[Parameters]) -> Result<Evaluation, Error> {
        let evaluation = self.evaluation(members, &self.data.test, &self.test)?;
        evaluation.ok_or_else(|| no_points(&self.run.data.join(file::TEST_LABELS)))
    }

    fn evaluation(
        &self,
        members: &[Parameters],
        half: &Examples,
        points: &Points,
    ) -> Result<Option<Evaluation>, Error> {
        let draws = (self.run.place.draw(), Purpose::EvaluateDropout);
        let posterior = *self.config.resolved();
        let sampler = Sampler::new(&self.network, members, posterior, draws, self.config.precision)?;
        evaluate(&sampler, half, &points.rows, &points.labels, self.device)
    }
}

/// Puts runs that can be trained as one together, in the order of their first ones.
pub(crate) fn fit_together(trainings: Vec<Training>) -> Vec<Vec<Training>> {
    let mut groups: Vec<Vec<Training>> = Vec::new();
    for training in trainings {
        match groups.iter_mut().find(|group| group[0].fits(&training)) {
            Some(group) => group.push(training),
            None => groups.push(vec![training]),
        }
    }
    groups
}

/// Random views of images; of nothing else.
fn views(config: &Config, details: &DatasetDetails) -> Result<Option<Views>, Error> {
    let Some(augmentation) = config.augmentation else { return Ok(None) };
    if details.kind != DatasetKind::Images {
        let expected = "images, of which other views can be made";
        return Err(Invalid::new("augmentation", expected, &InputForm::of(details).to_string()).into());
    }
    Ok(Some(Views::new(augmentation, black(&details.mean, &details.std))))
}

/// What a point of each class counts, f32 [C], so that all classes with labels count the same.
fn class_weights(kind: ClassWeights, labels: &[i64], classes: usize) -> Option<Tensor> {
    let counts = (0..classes as i64).map(|class| labels.iter().filter(|&&label| label == class).count());
    let weights: Vec<f32> = counts.map(|count| 1.0 / count.max(1) as f32).collect();
    (kind == ClassWeights::Balanced).then(|| Tensor::from_slice(&weights))
}

/// The weight decays to try: one, or all candidates where the validation set decides.
fn candidates(config: &Config, run: &Files, labels: usize, inputs: &mut Inputs) -> Result<Vec<f64>, Error> {
    match (&config.weight_decay, &run.first_round) {
        (WeightDecay::Validated(_), Some(first_round)) => {
            // λ_r = λ_0·N_0/N_r: the penalty stands against a sum over N points (Gal & Ghahramani 2016).
            let path = first_round.join(file::METRICS);
            inputs.add("first_round", &path)?;
            let first = Metrics::read(&path)?;
            Ok(vec![first.weight_decay * first.labels as f64 / labels as f64])
        }
        (WeightDecay::Validated(_), None) if run.place.round > 0 => Err(Error::FirstRound(run.place.round)),
        (_, Some(_)) => Err(Error::FirstRoundNotRead),
        (WeightDecay::COverN(c), None) => Ok(vec![c / labels as f64]),
        (weight_decay, None) => Ok(weight_decay.candidates().to_vec()),
    }
}

pub(crate) fn no_points(path: &Path) -> Error {
    let (expected, found) = ("at least one id".to_owned(), "no ids".to_owned());
    bal_artifact::Error::Value { path: path.to_path_buf(), expected, found }.into()
}
