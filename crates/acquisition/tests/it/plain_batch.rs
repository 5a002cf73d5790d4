//! The joint methods as plain loops over all points, with no regard to cost.

use bal_acquisition::JointBatch;
use bal_stream::{Draw, Purpose};
use ndarray::{Array2, Array3, ArrayView2, Axis};

use crate::support;

/// Rows divided by their sums.
pub(crate) fn normalised(probs_N_K_C: &Array3<f64>) -> Array3<f64> {
    support::normalised(probs_N_K_C).probs_N_K_C().to_owned()
}

fn entropy<'a>(probs: impl IntoIterator<Item = &'a f64>) -> f64 {
    probs.into_iter().filter(|&&p| p > 0.0).map(|p| -p * p.ln()).sum()
}

/// P(ŷ | ω_k) of all C^b labels of `rows`, shape [K, C^b].
fn joint_K_M(probs_N_K_C: &Array3<f64>, rows: &[usize]) -> Array2<f64> {
    let K = probs_N_K_C.len_of(Axis(1));
    rows.iter().fold(Array2::ones((K, 1)), |joint_K_M, &row| {
        let probs_K_C = probs_N_K_C.index_axis(Axis(0), row);
        let (M, C) = (joint_K_M.ncols(), probs_K_C.ncols());
        Array2::from_shape_fn((K, M * C), |(k, m)| joint_K_M[[k, m / C]] * probs_K_C[[k, m % C]])
    })
}

/// H(y_1..b), over all C^b labels.
pub(crate) fn joint_entropy(probs_N_K_C: &Array3<f64>, rows: &[usize]) -> f64 {
    entropy(&joint_K_M(probs_N_K_C, rows).mean_axis(Axis(0)).unwrap())
}

fn expected_entropy(probs_K_C: &ArrayView2<'_, f64>) -> f64 {
    probs_K_C.rows().into_iter().map(entropy).sum::<f64>() / probs_K_C.nrows() as f64
}

/// I(y_1..b; ω), over all C^b labels.
pub(crate) fn joint_information(probs_N_K_C: &Array3<f64>, rows: &[usize]) -> f64 {
    let expected = |&row: &usize| expected_entropy(&probs_N_K_C.index_axis(Axis(0), row));
    joint_entropy(probs_N_K_C, rows) - rows.iter().map(expected).sum::<f64>()
}

/// I(y_a; y_b) of two sets of rows.
pub(crate) fn shared(probs_N_K_C: &Array3<f64>, a: &[usize], b: &[usize]) -> f64 {
    joint_entropy(probs_N_K_C, a) + joint_entropy(probs_N_K_C, b)
        - joint_entropy(probs_N_K_C, &[a, b].concat())
}

/// gain(n | B) of exact BatchBALD.
pub(crate) fn exact_gain(probs_N_K_C: &Array3<f64>, batch: &[usize], n: usize) -> f64 {
    joint_information(probs_N_K_C, &[batch, &[n]].concat()) - joint_information(probs_N_K_C, batch)
}

/// gain(n | B) = BALD_n − penalty · Σ_j I(y_n; y_j).
pub(crate) fn pairwise_gain(probs_N_K_C: &Array3<f64>, penalty: f64, batch: &[usize], n: usize) -> f64 {
    let shared: f64 = batch.iter().map(|&j| shared(probs_N_K_C, &[n], &[j])).sum();
    joint_information(probs_N_K_C, &[n]) - penalty * shared
}

/// The gain of `k_bald` with k = 3: Σ_{i<j} [I(y_n; y_i) − I(y_n; y_i | y_j)] more than with k = 2.
pub(crate) fn triple_gain(probs_N_K_C: &Array3<f64>, batch: &[usize], n: usize) -> f64 {
    let H = |rows: &[usize]| joint_entropy(probs_N_K_C, rows);
    let mut gain = pairwise_gain(probs_N_K_C, 1.0, batch, n);
    for (place, &j) in batch.iter().enumerate() {
        for &i in &batch[..place] {
            let given_j = H(&[n, j]) + H(&[i, j]) - H(&[n, i, j]) - H(&[j]);
            gain += shared(probs_N_K_C, &[n], &[i]) - given_j;
        }
    }
    gain
}

/// gain(n | B) of BatchBALD over drawn labels of the batch: those of pick i of sample k from the stream
/// `batch_bald_samples`, S for each k.
pub(crate) fn sampled_gain(
    probs_N_K_C: &Array3<f64>,
    per_sample: usize,
    draw: Draw,
    batch: &[usize],
    n: usize,
) -> f64 {
    let (_, K, C) = probs_N_K_C.dim();
    let M = K * per_sample;
    let mut likelihood_M_K = Array2::<f64>::ones((M, K));
    for (i, &j) in batch.iter().enumerate() {
        let uniform_M = draw.stream(Purpose::BatchBaldSamples, i as u64).uniform(M);
        for (m, uniform) in uniform_M.into_iter().enumerate() {
            let mut cumulated = 0.0;
            let own_C = probs_N_K_C.slice(ndarray::s![j, m / per_sample, ..]);
            let reached = |c: &usize| {
                cumulated += own_C[*c];
                uniform * own_C.sum() < cumulated
            };
            let label = (0..C).find(reached).unwrap();
            for k in 0..K {
                likelihood_M_K[[m, k]] *= probs_N_K_C[[j, k, label]];
            }
        }
    }
    let probs_K_C = probs_N_K_C.index_axis(Axis(0), n);
    let of_one = |likelihood_K: ndarray::ArrayView1<'_, f64>| {
        let weights_K = &likelihood_K / likelihood_K.sum();
        let conditional: f64 = weights_K.iter().zip(probs_K_C.rows()).map(|(w, p_C)| w * entropy(p_C)).sum();
        entropy(&weights_K.dot(&probs_K_C)) - conditional
    };
    likelihood_M_K.rows().into_iter().map(of_one).sum::<f64>() / M as f64
}

/// Panics unless every pick of `batch` has the gain that `gain(batch so far, n)` gives it, and no other
/// remaining point has a larger one.
pub(crate) fn assert_greedy(batch: &JointBatch, N: usize, gain: impl Fn(&[usize], usize) -> f64) {
    let rows: Vec<usize> = batch.picks.iter().map(|pick| pick.row).collect();
    for (place, pick) in batch.picks.iter().enumerate() {
        let before = &rows[..place];
        let own = gain(before, pick.row);
        assert!((own - pick.gain).abs() < 1e-10, "pick {place}: gain {}, expected {own}", pick.gain);
        for n in (0..N).filter(|n| !before.contains(n)) {
            let other = gain(before, n);
            assert!(other <= own + 1e-10, "pick {place}: row {} has {own}, row {n} has {other}", pick.row);
        }
    }
}
