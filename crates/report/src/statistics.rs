//! Statistics over the seeds of a cell, and of a single curve.

use std::collections::BTreeMap;

use crate::runs::{Cell, SeedRun};
use crate::{Band, Metric};

/// Room for rounding: a mean of equal shares may fall short of their value by an ulp.
const SLACK: f64 = 1e-12;

/// Arithmetic mean.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Standard error of the mean, s/√n with the n − 1 estimate of s; none for a single value.
pub(crate) fn standard_error(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let centre = mean(values);
    let variance = values.iter().map(|value| (value - centre).powi(2)).sum::<f64>() / (n - 1.0);
    (values.len() > 1).then(|| (variance / n).sqrt())
}

/// Quantile at `level` in [0, 1] with linear interpolation between order statistics (NumPy's default).
pub(crate) fn quantile(values: &[f64], level: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = level * (sorted.len() - 1) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (place - place.floor()) * (sorted[above] - sorted[below])
}

/// A point of a learning curve.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Point {
    /// Labels, initial set included.
    pub(crate) labels: i64,
    /// Seeds that have a value here.
    pub(crate) seeds: usize,
    /// Mean or median.
    pub(crate) centre: f64,
    /// Lower edge of the band.
    pub(crate) low: f64,
    /// Upper edge of the band.
    pub(crate) high: f64,
}

/// The learning curve of a cell: at each number of labels, over the seeds that have a value there.
pub(crate) fn curve(cell: &Cell, metric: Metric, band: Band) -> Vec<Point> {
    let mut at: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for (labels, value) in cell.seeds.iter().flat_map(|run| series(run, metric)) {
        at.entry(labels).or_default().push(value);
    }
    let point = |(labels, values): (i64, Vec<f64>)| {
        let (low, centre, high) = match band {
            Band::StandardError => {
                let (centre, error) = (mean(&values), standard_error(&values).unwrap_or(0.0));
                (centre - error, centre, centre + error)
            }
            Band::Quartiles => (quantile(&values, 0.25), quantile(&values, 0.5), quantile(&values, 0.75)),
        };
        Point { labels, seeds: values.len(), centre, low, high }
    };
    at.into_iter().map(point).collect()
}

/// Labels and value of a metric, round by round.
pub(crate) fn series(run: &SeedRun, metric: Metric) -> Vec<(i64, f64)> {
    run.rounds
        .iter()
        .filter_map(|round| Some((round.measures.labels as i64, metric.of(&round.measures)?)))
        .collect()
}

/// Labels of the first round whose accuracy is at least `threshold`; nothing between rounds is interpolated.
pub(crate) fn labels_to(curve: &[(i64, f64)], threshold: f64) -> Option<i64> {
    curve.iter().find(|(_, accuracy)| *accuracy >= threshold - SLACK).map(|(labels, _)| *labels)
}

/// Area under a curve by the trapezoid rule, divided by the span of labels; none for a single point.
pub(crate) fn area_under(curve: &[(i64, f64)]) -> Option<f64> {
    let span = (curve.last()?.0 - curve.first()?.0) as f64;
    let area: f64 = curve.windows(2).map(|w| (w[1].0 - w[0].0) as f64 * (w[0].1 + w[1].1) / 2.0).sum();
    (span > 0.0).then(|| area / span)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn mean_error_and_quantiles() {
        let values = [4.0, 1.0, 3.0, 2.0];
        assert_relative_eq!(mean(&values), 2.5);
        assert_relative_eq!(standard_error(&values).unwrap(), (5.0f64 / 3.0 / 4.0).sqrt());
        assert_eq!(standard_error(&[1.0]), None);
        assert_relative_eq!(quantile(&values, 0.5), 2.5);
        assert_relative_eq!(quantile(&values, 0.25), 1.75);
        assert_relative_eq!(quantile(&[7.0], 0.75), 7.0);
    }

    #[test]
    fn labels_to_takes_the_first_round_at_or_above() {
        let curve = [(20, 0.5), (30, 0.91), (40, 0.89), (50, 0.95)];
        assert_eq!(labels_to(&curve, 0.90), Some(30));
        assert_eq!(labels_to(&curve, 0.95), Some(50));
        assert_eq!(labels_to(&curve, 0.96), None);
        // 0.1 + 0.7 is an ulp below 0.8.
        assert_eq!(labels_to(&[(20, 0.1 + 0.7)], 0.8), Some(20));
    }

    #[test]
    fn area_is_the_mean_height() {
        assert_relative_eq!(area_under(&[(20, 0.4), (30, 0.6), (60, 0.6)]).unwrap(), (5.0 + 18.0) / 40.0);
        assert_eq!(area_under(&[(20, 0.4)]), None);
        assert_eq!(area_under(&[]), None);
    }
}
