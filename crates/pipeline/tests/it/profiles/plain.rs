//! Scores and information by their definitions, in plain loops over probabilities p [K, C] of a point.

#![expect(clippy::needless_pass_by_value, reason = "an array view is a reference")]

use ndarray::{ArrayView2, Axis};

/// −Σ p log p.
pub(crate) fn entropy(p: impl IntoIterator<Item = f64>) -> f64 {
    p.into_iter().filter(|&p| p > 0.0).map(|p| -p * p.ln()).sum()
}

/// p̄ [C].
pub(crate) fn mean(p: ArrayView2<f64>) -> Vec<f64> {
    p.mean_axis(Axis(0)).unwrap().to_vec()
}

/// Mean entropy of the samples.
fn expected_entropy(p: ArrayView2<f64>) -> f64 {
    p.outer_iter().map(|of_sample| entropy(of_sample.iter().copied())).sum::<f64>() / p.nrows() as f64
}

pub(crate) fn bald(p: ArrayView2<f64>) -> f64 {
    entropy(mean(p)) - expected_entropy(p)
}

/// The score of a name; `None` if it is none of these.
pub(crate) fn score(name: &str, p: ArrayView2<f64>) -> Option<f64> {
    let mean = mean(p);
    let largest = |values: &[f64]| values.iter().copied().fold(f64::MIN, f64::max);
    Some(match name {
        "bald" => bald(p),
        "max_entropy" => entropy(mean),
        "expected_entropy" => expected_entropy(p),
        "least_confidence" => 1.0 - largest(&mean),
        "margin" => {
            let mut sorted = mean;
            sorted.sort_by(|a, b| b.total_cmp(a));
            sorted[1] - sorted[0]
        }
        "variation_ratios" => {
            let mut votes = vec![0.0; mean.len()];
            for of_sample in p.outer_iter() {
                votes[argmax(of_sample.as_slice().unwrap())] += 1.0;
            }
            1.0 - largest(&votes) / p.nrows() as f64
        }
        "mean_std" | "predictive_variance" => {
            let variance =
                |c: usize| p.column(c).iter().map(|p| (p - mean[c]).powi(2)).sum::<f64>() / p.nrows() as f64;
            let of_class = |c| if name == "mean_std" { variance(c).sqrt() } else { variance(c) };
            (0..mean.len()).map(of_class).sum::<f64>() / mean.len() as f64
        }
        _ => return None,
    })
}

/// The first of the largest.
pub(crate) fn argmax(values: &[f64]) -> usize {
    (0..values.len()).fold(0, |best, at| if values[at] > values[best] { at } else { best })
}

/// H(y_1 … y_b): over all joint labels of some points, (1/K) Σ_k Π_j p_jk(y_j).
fn joint_entropy(points: &[ArrayView2<f64>]) -> f64 {
    let samples = points[0].nrows();
    // Probabilities of the labels so far under each sample.
    let mut joint = vec![vec![1.0; samples]];
    for point in points {
        let with = |of_labels: &Vec<f64>| {
            let extend = |c: usize| (0..samples).map(|k| of_labels[k] * point[[k, c]]).collect::<Vec<f64>>();
            (0..point.ncols()).map(extend).collect::<Vec<_>>()
        };
        joint = joint.iter().flat_map(with).collect();
    }
    entropy(joint.iter().map(|of_labels| of_labels.iter().sum::<f64>() / samples as f64))
}

/// I(y_1 … y_b; ω): what labels of these points tell about the samples.
pub(crate) fn joint_information(points: &[ArrayView2<f64>]) -> f64 {
    joint_entropy(points) - points.iter().map(|&point| expected_entropy(point)).sum::<f64>()
}

/// I(y_n; y_j): what the labels of two points share.
pub(crate) fn shared(n: ArrayView2<f64>, j: ArrayView2<f64>) -> f64 {
    entropy(mean(n)) + entropy(mean(j)) - joint_entropy(&[n, j])
}
