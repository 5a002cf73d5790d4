//! Scores of predictions made elsewhere, in any framework.

use std::path::{Path, PathBuf};

use bal_acquisition::{AcquisitionFunction, Form, Predictions};
use bal_artifact::{Clock, Draft, MappedFloats, Place, read_ids_of_rows};
use bal_cli::{Effort, Progress, check_interrupt};
use ndarray::{ArrayView3, Axis, Ix3};

use crate::scorer::{Number, Scorer, Signals, refused};
use crate::{Error, STAGE};

/// Points per tile.
const TILE: usize = 1024;

/// Predictions to score.
#[derive(Clone, Debug)]
pub struct External {
    /// `.npy` file f32 or f64 [N, K, C].
    pub predictions: PathBuf,
    /// Whether they are probabilities or logarithms.
    pub form: Form,
    /// Ids of the points, i64 `[N]`; row numbers where there are none.
    pub indices: Option<PathBuf>,
    /// Predictions of the target points of `epig` in the same form, f32 or f64 [M, K, C].
    pub targets: Option<PathBuf>,
    /// Functions to compute.
    pub functions: Vec<AcquisitionFunction>,
    /// Where the artifact goes; `random` draws by its seed and round.
    pub place: Place,
    /// Threads.
    pub threads: usize,
}

/// Scores predictions made elsewhere and publishes `scores.parquet`.
///
/// # Errors
/// [`Error::Predictions`] names the first offending point, sample and class.
pub fn run_external(run: &External) -> Result<(), Error> {
    let reads = std::iter::once(&run.predictions).chain(&run.indices).chain(&run.targets);
    let reads: Vec<&Path> = reads.map(PathBuf::as_path).collect();
    let mut draft = Draft::begin(STAGE, &run.place, &reads, Clock::start("cpu", run.threads))?;
    let role = match run.form {
        Form::Probs => "probs",
        Form::LogProbs => "log_probs",
    };
    draft.inputs.add(role, &run.predictions)?;
    let pool = MappedFloats::<Ix3>::open("predictions", &run.predictions)?;
    let shape = pool.shape();
    tracing::info!("predictions: {} points, {} samples, {} classes", shape[0], shape[1], shape[2]);
    let ids = match &run.indices {
        None => (0..shape[0] as i64).collect(),
        Some(path) => {
            draft.inputs.add("indices", path)?;
            read_ids_of_rows("indices", path, shape[0])?
        }
    };
    let mut scorer = Scorer::new(run.functions.clone(), run.threads)?;
    match (&run.targets, scorer.needs_targets()) {
        (Some(path), true) => {
            draft.inputs.add("targets", path)?;
            let targets = MappedFloats::open("targets", path)?;
            effort_of_epig(&shape, targets.points()).announce("epig", run.threads);
            match targets {
                MappedFloats::F32(mapped) => set_targets(&mut scorer, run.form, &mapped.view(), path)?,
                MappedFloats::F64(mapped) => set_targets(&mut scorer, run.form, &mapped.view(), path)?,
            }
        }
        (None, true) => return Err(Error::Targets { expected: "an array for `epig`", found: "none" }),
        (Some(_), false) => return Err(Error::Targets { expected: "nothing without `epig`", found: "some" }),
        (None, false) => {}
    }
    match &pool {
        MappedFloats::F32(mapped) => add_tiles(&mut scorer, run, &mapped.view())?,
        MappedFloats::F64(mapped) => add_tiles(&mut scorer, run, &mapped.view())?,
    }
    draft.clock.lap("score");
    scorer.into_scores(ids, run.place.draw()).write(&mut draft.output)?;
    let names: Vec<_> = run.functions.iter().map(|function| function.name()).collect();
    let config = serde_json::json!({ "acquisition": names.join(","), "predictions": role });
    Ok(draft.publish(&config)?)
}

fn set_targets<A: Number>(
    scorer: &mut Scorer,
    form: Form,
    values: &ArrayView3<'_, A>,
    path: &Path,
) -> Result<(), Error> {
    let targets = predictions(form, values).map_err(|source| refused(path, source))?;
    scorer.set_targets(&targets, path)
}

fn add_tiles<A: Number>(
    scorer: &mut Scorer,
    run: &External,
    predictions_N_K_C: &ArrayView3<'_, A>,
) -> Result<(), Error> {
    let refused = |source| refused(&run.predictions, source);
    // An empty array has no tiles, but its shape is wrong all the same.
    predictions(run.form, predictions_N_K_C).map_err(refused)?;
    let points = predictions_N_K_C.len_of(Axis(0)) as u64;
    let mut progress = Progress::new("scored", "points", points);
    for (tile, values_n_K_C) in predictions_N_K_C.axis_chunks_iter(Axis(0), TILE).enumerate() {
        check_interrupt()?;
        let tile = predictions(run.form, &values_n_K_C).map_err(refused)?.starting_at(tile * TILE);
        scorer.add(&tile, &run.predictions)?;
        progress.advance(values_n_K_C.len_of(Axis(0)) as u64);
    }
    Ok(())
}

/// Multiplications that `epig` takes with M targets.
fn effort_of_epig(shape: &[usize], targets: usize) -> Effort {
    let [n, k, c, m] = [shape[0], shape[1], shape[2], targets].map(|length| length as f64);
    Effort { formula: "N·M·K·C²", multiplications: n * m * k * c * c, per_second: 8e9 }
}

fn predictions<'a, A: Number>(
    form: Form,
    values: &ArrayView3<'a, A>,
) -> Result<Predictions<'a, A>, bal_acquisition::Error> {
    let predictions = match form {
        Form::Probs => Predictions::from_probs(*values),
        Form::LogProbs => Predictions::from_log_probs(*values),
    };
    Ok(predictions?.watched_by(&Signals))
}
