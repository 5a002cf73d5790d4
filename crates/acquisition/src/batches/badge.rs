use bal_stream::{Draw, Purpose};
use ndarray::{ArrayView1, ArrayView2, Axis};
use rayon::iter::{IndexedParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;

use super::features::{Features, dot};
use super::top_k::check_batch;
use crate::numerics::{self, argmax};
use crate::{Error, Number, Pick, Predictions, Result, Watch};

/// Points that one thread measures at a time.
const TILE: usize = 64;

/// k-means++ seeding on the gradients of the loss at each point's own most probable label,
/// `g_n = (onehot(ŷ_n) − p̄_n) ⊗ h_n` with ŷ_n = argmax_c p̄_nc.
///
/// The first pick has the largest ‖g‖. Every later one is drawn with probability proportional to D²_n =
/// min_{j picked} ‖g_n − g_j‖², or uniformly where all of these are 0. The gain of a pick is its distance D
/// to the picks before it (‖g‖ for the first): how new it was. As picks are drawn, gains may rise. Draws
/// come from the stream `badge` of (seed, round).
///
/// # Shapes
/// `mean_probs_N_C` is p̄, e.g. [`NormalisedProbs::mean_N_C`](crate::NormalisedProbs::mean_N_C);
/// `features_N_D` are the inputs h of the network's last layer. Out: b distinct rows.
///
/// # Numerics
/// The [N, C · D] matrix of gradients is never built. With q = onehot(ŷ) − p̄ the squared distance is
/// ‖q_n‖²‖h_n‖² + ‖q_j‖²‖h_j‖² − 2 (q_n · q_j)(h_n · h_j). Norms and products are the same sums in the same
/// order, so for a copy of a picked point the terms cancel to exactly 0: it is drawn only when nothing else
/// is left. For points that are only close, rounding can leave a negative difference, which counts as 0.
/// Every row of p̄ is checked and divided by its sum. The number of threads changes no bit.
///
/// # Errors
/// Those of [`Predictions::normalise`] for p̄ (its sample is always 0); [`Error::FeaturesShape`],
/// [`Error::InvalidFeature`]; [`Error::FeatureRows`] if p̄ and h are of different lengths;
/// [`Error::BatchTooLarge`] if b > N; [`Error::Stopped`].
///
/// # References
/// Ash et al., *Deep Batch Active Learning by Diverse, Uncertain Gradient Lower Bounds*, 2020,
/// arXiv 1906.03671, Algorithm 1; Arthur & Vassilvitskii, *k-means++*, 2007.
#[expect(clippy::needless_pass_by_value, reason = "an array view is a reference")]
pub fn badge<P: Number, A: Number>(
    mean_probs_N_C: ArrayView2<'_, P>,
    features_N_D: ArrayView2<'_, A>,
    b: usize,
    draw: Draw,
    watch: &dyn Watch,
) -> Result<Vec<Pick>> {
    let gradients = Gradients::new(&mean_probs_N_C, &features_N_D, watch)?;
    let N = gradients.squared_norm_N.len();
    check_batch(b, N)?;

    let mut stream = draw.stream(Purpose::Badge, 0);
    let mut picked_N = vec![false; N];
    // D² before the first pick: the distance to the gradient 0
    let mut squared_distance_N = gradients.squared_norm_N.clone();
    let mut picks: Vec<Pick> = Vec::with_capacity(b);
    for rank in 0..b {
        let row = match rank {
            0 => argmax(&squared_distance_N),
            _ => drawn(&squared_distance_N, &picked_N, stream.uniform(1)[0]),
        };
        picks.push(Pick { row, gain: squared_distance_N[row].sqrt() });
        picked_N[row] = true;
        watch.picked();
        gradients.lower(&mut squared_distance_N, row, rank == 0, watch)?;
    }
    Ok(picks)
}

/// The two factors of every gradient, g_n = q_n ⊗ h_n.
struct Gradients<'a, A: Clone> {
    /// onehot(ŷ_n) − p̄_n, [N, C].
    q_N_C: Vec<f64>,
    classes: usize,
    h: Features<'a, A>,
    /// ‖g_n‖² = ‖q_n‖² ‖h_n‖².
    squared_norm_N: Vec<f64>,
}

impl<'a, A: Number> Gradients<'a, A> {
    fn new<P: Number>(
        mean_probs_N_C: &ArrayView2<'_, P>,
        features_N_D: &ArrayView2<'a, A>,
        watch: &dyn Watch,
    ) -> Result<Self> {
        let (N, classes) = mean_probs_N_C.dim();
        if features_N_D.nrows() != N {
            return Err(Error::FeatureRows { found: features_N_D.nrows(), expected: N });
        }
        let h = Features::new(features_N_D, watch)?;
        let one_sample_N_1_C = mean_probs_N_C.view().insert_axis(Axis(1)); // [N, C] → [N, 1, C]
        let mean_N_C = Predictions::from_probs(one_sample_N_1_C)?.watched_by(watch).normalise()?.mean_N_C();
        let q_N_C: Vec<f64> = mean_N_C.rows().into_iter().flat_map(|mean_C| onehot_minus(&mean_C)).collect();
        let mut gradients = Self { q_N_C, classes, h, squared_norm_N: Vec::new() };
        let squared_norm = |n| watch.check().map(|()| gradients.product(n, n));
        gradients.squared_norm_N = (0..N).map(squared_norm).collect::<Result<_>>()?;
        Ok(gradients)
    }

    fn q(&self, n: usize) -> &[f64] {
        &self.q_N_C[n * self.classes..][..self.classes]
    }

    /// g_n · g_j = (q_n · q_j)(h_n · h_j).
    fn product(&self, n: usize, j: usize) -> f64 {
        dot(self.q(n), self.q(j)) * dot(self.h.row(n), self.h.row(j))
    }

    /// Takes the new pick j into D²; with `only` it is the only one.
    fn lower(&self, squared_distance_N: &mut [f64], j: usize, only: bool, watch: &dyn Watch) -> Result<()> {
        squared_distance_N.par_chunks_mut(TILE).enumerate().try_for_each(|(tile, nearest_n)| {
            watch.check()?;
            for (n, nearest) in (tile * TILE..).zip(nearest_n) {
                let both = self.squared_norm_N[n] + self.squared_norm_N[j];
                let distance = (both - 2.0 * self.product(n, j)).max(0.0);
                *nearest = if only { distance } else { nearest.min(distance) };
            }
            Ok(())
        })
    }
}

/// onehot(ŷ) − p̄; of equally probable classes ŷ is the lowest.
fn onehot_minus(mean_C: &ArrayView1<'_, f64>) -> Vec<f64> {
    let guess = argmax(mean_C);
    mean_C.iter().enumerate().map(|(c, p)| f64::from(u8::from(c == guess)) - p).collect()
}

/// A row with probability ∝ `weight_N` (0 for picked rows), or, if all are 0, any row that is not picked.
/// `uniform` in [0, 1) decides.
fn drawn(weight_N: &[f64], picked_N: &[bool], uniform: f64) -> usize {
    if weight_N.iter().any(|&weight| weight > 0.0) {
        return numerics::draw(weight_N, uniform);
    }
    let open: Vec<usize> = (0..weight_N.len()).filter(|&n| !picked_N[n]).collect();
    open[(uniform * open.len() as f64) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_distances_any_open_row_may_come() {
        let picked_N = [true, false, true, false, false];
        for (uniform, row) in [(0.0, 1), (0.34, 3), (0.67, 4), (0.999_999_999_999_999_9, 4)] {
            assert_eq!(drawn(&[0.0; 5], &picked_N, uniform), row, "{uniform}");
        }
    }

    #[test]
    fn the_guess_is_the_lowest_of_equally_probable_classes() {
        assert_eq!(onehot_minus(&ndarray::aview1(&[0.25, 0.5, 0.25])), [-0.25, 0.5, -0.25]);
        assert_eq!(onehot_minus(&ndarray::aview1(&[0.5, 0.5])), [0.5, -0.5]);
    }
}
