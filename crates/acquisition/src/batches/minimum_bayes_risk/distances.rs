//! All squared distances between n points, and the width of the kernel that they suggest.

use rayon::iter::{IndexedParallelIterator as _, IntoParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;

use crate::batches::features::{Features, squared_distance};
use crate::{Number, Result, Watch};

/// Rows of features that are compared with each other while they lie in a core's cache.
const TILE: usize = 32;

/// The neighbour whose distance is taken for the width of the kernel.
const NEIGHBOUR: usize = 7;

/// ‖x_i − x_j‖², [N, N]: exactly symmetric, exactly 0 for identical rows.
pub(super) fn squared_distances<A: Number>(
    features: &Features<'_, A>,
    watch: &dyn Watch,
) -> Result<Vec<f64>> {
    let N = features.points();
    let mut squared_N_N = vec![0.0; N * N];
    squared_N_N.par_chunks_mut(TILE * N).enumerate().try_for_each(|(tile, squared_n_N)| {
        let first_row = tile * TILE;
        let below_diagonal = first_row + squared_n_N.len() / N;
        for first_column in (0..below_diagonal).step_by(TILE) {
            watch.check()?;
            for (i, squared_N) in squared_n_N.chunks_exact_mut(N).enumerate() {
                let end = (first_column + TILE).min(first_row + i);
                for (j, squared) in squared_N.iter_mut().enumerate().take(end).skip(first_column) {
                    *squared = squared_distance(features.row(first_row + i), features.row(j));
                }
            }
        }
        Ok(())
    })?;
    mirror(&mut squared_N_N, N);
    Ok(squared_N_N)
}

/// Copies the triangle below the diagonal above it.
pub(super) fn mirror(values_n_n: &mut [f64], n: usize) {
    for first_row in (0..n).step_by(TILE) {
        for first_column in (0..=first_row).step_by(TILE) {
            for i in first_row..(first_row + TILE).min(n) {
                for j in first_column..(first_column + TILE).min(i) {
                    values_n_n[j * n + i] = values_n_n[i * n + j];
                }
            }
        }
    }
}

/// Mean over all points of the distance to the 7th nearest other point (the farthest, where there are fewer).
pub(super) fn mean_neighbour_distance(squared_N_N: &[f64], N: usize, watch: &dyn Watch) -> Result<f64> {
    let neighbour = NEIGHBOUR.min(N - 1) - 1;
    let distance_N: Vec<f64> = (0..N)
        .into_par_iter()
        .map(|n| {
            watch.check()?;
            let mut others = squared_N_N[n * N..][..N].to_vec();
            others.swap_remove(n);
            Ok(others.select_nth_unstable_by(neighbour, f64::total_cmp).1.sqrt())
        })
        .collect::<Result<_>>()?;
    Ok(distance_N.iter().sum::<f64>() / N as f64)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, ArrayView2};

    use super::*;
    use crate::Unwatched;

    fn squared<A: Number>(x_N_D: &ArrayView2<'_, A>) -> Vec<f64> {
        squared_distances(&Features::new(x_N_D, &Unwatched).unwrap(), &Unwatched).unwrap()
    }

    #[test]
    fn every_pair_once_in_any_tile() {
        for N in [1, 2, TILE - 1, TILE, TILE + 1, 3 * TILE + 5] {
            let x_N_D = Array2::from_shape_fn((N, 2), |(n, d)| ((n * n * 31 + d * 7) % 101) as f32);
            let squared_N_N = squared(&x_N_D.view());
            for i in 0..N {
                for j in 0..N {
                    let difference = &x_N_D.row(i) - &x_N_D.row(j);
                    let expected = f64::from(difference.dot(&difference)); // whole numbers: exact
                    assert_eq!(squared_N_N[i * N + j].to_bits(), expected.to_bits(), "{i}, {j} of {N}");
                }
            }
        }
    }

    #[test]
    fn the_seventh_neighbour_on_a_line() {
        let line = |N: usize| Array2::from_shape_fn((N, 1), |(n, _)| n as f64);
        let width = |N| mean_neighbour_distance(&squared(&line(N).view()), N, &Unwatched).unwrap();
        // from the ends inwards the 7th neighbour is 7, 6, 5, 4, 4, 4, 4 … 4 steps away
        approx::assert_abs_diff_eq!(
            width(20),
            (2.0 * (7.0 + 6.0 + 5.0) + 14.0 * 4.0) / 20.0,
            epsilon = 1e-14
        );
        // fewer than 7 others: the farthest
        approx::assert_abs_diff_eq!(width(3), (2.0 + 1.0 + 2.0) / 3.0, epsilon = 1e-15);
    }
}
