//! The place of the largest number, and a place drawn by its weight.

use std::borrow::Borrow;

/// The place of the largest value; of equal ones the first.
pub(crate) fn argmax<T: Borrow<f64>>(values: impl IntoIterator<Item = T>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (place, value) in values.into_iter().enumerate() {
        if *value.borrow() > best.1 {
            best = (place, *value.borrow());
        }
    }
    best.0
}

/// The place that `uniform` from [0, 1) falls on, in proportion to the weights; never one of weight 0.
pub(crate) fn draw(weights: &[f64], uniform: f64) -> usize {
    let target = uniform * weights.iter().sum::<f64>();
    let mut below = 0.0;
    let mut drawn = 0;
    for (place, &weight) in weights.iter().enumerate().filter(|&(_, &weight)| weight > 0.0) {
        drawn = place; // rounding may leave the target above all of them: then it is the last
        below += weight;
        if target < below {
            break;
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equal_values() {
        assert_eq!(argmax([0.2, 0.4, 0.4]), 1);
        assert_eq!(argmax([0.0, -0.0]), 0);
        assert_eq!(argmax([f64::NEG_INFINITY, 0.0]), 1);
    }

    #[test]
    fn draws_follow_the_weights_and_avoid_the_impossible() {
        let weights = [0.0, 1.0, 0.0, 2.0, 1.0, 0.0];
        let places = [0.0, 0.24, 0.25, 0.74, 0.75, 1.0 - 1e-16].map(|uniform| draw(&weights, uniform));
        assert_eq!(places, [1, 1, 3, 3, 4, 4]);
    }
}
