//! Statistics over the seeds of a cell, and of a single curve, from the rows of `history.parquet`.

use polars::prelude::{
    ChunkAgg as _, ChunkQuantile as _, ChunkVar as _, DataFrame, Float64Chunked, PolarsResult, QuantileMethod,
};

use super::history::{CellRows, LABELS, SEED};
use crate::{Band, Metric};

/// Room for rounding: a mean of equal shares may fall short of their value by an ulp.
const SLACK: f64 = 1e-12;

/// Mean and standard error over seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Average {
    pub(crate) mean: f64,
    /// Standard error of the mean, s/√n with the n − 1 estimate of s; none for a single seed.
    pub(crate) error: Option<f64>,
}

impl Average {
    /// Over the values that are there; `None` if none is.
    pub(crate) fn over(values: &Float64Chunked) -> Option<Self> {
        let n = (values.len() - values.null_count()) as f64;
        Some(Self { mean: values.mean()?, error: values.var(1).map(|variance| (variance / n).sqrt()) })
    }
}

/// Quantile at `level` in [0, 1] with linear interpolation between order statistics (NumPy's default).
pub(crate) fn quantile(values: &Float64Chunked, level: f64) -> PolarsResult<Option<f64>> {
    values.quantile(level, QuantileMethod::Linear)
}

/// A point of a learning curve, with its band from `low` to `high`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Point {
    /// Labels, initial set included.
    pub(crate) labels: i64,
    /// Mean or median.
    pub(crate) centre: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// The learning curve of a cell: at each number of labels, over the seeds that have a value there.
pub(crate) fn learning_curve(cell: &CellRows, metric: Metric, band: Band) -> PolarsResult<Vec<Point>> {
    let mut points = Vec::new();
    for rows in cell.measured(metric)?.partition_by_stable([LABELS], true)? {
        let values = rows.column(metric.name())?.f64()?;
        let spread = match band {
            Band::StandardError => Average::over(values).map(|Average { mean, error }| {
                let error = error.unwrap_or(0.0);
                (mean - error, mean, mean + error)
            }),
            Band::Quartiles => {
                let (low, median) = (quantile(values, 0.25)?, quantile(values, 0.5)?);
                low.zip(median).zip(quantile(values, 0.75)?).map(|((low, median), high)| (low, median, high))
            }
        };
        if let (Some(labels), Some((low, centre, high))) = (rows.column(LABELS)?.i64()?.min(), spread) {
            points.push(Point { labels, centre, low, high });
        }
    }
    points.sort_by_key(|point| point.labels);
    Ok(points)
}

/// A number over the number of labels, which ascends.
#[derive(Clone, Debug)]
pub(crate) struct Curve(Vec<(i64, f64)>);

impl Curve {
    /// A curve per seed that has a value of this metric, round by round.
    pub(crate) fn of_seeds(cell: &CellRows, metric: Metric) -> PolarsResult<Vec<Self>> {
        let of_seed = |rows: DataFrame| {
            let (labels, values) = (rows.column(LABELS)?.i64()?, rows.column(metric.name())?.f64()?);
            Ok(Self(labels.iter().flatten().zip(values.iter().flatten()).collect()))
        };
        cell.measured(metric)?.partition_by_stable([SEED], true)?.into_iter().map(of_seed).collect()
    }

    /// The mean over the seeds of a cell.
    pub(crate) fn of_means(cell: &CellRows, metric: Metric) -> PolarsResult<Self> {
        let points = learning_curve(cell, metric, Band::StandardError)?;
        Ok(Self(points.iter().map(|point| (point.labels, point.centre)).collect()))
    }

    /// The largest number of labels.
    pub(crate) fn end(&self) -> Option<i64> {
        Some(self.0.last()?.0)
    }

    /// Labels of the first round whose accuracy is at least `threshold`; nothing is interpolated.
    pub(crate) fn labels_to(&self, threshold: f64) -> Option<i64> {
        self.0.iter().find(|(_, accuracy)| *accuracy >= threshold - SLACK).map(|(labels, _)| *labels)
    }

    /// Area under the curve by the trapezoid rule, divided by the span of labels; none for a single point.
    pub(crate) fn area(&self) -> Option<f64> {
        let span = (self.end()? - self.0.first()?.0) as f64;
        let steps = self.0.iter().zip(self.0.iter().skip(1));
        let areas = steps.map(|(a, b)| (b.0 - a.0) as f64 * (a.1 + b.1) / 2.0);
        (span > 0.0).then(|| areas.sum::<f64>() / span)
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use polars::prelude::{NewChunkedArray as _, PlSmallStr};

    use super::*;

    fn numbers(values: &[f64]) -> Float64Chunked {
        Float64Chunked::from_slice(PlSmallStr::EMPTY, values)
    }

    #[test]
    fn mean_error_and_quantiles() {
        let values = numbers(&[4.0, 1.0, 3.0, 2.0]);
        let average = Average::over(&values).unwrap();
        assert_relative_eq!(average.mean, 2.5);
        assert_relative_eq!(average.error.unwrap(), (5.0f64 / 3.0 / 4.0).sqrt());
        assert_eq!(Average::over(&numbers(&[1.0])), Some(Average { mean: 1.0, error: None }));
        assert_eq!(Average::over(&numbers(&[])), None);
        assert_relative_eq!(quantile(&values, 0.5).unwrap().unwrap(), 2.5);
        assert_relative_eq!(quantile(&values, 0.25).unwrap().unwrap(), 1.75);
        assert_relative_eq!(quantile(&numbers(&[7.0]), 0.75).unwrap().unwrap(), 7.0);
    }

    #[test]
    fn what_was_not_measured_counts_for_nothing() {
        let values = Float64Chunked::from_slice_options(PlSmallStr::EMPTY, &[Some(1.0), None, Some(3.0)]);
        assert_eq!(Average::over(&values), Some(Average { mean: 2.0, error: Some(1.0) }));
    }

    #[test]
    fn labels_to_takes_the_first_round_at_or_above() {
        let curve = Curve(vec![(20, 0.5), (30, 0.91), (40, 0.89), (50, 0.95)]);
        assert_eq!([0.90, 0.95, 0.96].map(|share| curve.labels_to(share)), [Some(30), Some(50), None]);
        // 0.1 + 0.7 is an ulp below 0.8.
        assert_eq!(Curve(vec![(20, 0.1 + 0.7)]).labels_to(0.8), Some(20));
    }

    #[test]
    fn area_is_the_mean_height() {
        let area = |points: &[(i64, f64)]| Curve(points.to_vec()).area();
        assert_relative_eq!(area(&[(20, 0.4), (30, 0.6), (60, 0.6)]).unwrap(), (5.0 + 18.0) / 40.0);
        assert_eq!((area(&[(20, 0.4)]), area(&[])), (None, None));
    }
}
