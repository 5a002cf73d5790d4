//! `k_bald` with k = 3.

use ndarray::{Array2, ArrayView2, s};
use rayon::iter::{IndexedParallelIterator as _, IntoParallelIterator as _, ParallelIterator as _};

use super::{pairwise::bald_of_all, picked::Picked};
use crate::{Error, JointBatch, Number, Predictions, Result, numerics::Point, numerics::argmax};

/// Largest batch: its cost grows with b².
pub const LARGEST_BATCH_OF_TRIPLES: usize = 20;

/// Gains of triples may rise as the batch grows, so every point is brought up to date for every pick.
pub(crate) fn pick<A: Number>(predictions: &Predictions<'_, A>, b: usize) -> Result<JointBatch> {
    let (N, K, C) = predictions.values_n_K_C.dim();
    if b > LARGEST_BATCH_OF_TRIPLES {
        let multiplications = (b as f64).powi(2) / 2.0 * (N * K) as f64 * (C as f64).powi(3);
        return Err(Error::TriplesTooMany { batch: b, limit: LARGEST_BATCH_OF_TRIPLES, multiplications });
    }
    let bald_N = bald_of_all(predictions, b)?;
    let mut gain_N = bald_N.clone();
    let mut shared_N_b = Array2::zeros((N, b)); // I(y_n; y_j)
    let mut picked = Picked::new(K, C, b);
    let mut pairs = Picked::new(K, C * C, b);
    let mut batch = JointBatch::new(K);
    for new in 0..b {
        let row = argmax(&gain_N);
        batch.push(row, gain_N[row], gain_N[row]);
        predictions.watch.picked();
        gain_N[row] = f64::NEG_INFINITY; // and stays so
        let new_K_C = predictions.point(row)?;
        pairs.clear();
        for i in 0..new {
            pairs.push(&product(&picked.probs_K_D(i), &new_K_C.view()).view());
        }
        picked.push(&new_K_C.view());
        let updates: Vec<Result<()>> = gain_N
            .iter_mut()
            .zip(shared_N_b.outer_iter_mut())
            .zip(&bald_N)
            .collect::<Vec<_>>()
            .into_par_iter()
            .enumerate()
            .map_init(
                || Point::new(K, C),
                |point, (n, ((gain, mut shared_b), &bald))| {
                    point.read(predictions, n, false)?;
                    let probs_K_C = point.probs_K_C();
                    shared_b[new] = picked.information(&probs_K_C, bald, new..new + 1, predictions.watch)?[0];
                    // I(n;i) − I(n;i|j) = I(n;i) + I(n;j) − I(n;(i,j))
                    let with_pairs = pairs.information(&probs_K_C, bald, 0..new, predictions.watch)?;
                    let shared_twice: f64 = shared_b
                        .slice(s![..new])
                        .iter()
                        .zip(with_pairs)
                        .map(|(shared, with_pair)| shared + shared_b[new] - with_pair)
                        .sum();
                    *gain += shared_twice - shared_b[new];
                    Ok(())
                },
            )
            .collect();
        updates.into_iter().collect::<Result<()>>()?;
    }
    Ok(batch)
}

/// Predictions of the pair of labels: p_kd p_ke, the classes of the first slowest.
fn product(first_K_C: &ArrayView2<'_, f64>, second_K_C: &ArrayView2<'_, f64>) -> Array2<f64> {
    let (K, C) = first_K_C.dim();
    Array2::from_shape_fn((K, C * C), |(k, de)| first_K_C[[k, de / C]] * second_K_C[[k, de % C]])
}
