//! The stage: posterior samples of the unlabelled pool into scores.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bal_acquisition::Predictions;
use bal_artifact::{Clock, DatasetDetails, Draft, Inputs, MappedArray, Place, file};
use bal_model::{Compute, Examples, InputForm, Network, Parameters, Sampler, device_name};
use bal_settings::{Checked, Invalid};
use bal_stream::Purpose;
use ndarray::{Array1, Ix2};
use tch::{Device, Tensor};

use crate::map::{Plane, standardised};
use crate::samples::{Pool, write_features, write_inputs};
use crate::scorer::{Scorer, refused};
use crate::{Config, Error, FeaturesOf, STAGE};

/// A trained network or ensemble, the pool to be scored by it, and where the scores go; or only the pool.
#[derive(Clone, Debug)]
pub struct Files {
    /// Weights written by `bal-train`; without them nothing is predicted.
    pub model: Option<PathBuf>,
    /// Prepared data set.
    pub data: PathBuf,
    /// Ids of the pool, in the order that decides ties.
    pub pool: PathBuf,
    /// Ids to leave out: the labelled points.
    pub exclude: Option<PathBuf>,
    /// Where the artifact goes.
    pub place: Place,
}

/// Scores the pool of a run and publishes `scores.parquet`, and predictions, features and a map where they
/// are asked for.
///
/// # Errors
/// [`Error::Model`] for weights of another data set, [`Error::Members`] for those of another number of
/// networks, [`Error::EmptyPool`], [`Error::Setting`] for what does not fit the pool or the data set, or
/// [`Error::Artifact`].
pub fn run(config: &Checked<Config>, files: &Files, compute: &Compute) -> Result<(), Error> {
    let (device, threads) = (compute.start()?, compute.threads);
    let reads = files.model.iter().chain([&files.data, &files.pool]).chain(&files.exclude);
    let reads: Vec<&Path> = reads.map(PathBuf::as_path).collect();
    let mut draft = Draft::begin(STAGE, &files.place, &reads, Clock::start(&device_name(device), threads))?;
    let model = files.model.as_ref().map(|path| Model::read(path, device, &mut draft.inputs)).transpose()?;
    let details = draft.inputs.add_dataset(&files.data)?;
    let train = Examples::load(&files.data, file::TRAIN_INPUTS, &details, &mut draft.inputs)?;
    match &model {
        Some(model) => check_network(model.path, &model.network, &details)?,
        None => config.check_without_network()?,
    }
    config.check_plane(&details)?;
    let (ids, labelled) = points_to_score(config, files, &train, &mut draft.inputs)?;
    let mut scorer = Scorer::new(config.resolved().clone(), threads)?;
    if let Some(model) = &model {
        config.check_held(ids.len(), model.network.classes, model.members.len())?;
        draft.clock.lap("read");
        predict(config, files, model, (&train, &ids, &details), device, (&mut scorer, &mut draft))?;
    }

    scorer.into_scores(ids.clone(), files.place.draw()).write(&mut draft.output)?;
    if config.write_features {
        let ids = [ids, labelled].concat();
        match (&model, config.features_of) {
            (Some(Model { network, members, .. }), FeaturesOf::Network) => {
                write_features(&mut draft.output, (network, members), &train, &ids, device)?;
            }
            _ => write_inputs(&mut draft.output, &train, &ids)?,
        }
        draft.output.array("indices", &Array1::from(ids))?;
        draft.clock.lap("features");
    }
    draft.clock.lap("write");
    Ok(draft.publish(config)?)
}

/// Weights and the network that they are of.
struct Model<'a> {
    path: &'a Path,
    network: Network,
    members: Vec<Parameters>,
}

impl<'a> Model<'a> {
    fn read(path: &'a Path, device: Device, inputs: &mut Inputs) -> Result<Self, Error> {
        inputs.add("model", path)?;
        let (network, members) = Network::load(path, device)?;
        Ok(Self { path, network, members })
    }
}

/// Draws posterior samples of these points for the scorer, and of a plane for a map.
fn predict(
    config: &Checked<Config>,
    files: &Files,
    model: &Model,
    (train, ids, details): (&Examples, &[i64], &DatasetDetails),
    device: Device,
    (scorer, draft): (&mut Scorer, &mut Draft),
) -> Result<(), Error> {
    let Model { path, network, members } = model;
    let stream = (files.place.draw(), Purpose::McDropout);
    let sampler = Sampler::new(network, members, config.posterior, stream, config.precision)
        .map_err(|source| Error::Members { path: path.to_path_buf(), source: source.into() })?;
    draft.clock.lap("masks");
    if let Some(targets) = config.targets {
        let from = (files.data.as_path(), &files.place);
        let log_probs_M_K_C = targets.log_probs((train, ids), &sampler, from, &mut draft.inputs, device)?;
        let targets = Predictions::from_log_probs(log_probs_M_K_C.view());
        scorer.set_targets(&targets.map_err(|source| refused(path, source))?, path)?;
        draft.clock.lap("targets");
    }
    let classes = network.classes;
    let pool = Pool { sampler: &sampler, classes, train, ids, device, model: path };
    pool.score(config, scorer, &mut draft.output, &mut draft.clock)?;
    if let Some(grid) = config.grid {
        let points = MappedArray::<f32, Ix2>::open("train_inputs", &files.data.join(file::TRAIN_INPUTS))?;
        let plane = Plane::around(&points.view(), grid, classes);
        let logits_of = |points: &Tensor| sampler.logits(&standardised(points, details, device));
        let map_L_R_R = plane.map(sampler.points_at_once(), scorer.threads(), path, logits_of)?;
        draft.output.array("map", &map_L_R_R)?;
        draft.details = serde_json::json!({ "map": plane });
        draft.clock.lap("map");
    }
    Ok(())
}

/// Refuses weights of a network for other inputs or classes than those of the data set.
fn check_network(path: &Path, network: &Network, data: &DatasetDetails) -> Result<(), Error> {
    let form = InputForm::of(data);
    if (&network.form, network.classes) == (&form, data.classes.len()) {
        return Ok(());
    }
    let expected = format!("{form} and {} classes, as the data set", data.classes.len());
    let found = format!("{} and {} classes", network.form, network.classes);
    Err(bal_model::Error::Weights { path: path.to_path_buf(), expected, found }.into())
}

/// Ids to be scored, and of the labelled points. The first are the pool without the second, or a fresh random
/// subset of it; always in the pool's order.
fn points_to_score(
    config: &Config,
    files: &Files,
    train: &Examples,
    inputs: &mut Inputs,
) -> Result<(Vec<i64>, Vec<i64>), Error> {
    let mut ids = train.read_ids("pool", &files.pool, inputs)?;
    if let Some(size) = config.pool_subset.filter(|&size| size > ids.len()) {
        let expected = format!("at most {}, the points of the pool", ids.len());
        return Err(Invalid::new("pool_subset", &expected, &size.to_string()).into());
    }
    let labelled = match &files.exclude {
        Some(path) => train.read_ids("exclude", path, inputs)?,
        None => Vec::new(),
    };
    let known: BTreeSet<i64> = labelled.iter().copied().collect();
    ids.retain(|id| !known.contains(id));
    if let Some(size) = config.pool_subset.filter(|&size| size < ids.len()) {
        let mut rows: Vec<usize> = (0..ids.len()).collect();
        files.place.draw().stream(Purpose::PoolSubset, 0).shuffle(&mut rows);
        rows.truncate(size);
        rows.sort_unstable();
        ids = rows.into_iter().map(|row| ids[row]).collect();
    }
    if ids.is_empty() {
        return Err(Error::EmptyPool(files.pool.clone()));
    }
    Ok((ids, labelled))
}
