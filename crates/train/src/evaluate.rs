//! How good the MC-averaged prediction is: accuracy, NLL, Brier score, calibration error.

use bal_artifact::tables::{CalibrationBin, Quality};
use bal_cli::check_interrupt;
use bal_model::{Examples, Sampler};
use tch::{Device, Kind};

use crate::Error;

/// Equal-width confidence bins of the calibration error.
const BINS: usize = 15;

/// What a mean prediction is worth on a labelled set.
#[derive(Clone, Debug)]
pub(crate) struct Evaluation {
    pub(crate) quality: Quality,
    /// By confidence, ascending.
    pub(crate) bins: Vec<CalibrationBin>,
}

/// Evaluates p̄ = `mean_k` p(y | x, ω_k) on these rows of a half of the data set; `None` for no rows.
pub(crate) fn evaluate(
    posterior: &Sampler,
    half: &Examples,
    rows: &[i64],
    labels: &[i64],
    device: Device,
) -> Result<Option<Evaluation>, Error> {
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
    Ok((!labels.is_empty()).then(|| evaluation_of(&mean_probs, labels)))
}

/// Evaluation of predictions p̄ [N, C] (C order) for labels [N], N ≥ 1.
///
/// Accuracy: ties go to the lower class. NLL: −mean log p̄(label).
/// Brier score: mean Σ_c (p̄_c − [c = label])².
/// ECE: 15 bins of equal width (Guo et al. 2017, arXiv 1706.04599, eq. 3).
pub(crate) fn evaluation_of(mean_probs: &[f64], labels: &[i64]) -> Evaluation {
    let mut sums = Quality { accuracy: 0.0, nll: 0.0, brier: 0.0, ece: 0.0 };
    let mut bins = [(0, 0.0, 0.0); BINS]; // points, Σ confidence, Σ correct
    for (probs, &label) in mean_probs.chunks(mean_probs.len() / labels.len()).zip(labels) {
        let (predicted, confidence) = argmax(probs);
        let correct = f64::from(u8::from(predicted == label as usize));
        sums.accuracy += correct;
        // The smallest positive number stands for 0, so that one impossible label does not hide all others.
        sums.nll -= probs[label as usize].max(f64::MIN_POSITIVE).ln();
        let residual = |(c, p): (usize, &f64)| (p - f64::from(u8::from(c == label as usize))).powi(2);
        sums.brier += probs.iter().enumerate().map(residual).sum::<f64>();
        let bin = ((confidence * BINS as f64).ceil() as usize).clamp(1, BINS) - 1;
        bins[bin].0 += 1;
        bins[bin].1 += confidence;
        bins[bin].2 += correct;
    }
    sums.ece = bins.iter().map(|(_, confidence, correct)| (confidence - correct).abs()).sum();
    let n = labels.len() as f64;
    let quality =
        Quality { accuracy: sums.accuracy / n, nll: sums.nll / n, brier: sums.brier / n, ece: sums.ece / n };
    let mean = |(points, confidence, correct): (u64, f64, f64)| {
        let n = points.max(1) as f64;
        CalibrationBin { points, confidence: confidence / n, accuracy: correct / n }
    };
    Evaluation { quality, bins: bins.map(mean).into() }
}

/// The class with the largest probability, and that.
fn argmax(probs: &[f64]) -> (usize, f64) {
    let better = |best: (usize, f64), (c, &p): (usize, &f64)| if p > best.1 { (c, p) } else { best };
    probs.iter().enumerate().fold((0, f64::MIN), better)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_of_four_points_by_hand() {
        let probs = [0.9, 0.1, 0.6, 0.4, 0.2, 0.8, 0.5, 0.5];
        let Evaluation { quality, bins } = evaluation_of(&probs, &[0, 1, 1, 1]);
        assert!((quality.accuracy - 0.5).abs() < 1e-12);
        let nll = -(0.9f64.ln() + 0.4f64.ln() + 0.8f64.ln() + 0.5f64.ln()) / 4.0;
        assert!((quality.nll - nll).abs() < 1e-12);
        assert!((quality.brier - (0.02 + 0.72 + 0.08 + 0.5) / 4.0).abs() < 1e-12);
        // Four bins with one point each: |.9 − 1|, |.6 − 0|, |.8 − 1|, |.5 − 0|.
        assert!((quality.ece - (0.1 + 0.6 + 0.2 + 0.5) / 4.0).abs() < 1e-12);
        let of = |bin: usize| (bins[bin].points, bins[bin].confidence, bins[bin].accuracy);
        // Upper ends belong to bins: 0.6 and 0.8 are 9/15 and 12/15.
        assert_eq!([7, 8, 11, 13].map(of), [(1, 0.5, 0.0), (1, 0.6, 0.0), (1, 0.8, 1.0), (1, 0.9, 1.0)]);
        assert_eq!((bins.len(), bins.iter().map(|bin| bin.points).sum::<u64>()), (BINS, 4));
    }

    #[test]
    fn certain_predictions_fall_into_the_first_and_last_bin() {
        let Evaluation { quality, bins } = evaluation_of(&[1.0, 0.0, 1.0, 0.0], &[0, 1]);
        assert_eq!(bins[BINS - 1], CalibrationBin { points: 2, confidence: 1.0, accuracy: 0.5 });
        assert!((quality.ece - 0.5).abs() < 1e-12);
        assert!(quality.nll.is_finite());
    }
}
