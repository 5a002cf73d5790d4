//! The stage: posterior samples of the unlabelled pool, tile by tile, into scores.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bal_acquisition::Predictions;
use bal_artifact::{Clock, Draft, Inputs, Place, Staging, file};
use bal_cli::{Progress, check_interrupt};
use bal_model::{Compute, Examples, Masks, Network, Parameters, Sampler, device_name, to_vec};
use bal_settings::{Checked, Invalid};
use bal_stream::Purpose;
use ndarray::{Array1, Array3, ArrayView3};
use tch::Device;

use crate::scorer::{Scorer, Signals, refused};
use crate::{Config, Error, Posterior, STAGE, Targets};

/// A trained network, the pool to be scored by it, and where the scores go.
#[derive(Clone, Debug)]
pub struct Files {
    /// Weights written by `bal-train`.
    pub model: PathBuf,
    /// Prepared data set.
    pub data: PathBuf,
    /// Ids of the pool, in the order that decides ties.
    pub pool: PathBuf,
    /// Ids to leave out: the labelled points.
    pub exclude: Option<PathBuf>,
    /// Where the artifact goes.
    pub place: Place,
}

/// Scores the pool of a run and publishes `scores.parquet`, and predictions and features where they are
/// asked for.
///
/// # Errors
/// [`Error::Model`] for weights of another data set, [`Error::EmptyPool`], [`Error::Setting`] for what does
/// not fit the pool, or [`Error::Artifact`].
pub fn run(config: &Checked<Config>, files: &Files, compute: &Compute) -> Result<(), Error> {
    let (device, threads) = (compute.start()?, compute.threads);
    let reads = [&files.model, &files.data, &files.pool].into_iter().chain(&files.exclude);
    let reads: Vec<&Path> = reads.map(PathBuf::as_path).collect();
    let mut draft = Draft::begin(STAGE, &files.place, &reads, Clock::start(&device_name(device), threads))?;
    draft.inputs.add("model", &files.model)?;
    let (network, parameters) = Parameters::load(&files.model, device)?;
    let details = draft.inputs.add_dataset(&files.data)?;
    let train = Examples::load(&files.data, file::TRAIN_INPUTS, &details, &mut draft.inputs)?;
    if (&network.input_shape, network.classes) != (&details.input_shape, details.classes.len()) {
        let of = |shape: &[usize], classes| format!("inputs {shape:?} and {classes} classes");
        let expected = of(&details.input_shape, details.classes.len()) + ", as the data set";
        let found = of(&network.input_shape, network.classes);
        return Err(bal_model::Error::Weights { path: files.model.clone(), expected, found }.into());
    }
    let (ids, labelled) = points_to_score(config, files, &train, &mut draft.inputs)?;
    config.check_held(ids.len(), network.classes)?;
    draft.clock.lap("read");

    let masks = match config.posterior {
        Posterior::McDropout { samples } => {
            Masks::draw(&network, samples, files.place.draw(), Purpose::McDropout, device)
        }
        Posterior::Deterministic => Masks::deterministic(&network),
    };
    let sampler = Sampler::new(&network, &parameters, masks, config.precision);
    let shape = (sampler.samples(), network.classes);
    let mut scorer = Scorer::new(config.resolved().clone(), threads)?;
    if scorer.needs_targets() {
        let log_probs_M_K_C =
            target_log_probs(config, files, &sampler, (&train, &ids), &mut draft.inputs, device)?;
        let targets = Predictions::from_log_probs(log_probs_M_K_C.view());
        scorer.set_targets(&targets.map_err(|source| refused(&files.model, source))?, &files.model)?;
        draft.clock.lap("targets");
    }
    let kept = || draft.output.begin_array("log_probs", &[ids.len(), shape.0, shape.1]);
    let mut kept = config.write_log_probs.then(kept).transpose()?;
    draft.clock.lap("masks");
    if scorer.needs_predictions() || config.write_log_probs {
        let mut progress = Progress::new("scoring", "points", ids.len() as u64);
        let mut scored = 0;
        for rows in ids.chunks(sampler.points_at_once()) {
            check_interrupt()?;
            let log_probs = to_vec(&sampler.log_probs(&train.gather(rows, device)));
            draft.clock.lap("sample");
            let log_probs_n_K_C = ArrayView3::from_shape((rows.len(), shape.0, shape.1), &log_probs)
                .expect("the sampler returns [n, K, C]");
            let predictions = Predictions::from_log_probs(log_probs_n_K_C);
            let predictions = predictions.map_err(|source| refused(&files.model, source))?;
            scorer.add(&predictions.starting_at(scored).watched_by(&Signals), &files.model)?;
            draft.clock.lap("score");
            if let Some(kept) = &mut kept {
                kept.push(&log_probs)?;
                draft.clock.lap("write");
            }
            scored += rows.len();
            progress.advance(rows.len() as u64);
        }
    }

    scorer.into_scores(ids.clone(), files.place.draw()).write(&mut draft.output)?;
    if let Some(kept) = kept {
        draft.output.end_array(kept)?;
    }
    if config.write_features {
        let ids = [ids, labelled].concat();
        write_features(&mut draft.output, &network, &parameters, &train, &ids, device)?;
        draft.output.array("indices", &Array1::from(ids))?;
        draft.clock.lap("features");
    }
    draft.clock.lap("write");
    Ok(draft.publish(config)?)
}

/// Predictions of the target points of `epig`, by the same posterior samples as the pool's.
fn target_log_probs(
    config: &Config,
    files: &Files,
    sampler: &Sampler,
    (train, ids): (&Examples, &[i64]),
    inputs: &mut Inputs,
    device: Device,
) -> Result<Array3<f32>, Error> {
    let mut stream = files.place.draw().stream(Purpose::EpigTargets, 0);
    let mut draw = |mut rows: Vec<i64>, n: usize| {
        if n > rows.len() {
            let found = format!("{n} points, of {}", rows.len());
            return Err(Error::from(Invalid::new("targets", "no more points than there are", &found)));
        }
        stream.shuffle(&mut rows);
        rows.truncate(n);
        Ok(rows)
    };
    let test;
    let (half, rows) = match config.targets {
        Some(Targets::Test(n)) => {
            let details = inputs.add_dataset(&files.data)?;
            test = Examples::load(&files.data, file::TEST_INPUTS, &details, inputs)?;
            (&test, draw((0..test.len() as i64).collect(), n)?)
        }
        Some(Targets::Pool(n)) => (train, draw(ids.to_vec(), n)?),
        None => return Err(Invalid::new("targets", "`pool` or `test` points for `epig`", "none").into()),
    };
    let mut log_probs: Vec<f32> = Vec::new();
    for part in rows.chunks(sampler.points_at_once()) {
        check_interrupt()?;
        log_probs.extend(to_vec(&sampler.log_probs(&half.gather(part, device))));
    }
    let shape = (rows.len(), sampler.samples(), log_probs.len() / (rows.len() * sampler.samples()).max(1));
    Ok(Array3::from_shape_vec(shape, log_probs).expect("the sampler returns [n, K, C]"))
}

/// Writes penultimate features f32 [N, D], dropout off.
fn write_features(
    staging: &mut Staging,
    network: &Network,
    parameters: &Parameters,
    train: &Examples,
    ids: &[i64],
    device: Device,
) -> Result<(), Error> {
    let mut features = staging.begin_array("features", &[ids.len(), network.feature_units()])?;
    for rows in ids.chunks(Sampler::TILE) {
        check_interrupt()?;
        features.push(&to_vec(&network.features(parameters, &train.gather(rows, device))))?;
    }
    Ok(staging.end_array(features)?)
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
