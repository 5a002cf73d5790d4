//! What `bal-score` is told: the section `score` of a pipeline.

use bal_acquisition::AcquisitionFunction;
use bal_error::did_you_mean;
#[cfg(feature = "torch")]
use bal_model::Precision;
use bal_settings::{Invalid, Problem, Settings};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Posterior samples at most: their masks and the predictions of a tile of points then take about a gigabyte.
const MAX_SAMPLES: usize = 10_000;

/// Predictions that are held at once at most, as f32: 16 GiB.
const MAX_HELD: usize = 1 << 32;

/// Which posterior samples are drawn and how the pool is scored by them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the posterior samples come from.
    #[serde(default)]
    pub posterior: Posterior,
    /// Acquisition functions, separated by commas: one column of scores each.
    #[schemars(schema_with = "names")]
    pub acquisition: String,
    /// Scores a fresh random subset of this many pool points in each round instead of the whole pool: at
    /// least the batch, at most the pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub pool_subset: Option<usize>,
    /// Points that `epig` is about; needed for it and for nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<Targets>,
    /// Numbers in which posterior samples are computed: bf16 is faster where the processor has products of
    /// it.
    #[cfg(feature = "torch")]
    #[serde(default, skip_serializing_if = "bal_settings::is_default")]
    #[schemars(extend("default" = "f32"))]
    pub precision: Precision,
    /// Also writes the predictions, `log_probs.npy` [N, K, C]: at most 2³² numbers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub write_log_probs: bool,
    /// Also writes the penultimate features of the scored and then the labelled points, `features.npy`
    /// [N + L, D], and their ids, `indices.npy` [N + L].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub write_features: bool,
}

/// A text, with the names of the functions as examples: editors offer them, and the help lists them.
fn names(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "examples": AcquisitionFunction::ALL.map(AcquisitionFunction::name) })
}

/// Where posterior samples come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Posterior {
    /// Dropout masks kept on at prediction time (Gal & Ghahramani 2016), the same masks for every point.
    McDropout {
        /// Number K of masks, also written T.
        #[serde(default = "Posterior::masks")]
        #[schemars(range(min = 1, max = MAX_SAMPLES))]
        samples: usize,
    },
    /// One pass without dropout: K = 1.
    Deterministic,
}

/// Points whose predictions `epig` wants to improve, drawn afresh in each round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Targets {
    /// Target points of `epig`: this many of the points that are scored, at most all of them.
    Pool(#[schemars(range(min = 1))] usize),
    /// Target points of `epig`: this many test inputs, at most all of them; their labels are not looked at.
    Test(#[schemars(range(min = 1))] usize),
}

impl Targets {
    /// How many.
    pub fn points(self) -> usize {
        let (Self::Pool(points) | Self::Test(points)) = self;
        points
    }
}

impl Settings for Config {
    type Resolved = Vec<AcquisitionFunction>;

    /// The acquisition functions.
    fn resolve(&mut self) -> Result<Vec<AcquisitionFunction>, Invalid> {
        let functions = functions(&self.acquisition)?;
        let names: Vec<&str> = functions.iter().map(|function| function.name()).collect();
        self.acquisition = names.join(",");
        match (functions.iter().any(|function| function.needs_targets()), self.targets) {
            (true, None) => Err(Invalid::new("targets", "`pool` or `test` points for `epig`", "none")),
            (false, Some(_)) => Err(Invalid::new("targets", "nothing without `epig`", "some")),
            (true, Some(_)) | (false, None) => Ok(functions),
        }
    }
}

/// The functions named in a comma-separated list.
///
/// # Errors
/// [`Invalid`] for an unknown name, for none, and for one named twice.
pub fn functions(list: &str) -> Result<Vec<AcquisitionFunction>, Invalid> {
    const KEY: &str = "acquisition";
    let mut functions = Vec::new();
    for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let function = AcquisitionFunction::parse(name).map_err(|unknown| {
            let text = format!("unknown acquisition function `{}`", unknown.name);
            Problem::new(text).of(KEY).with_hint(did_you_mean(&unknown.name, unknown.valid))
        })?;
        if functions.contains(&function) {
            return Err(Invalid::new(KEY, "every function once", &format!("`{function}` twice")));
        }
        functions.push(function);
    }
    if functions.is_empty() { Err(Invalid::new(KEY, "at least one function", "none")) } else { Ok(functions) }
}

impl Config {
    /// Refuses more predictions than can be held: those of `points` scored points where they are kept, and
    /// those of targets.
    ///
    /// # Errors
    /// [`Invalid`] of `posterior` or `targets`.
    pub fn check_held(&self, points: usize, classes: usize) -> Result<(), Invalid> {
        let samples = self.posterior.samples();
        let fits = |points: usize| points.saturating_mul(samples).saturating_mul(classes) <= MAX_HELD;
        let expected = format!("at most {MAX_HELD} numbers in all (16 GiB)");
        if self.write_log_probs && !fits(points) {
            let found = format!("{samples}, for kept predictions of {points} points and {classes} classes");
            return Err(Invalid::new("posterior.mc_dropout.samples", &expected, &found));
        }
        match self.targets.map(Targets::points) {
            Some(targets) if !fits(targets) => {
                let found = format!("{targets} points, of {samples} samples and {classes} classes");
                Err(Invalid::new("targets", &expected, &found))
            }
            _ => Ok(()),
        }
    }
}

impl Default for Posterior {
    fn default() -> Self {
        Self::McDropout { samples: Self::masks() }
    }
}

impl Posterior {
    fn masks() -> usize {
        100
    }

    /// Number K of posterior samples.
    pub fn samples(self) -> usize {
        match self {
            Self::McDropout { samples } => samples,
            Self::Deterministic => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use bal_settings::Checked;

    use super::*;

    fn config(samples: usize) -> Config {
        Config {
            posterior: Posterior::McDropout { samples },
            acquisition: "bald".to_owned(),
            pool_subset: None,
            targets: None,
            #[cfg(feature = "torch")]
            precision: Precision::default(),
            write_log_probs: false,
            write_features: false,
        }
    }

    #[test]
    fn impossible_values_are_refused() {
        assert!(Checked::new(config(MAX_SAMPLES)).is_ok());
        let of = |acquisition: &str| Config { acquisition: acquisition.to_owned(), ..config(1) };
        let to = |targets| Config { targets: Some(targets), ..of("epig") };
        for (config, text) in [
            (config(0), "key `posterior.mc_dropout.samples`: expected 1 to 10000, found 0"),
            (Config { pool_subset: Some(0), ..config(1) }, "key `pool_subset`: expected at least 1, found 0"),
            (to(Targets::Test(0)), "key `targets.test`: expected at least 1, found 0"),
            (of("epig"), "key `targets`: expected `pool` or `test` points for `epig`, found none"),
            (
                Config { targets: Some(Targets::Pool(1)), ..config(1) },
                "key `targets`: expected nothing without `epig`, found some",
            ),
            (of("bald, bald"), "key `acquisition`: expected every function once, found `bald` twice"),
            (of(","), "key `acquisition`: expected at least one function, found none"),
            (of("bold"), "key `acquisition`: unknown acquisition function `bold`"),
        ] {
            assert_eq!(Checked::new(config).unwrap_err().to_string(), text);
        }
    }

    #[test]
    fn aliases_are_written_out() {
        let config = Config { acquisition: "max_prob , random".to_owned(), ..config(1) };
        assert_eq!(Checked::new(config).unwrap().acquisition, "least_confidence,random");
    }

    #[test]
    fn predictions_that_are_held_are_bounded() {
        let (points, classes) = (42_949, 10); // 10⁴ samples of these are just below 2³² numbers
        let kept = Config { write_log_probs: true, ..config(MAX_SAMPLES) };
        assert!(kept.check_held(points, classes).is_ok());
        let text = kept.check_held(points + 1, classes).unwrap_err().to_string();
        assert!(text.contains("for kept predictions of 42950 points and 10 classes"), "{text}");
        assert!(config(MAX_SAMPLES).check_held(usize::MAX, classes).is_ok(), "scored tile by tile");
        let targets = Config { targets: Some(Targets::Test(usize::MAX)), ..config(1) };
        let text = targets.check_held(1, classes).unwrap_err().to_string();
        assert!(text.contains(&format!("found {} points, of 1 samples", usize::MAX)), "{text}");
    }
}
