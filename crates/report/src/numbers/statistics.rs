//! Statistics over the seeds of a cell.

/// Mean and standard error over seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Average {
    pub(crate) mean: f64,
    /// Standard error of the mean, s/√n with the n − 1 estimate of s; none for a single seed.
    pub(crate) error: Option<f64>,
}

impl Average {
    /// Over these values; `None` if there are none.
    pub(crate) fn over(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        let mean = mean(values)?;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Some(Self { mean, error: (n > 1.0).then(|| (squares / (n - 1.0) / n).sqrt()) })
    }
}

/// The mean, `None` of nothing.
pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Quantile at `level` in [0, 1] with linear interpolation between order statistics (NumPy's default);
/// `None` of nothing.
pub(crate) fn quantile(values: &[f64], level: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = level * (sorted.len().checked_sub(1)?) as f64;
    let (below, part) = (place as usize, place.fract());
    let above = sorted.get(below + 1).unwrap_or(&sorted[below]);
    Some(sorted[below] + part * (above - sorted[below]))
}

/// Seeds of at least this many are judged.
pub(crate) const FEWEST_SEEDS: usize = 5;

/// Modified z-scores above this are outliers (Iglewicz and Hoaglin 1993).
const FAR: f64 = 3.5;

/// Which values lie far from the median: |x − median| > 3.5 · 1.4826 · MAD, the MAD being the median of the
/// distances to the median. None of fewer than five.
pub(crate) fn deviating(values: &[f64]) -> Vec<usize> {
    let Some(median) = quantile(values, 0.5).filter(|_| values.len() >= FEWEST_SEEDS) else {
        return Vec::new();
    };
    let distances: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
    let spread = 1.4826 * quantile(&distances, 0.5).unwrap_or(0.0);
    (0..values.len()).filter(|&i| distances[i] > FAR * spread && distances[i] > 1e-12).collect()
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn mean_error_and_quantiles() {
        let values = [4.0, 1.0, 3.0, 2.0];
        let average = Average::over(&values).unwrap();
        assert_relative_eq!(average.mean, 2.5);
        assert_relative_eq!(average.error.unwrap(), (5.0f64 / 3.0 / 4.0).sqrt());
        assert_eq!(Average::over(&[1.0]), Some(Average { mean: 1.0, error: None }));
        assert_eq!((Average::over(&[]), quantile(&[], 0.5)), (None, None));
        assert_relative_eq!(quantile(&values, 0.5).unwrap(), 2.5);
        assert_relative_eq!(quantile(&values, 0.25).unwrap(), 1.75);
        assert_relative_eq!(quantile(&values, 1.0).unwrap(), 4.0);
        assert_relative_eq!(quantile(&[7.0], 0.75).unwrap(), 7.0);
    }

    #[test]
    fn a_seed_far_from_the_others_is_found() {
        assert_eq!(deviating(&[0.90, 0.91, 0.92, 0.93, 0.50]), [4]);
        assert_eq!(deviating(&[0.90, 0.91, 0.92, 0.93, 0.94]), [0; 0]);
        assert_eq!(deviating(&[0.9, 0.9, 0.9, 0.9, 0.8]), [4], "where all others agree, one stands out");
        assert_eq!(deviating(&[0.9, 0.9, 0.9, 0.1]), [0; 0], "too few to judge");
    }
}
