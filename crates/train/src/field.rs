//! A Gaussian random field instead of a network: the labels of a graph say what its other points are.

use std::collections::BTreeSet;
use std::path::Path;

use bal_acquisition::{Error as Cause, FIELD_MEMORY, Harmonic, Watch};
use bal_artifact::tables::{CalibrationBin, Metrics};
use bal_artifact::{Clock, Draft, check_labels_belong, file, read_labelled, read_labels_of};
use bal_model::{Compute, to_vec};
use bal_settings::{Checked, Invalid};
use ndarray::Array2;
use serde_json::json;

use crate::evaluate::{Evaluation, evaluation_of};
use crate::training::{Data, no_points};
use crate::{Config, Error, Files, STAGE};

/// Classes that a field tells apart.
const CLASSES: usize = 2;

/// Predicts the test half by the harmonic function and publishes how good that is.
///
/// Nodes of the graph are the labelled points, the rest of the pool, and all points of the test half;
/// validation points are none, and so their quality is not measured. Nothing is drawn, fitted or kept.
///
/// # Errors
/// [`Error::NoPool`]; [`Error::Setting`] for a data set of other than two classes or of texts;
/// [`Error::Field`] for labels of one class only, for a width that cuts points off, and for too many points.
pub(crate) fn run(config: &Checked<Config>, run: &Files, compute: &Compute) -> Result<(), Error> {
    let pool = run.pool.as_ref().ok_or(Error::NoPool)?;
    if run.first_round.is_some() {
        return Err(Error::FirstRoundNotRead);
    }
    let mut clock = Clock::start("cpu", compute.threads);
    let data = Data::load(run)?;
    let mut draft = Draft::begin(STAGE, &run.place, &[&run.data, &run.label, pool], clock.clone())?;
    draft.inputs.extend(&data.inputs);
    let labelled = read_labelled(&run.label, &mut draft.inputs)?;
    data.train.check_ids(&labelled, &run.label.join(file::LABELLED))?;
    check_labels_belong(&run.label, &draft.inputs)?;
    let classes = data.details.classes.len();
    if classes != CLASSES {
        let expected = format!("a data set of {CLASSES} classes for `gaussian_field`");
        return Err(Invalid::new("network", &expected, &format!("{classes}")).into());
    }
    let labels = read_labels_of("labels", &run.label, labelled.len(), classes, &mut draft.inputs)?;
    let known: BTreeSet<i64> = labelled.iter().copied().collect();
    let mut unlabelled = data.train.read_ids("pool", pool, &mut draft.inputs)?;
    unlabelled.retain(|id| !known.contains(id));
    if data.test.is_empty() {
        return Err(no_points(&run.data.join(file::TEST_LABELS)));
    }
    clock.lap("read");

    let nodes = [labelled.as_slice(), &unlabelled].concat();
    let features = features(&data, &nodes)?;
    let rows: Vec<usize> = (0..labelled.len()).collect();
    let threads = compute.threads;
    let workers = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let workers = workers.map_err(|source| Error::Threads { threads, source })?;
    let field = workers
        .install(|| Harmonic::new(features.view(), &rows, &labels, config.sigma, FIELD_MEMORY, &Signals))
        .map_err(|source| refused(&run.label.join(file::LABELS), source))?;
    clock.lap("solve");

    let Evaluation { quality: test, bins } = evaluation(&field.field_N()[nodes.len()..], &data.test_labels);
    let (round, labels) = (run.place.round, labelled.len() as u64);
    let metrics =
        Metrics { round, labels, weight_decay: 0.0, epochs: 0, train_loss: None, validation: None, test };
    metrics.write(&mut draft.output)?;
    CalibrationBin::write_all(&bins, &mut draft.output)?;
    draft.details = json!({
        "sigma": field.sigma(),
        "nodes": {"labelled": labelled.len(), "pool": unlabelled.len(), "test": data.test.len()},
    });
    clock.lap("evaluate");
    draft.threads = Some(threads);
    draft.clock = clock;
    Ok(draft.publish(config)?)
}

/// Raw inputs [N, D] of these points of the training half, and of the whole test half.
fn features(data: &Data, nodes: &[i64]) -> Result<Array2<f32>, Error> {
    let test: Vec<i64> = (0..data.test.len() as i64).collect();
    let raw = data.train.raw(nodes).zip(data.test.raw(&test));
    let (train, test) = raw.ok_or_else(|| {
        let expected = "images or points for `gaussian_field`, which have distances";
        Invalid::new("network", expected, "texts")
    })?;
    let values = [to_vec(&train), to_vec(&test)].concat();
    let points = nodes.len() + data.test.len();
    let shape = (points, values.len() / points);
    Ok(Array2::from_shape_vec(shape, values).expect("all points have equally many numbers"))
}

/// Evaluation of f, the probability of class 1.
fn evaluation(field: &[f64], labels: &[i64]) -> Evaluation {
    let probs: Vec<f64> = field.iter().flat_map(|f| [1.0 - f, *f]).collect();
    evaluation_of(&probs, labels)
}

/// An error of the mathematics; or the signal that stopped it.
fn refused(labels: &Path, source: Cause) -> Error {
    match bal_cli::check_interrupt() {
        Err(interrupted) if source == Cause::Stopped => interrupted.into(),
        _ => Error::Field { path: labels.to_path_buf(), source },
    }
}

/// Stops the work at a signal.
struct Signals;

impl Watch for Signals {
    fn is_stopped(&self) -> bool {
        bal_cli::check_interrupt().is_err()
    }
}
