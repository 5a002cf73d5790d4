//! The graph of labelled and unlabelled points, and its equations.

use std::collections::BTreeSet;

use ndarray::ArrayView2;
use rayon::iter::{IndexedParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;

use super::distances::{mean_neighbour_distance, squared_distances};
use super::field::Harmonic;
use super::inverse::{Singular, inverse, solve};
use crate::batches::features::{Features, dot};
use crate::{Error, Number, Result, Watch};

/// Matrices of points × points that are in memory at once: distances and Laplacian; then the factor of the
/// Laplacian, which its inverse overwrites, and the inverse of that factor.
const MATRICES: usize = 2;

/// Bytes of a pair of points.
const BYTES_PER_PAIR: usize = MATRICES * size_of::<f64>();

/// How far from 1 the field may be if all labels are 1; more means that labels reach a point only through
/// weights that are lost in rounding.
const UNIT_TOLERANCE: f64 = 1e-6;

/// Δ_uu and how the unlabelled points hang on the labelled ones.
pub(super) struct Graph {
    laplacian_u_u: Vec<f64>,
    /// `Σ_{j ∈ l} W_ij f_j` = −Δ_ul f_l, [u].
    to_class_1: Vec<f64>,
    /// `Σ_{j ∈ l} W_ij`, [u].
    to_any_label: Vec<f64>,
    /// What is known of the field before it is solved: f of the labelled points, 0 elsewhere.
    known: Harmonic,
}

impl Graph {
    /// As [`GaussianField::new`](super::GaussianField::new).
    pub(super) fn new<A: Number>(
        features_N_D: &ArrayView2<'_, A>,
        labelled: &[usize],
        labels: &[i64],
        sigma: Option<f64>,
        memory_limit: usize,
        watch: &dyn Watch,
    ) -> Result<Self> {
        let features = Features::new(features_N_D, watch)?;
        let is_labelled_N = features.mark(labelled)?;
        let classes = two_classes(labelled, labels)?;
        let N = features.points();
        check_memory(N, memory_limit)?;

        let squared_N_N = squared_distances(&features, watch)?;
        let sigma = sigma.map_or_else(|| mean_neighbour_distance(&squared_N_N, N, watch), Ok)?;
        if !(sigma.is_finite() && sigma > 0.0) {
            return Err(Error::KernelWidth { found: sigma });
        }
        let mut field_N = vec![0.0; N];
        for (&row, &label) in labelled.iter().zip(labels) {
            field_N[row] = f64::from(u8::from(label == classes[1]));
        }
        let unlabelled: Vec<usize> = (0..N).filter(|&row| !is_labelled_N[row]).collect();
        let first_twin_u = first_twins(&squared_N_N, N, &unlabelled);
        let known = Harmonic { sigma, classes, field_N, unlabelled, first_twin_u };
        Self::of(squared_N_N, labelled, known, watch)
    }

    fn of(squared_N_N: Vec<f64>, labelled: &[usize], known: Harmonic, watch: &dyn Watch) -> Result<Self> {
        let Harmonic { sigma, field_N, unlabelled, .. } = &known;
        let (N, u) = (field_N.len(), unlabelled.len());
        let mut laplacian_u_u = vec![0.0; u * u];
        let weights: Vec<(f64, f64)> = laplacian_u_u
            .par_chunks_mut(u.max(1))
            .zip_eq(unlabelled)
            .enumerate()
            .map(|(place, (laplacian_u, &i))| {
                watch.check()?;
                let mut weight_N: Vec<f64> = squared_N_N[i * N..][..N]
                    .iter()
                    .map(|squared| (-squared / sigma / sigma).exp())
                    .collect();
                weight_N[i] = 0.0; // W_ii cancels in D − W
                for (element, &j) in laplacian_u.iter_mut().zip(unlabelled) {
                    *element = -weight_N[j];
                }
                laplacian_u[place] = weight_N.iter().sum();
                let weight_1: f64 = labelled.iter().map(|&j| weight_N[j] * field_N[j]).sum();
                let weight_any: f64 = labelled.iter().map(|&j| weight_N[j]).sum();
                Ok((weight_1, weight_any))
            })
            .collect::<Result<_>>()?;
        drop(squared_N_N); // its memory is needed for the inverse
        let (to_class_1, to_any_label) = weights.into_iter().unzip();
        Ok(Self { laplacian_u_u, to_class_1, to_any_label, known })
    }

    /// The field, and Δ_uu⁻¹.
    pub(super) fn invert(self, watch: &dyn Watch) -> Result<(Harmonic, Vec<f64>)> {
        let Self { laplacian_u_u, to_class_1, to_any_label, known } = self;
        let u = to_class_1.len();
        let inverse_u_u = inverse(laplacian_u_u, u, watch)?.map_err(|singular| known.cut_off(&singular))?;
        let times = |right_u: &[f64]| -> Vec<f64> {
            inverse_u_u.chunks_exact(u.max(1)).map(|row_u| dot(row_u, right_u)).collect()
        };
        Ok((known.with(&times(&to_class_1), &times(&to_any_label))?, inverse_u_u))
    }

    /// The field alone.
    pub(super) fn solve(self, watch: &dyn Watch) -> Result<Harmonic> {
        let Self { laplacian_u_u, to_class_1, to_any_label, known } = self;
        let u = to_class_1.len();
        let both = solve(laplacian_u_u, [to_class_1, to_any_label].concat(), u, watch)?;
        let both = both.map_err(|singular| known.cut_off(&singular))?;
        let (f_u, unit_u) = both.split_at(u);
        known.with(f_u, unit_u)
    }
}

impl Harmonic {
    /// With f of the unlabelled points; `unit_u` is what they would get if all labels were 1.
    fn with(mut self, f_u: &[f64], unit_u: &[f64]) -> Result<Self> {
        let is_off = |unit: &f64| (unit - 1.0).abs() > UNIT_TOLERANCE || unit.is_nan();
        if let Some(place) = unit_u.iter().position(is_off) {
            return Err(self.cut_off(&Singular { place }));
        }
        for (&row, &twin) in self.unlabelled.iter().zip(&self.first_twin_u) {
            self.field_N[row] = f_u[twin].clamp(0.0, 1.0);
        }
        Ok(self)
    }

    fn cut_off(&self, singular: &Singular) -> Error {
        Error::CutOff { row: self.unlabelled[singular.place], sigma: self.sigma }
    }
}

fn two_classes(labelled: &[usize], labels: &[i64]) -> Result<[i64; 2]> {
    if labels.len() != labelled.len() {
        return Err(Error::LabelCount { found: labels.len(), expected: labelled.len() });
    }
    let classes: Vec<i64> = labels.iter().copied().collect::<BTreeSet<i64>>().into_iter().collect();
    <[i64; 2]>::try_from(classes).map_err(|found| Error::NotTwoClasses { found })
}

/// Points whose matrices fit into so many bytes.
pub(super) const fn most_points(limit: usize) -> usize {
    (limit / BYTES_PER_PAIR).isqrt()
}

fn check_memory(points: usize, limit: usize) -> Result<()> {
    let largest = most_points(limit);
    if points > largest {
        let needed = points.saturating_mul(points).saturating_mul(BYTES_PER_PAIR);
        return Err(Error::TooManyPoints { points, needed, limit, largest });
    }
    Ok(())
}

/// For every unlabelled point the first one with the same features, itself included.
fn first_twins(squared_N_N: &[f64], N: usize, unlabelled: &[usize]) -> Vec<usize> {
    let is_twin = |i: usize, j: usize| squared_N_N[i * N + j] <= 0.0;
    let first =
        |(place, &i): (usize, &usize)| unlabelled.iter().position(|&j| is_twin(i, j)).unwrap_or(place);
    unlabelled.iter().enumerate().map(first).collect()
}
