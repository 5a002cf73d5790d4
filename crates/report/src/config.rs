//! What a report shows: the key `report:` of a pipeline.

use std::path::Path;

use bal_artifact::tables::Metrics;
use bal_artifact::{relative, seen_from};
use bal_settings::{Invalid, Settings};
use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::ON_VALIDATION;

/// What a report shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The figure of learning curves.
    pub learning_curves: LearningCurves,
    /// Test accuracies, at most 1; the report says how many labels each of them took.
    #[schemars(inner(range(min = 1e-6)), extend("uniqueItems" = true))]
    pub labels_to_accuracy: Vec<f64>,
    /// Files of published numbers, which are shown beside the measured ones. Paths are relative to the
    /// pipeline file; on the command line, to the working folder.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("uniqueItems" = true))]
    pub published: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            learning_curves: LearningCurves::default(),
            labels_to_accuracy: vec![0.90, 0.95],
            published: Vec::new(),
        }
    }
}

impl Config {
    /// The same, its files named as seen from the folder `to` instead of `from`.
    #[must_use]
    pub fn as_seen_from(&self, from: &Path, to: &Path) -> Self {
        let seen = |name: &String| relative(&seen_from(from, name), to);
        Self { published: self.published.iter().map(seen).collect(), ..self.clone() }
    }
}

impl Settings for Config {
    type Resolved = ();

    fn resolve(&mut self) -> Result<(), Invalid> {
        let Some(percent) = self.labels_to_accuracy.iter().find(|&&accuracy| accuracy > 1.0) else {
            return Ok(());
        };
        let invalid = Invalid::new("labels_to_accuracy", "at most 1", &percent.to_string());
        Err(invalid.with_hint(format!("write {percent} % as `{}`", percent / 100.0)))
    }
}

/// The figure of learning curves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LearningCurves {
    /// What is shown over the number of labels.
    pub metric: Metric,
    /// What is shown of the spread over seeds.
    pub band: Band,
}

/// Spread over the seeds of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// The mean, and one standard error to each side of it
    #[default]
    StandardError,
    /// The median, and the lower and upper quartile
    Quartiles,
    /// The mean, and a line for each seed
    Seeds,
}

impl Band {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::StandardError, Self::Quartiles, Self::Seeds];

    /// Its name in a pipeline, which is also its name in the page.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::StandardError => "standard_error",
            Self::Quartiles => "quartiles",
            Self::Seeds => "seeds",
        }
    }

    /// The line and the band in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::StandardError => "mean over seeds ± standard error",
            Self::Quartiles => "median over seeds, lower to upper quartile",
            Self::Seeds => "mean over seeds, and each seed",
        }
    }
}

/// A column of `metrics.parquet` that says how good a model is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Loss of the last epoch on the training set
    TrainLoss,
    /// Share of validation points classified correctly
    ValidationAccuracy,
    /// Negative log-likelihood of the validation labels in nats
    ValidationNll,
    /// Brier score on the validation set
    ValidationBrier,
    /// Expected calibration error on the validation set
    ValidationEce,
    /// Share of test points classified correctly
    #[default]
    TestAccuracy,
    /// Negative log-likelihood of the test labels in nats
    TestNll,
    /// Brier score on the test set
    TestBrier,
    /// Expected calibration error on the test set
    TestEce,
}

impl Metric {
    /// Name of the column.
    pub fn name(self) -> &'static str {
        Metrics::MEASURES[self as usize]
    }

    /// Whether it is about the validation set, without which it has no value.
    pub(crate) fn needs_validation_set(self) -> bool {
        self.name().starts_with(ON_VALIDATION)
    }

    /// Whether it is a share of points that are classified correctly: better above, and read in percent.
    pub(crate) fn is_share(self) -> bool {
        matches!(self, Self::ValidationAccuracy | Self::TestAccuracy)
    }

    /// The value of a training, if it was measured.
    pub(crate) fn of(self, metrics: &Metrics) -> Option<f64> {
        metrics.measured()[self as usize]
    }

    /// Label of an axis.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::TrainLoss => "training loss",
            Self::ValidationAccuracy => "validation accuracy",
            Self::ValidationNll => "validation NLL (nats)",
            Self::ValidationBrier => "validation Brier score",
            Self::ValidationEce => "validation ECE",
            Self::TestAccuracy => "test accuracy",
            Self::TestNll => "test NLL (nats)",
            Self::TestBrier => "test Brier score",
            Self::TestEce => "test ECE",
        }
    }
}

#[cfg(test)]
mod tests {
    use bal_settings::Checked;

    use super::*;

    #[test]
    fn names_are_the_same_everywhere() {
        assert_eq!(Metric::value_variants().len(), Metrics::MEASURES.len());
        for metric in Metric::value_variants() {
            assert_eq!(serde_json::to_value(metric).unwrap(), metric.name());
        }
    }

    #[test]
    fn bands_are_called_alike_in_pipeline_and_page() {
        for band in Band::ALL {
            assert_eq!(serde_json::to_value(band).unwrap(), band.name());
        }
    }

    #[test]
    fn missing_keys_take_defaults_and_unknown_ones_are_refused() {
        let config: Config = serde_json::from_str(r#"{"learning_curves": {"band": "quartiles"}}"#).unwrap();
        assert_eq!(config.learning_curves.metric, Metric::TestAccuracy);
        assert_eq!(config.learning_curves.band, Band::Quartiles);
        assert_eq!(config.labels_to_accuracy, [0.90, 0.95]);
        assert!(serde_json::from_str::<Config>(r#"{"learning_curve": {}}"#).is_err());
    }

    #[test]
    fn refuses_an_accuracy_in_percent() {
        let config = Config { labels_to_accuracy: vec![0.9, 95.0], ..Config::default() };
        let invalid = Checked::new(config).unwrap_err();
        assert_eq!(invalid.to_string(), "key `labels_to_accuracy`: expected at most 1, found 95");
        assert_eq!(invalid.problem.hint.unwrap(), "write 95 % as `0.95`");
        assert!(Checked::new(Config::default()).is_ok());
    }
}
