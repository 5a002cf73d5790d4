//! Learning curves: a metric over the number of labels, of each seed and over the seeds of a cell.

use std::collections::BTreeMap;

use super::statistics::{Average, quantile};
use crate::runs::{Cell, Round};
use crate::{Band, Metric};

/// Room for rounding: a mean of equal shares may fall short of their value by an ulp.
const SLACK: f64 = 1e-12;

/// A number over the number of labels, which ascends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Curve(pub(crate) Vec<(u64, f64)>);

/// The curves of a cell that have a value of a metric, by ascending seed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Curves(pub(crate) Vec<(u64, Curve)>);

/// The values of all seeds at one number of labels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spread {
    /// Initial set included.
    pub(crate) labels: u64,
    /// Seeds that have a value here.
    pub(crate) seeds: usize,
    pub(crate) average: Average,
    /// Lower quartile, median, upper quartile.
    pub(crate) quartiles: [f64; 3],
    /// The least and the largest.
    pub(crate) range: [f64; 2],
}

impl Spread {
    /// Lower end, centre and upper end of a band.
    pub(crate) fn band(&self, band: Band) -> [f64; 3] {
        let Average { mean, error } = self.average;
        match band {
            Band::StandardError => [mean - error.unwrap_or(0.0), mean, mean + error.unwrap_or(0.0)],
            Band::Quartiles => self.quartiles,
            Band::Seeds => [self.range[0], mean, self.range[1]],
        }
    }
}

impl Curves {
    pub(crate) fn of(cell: &Cell, metric: Metric) -> Self {
        let of_run = |rounds: &[Round]| {
            let value = |round: &Round| Some((round.measures.labels, metric.of(&round.measures)?));
            Curve(rounds.iter().filter_map(value).collect())
        };
        let curves = cell.seeds.iter().map(|run| (run.seed, of_run(&run.rounds)));
        Self(curves.filter(|(_, curve)| !curve.0.is_empty()).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// At each number of labels that a seed has a value at.
    pub(crate) fn spreads(&self) -> Vec<Spread> {
        let mut by_labels: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
        for &(labels, value) in self.0.iter().flat_map(|(_, curve)| &curve.0) {
            by_labels.entry(labels).or_default().push(value);
        }
        let spread = |(labels, values): (u64, Vec<f64>)| {
            let quantiles = [0.0, 0.25, 0.5, 0.75, 1.0].map(|level| quantile(&values, level));
            let [Some(least), Some(low), Some(median), Some(high), Some(most)] = quantiles else {
                return None;
            };
            let (quartiles, range) = ([low, median, high], [least, most]);
            Some(Spread { labels, seeds: values.len(), average: Average::over(&values)?, quartiles, range })
        };
        by_labels.into_iter().filter_map(spread).collect()
    }

    /// The mean over the seeds.
    pub(crate) fn mean_curve(&self) -> Curve {
        Curve(self.spreads().iter().map(|spread| (spread.labels, spread.average.mean)).collect())
    }

    /// Values of the seeds that have one at this number of labels.
    pub(crate) fn at(&self, labels: u64) -> Vec<f64> {
        self.0.iter().filter_map(|(_, curve)| curve.at(labels)).collect()
    }

    /// The same, by seed.
    pub(crate) fn by_seed(&self, labels: u64) -> BTreeMap<u64, f64> {
        self.0.iter().filter_map(|(seed, curve)| Some((*seed, curve.at(labels)?))).collect()
    }

    /// The largest number of labels of any seed.
    pub(crate) fn end(&self) -> Option<u64> {
        self.0.iter().filter_map(|(_, curve)| curve.end()).max()
    }

    /// Labels to an accuracy: of the seeds that got there, in ascending order.
    pub(crate) fn labels_to(&self, threshold: f64) -> Vec<f64> {
        let mut labels: Vec<f64> =
            self.0.iter().filter_map(|(_, curve)| Some(curve.labels_to(threshold)? as f64)).collect();
        labels.sort_by(f64::total_cmp);
        labels
    }

    /// Areas of the seeds that have reached the largest number of labels, with their seeds.
    pub(crate) fn areas(&self) -> Vec<(u64, f64)> {
        let whole = self.0.iter().filter(|(_, curve)| curve.end() == self.end());
        whole.filter_map(|(seed, curve)| Some((*seed, curve.area()?))).collect()
    }
}

impl Curve {
    fn at(&self, labels: u64) -> Option<f64> {
        self.0.iter().find_map(|&(at, value)| (at == labels).then_some(value))
    }

    pub(crate) fn start(&self) -> Option<u64> {
        Some(self.0.first()?.0)
    }

    pub(crate) fn end(&self) -> Option<u64> {
        Some(self.0.last()?.0)
    }

    /// Labels of the first round whose accuracy is at least `threshold`; nothing is interpolated.
    pub(crate) fn labels_to(&self, threshold: f64) -> Option<u64> {
        self.0.iter().find(|(_, accuracy)| *accuracy >= threshold - SLACK).map(|(labels, _)| *labels)
    }

    /// Area under the curve by the trapezoid rule, divided by the span of labels; none for a single point.
    pub(crate) fn area(&self) -> Option<f64> {
        self.area_between(self.start()?, self.end()?)
    }

    /// The same between two numbers of labels, which both lie on the curve; between rounds it is a straight
    /// line.
    pub(crate) fn area_between(&self, from: u64, to: u64) -> Option<f64> {
        if from >= to || self.start()? > from || self.end()? < to {
            return None;
        }
        let (from, to) = (from as f64, to as f64);
        let steps = self.0.windows(2).map(|pair| {
            let [(x0, y0), (x1, y1)] = [pair[0], pair[1]].map(|(labels, value)| (labels as f64, value));
            let (left, right) = (x0.max(from), x1.min(to));
            let height = |x: f64| y0 + (y1 - y0) * (x - x0) / (x1 - x0);
            if left < right { (right - left) * f64::midpoint(height(left), height(right)) } else { 0.0 }
        });
        Some(steps.sum::<f64>() / (to - from))
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn labels_to_takes_the_first_round_at_or_above() {
        let curve = Curve(vec![(20, 0.5), (30, 0.91), (40, 0.89), (50, 0.95)]);
        assert_eq!([0.90, 0.95, 0.96].map(|share| curve.labels_to(share)), [Some(30), Some(50), None]);
        // 0.1 + 0.7 is an ulp below 0.8.
        assert_eq!(Curve(vec![(20, 0.1 + 0.7)]).labels_to(0.8), Some(20));
    }

    #[test]
    fn area_is_the_mean_height() {
        let area = |points: &[(u64, f64)]| Curve(points.to_vec()).area();
        assert_relative_eq!(area(&[(20, 0.4), (30, 0.6), (60, 0.6)]).unwrap(), (5.0 + 18.0) / 40.0);
        assert_eq!((area(&[(20, 0.4)]), area(&[])), (None, None));
    }

    #[test]
    fn a_part_of_an_area_ends_on_the_line_between_rounds() {
        let curve = Curve(vec![(0, 0.0), (10, 1.0), (20, 1.0)]);
        assert_relative_eq!(curve.area_between(5, 15).unwrap(), (5.0 * 0.75 + 5.0) / 10.0);
        assert_eq!((curve.area_between(5, 25), curve.area_between(5, 5)), (None, None));
    }

    #[test]
    fn spreads_are_over_the_seeds_that_are_there() {
        let curves = Curves(vec![(0, Curve(vec![(20, 0.5), (30, 0.8)])), (1, Curve(vec![(20, 0.7)]))]);
        let spreads = curves.spreads();
        assert_eq!((spreads[0].seeds, spreads[0].range), (2, [0.5, 0.7]));
        assert_relative_eq!(&spreads[0].quartiles[..], &[0.55, 0.6, 0.65][..]);
        assert_eq!((spreads[1].labels, spreads[1].average.error), (30, None));
        assert_eq!(curves.areas(), [(0, 0.65)], "a seed on its way has no area yet");
    }
}
