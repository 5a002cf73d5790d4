//! How good the MC-averaged prediction is: accuracy, NLL, Brier score, calibration error.

use bal_cli::check_interrupt;
use bal_model::{Half, Posterior};
use tch::{Device, Kind};

use crate::Error;

/// Equal-width confidence bins of the calibration error.
const BINS: usize = 15;

/// Quality of p̄ = `mean_k` p(y | x, ω_k) on a labelled set. NLL in nats.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Metrics {
    /// Share of points whose most probable class is the label (ties to the lower class).
    pub accuracy: f64,
    /// −mean log p̄(label).
    pub nll: f64,
    /// mean Σ_c (p̄_c − [c = label])².
    pub brier: f64,
    /// Expected calibration error with 15 equal-width bins (Guo et al. 2017, arXiv 1706.04599, eq. 3).
    pub ece: f64,
}

/// Evaluates p̄ on these rows of a half of the data set.
pub(crate) fn evaluate(
    posterior: &Posterior,
    half: &Half,
    rows: &[i64],
    labels: &[i64],
    device: Device,
) -> Result<Metrics, Error> {
    let mut mean_probs = Vec::new();
    for part in rows.chunks(posterior.points_at_once()) {
        check_interrupt()?;
        let log_probs = posterior.log_probs(&half.gather(part, device)); // [n, K, C]
        let mean = log_probs.to_kind(Kind::Double).exp().mean_dim(1i64, false, Kind::Double); // [n, C]
        let mean = mean.to_device(Device::Cpu).contiguous();
        let start = mean_probs.len();
        mean_probs.resize(start + mean.numel(), 0.0);
        mean.copy_data(&mut mean_probs[start..], mean.numel());
    }
    Ok(Metrics::of(&mean_probs, labels))
}

impl Metrics {
    /// Metrics of predictions p̄ [N, C] (C order) for labels [N]; all 0 for no points.
    pub fn of(mean_probs: &[f64], labels: &[i64]) -> Self {
        let n = labels.len();
        if n == 0 {
            return Self::default();
        }
        let mut sums = Self::default();
        let mut bins = [(0.0, 0.0); BINS]; // Σ confidence, Σ correct
        for (probs, &label) in mean_probs.chunks(mean_probs.len() / n).zip(labels) {
            let (predicted, confidence) = argmax(probs);
            let correct = f64::from(u8::from(predicted == label as usize));
            sums.accuracy += correct;
            // The smallest positive number stands for 0, so that one impossible label does not hide all others.
            sums.nll -= probs[label as usize].max(f64::MIN_POSITIVE).ln();
            let residual = |(c, p): (usize, &f64)| (p - f64::from(u8::from(c == label as usize))).powi(2);
            sums.brier += probs.iter().enumerate().map(residual).sum::<f64>();
            let bin = ((confidence * BINS as f64).ceil() as usize).clamp(1, BINS) - 1;
            bins[bin].0 += confidence;
            bins[bin].1 += correct;
        }
        let n = n as f64;
        let ece = bins.iter().map(|(confidence, correct)| (confidence - correct).abs()).sum::<f64>() / n;
        Self { accuracy: sums.accuracy / n, nll: sums.nll / n, brier: sums.brier / n, ece }
    }
}

fn argmax(probs: &[f64]) -> (usize, f64) {
    probs
        .iter()
        .copied()
        .enumerate()
        .fold((0, f64::MIN), |best, (c, p)| if p > best.1 { (c, p) } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_of_four_points_by_hand() {
        let probs = [0.9, 0.1, 0.6, 0.4, 0.2, 0.8, 0.5, 0.5];
        let metrics = Metrics::of(&probs, &[0, 1, 1, 1]);
        assert!((metrics.accuracy - 0.5).abs() < 1e-12);
        let nll = -(0.9f64.ln() + 0.4f64.ln() + 0.8f64.ln() + 0.5f64.ln()) / 4.0;
        assert!((metrics.nll - nll).abs() < 1e-12);
        assert!((metrics.brier - (0.02 + 0.72 + 0.08 + 0.5) / 4.0).abs() < 1e-12);
        // Four bins with one point each: |.9 − 1|, |.6 − 0|, |.8 − 1|, |.5 − 0|.
        assert!((metrics.ece - (0.1 + 0.6 + 0.2 + 0.5) / 4.0).abs() < 1e-12);
    }

    #[test]
    fn certain_predictions_fall_into_the_first_and_last_bin() {
        let metrics = Metrics::of(&[1.0, 0.0, 1.0, 0.0], &[0, 1]);
        assert!((metrics.ece - 0.5).abs() < 1e-12);
        assert!(metrics.nll.is_finite());
    }
}
