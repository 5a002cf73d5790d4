//! `map.npy`: what posterior samples say about the cells of a plane.

use std::path::Path;

use bal_acquisition::{AcquisitionFunction, Predictions};
use bal_artifact::DatasetDetails;
use bal_cli::{Progress, check_interrupt};
use bal_model::to_vec;
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, concatenate, s};
use rayon::prelude::*;
use serde::Serialize;
use tch::{Device, Kind, Tensor};

use crate::Error;
use crate::samples::log_softmax;
use crate::scorer::{Signals, refused};

/// Layers that are scores.
const SCORES: [AcquisitionFunction; 3] =
    [AcquisitionFunction::Bald, AcquisitionFunction::MaxEntropy, AcquisitionFunction::ExpectedEntropy];

/// What stands in `map.npy`, for the manifest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Plane {
    /// `[x_min, x_max, y_min, y_max]`: the outer edges of the outer cells.
    extent: [f64; 4],
    /// Cells of a row and of a column R.
    grid: usize,
    /// Names of the layers.
    layers: Vec<String>,
}

/// Names of the layers of a map, in their order: the mean prediction of each class, scores, and the variance
/// (1/C) Σ_c (1/K) Σ_k (z_kc − z̄_c)² of the logits z.
pub(crate) fn layers(classes: usize) -> Vec<String> {
    let means = (0..classes).map(|class| format!("mean_prob_{class}"));
    let scores = SCORES.map(|function| function.name().to_owned());
    means.chain(scores).chain(["logit_variance".to_owned()]).collect()
}

impl Plane {
    /// The bounding box of points f32 [N, 2], and a tenth of its span on each side. Where all points have one
    /// coordinate, the span counts as 1.
    pub(crate) fn around(points: &ArrayView2<'_, f32>, grid: usize, classes: usize) -> Self {
        let [x, y] = [0, 1].map(|axis| {
            let values = points.column(axis);
            let bound = |first: f64, of: fn(f64, f64) -> f64| {
                values.iter().map(|&value| f64::from(value)).fold(first, of)
            };
            let (least, most) = (bound(f64::INFINITY, f64::min), bound(f64::NEG_INFINITY, f64::max));
            let span = if most > least { most - least } else { 1.0 };
            [least - 0.1 * span, most + 0.1 * span]
        });
        Self { extent: [x[0], x[1], y[0], y[1]], grid, layers: layers(classes) }
    }

    /// x and y of the centre of a cell. Cells are counted row by row; row 0 has the least y.
    fn centre(&self, cell: usize) -> [f64; 2] {
        let [x_min, x_max, y_min, y_max] = self.extent;
        let at = |least: f64, most: f64, index: usize| {
            least + (most - least) * (index as f64 + 0.5) / self.grid as f64
        };
        [at(x_min, x_max, cell % self.grid), at(y_min, y_max, cell / self.grid)]
    }

    /// Centres of these cells f32 [n, 2], as the points of a data set are stored.
    fn centres(&self, cells: std::ops::Range<usize>) -> Tensor {
        let numbers: Vec<f32> = cells.flat_map(|cell| self.centre(cell)).map(|value| value as f32).collect();
        Tensor::from_slice(&numbers).view([-1, 2])
    }

    /// The map f64 [L, R, R], `at_once` cells at a time: layer, row (y), column (x). `logits_of` gives the
    /// logits f32 [n, K, C] of points f32 [n, 2]; `model` says in errors where they come from.
    pub(crate) fn map(
        &self,
        at_once: usize,
        threads: &rayon::ThreadPool,
        model: &Path,
        logits_of: impl Fn(&Tensor) -> Tensor,
    ) -> Result<Array3<f64>, Error> {
        let cells = self.grid * self.grid;
        let mut map_L_RR = Array2::zeros((self.layers.len(), cells));
        let mut progress = Progress::new("mapping", "cells", cells as u64);
        for first in (0..cells).step_by(at_once) {
            check_interrupt()?;
            let tile = first..(first + at_once).min(cells);
            let logits = logits_of(&self.centres(tile.clone()));
            let log_probs_n_K_C = to_array(&log_softmax(&logits));
            let logits_n_K_C = to_array(&logits);
            drop(logits); // not kept beside its copy
            let layers_n_L = threads.install(|| layers_of(&log_probs_n_K_C, &logits_n_K_C));
            let layers_n_L = layers_n_L.map_err(|source| refused(model, source))?;
            progress.advance(tile.len() as u64);
            map_L_RR.slice_mut(s![.., tile]).assign(&layers_n_L.t());
        }
        let shape = (self.layers.len(), self.grid, self.grid);
        Ok(map_L_RR.into_shape_with_order(shape).expect("one column per cell"))
    }
}

/// A tensor [n, K, C] on the host.
fn to_array(tensor: &Tensor) -> Array3<f32> {
    let shape = tensor.size();
    let shape = (shape[0] as usize, shape[1] as usize, shape[2] as usize);
    Array3::from_shape_vec(shape, to_vec(tensor)).expect("as many values as the tensor has")
}

/// All layers of a map, [n, L]. Threads share the points; each holds the probabilities of few of them in f64.
fn layers_of(
    log_probs_n_K_C: &Array3<f32>,
    logits_n_K_C: &Array3<f32>,
) -> Result<Array2<f64>, bal_acquisition::Error> {
    const POINTS: usize = 64;
    let log_probs = log_probs_n_K_C.axis_chunks_iter(Axis(0), POINTS);
    let parts: Vec<_> = log_probs.zip(logits_n_K_C.axis_chunks_iter(Axis(0), POINTS)).collect();
    let layers = parts.into_par_iter().map(|(log_probs, logits)| layers_of_few(&log_probs, &logits));
    let layers: Vec<Array2<f64>> = layers.collect::<Result<_, _>>()?;
    let layers: Vec<_> = layers.iter().map(|layers| layers.view()).collect();
    Ok(concatenate(Axis(0), &layers).expect("equally many layers of all points"))
}

fn layers_of_few(
    log_probs_n_K_C: &ArrayView3<'_, f32>,
    logits_n_K_C: &ArrayView3<'_, f32>,
) -> Result<Array2<f64>, bal_acquisition::Error> {
    let predictions = Predictions::from_log_probs(*log_probs_n_K_C)?.watched_by(&Signals);
    let mean_n_C = predictions.normalise()?.mean_N_C();
    let scores_n_F = predictions.score(&SCORES)?;
    let variance_n_C = logits_n_K_C.map_axis(Axis(1), |logits_K| logits_K.mapv(f64::from).var(0.0));
    let logit_variance_n = variance_n_C.mean_axis(Axis(1)).expect("there are classes");
    Ok(concatenate![Axis(1), mean_n_C, scores_n_F, logit_variance_n.insert_axis(Axis(1))])
}

/// Points f32 [n, 2] as networks get those of this data set: (x − mean)/std.
pub(crate) fn standardised(points: &Tensor, data: &DatasetDetails, device: Device) -> Tensor {
    let per_axis = |values: &[f64]| Tensor::from_slice(values).to_kind(Kind::Float).to_device(device);
    (points.to_device(device) - per_axis(&data.mean)) / per_axis(&data.std)
}

#[cfg(test)]
mod tests {
    use ndarray::aview2;

    use super::*;

    const POINTS: [[f32; 2]; 4] = [[0.0, -3.0], [10.0, 1.0], [4.0, 7.0], [4.0, 0.0]];

    fn plane(grid: usize) -> Plane {
        Plane::around(&aview2(&POINTS), grid, 3)
    }

    /// In thousandths.
    fn rounded(value: f64) -> i64 {
        (value * 1000.0).round() as i64
    }

    #[test]
    fn a_plane_is_a_tenth_wider_than_its_points_on_each_side() {
        let plane = plane(5);
        assert_eq!(plane.extent.map(rounded), [-1.0, 11.0, -4.0, 8.0].map(rounded));
        // Cells of 2.4: the first row has the least y, the first column the least x.
        let centres = [0, 1, 5, 24].map(|cell| plane.centre(cell).map(rounded));
        assert_eq!(
            centres,
            [[0.2, -2.8], [2.6, -2.8], [0.2, -0.4], [9.8, 6.8]].map(|centre| centre.map(rounded))
        );
        let line = Plane::around(&aview2(&[[2.0, 1.0], [2.0, 3.0]]), 2, 2);
        assert_eq!(line.extent.map(rounded), [1.9, 2.1, 0.8, 3.2].map(rounded));
    }

    /// What dropout and one linear layer predict: z_k = W (m_k ∘ x) + b.
    const WEIGHT: [[f64; 2]; 3] = [[0.5, -0.25], [-0.75, 0.1], [0.2, 0.3]];
    const BIAS: [f64; 3] = [0.1, -0.2, 0.0];
    const MASKS: [[f64; 2]; 4] = [[2.0, 0.0], [0.0, 2.0], [2.0, 2.0], [0.0, 0.0]];

    fn logits_of(points: &Tensor) -> Tensor {
        let tensor = |values: &[f64], columns| Tensor::from_slice(values).view([-1, columns]);
        let masked = points.to_kind(Kind::Double).unsqueeze(1) * tensor(MASKS.as_flattened(), 2); // [n, K, 2]
        let logits = masked.matmul(&tensor(WEIGHT.as_flattened(), 2).tr()) + tensor(&BIAS, 3);
        logits.to_kind(Kind::Float)
    }

    /// The layers at (x, y) by hand.
    fn by_hand(x: f64, y: f64) -> Vec<f64> {
        let logits = MASKS
            .map(|mask| [0, 1, 2].map(|c| WEIGHT[c][0] * mask[0] * x + WEIGHT[c][1] * mask[1] * y + BIAS[c]));
        let probs = logits.map(|z| {
            let sum: f64 = z.iter().map(|z| z.exp()).sum();
            z.map(|z| z.exp() / sum)
        });
        let mean = |of: &dyn Fn(usize) -> f64| (0..4).map(of).sum::<f64>() / 4.0;
        let entropy = |p: &[f64]| -p.iter().map(|p| p * p.ln()).sum::<f64>();
        let mean_probs = [0, 1, 2].map(|c| mean(&|k| probs[k][c]));
        let (total, expected) = (entropy(&mean_probs), mean(&|k| entropy(&probs[k])));
        let variance = |c: usize| mean(&|k| (logits[k][c] - mean(&|j| logits[j][c])).powi(2));
        let variance = (variance(0) + variance(1) + variance(2)) / 3.0;
        mean_probs.into_iter().chain([total - expected, total, expected, variance]).collect()
    }

    #[test]
    fn every_cell_is_the_closed_form_of_a_linear_network() {
        let plane = plane(9);
        let names = ["bald", "max_entropy", "expected_entropy", "logit_variance"];
        assert_eq!(plane.layers, [&["mean_prob_0", "mean_prob_1", "mean_prob_2"][..], &names].concat());
        let threads = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let map = |at_once| plane.map(at_once, &threads, Path::new("model"), logits_of).unwrap();
        let map_L_R_R = map(10); // the last of its tiles has one cell
        assert_eq!(map_L_R_R, map(81), "tiles change nothing");
        assert_eq!(map_L_R_R.dim(), (7, 9, 9));
        for (cell, layers_L) in map_L_R_R.lanes(Axis(0)).into_iter().enumerate() {
            let at = |least: f64, index: usize| least + 12.0 * (index as f64 + 0.5) / 9.0;
            let expected = by_hand(at(-1.0, cell % 9), at(-4.0, cell / 9));
            for (found, expected) in layers_L.iter().zip(expected) {
                assert!((found - expected).abs() < 2e-6 * expected.abs().max(1.0), "{found} for {expected}");
            }
        }
    }
}
