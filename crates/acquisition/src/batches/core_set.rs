use ndarray::ArrayView2;
use rayon::iter::{IndexedParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;

use super::features::{Features, squared_distance};
use super::top_k::check_batch;
use crate::{Number, Pick, Result, Watch, numerics::argmax};

/// Points that one thread measures at a time: few enough to stay in its cache while all centres pass.
const TILE: usize = 64;

/// Greedy k-center: each pick is the point farthest from its nearest centre,
/// `argmax_n min_{c ∈ labelled ∪ picked} ‖x_n − x_c‖`.
///
/// The gain of a pick is its distance to the nearest centre at that moment, so gains never rise. With nothing
/// labelled the first pick is the point nearest the mean of all, and its gain the distance to the mean.
/// The largest distance left over is at most twice that of the best possible b points.
///
/// # Shapes
/// `features_N_D` has pool and labelled points; `labelled` are rows of it. Out: b rows of it, none labelled.
///
/// # Numerics
/// Distances are sums of squared differences in `f64`, which do not cancel: a copy of a centre is at distance
/// 0. Ties go to the earlier row. O(N · D) per pick and labelled point. The number of threads changes no bit.
///
/// # Errors
/// `Error::FeaturesShape`, `Error::InvalidFeature`, `Error::NoSuchRow`, `Error::LabelledTwice`;
/// `Error::BatchTooLarge` if b exceeds the number of points that are not labelled; `Error::Stopped`.
///
/// # References
/// Sener & Savarese, *Active Learning for Convolutional Neural Networks: A Core-Set Approach*, 2018,
/// arXiv 1708.00489, Algorithm 1; Gonzalez, *Clustering to Minimize the Maximum Intercluster Distance*, 1985.
#[expect(clippy::needless_pass_by_value, reason = "an array view is a reference")]
pub fn core_set<A: Number>(
    features_N_D: ArrayView2<'_, A>,
    labelled: &[usize],
    b: usize,
    watch: &dyn Watch,
) -> Result<Vec<Pick>> {
    let features = Features::new(&features_N_D, watch)?;
    features.mark(labelled)?;
    check_batch(b, features.points() - labelled.len())?;

    let mut cover = Cover::new(&features, watch);
    cover.add(labelled)?;
    let mut picks = Vec::with_capacity(b);
    while picks.len() < b {
        let is_first_centre = labelled.is_empty() && picks.is_empty();
        let pick = if is_first_centre { nearest_to_mean(&features, watch)? } else { cover.farthest() };
        cover.add(&[pick.row])?;
        picks.push(pick);
        watch.picked();
    }
    Ok(picks)
}

/// How far every point is from the centres so far.
struct Cover<'a, A: Clone> {
    features: &'a Features<'a, A>,
    /// min_c ‖x_n − x_c‖²; −∞ for the centres themselves, which are never the farthest.
    squared_distance_N: Vec<f64>,
    watch: &'a dyn Watch,
}

impl<'a, A: Number> Cover<'a, A> {
    fn new(features: &'a Features<'a, A>, watch: &'a dyn Watch) -> Self {
        Self { features, squared_distance_N: vec![f64::INFINITY; features.points()], watch }
    }

    fn add(&mut self, centres: &[usize]) -> Result<()> {
        let (features, watch) = (self.features, self.watch);
        let tiles = self.squared_distance_N.par_chunks_mut(TILE).enumerate();
        tiles.try_for_each(|(tile, squared_distance_n)| {
            for &centre in centres {
                watch.check()?;
                let centre_D = features.row(centre);
                for (n, nearest) in squared_distance_n.iter_mut().enumerate() {
                    *nearest = nearest.min(squared_distance(features.row(tile * TILE + n), centre_D));
                }
            }
            Ok(())
        })?;
        for &centre in centres {
            self.squared_distance_N[centre] = f64::NEG_INFINITY;
        }
        Ok(())
    }

    fn farthest(&self) -> Pick {
        let row = argmax(&self.squared_distance_N);
        Pick { row, gain: self.squared_distance_N[row].sqrt() }
    }
}

fn nearest_to_mean<A: Number>(features: &Features<'_, A>, watch: &dyn Watch) -> Result<Pick> {
    let mean_D = features.mean_D();
    let negative = |n| watch.check().map(|()| -squared_distance(features.row(n), &mean_D));
    let negative_N: Vec<f64> = (0..features.points()).map(negative).collect::<Result<_>>()?;
    let row = argmax(&negative_N);
    Ok(Pick { row, gain: negative_N[row].abs().sqrt() })
}
