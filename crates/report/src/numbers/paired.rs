//! Paired comparison of cells over seeds: equal seeds share initial set, split and initial weights.

use statrs::distribution::{ContinuousCDF as _, StudentsT};

use super::curves::Curves;
use super::statistics::{Average, FEWEST_SEEDS};

/// Level of intervals and verdicts.
const LEVEL: f64 = 0.05;

/// Two cells, and how their areas under the curve differ.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Comparison {
    /// Positions of the cells: the difference is the first one's area minus the second one's.
    pub(crate) first: usize,
    pub(crate) second: usize,
    /// From and to how many labels both were run with all common seeds.
    pub(crate) span: (u64, u64),
    /// The differences by seed.
    pub(crate) differences: Vec<(u64, f64)>,
    /// Of five seeds and more.
    pub(crate) test: Option<Test>,
}

/// Student's paired t-test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Test {
    pub(crate) mean: f64,
    /// Half the width of the 95 % interval around the mean, for this pair alone.
    pub(crate) half_width: f64,
    /// Two-sided p-value of this pair alone.
    pub(crate) p: f64,
    /// The same, corrected by Holm over all pairs shown.
    pub(crate) p_holm: f64,
}

impl Test {
    /// Whether the two differ at 5 %, all pairs shown taken together.
    pub(crate) fn is_certain(&self) -> bool {
        self.p_holm < LEVEL
    }

    /// Of at least two differences; `p_holm` is that of a single pair.
    pub(crate) fn of(differences: &[f64]) -> Option<Self> {
        let Average { mean, error: Some(error) } = Average::over(differences)? else { return None };
        let degrees = differences.len() as f64 - 1.0;
        let law = StudentsT::new(0.0, 1.0, degrees).ok()?;
        // Where all differences are equal, rounding apart, the smallest error settles it.
        let p = if error <= 1e-15 * mean.abs().max(1e-300) {
            if mean == 0.0 { 1.0 } else { 0.0 }
        } else {
            2.0 * law.cdf(-(mean / error).abs())
        };
        Some(Self { mean, half_width: quantile(&law, 1.0 - LEVEL / 2.0) * error, p, p_holm: p })
    }
}

/// Quantile above the median by bisection: the library's own is less exact than its distribution function.
fn quantile(law: &StudentsT, level: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while law.cdf(high) < level {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if law.cdf(middle) < level { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// All pairs of these cells that have common seeds on common numbers of labels, in the order of the cells.
pub(crate) fn comparisons(cells: &[(usize, &Curves)]) -> Vec<Comparison> {
    let mut found = Vec::new();
    for (place, &(first, a)) in cells.iter().enumerate() {
        found.extend(cells[place + 1..].iter().filter_map(|&(second, b)| compare((first, a), (second, b))));
    }
    correct(&mut found);
    found
}

fn compare((first, a): (usize, &Curves), (second, b): (usize, &Curves)) -> Option<Comparison> {
    let common: Vec<_> =
        a.0.iter()
            .filter_map(|(seed, curve)| Some((*seed, curve, &b.0.iter().find(|(of, _)| of == seed)?.1)))
            .collect();
    let both = || common.iter().flat_map(|(_, a, b)| [*a, *b]);
    let (from, to) =
        (both().filter_map(super::Curve::start).max()?, both().filter_map(super::Curve::end).min()?);
    let difference = |(seed, a, b): &(u64, &super::Curve, &super::Curve)| {
        Some((*seed, a.area_between(from, to)? - b.area_between(from, to)?))
    };
    let differences: Vec<(u64, f64)> = common.iter().map(difference).collect::<Option<_>>()?;
    let values: Vec<f64> = differences.iter().map(|(_, difference)| *difference).collect();
    let test = Test::of(&values).filter(|_| values.len() >= FEWEST_SEEDS);
    Some(Comparison { first, second, span: (from, to), differences, test })
}

/// Holm's correction: the i-th smallest of m p-values times m − i + 1, never smaller than the one before.
fn correct(comparisons: &mut [Comparison]) {
    let mut tests: Vec<&mut Test> = comparisons.iter_mut().filter_map(|pair| pair.test.as_mut()).collect();
    tests.sort_by(|a, b| a.p.total_cmp(&b.p));
    let (count, mut largest) = (tests.len(), 0.0_f64);
    for (place, test) in tests.into_iter().enumerate() {
        largest = largest.max((test.p * (count - place) as f64).min(1.0));
        test.p_holm = largest;
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use serde::Deserialize;

    use super::super::Curve;
    use super::*;

    /// What `generate.py` has computed with scipy and statsmodels' definition of Holm's correction.
    #[derive(Deserialize)]
    struct Golden {
        cases: Vec<Case>,
        holm: Vec<[f64; 2]>,
    }

    #[derive(Deserialize)]
    struct Case {
        first: Vec<f64>,
        second: Vec<f64>,
        mean: f64,
        half_width: f64,
        p: f64,
    }

    fn golden() -> Golden {
        serde_json::from_str(include_str!("../../tests/golden/paired.json")).unwrap()
    }

    /// Flat curves, whose areas are their heights.
    fn flat(heights: &[f64]) -> Curves {
        let curve = |(seed, &height): (usize, &f64)| (seed as u64, Curve(vec![(20, height), (40, height)]));
        Curves(heights.iter().enumerate().map(curve).collect())
    }

    #[test]
    fn intervals_and_p_values_are_those_of_scipy() {
        for Case { first, second, mean, half_width, p } in golden().cases {
            let (a, b) = (flat(&first), flat(&second));
            let test = comparisons(&[(0, &a), (1, &b)]).remove(0).test.unwrap();
            assert_relative_eq!(test.mean, mean, max_relative = 1e-9, epsilon = 1e-15);
            assert_relative_eq!(test.half_width, half_width, max_relative = 1e-9);
            assert_relative_eq!(test.p, p, max_relative = 1e-8);
        }
    }

    #[test]
    fn many_pairs_are_corrected_together() {
        let pair = |p| {
            let test = Some(Test { mean: 0.1, half_width: 0.1, p, p_holm: p });
            Comparison { first: 0, second: 1, span: (0, 1), differences: Vec::new(), test }
        };
        let golden = golden().holm;
        let mut pairs: Vec<Comparison> = golden.iter().map(|[p, _]| pair(*p)).collect();
        correct(&mut pairs);
        for (pair, [_, corrected]) in pairs.iter().zip(golden) {
            assert_relative_eq!(pair.test.unwrap().p_holm, corrected, max_relative = 1e-12);
        }
    }

    #[test]
    fn few_seeds_have_no_verdict_and_equal_cells_do_not_differ() {
        let few = comparisons(&[(3, &flat(&[0.5, 0.6])), (7, &flat(&[0.4, 0.3]))]).remove(0);
        assert_eq!((few.first, few.second, few.test), (3, 7, None));
        assert_relative_eq!(few.differences[1].1, 0.3);
        let same = flat(&[0.5, 0.6, 0.7, 0.8, 0.9]);
        let test = comparisons(&[(0, &same), (1, &same)]).remove(0).test.unwrap();
        assert_eq!((test.mean, test.p, test.is_certain()), (0.0, 1.0, false));
        assert!(comparisons(&[(0, &same), (1, &Curves::default())]).is_empty());
    }
}
