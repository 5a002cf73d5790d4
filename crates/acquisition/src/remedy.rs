//! What to do about an error, in the words of the programs around this crate.

use crate::{Error, Form};

impl Error {
    /// What whoever made the input can do; nothing where the error says it all.
    pub fn remedy(&self) -> Option<String> {
        let remedy = match self {
            Self::Shape { found: [_, _, 1] } => {
                "one class is what a sigmoid gives: make two of it, (1 − p, p), e.g. \
                 `np.concatenate([1 - p, p], axis=2)` in NumPy"
            }
            Self::Shape { .. } => "give predictions of shape [points, samples, classes]",
            Self::InvalidValue { form: Form::LogProbs, found, .. } if *found > 0.0 => {
                "give probabilities with `--probs`; turn logits into log-probabilities by `log_softmax`"
            }
            Self::InvalidValue { .. } => {
                "give probabilities with `--probs` or their natural logarithms with `--log-probs`, \
                 of shape [points, samples, classes]"
            }
            Self::RowSum { .. } => {
                "the last of [points, samples, classes] must be the axis that sums to 1: if it is another one, move it, \
                 e.g. `np.moveaxis(p, 1, 2)`; turn logits into probabilities by `softmax`"
            }
            Self::TargetsDiffer { .. } => "predict targets and pool by the same posterior samples",
            Self::NegativeForPower { .. } => "use `softrank`, which only looks at the order of the scores",
            Self::BatchTooLarge { .. } => "ask for fewer points, or score a larger pool",
            Self::TooManyPoints { largest, .. } => {
                return Some(format!(
                    "at most {largest} points fit: take a random subset of the pool and all labelled points, e.g. in NumPy \
                     `np.save(\"some.npy\", features[rows]); np.save(\"ids.npy\", rows)`, and give `--features some.npy \
                     --indices ids.npy`; in a pipeline, set `score.pool_subset`"
                ));
            }
            Self::CutOff { .. } => "give a larger `--sigma`, or none: it then follows from the distances",
            Self::NonFiniteScore { .. }
            | Self::NegativeInformation { .. }
            | Self::FeaturesShape { .. }
            | Self::InvalidFeature { .. }
            | Self::FeatureRows { .. }
            | Self::NoSuchRow { .. }
            | Self::LabelledTwice { .. }
            | Self::LabelCount { .. }
            | Self::NotTwoClasses { .. } => "correct the file; `bal` does not repair it silently",
            Self::Coldness { .. }
            | Self::KBaldOrder { .. }
            | Self::TriplesTooMany { .. }
            | Self::KernelWidth { .. }
            | Self::NotFromPredictions { .. }
            | Self::TargetsMissing { .. }
            | Self::Stopped => return None,
        };
        Some(remedy.to_owned())
    }
}
