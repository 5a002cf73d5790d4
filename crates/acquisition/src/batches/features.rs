//! Checked features of points, for the methods that measure distances between them.

use std::borrow::Cow;

use ndarray::ArrayView2;

use crate::{Error, Number, Result, Watch, numerics::elementary::sum_of_pairs};

/// How large a feature may be, so that no sum of squared differences overflows.
const LARGEST_FEATURE: f64 = 1e150;

/// `values_N_D`, one row of D finite features per point.
pub(crate) struct Features<'a, A: Clone> {
    values: Cow<'a, [A]>,
    points: usize,
    dimensions: usize,
}

impl<'a, A: Number> Features<'a, A> {
    /// Checks every value; copies only if the rows do not lie one after the other in memory.
    pub(crate) fn new(values_N_D: &ArrayView2<'a, A>, watch: &dyn Watch) -> Result<Self> {
        let (points, dimensions) = values_N_D.dim();
        if points == 0 || dimensions == 0 {
            return Err(Error::FeaturesShape { found: [points, dimensions] });
        }
        for (row, values_D) in values_N_D.outer_iter().enumerate() {
            watch.check()?;
            for (column, &value) in values_D.iter().enumerate() {
                let value: f64 = value.into();
                let usable = value.abs() <= LARGEST_FEATURE; // false for NaN
                if !usable {
                    return Err(Error::InvalidFeature { row, column, found: value });
                }
            }
        }
        let values =
            values_N_D.to_slice().map_or_else(|| values_N_D.iter().copied().collect(), Cow::Borrowed);
        Ok(Self { values, points, dimensions })
    }

    /// N.
    pub(crate) const fn points(&self) -> usize {
        self.points
    }

    /// x_n, shape [D].
    pub(crate) fn row(&self, n: usize) -> &[A] {
        &self.values[n * self.dimensions..][..self.dimensions]
    }

    /// (1/N) Σ_n x_n, shape [D].
    pub(crate) fn mean_D(&self) -> Vec<f64> {
        let mut mean_D = vec![0.0; self.dimensions];
        for x_D in self.values.chunks_exact(self.dimensions) {
            for (mean, &x) in mean_D.iter_mut().zip(x_D) {
                *mean += x.into();
            }
        }
        for mean in &mut mean_D {
            *mean /= self.points as f64;
        }
        mean_D
    }

    /// Which points `labelled` names; every row may be named once.
    pub(crate) fn mark(&self, labelled: &[usize]) -> Result<Vec<bool>> {
        let mut is_labelled_N = vec![false; self.points];
        for &row in labelled {
            match is_labelled_N.get_mut(row) {
                None => return Err(Error::NoSuchRow { row, points: self.points }),
                Some(true) => return Err(Error::LabelledTwice { row }),
                Some(mark) => *mark = true,
            }
        }
        Ok(is_labelled_N)
    }
}

/// Σ_d (x_d − y_d)²: exactly 0 for equal rows, and the same number whichever comes first.
pub(crate) fn squared_distance<A: Number, B: Number>(x_D: &[A], y_D: &[B]) -> f64 {
    sum_of_pairs(x_D, y_D, |x, y| (x - y) * (x - y))
}

/// Σ_d x_d y_d.
pub(crate) fn dot<A: Number, B: Number>(x_D: &[A], y_D: &[B]) -> f64 {
    sum_of_pairs(x_D, y_D, |x, y| x * y)
}

#[cfg(test)]
mod tests {
    use ndarray::{ShapeBuilder as _, array};

    use super::*;

    #[test]
    fn the_memory_order_changes_nothing() {
        let rows = array![[1.0_f32, 2.0, 3.0], [4.0, 5.0, 6.0]];
        let mut columns = ndarray::Array2::zeros((2, 3).f());
        columns.assign(&rows);
        let features = |values| Features::new(values, &crate::Unwatched).unwrap();
        let (rows, columns) = (rows.view(), columns.view());
        let (rows, columns) = (features(&rows), features(&columns));
        assert!(matches!(rows.values, Cow::Borrowed(_)));
        assert_eq!(rows.values, columns.values);
        assert_eq!(rows.mean_D(), [2.5, 3.5, 4.5]);
    }
}
