//! What `bal-select` is told: the section `select` of a pipeline.

use std::num::NonZeroUsize;

use bal_acquisition::{BatchMethod, LARGEST_BATCH_OF_TRIPLES};
use bal_error::did_you_mean;
use bal_settings::{Invalid, Problem, Settings};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::method::{By, ByFeatures, ByPredictions, ByScores, Method};

/// Numbers that a joint method may hold of the points it has picked, in f64: 16 GiB.
const MAX_PICKED: usize = 1 << 31;

/// Numbers that `batch_bald` may hold of its M joint configurations, K for each; two of everything in f64
/// are 4 GiB.
const MAX_CONFIGURATIONS: usize = 1 << 28;

/// β where none is given.
const BETA: f64 = 1.0;
/// α where none is given: that of the authors' code.
const ALPHA: f64 = 5.0;
/// M where none is given.
const NUM_SAMPLES: usize = 10_000;
/// k where none is given.
const K: usize = 2;

/// How an acquisition batch is picked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Batch method, or a shortcut for a score and a method on it: `power_bald` is `power` on `bald`,
    /// `random` is `top_k` on `random`.
    #[serde(default = "Config::top_k")]
    #[schemars(schema_with = "names")]
    pub method: String,
    /// Points b per acquisition batch, at most as many as are scored.
    #[schemars(range(min = 1))]
    pub batch: usize,
    /// Column of `scores.parquet`, for the methods on scores; empty: the only one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub column: String,
    /// Coldness β of `power`, `softmax`, `softrank`: 0 is random, large is `top_k`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0), extend("default" = BETA))]
    pub beta: Option<f64>,
    /// Coldness α of `power_large_batch_bald`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0), extend("default" = ALPHA))]
    pub alpha: Option<f64>,
    /// Joint configurations M of `batch_bald`: exact up to this many, sampled above. Times the number
    /// of posterior samples it is at most 268435456.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = MAX_CONFIGURATIONS), extend("default" = NUM_SAMPLES))]
    pub num_samples: Option<usize>,
    /// Order of `k_bald`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 3), extend("default" = K))]
    pub k: Option<usize>,
    /// Width σ of the kernel of `minimum_bayes_risk`; without it, the mean distance to the 7th nearest
    /// neighbour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub sigma: Option<f64>,
}

/// A text, with the names of the methods as examples: editors offer them, and the help lists them.
fn names(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = BatchMethod::names_and_shortcuts().collect();
    json_schema!({ "type": "string", "examples": names })
}

impl Settings for Config {
    type Resolved = Method;

    /// The method with its parameters.
    fn resolve(&mut self) -> Result<Method, Invalid> {
        if let Some((function, kind)) = BatchMethod::shortcut(&self.method) {
            let column = std::mem::replace(&mut self.column, function.name().to_owned());
            if !column.is_empty() && column != self.column {
                let expected = format!("`{}`, as the method's name says", self.column);
                return Err(Invalid::new("column", &expected, &format!("`{column}`")));
            }
            kind.name().clone_into(&mut self.method);
        }
        let kind = BatchMethod::parse(&self.method).map_err(|unknown| {
            let problem = Problem::new(format!("unknown batch method `{}`", unknown.name));
            problem.of("method").with_hint(did_you_mean(&unknown.name, BatchMethod::names_and_shortcuts()))
        })?;
        kind.name().clone_into(&mut self.method);
        let mut given = self.clone();
        let by = given.take_parameters(kind)?;
        given.nothing_left(kind)?;
        Ok(Method { kind, by })
    }
}

impl Config {
    fn top_k() -> String {
        BatchMethod::TopK.name().to_owned()
    }

    /// Moves the parameters that a method reads out of the settings.
    fn take_parameters(&mut self, kind: BatchMethod) -> Result<By, Invalid> {
        let mut beta = || self.beta.take().unwrap_or(BETA);
        Ok(match kind {
            BatchMethod::TopK => By::Scores(ByScores::TopK),
            BatchMethod::Power => By::Scores(ByScores::Power { beta: beta() }),
            BatchMethod::Softmax => By::Scores(ByScores::Softmax { beta: beta() }),
            BatchMethod::Softrank => By::Scores(ByScores::Softrank { beta: beta() }),
            BatchMethod::BatchBald => {
                let num_samples = self.num_samples.take().unwrap_or(NUM_SAMPLES);
                let num_samples = NonZeroUsize::new(num_samples).unwrap_or(NonZeroUsize::MIN);
                By::Predictions(ByPredictions::BatchBald { num_samples })
            }
            BatchMethod::KBald => {
                let k = self.k.take().unwrap_or(K);
                if k == 3 && self.batch > LARGEST_BATCH_OF_TRIPLES {
                    let expected = format!("at most {LARGEST_BATCH_OF_TRIPLES} with `k: 3`");
                    return Err(Invalid::new("batch", &expected, &self.batch.to_string()));
                }
                By::Predictions(ByPredictions::KBald { k })
            }
            BatchMethod::LargeBatchBald => By::Predictions(ByPredictions::LargeBatchBald),
            BatchMethod::PowerLargeBatchBald => {
                let alpha = self.alpha.take().unwrap_or(ALPHA);
                By::Predictions(ByPredictions::PowerLargeBatchBald { alpha })
            }
            BatchMethod::CoreSet => By::Features(ByFeatures::CoreSet),
            BatchMethod::Badge => By::Features(ByFeatures::Badge),
            BatchMethod::MinimumBayesRisk => {
                By::Features(ByFeatures::MinimumBayesRisk { sigma: self.sigma.take() })
            }
        })
    }

    /// Refuses parameters that the method has not taken.
    fn nothing_left(self, kind: BatchMethod) -> Result<(), Invalid> {
        let Self { method: _, batch: _, column, beta, alpha, num_samples, k, sigma } = self;
        let number = |value: Option<f64>| value.map(|value| value.to_string());
        let count = |value: Option<usize>| value.map(|value| value.to_string());
        let column = Some(column).filter(|column| !column.is_empty() && !kind.needs_scores());
        for (key, left) in [
            ("column", column),
            ("beta", number(beta)),
            ("alpha", number(alpha)),
            ("num_samples", count(num_samples)),
            ("k", count(k)),
            ("sigma", number(sigma)),
        ] {
            if let Some(found) = left {
                return Err(Invalid::new(
                    key,
                    &format!("nothing, because `{kind}` does not read it"),
                    &found,
                ));
            }
        }
        Ok(())
    }
}

impl ByPredictions {
    /// Refuses a batch that does not fit into memory with so many posterior samples and classes: each joint
    /// configuration has K numbers, each picked point K·C, and with `k: 3` each pair of them K·C².
    ///
    /// # Errors
    /// [`Invalid`] of `num_samples` or `batch`.
    pub fn check_memory(self, batch: usize, posterior_samples: usize, classes: usize) -> Result<(), Invalid> {
        let outcomes = match self {
            Self::KBald { k: 3 } => classes.saturating_mul(classes),
            Self::KBald { .. } | Self::LargeBatchBald | Self::PowerLargeBatchBald { .. } => classes,
            Self::BatchBald { num_samples } => {
                if num_samples.get().saturating_mul(posterior_samples) > MAX_CONFIGURATIONS {
                    let found = format!("{num_samples} with {posterior_samples} posterior samples");
                    let expected = format!("at most {MAX_CONFIGURATIONS} divided by their number (4 GiB)");
                    return Err(Invalid::new("num_samples", &expected, &found));
                }
                classes
            }
        };
        let most = MAX_PICKED / posterior_samples.saturating_mul(outcomes).max(1);
        if batch <= most {
            return Ok(());
        }
        let found = format!(
            "{batch} with {posterior_samples} posterior samples and {classes} classes, of which {most} fit"
        );
        Err(Invalid::new("batch", "no more than fit into 16 GiB", &found))
    }
}

#[cfg(test)]
mod tests {
    use bal_settings::Checked;
    use serde_json::{Value, json};

    use super::*;

    /// Settings of a batch of 10 with these values besides.
    fn checked(method: &str, more: &Value) -> Result<Checked<Config>, String> {
        let mut tree = json!({ "method": method, "batch": 10 });
        for (key, value) in more.as_object().unwrap() {
            tree[key] = value.clone();
        }
        Checked::new(serde_json::from_value(tree).unwrap()).map_err(|invalid| invalid.to_string())
    }

    fn by(method: &str, more: &Value) -> By {
        checked(method, more).unwrap().resolved().by.clone()
    }

    #[test]
    fn shortcuts_and_aliases_are_written_out() {
        let power = checked("power_bald", &json!({})).unwrap();
        assert_eq!((power.method.as_str(), power.column.as_str()), ("power", "bald"));
        let random = checked("random", &json!({})).unwrap();
        assert_eq!((random.method.as_str(), random.column.as_str()), ("top_k", "random"));
        assert_eq!(checked("plbb", &json!({})).unwrap().method, "power_large_batch_bald");
        let error = checked("power_bald", &json!({"column": "margin"})).unwrap_err();
        assert_eq!(error, "key `column`: expected `bald`, as the method's name says, found `margin`");
        assert_eq!(
            checked("batchbald", &json!({})).unwrap_err(),
            "key `method`: unknown batch method `batchbald`"
        );
    }

    #[test]
    fn every_method_has_its_own_parameters() {
        assert_eq!(by("power", &json!({})), By::Scores(ByScores::Power { beta: 1.0 }));
        assert_eq!(by("softrank", &json!({"beta": 0.0})), By::Scores(ByScores::Softrank { beta: 0.0 }));
        assert_eq!(by("k_bald", &json!({"k": 3})), By::Predictions(ByPredictions::KBald { k: 3 }));
        let parameters = [
            ("beta", json!(2.0)),
            ("alpha", json!(2.0)),
            ("num_samples", json!(5)),
            ("k", json!(2)),
            ("sigma", json!(2.0)),
            ("column", json!("bald")),
        ];
        for kind in BatchMethod::ALL {
            let read = match kind {
                BatchMethod::TopK => vec!["column"],
                BatchMethod::Power | BatchMethod::Softmax | BatchMethod::Softrank => vec!["column", "beta"],
                BatchMethod::BatchBald => vec!["num_samples"],
                BatchMethod::KBald => vec!["k"],
                BatchMethod::PowerLargeBatchBald => vec!["alpha"],
                BatchMethod::MinimumBayesRisk => vec!["sigma"],
                BatchMethod::LargeBatchBald | BatchMethod::CoreSet | BatchMethod::Badge => Vec::new(),
            };
            for (key, value) in &parameters {
                let outcome = checked(kind.name(), &json!({ *key: value }));
                assert_eq!(outcome.is_ok(), read.contains(key), "{kind}, {key}: {outcome:?}");
            }
        }
    }

    #[test]
    fn impossible_values_are_refused() {
        for (method, more, text) in [
            ("top_k", json!({"batch": 0}), "key `batch`: expected at least 1, found 0"),
            ("power", json!({"beta": -1.0}), "key `beta`: expected at least 0, found -1.0"),
            ("k_bald", json!({"k": 4}), "key `k`: expected 2 to 3, found 4"),
            (
                "k_bald",
                json!({"k": 3, "batch": 21}),
                "key `batch`: expected at most 20 with `k: 3`, found 21",
            ),
            ("batch_bald", json!({"num_samples": 0}), "key `num_samples`: expected 1 to 268435456, found 0"),
            ("minimum_bayes_risk", json!({"sigma": 0.0}), "key `sigma`: expected above 0, found 0.0"),
        ] {
            assert_eq!(checked(method, &more).unwrap_err(), text);
        }
    }

    #[test]
    fn sizes_are_bounded_by_what_they_need() {
        for (samples, most) in [(1, MAX_CONFIGURATIONS), (100, 2_684_354), (10_000, 26_843)] {
            let joint =
                |most: usize| ByPredictions::BatchBald { num_samples: NonZeroUsize::new(most).unwrap() };
            assert!(joint(most).check_memory(10, samples, 10).is_ok());
            let text = joint(most + 1).check_memory(10, samples, 10).unwrap_err().to_string();
            assert!(text.contains(&format!("{} with {samples} posterior samples", most + 1)), "{text}");
        }
        let plain = ByPredictions::LargeBatchBald;
        assert!(plain.check_memory(2_147_483, 100, 10).is_ok());
        let text = plain.check_memory(2_147_484, 100, 10).unwrap_err().to_string();
        assert!(
            text.contains("2147484 with 100 posterior samples and 10 classes, of which 2147483 fit"),
            "{text}"
        );
        assert!(plain.check_memory(usize::MAX, usize::MAX, usize::MAX).is_err());
        assert!(ByPredictions::KBald { k: 3 }.check_memory(10, 100, 30_152).is_err());
    }
}
