use ndarray::{Array1, Array2, ArrayViewMut2, Axis, linalg::general_mat_mul, s};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::bald::non_negative;
use crate::{
    AcquisitionFunction, Error, NormalisedProbs, Number, Predictions, Result, Watch, max_entropy,
    numerics::{Point, elementary::sum_x_ln_x, entropy},
};

/// Targets whose joint predictions with a point are held at once.
const TARGETS_PER_PRODUCT: usize = 32;

/// Expected predictive information gain: what the label of a point says about that of a target, in the mean,
/// `(1/M) Σ_m I(y_n; y*_m) = H[p̄_n] + (1/M) Σ_m H[p̄*_m] − (1/M) Σ_m H[(1/K) Σ_k p_nk ⊗ p*_mk]`.
///
/// At most BALD: what the parameters know that no target asks for counts nothing.
///
/// # Shapes
/// In: p_nkc [N, K, C] and the targets' p*_mkc [M, K, C], of the same posterior samples.
/// Out: `scores_N` in nats, within [0, min(log C, log K)].
///
/// # Numerics
/// A difference of entropies, as [`bald`](crate::bald()), with the same rule for values below 0.
///
/// # Errors
/// [`Error::TargetsDiffer`] in K or C; [`Error::NegativeInformation`] for a value below −1e-9.
///
/// # References
/// Bickford Smith, Kirsch, Farquhar, Gal, Foster & Rainforth, *Prediction-Oriented Bayesian Active
/// Learning*, 2023, arXiv 2304.08151.
pub fn epig(probs: &NormalisedProbs, targets: &NormalisedProbs) -> Result<Array1<f64>> {
    let (N, K, C) = probs.probs_N_K_C.dim();
    check_same_samples((K, C), targets.probs_N_K_C.dim())?;
    if K == 1 {
        return Ok(Array1::zeros(N)); // as for BALD: exactly, without rounding
    }
    let mean_target_entropy = max_entropy(targets).mean().unwrap_or(0.0);
    let marginals_N = max_entropy(probs) + mean_target_entropy;
    let mut scores_N = Array1::zeros(N);
    for (n, probs_K_C) in probs.probs_N_K_C.outer_iter().enumerate() {
        let joint_entropy_M = targets.probs_N_K_C.outer_iter().map(|target_K_C| {
            let joint_C_C = probs_K_C.t().dot(&target_K_C) / K as f64;
            entropy(&joint_C_C)
        });
        let M = joint_entropy_M.len() as f64;
        let score = marginals_N[n] - joint_entropy_M.sum::<f64>() / M;
        scores_N[n] = non_negative(AcquisitionFunction::Epig, score, n)?;
    }
    Ok(scores_N)
}

/// Predictions of target points, prepared once for any number of tiles of the pool.
///
/// Takes 8·K·M·C bytes.
#[derive(Clone, Debug)]
pub struct Targets {
    /// p*_mkc: one row per sample, one column per target and class.
    probs_K_MC: Array2<f64>,
    /// `(1/M) Σ_m H[p̄*_m]`.
    mean_entropy: f64,
    C: usize,
}

impl Targets {
    /// Checks and keeps `targets`, predictions [M, K, C] of the same posterior samples as the pool's.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] and [`Error::RowSum`] for the first offending row; `point` is the target.
    pub fn new<A: Number>(targets: &Predictions<'_, A>) -> Result<Self> {
        let (M, K, C) = targets.values_n_K_C.dim();
        let mut probs_K_MC = Array2::zeros((K, M * C));
        let mut point = Point::new(K, C);
        let mut sum_of_entropies = 0.0;
        for m in 0..M {
            point.read(targets, m, false)?;
            probs_K_MC.slice_mut(s![.., m * C..(m + 1) * C]).assign(&point.probs_K_C());
            sum_of_entropies += entropy(&point.mean_C);
        }
        Ok(Self { probs_K_MC, mean_entropy: sum_of_entropies / M as f64, C })
    }

    /// M.
    fn count(&self) -> usize {
        self.probs_K_MC.ncols() / self.C
    }

    /// [`epig`] of all points of a tile.
    ///
    /// # Shapes
    /// In: `values_n_K_C`; out: `scores_n`.
    ///
    /// # Numerics
    /// Agrees with the plain function to 1e-12. A score depends on its point and the targets only, not on
    /// the tile or the number of threads.
    ///
    /// # Errors
    /// As [`epig`], and [`Error::InvalidValue`] and [`Error::RowSum`] for the first offending point.
    pub fn epig<A: Number>(&self, pool: &Predictions<'_, A>) -> Result<Array1<f64>> {
        let (n, K, C) = pool.values_n_K_C.dim();
        check_same_samples((K, C), (self.count(), self.probs_K_MC.nrows(), self.C))?;
        let scores_n: Vec<Result<f64>> = (0..n)
            .into_par_iter()
            .map_init(
                || (Point::new(K, C), vec![0.0; C * TARGETS_PER_PRODUCT * C]),
                |(point, room), n| {
                    point.read(pool, n, false)?;
                    let score = self.information(point, room, pool.watch)?;
                    non_negative(AcquisitionFunction::Epig, score, pool.first_point + n)
                },
            )
            .collect();
        scores_n.into_iter().collect()
    }

    /// `(1/M) Σ_m I(y; y*_m)` of one point; `room` is for the joint predictions with some targets.
    fn information(&self, point: &Point, room: &mut [f64], watch: &dyn Watch) -> Result<f64> {
        let probs_K_C = point.probs_K_C();
        if probs_K_C.nrows() == 1 {
            return Ok(0.0);
        }
        let K = probs_K_C.nrows() as f64;
        let mut sum_p_log_p = 0.0;
        for targets_K_mC in self.probs_K_MC.axis_chunks_iter(Axis(1), TARGETS_PER_PRODUCT * self.C) {
            watch.check()?;
            let shape = (probs_K_C.ncols(), targets_K_mC.ncols());
            let joint = &mut room[..shape.0 * shape.1];
            let mut joint_C_mC = ArrayViewMut2::from_shape(shape, joint).expect("room for this shape");
            general_mat_mul(1.0 / K, &probs_K_C.t(), &targets_K_mC, 0.0, &mut joint_C_mC);
            sum_p_log_p += sum_x_ln_x(joint);
        }
        Ok(entropy(&point.mean_C) + self.mean_entropy + sum_p_log_p / self.count() as f64)
    }
}

fn check_same_samples((samples, classes): (usize, usize), targets: (usize, usize, usize)) -> Result<()> {
    let (_, found_samples, found_classes) = targets;
    if (samples, classes) == (found_samples, found_classes) {
        Ok(())
    } else {
        Err(Error::TargetsDiffer { samples, classes, found_samples, found_classes })
    }
}
