//! Inputs that several rows share: made once, by the stages themselves, and kept in the cache folder.

use std::ffi::OsString;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use bal_artifact::{DatasetDetails, DatasetKind, Manifest, MappedArray, Stage, file, read_array, write_file};
use bal_stream::Stream;
use ndarray::{Array1, Array3, ArrayRef, Axis, Dimension, Ix1, Ix2, Ix3, Ix4};
use ndarray_npy::{WritableElement, WriteNpyExt as _};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use crate::context::Context;
use crate::{Error, Result, process};

/// Where they lie.
#[derive(Clone, Debug)]
pub(crate) struct Inputs {
    /// What the network is trained on, as `bal-label` leaves it; ids of the validation set and of the pool.
    pub(crate) label: PathBuf,
    pub(crate) validation: PathBuf,
    pub(crate) pool: PathBuf,
    /// Weights of `gal_cnn`, trained on these labels.
    pub(crate) weights: PathBuf,
    /// Its predictions of the pool, f32 [N, K, C], as logarithms and as probabilities.
    pub(crate) log_probs: PathBuf,
    pub(crate) probs: PathBuf,
    /// Logarithms of independent Dirichlet draws of the same shape: the worst case of the batch methods.
    pub(crate) dirichlet: PathBuf,
}

impl Inputs {
    /// Makes what is missing.
    pub(crate) fn make(context: &Context) -> Result<Self> {
        let (split, train, score) =
            (context.cache.join("split"), context.cache.join("train"), context.cache.join("score"));
        let inputs = Self {
            label: context.cache.join("label"),
            validation: split.join(file::VALIDATION),
            pool: split.join(file::POOL),
            weights: train.join(file::MODEL),
            log_probs: score.join(file::LOG_PROBS),
            probs: context.cache.join("probs.npy"),
            dirichlet: context.cache.join("dirichlet.npy"),
        };
        if !is_of(&split, bal_prepare::split::STAGE) {
            prepare_split(context, &split)?;
        }
        if !is_of(&inputs.label, bal_label::STAGE) {
            label_points(context, &split.join(file::INITIAL), &inputs.validation, &inputs.label)?;
        }
        if !is_of(&train, bal_train::STAGE) {
            tracing::info!("training the network whose predictions are used");
            train_network(context, &inputs, &train)?;
        }
        if !is_of(&score, bal_score::STAGE) {
            tracing::info!("drawing its posterior samples of the pool, for a minute or two");
            if inputs.probs.exists() {
                // Those of another build would otherwise be taken for these if this is stopped halfway.
                fs_err::remove_file(&inputs.probs).map_err(Error::io("remove", &inputs.probs))?;
            }
            score_pool(context, &inputs, &score, &["--write-log-probs", "--acquisition", "bald"])?;
        }
        if !inputs.probs.is_file() {
            write_npy(&inputs.probs, &probabilities(&inputs.log_probs)?)?;
        }
        if !inputs.dirichlet.is_file() {
            let shape = MappedArray::<f32, Ix3>::open("predictions", &inputs.log_probs)?.view().dim();
            write_npy(&inputs.dirichlet, &dirichlet(shape))?;
        }
        Ok(inputs)
    }
}

/// Whether a folder holds what a stage of this build would write.
fn is_of(folder: &Path, stage: Stage) -> bool {
    Manifest::read(folder, stage.name).is_ok_and(|manifest| manifest.stage_version == stage.version)
}

/// Looks up the labels of these points.
pub(crate) fn label_points(context: &Context, initial: &Path, validation: &Path, out: &Path) -> Result<()> {
    let mut arguments = arguments(&["label"]);
    arguments.extend(["--data".into(), context.data.clone().into(), "--out".into(), out.into()]);
    arguments.extend(["--initial".into(), initial.into(), "--validation".into(), validation.into()]);
    process::stage(&arguments)
}

pub(crate) fn prepare_split(context: &Context, out: &Path) -> Result<()> {
    let sizes = &context.sizes;
    let mut arguments = arguments(&["prepare", "split"]);
    arguments.extend(["--data".into(), context.data.clone().into(), "--out".into(), out.into()]);
    arguments.extend(["--initial-per-class".into(), sizes.labels_per_class.to_string().into()]);
    arguments.extend(["--validation".into(), sizes.validation.to_string().into()]);
    if let Some(pool) = sizes.pool {
        arguments.extend(["--pool-size".into(), pool.to_string().into()]);
    }
    process::stage(&arguments)
}

pub(crate) fn train_network(context: &Context, inputs: &Inputs, out: &Path) -> Result<()> {
    let sizes = &context.sizes;
    let mut arguments = arguments(&["train", "--network", "gal_cnn", "--device", "cpu"]);
    arguments.extend(["--data".into(), context.data.clone().into(), "--out".into(), out.into()]);
    arguments.extend(["--label".into(), inputs.label.clone().into()]);
    arguments.extend(["--validation".into(), inputs.validation.clone().into()]);
    arguments.extend(["--epochs".into(), sizes.epochs.to_string().into()]);
    arguments.extend(["--evaluate-samples".into(), "10".into()]);
    arguments.extend(["--threads".into(), context.threads.to_string().into()]);
    process::stage(&arguments)
}

/// Scores the pool of these inputs with the options of `more`.
pub(crate) fn score_pool(context: &Context, inputs: &Inputs, out: &Path, more: &[&str]) -> Result<()> {
    let mut arguments = arguments(&["score", "--device", "cpu"]);
    arguments.extend(more.iter().map(OsString::from));
    arguments.extend(["--model".into(), inputs.weights.clone().into()]);
    arguments.extend(["--data".into(), context.data.clone().into(), "--out".into(), out.into()]);
    arguments.extend(["--pool".into(), inputs.pool.clone().into()]);
    arguments.extend(["--samples".into(), context.sizes.samples.to_string().into()]);
    arguments.extend(["--threads".into(), context.threads.to_string().into()]);
    process::stage(&arguments)
}

pub(crate) fn arguments(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

/// An array outside any artifact, for the peers to read.
pub(crate) fn write_npy<T: WritableElement, D: Dimension>(path: &Path, array: &ArrayRef<T, D>) -> Result<()> {
    let mut bytes = Cursor::new(Vec::with_capacity(128 + array.len() * size_of::<T>()));
    array.write_npy(&mut bytes).expect("an array in memory always fits into a vector");
    Ok(write_file(path, bytes.get_ref())?)
}

/// Writes these points as the network gets them: f32 [n, C, H, W], (x/255 − mean)/std; the words of texts.
pub(crate) fn write_inputs(path: &Path, data: &Path, ids: &[i64]) -> Result<()> {
    let details = DatasetDetails::read(data)?;
    let (file, rows) = (data.join("train_inputs.npy"), rows(ids));
    if details.kind == DatasetKind::Texts {
        let words = MappedArray::<i64, Ix2>::open("train_inputs", &file)?;
        return write_npy(path, &words.view().select(Axis(0), &rows));
    }
    let pixels = MappedArray::<u8, Ix4>::open("train_inputs", &file)?;
    let mut images = pixels.view().select(Axis(0), &rows).mapv(|pixel| f32::from(pixel) / 255.0);
    for (channel, (mean, std)) in details.mean.iter().zip(&details.std).enumerate() {
        let (mean, std) = (*mean as f32, *std as f32);
        images.index_axis_mut(Axis(1), channel).mapv_inplace(|x| (x - mean) / std);
    }
    write_npy(path, &images)
}

fn rows(ids: &[i64]) -> Vec<usize> {
    ids.iter().map(|&id| id as usize).collect()
}

/// Labels i64 `[n]`.
pub(crate) fn labels(data: &Path, ids: &[i64]) -> Result<Array1<i64>> {
    let labels = read_array::<i64, Ix1>("train_labels", &data.join("train_labels.npy"))?;
    Ok(labels.select(Axis(0), &rows(ids)))
}

/// The first `n` ids of a file.
pub(crate) fn first_ids(path: &Path, n: usize) -> Result<Vec<i64>> {
    let mut ids = read_array::<i64, Ix1>("ids", path)?.to_vec();
    ids.truncate(n);
    Ok(ids)
}

fn probabilities(log_probs: &Path) -> Result<Array3<f32>> {
    let log_probs = MappedArray::<f32, Ix3>::open("predictions", log_probs)?;
    Ok(log_probs.view().mapv(f32::exp))
}

/// Logarithms of uniform Dirichlet draws: exponential numbers divided by their sum.
pub(crate) fn dirichlet((N, K, C): (usize, usize, usize)) -> Array3<f32> {
    let point = |n: usize| {
        let mut values: Vec<f64> = Stream::of_test("bench_dirichlet", 0, n as u64)
            .uniform(K * C)
            .iter()
            .map(|u| -(1.0 - u).ln())
            .collect();
        for row in values.chunks_exact_mut(C) {
            let sum: f64 = row.iter().sum();
            for value in row {
                *value = (*value / sum).ln();
            }
        }
        values.into_iter().map(|value| value as f32).collect::<Vec<_>>()
    };
    let values: Vec<f32> = (0..N).into_par_iter().flat_map_iter(point).collect();
    Array3::from_shape_vec((N, K, C), values).expect("K·C numbers for every point")
}

/// Predictions as spread as those of a network trained on few labels: logits linear in features of the
/// points, with weights that have a part of their own in every sample; the true class is ahead by a margin
/// that differs among points.
pub(crate) fn spread_predictions((N, K, C): (usize, usize, usize)) -> Array3<f32> {
    const D: usize = 16;
    let normal = |purpose: &'static str, n: usize, member: usize| -> Vec<f64> {
        let uniform = Stream::of_test(purpose, 0, member as u64).uniform(4 * n);
        uniform.chunks_exact(4).map(|four| (four.iter().sum::<f64>() - 2.0) * 3.0_f64.sqrt()).collect()
    };
    let weights_KC_D = normal("bench_weights", K * C * D, 0);
    let point = |n: usize| {
        let features_D = normal("bench_features", D, n);
        let margin = 12.0 * Stream::of_test("bench_margins", 0, n as u64).uniform(1)[0];
        let mut values: Vec<f64> = weights_KC_D
            .chunks_exact(D)
            .map(|weights_D| 0.35 * weights_D.iter().zip(&features_D).map(|(w, x)| w * x).sum::<f64>())
            .collect();
        for logits_C in values.chunks_exact_mut(C) {
            logits_C[n % C] += margin;
            let log_sum = logits_C.iter().map(|logit| logit.exp()).sum::<f64>().ln();
            for logit in logits_C {
                *logit -= log_sum;
            }
        }
        values.into_iter().map(|value| value as f32).collect::<Vec<_>>()
    };
    let values: Vec<f32> = (0..N).into_par_iter().flat_map_iter(point).collect();
    Array3::from_shape_vec((N, K, C), values).expect("K·C numbers for every point")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_predictions_sum_to_one_and_samples_differ() {
        for log_probs in [dirichlet((6, 5, 4)), spread_predictions((6, 5, 4))] {
            for row in log_probs.rows() {
                let sum: f32 = row.iter().map(|value| value.exp()).sum();
                assert!((sum - 1.0).abs() < 1e-5, "{sum}");
            }
            assert_ne!(log_probs.index_axis(Axis(1), 0), log_probs.index_axis(Axis(1), 1));
        }
    }
}
