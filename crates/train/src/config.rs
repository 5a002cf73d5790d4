//! What `bal-train` is told: the section `train` of a pipeline.

use bal_artifact::to_json;
use bal_model::{Architecture, MAX_SAMPLES, Posterior, PosteriorKind, Precision};
use bal_settings::{Invalid, Settings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::learning::{Augmentation, ClassWeights, EarlyStopping, Optimizer, WeightDecay};

/// Steps of a fit at most: their number is half of the name of the stream that draws a step's dropout masks.
const MAX_STEPS: usize = u32::MAX as usize;

/// How a network is fitted and evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Network to fit, from scratch in every round.
    pub network: Architecture,
    /// Width σ of the kernel of `gaussian_field`; without it, the mean distance to the 7th nearest neighbour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub sigma: Option<f64>,
    /// Networks of an ensemble: each with initial weights, order and masks of its own, trained one after the
    /// other. 1 is no ensemble.
    #[serde(default = "Config::one", skip_serializing_if = "Config::is_one")]
    #[schemars(range(min = 1, max = 100), extend("default" = 1))]
    pub members: usize,
    /// Passes over the labelled points, or rounds of `draws_per_epoch`; 4294967295 minibatches in all at
    /// most.
    #[serde(default = "Config::epochs")]
    #[schemars(range(min = 1, max = 100_000))]
    pub epochs: usize,
    /// An epoch is this many labelled points, drawn with replacement, instead of a pass over all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000_000))]
    pub draws_per_epoch: Option<usize>,
    /// Points per minibatch; the last one of an epoch may be smaller. A last point alone joins the minibatch
    /// before it where the network has batch normalisation. `gal_cnn` holds half a megabyte for each point.
    #[serde(default = "Config::batch_size")]
    #[schemars(range(min = 1, max = 65_536))]
    pub batch_size: usize,
    /// Optimiser and its step size.
    #[serde(default)]
    pub optimizer: Optimizer,
    /// L2 penalty on weights, not on biases.
    #[serde(default)]
    pub weight_decay: WeightDecay,
    /// Ends a fit when the validation set shows no progress any more, and goes back to the best epoch. Of an
    /// ensemble each member for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<EarlyStopping>,
    /// Other views of the images while they are learnt from; none are made for anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub augmentation: Option<Augmentation>,
    /// What a point of each class counts in the loss.
    #[serde(default, skip_serializing_if = "bal_settings::is_default")]
    #[schemars(extend("default" = "none"))]
    pub class_weights: ClassWeights,
    /// How the fitted network is evaluated.
    #[serde(default)]
    pub evaluate: Evaluate,
    /// Numbers in which networks are computed, fitting included: bf16 is faster where the processor has
    /// products of it. Weights, their steps and the loss are f32 in both.
    #[serde(default, skip_serializing_if = "bal_settings::is_default")]
    #[schemars(extend("default" = "f32"))]
    pub precision: Precision,
}

/// Evaluation on the validation and test sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Evaluate {
    /// What the mean prediction is made of. Default in a pipeline: what `score.posterior` is. Else: MC
    /// dropout of one network, all members of an ensemble without dropout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posterior: Option<PosteriorKind>,
    /// Masks of each member that the predictions are averaged over, where the posterior has any.
    #[schemars(range(min = 1, max = MAX_SAMPLES))]
    pub samples: usize,
}

impl Default for Evaluate {
    fn default() -> Self {
        Self { posterior: None, samples: 100 }
    }
}

impl Settings for Config {
    type Resolved = Posterior;

    /// What the fitted network is evaluated by.
    fn resolve(&mut self) -> Result<Posterior, Invalid> {
        if !self.network.has_layers() {
            self.check_nothing_is_fitted()?;
            return Ok(Posterior::Deterministic);
        }
        if let Some(sigma) = self.sigma {
            let expected = format!("nothing, because `{}` has no kernel", self.network.name());
            return Err(Invalid::new("sigma", &expected, &sigma.to_string()));
        }
        if self.network.has_batch_norm() && self.batch_size < 2 {
            let expected = "at least 2: the network has batch normalisation";
            return Err(Invalid::new("batch_size", expected, &self.batch_size.to_string()));
        }
        if self.augmentation == Some(Augmentation::default()) {
            let expected = "`crop_padding` or `horizontal_flip`";
            return Err(Invalid::new("augmentation", expected, "neither"));
        }
        let kind = self.evaluate.posterior.unwrap_or(PosteriorKind::of_members(self.members));
        kind.check_members(self.members).map_err(|_| {
            let expected = format!("one for {}", plural(self.members, "network"));
            Invalid::new("evaluate.posterior", &expected, &format!("`{}`", kind.name()))
        })?;
        let posterior = kind.with_samples(self.evaluate.samples);
        match posterior.samples(self.members) {
            0..=MAX_SAMPLES => Ok(posterior),
            samples => {
                let expected = format!("at most {MAX_SAMPLES} of all members together");
                Err(Invalid::new("evaluate.samples", &expected, &samples.to_string()))
            }
        }
    }
}

fn plural(number: usize, noun: &str) -> String {
    if number == 1 { format!("one {noun}") } else { format!("{number} {noun}s") }
}

impl Config {
    fn one() -> usize {
        1
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    fn is_one(members: &usize) -> bool {
        *members == 1
    }

    fn epochs() -> usize {
        50
    }

    fn batch_size() -> usize {
        128
    }

    /// A Gaussian field, of which no more can be chosen.
    pub fn gaussian_field(sigma: Option<f64>) -> Self {
        Self {
            network: Architecture::GaussianField,
            sigma,
            members: Self::one(),
            epochs: Self::epochs(),
            draws_per_epoch: None,
            batch_size: Self::batch_size(),
            optimizer: Optimizer::default(),
            weight_decay: WeightDecay::default(),
            early_stopping: None,
            augmentation: None,
            class_weights: ClassWeights::default(),
            evaluate: Evaluate::default(),
            precision: Precision::default(),
        }
    }

    /// Refuses settings of fits, for a network that is not fitted.
    fn check_nothing_is_fitted(&self) -> Result<(), Invalid> {
        match first_given("", &to_json(self), &to_json(&Self::gaussian_field(self.sigma))) {
            None => Ok(()),
            Some((key, value)) => {
                let expected = format!("nothing, because `{}` is not fitted", self.network.name());
                Err(Invalid::new(&key, &expected, &value.to_string()))
            }
        }
    }

    /// Points that an epoch on `labels` labelled points learns from.
    pub fn points_per_epoch(&self, labels: usize) -> usize {
        self.draws_per_epoch.unwrap_or(labels)
    }

    /// Refuses more steps than have masks of their own, and fewer points than batch normalisation takes,
    /// `labels` being the number of labelled points.
    ///
    /// # Errors
    /// [`Invalid`] of `epochs` or `network`.
    pub fn check_steps(&self, labels: usize) -> Result<(), Invalid> {
        let points = self.points_per_epoch(labels);
        if self.network.has_batch_norm() && points < 2 {
            let expected = "two points in an epoch, which batch normalisation needs";
            return Err(Invalid::new("network", expected, &points.to_string()));
        }
        match self.epochs.saturating_mul(points.div_ceil(self.batch_size)) {
            0..=MAX_STEPS => Ok(()),
            steps => {
                let found = format!("{}, {steps} minibatches with {labels} labelled points", self.epochs);
                Err(Invalid::new("epochs", &format!("at most {MAX_STEPS} minibatches in all epochs"), &found))
            }
        }
    }
}

/// The first value of a tree that is another than in the tree of defaults, and its dotted key.
fn first_given(key: &str, given: &Value, defaults: &Value) -> Option<(String, Value)> {
    if given == defaults {
        return None;
    }
    let (Value::Object(section), Value::Object(defaults)) = (given, defaults) else {
        return Some((key.to_owned(), given.clone()));
    };
    let within = |name: &String| if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
    section.iter().find_map(|(name, value)| first_given(&within(name), value, defaults.get(name)?)).or_else(
        || {
            section
                .iter()
                .find(|(name, _)| !defaults.contains_key(*name))
                .map(|(name, value)| (within(name), value.clone()))
        },
    )
}

#[cfg(test)]
mod tests {
    use bal_settings::Checked;

    use super::*;

    fn config() -> Config {
        Config {
            network: Architecture::Mlp,
            sigma: None,
            members: 1,
            epochs: 100_000,
            draws_per_epoch: None,
            batch_size: 65_536,
            optimizer: Optimizer::default(),
            weight_decay: WeightDecay::default(),
            early_stopping: None,
            augmentation: None,
            class_weights: ClassWeights::default(),
            evaluate: Evaluate { posterior: None, samples: MAX_SAMPLES },
            precision: Precision::default(),
        }
    }

    #[test]
    fn impossible_values_are_refused() {
        assert!(Checked::new(config()).is_ok());
        let rate = |learning_rate| Config { optimizer: Optimizer::Adam { learning_rate }, ..config() };
        let decay = |weight_decay| Config { weight_decay, ..config() };
        let of = |posterior, samples| Evaluate { posterior, samples };
        let ensemble = |evaluate| Config { members: 3, evaluate, ..config() };
        let resnet = Architecture::Resnet18 { imagenet_stem: true };
        for (config, text) in [
            (Config { members: 0, ..config() }, "key `members`: expected 1 to 100, found 0"),
            (
                ensemble(of(Some(PosteriorKind::McDropout), 5)),
                "key `evaluate.posterior`: expected one for 3 networks, found `mc_dropout`",
            ),
            (
                Config { evaluate: of(Some(PosteriorKind::DeepEnsemble), 5), ..config() },
                "key `evaluate.posterior`: expected one for one network, found `deep_ensemble`",
            ),
            (
                ensemble(of(Some(PosteriorKind::EnsembleMcDropout), 5000)),
                "key `evaluate.samples`: expected at most 10000 of all members together, found 15000",
            ),
            (
                Config { network: resnet, batch_size: 1, ..config() },
                "key `batch_size`: expected at least 2: the network has batch normalisation, found 1",
            ),
            (
                Config { augmentation: Some(Augmentation::default()), ..config() },
                "key `augmentation`: expected `crop_padding` or `horizontal_flip`, found neither",
            ),
            (
                decay(WeightDecay::COverN(f64::INFINITY)),
                "key `weight_decay.c_over_n`: expected a number, found NaN or ∞",
            ),
            (Config { epochs: 0, ..config() }, "key `epochs`: expected 1 to 100000, found 0"),
            (Config { batch_size: 65_537, ..config() }, "key `batch_size`: expected 1 to 65536, found 65537"),
            (
                Config { evaluate: of(None, usize::MAX), ..config() },
                "key `evaluate.samples`: expected 1 to 10000, found 18446744073709551615",
            ),
            (rate(1e-320), "key `optimizer.adam.learning_rate`: expected 1e-30 to 1e30, found 1e-320"),
            (
                Config { optimizer: Optimizer::Sgd { learning_rate: 0.1, momentum: 1.0 }, ..config() },
                "key `optimizer.sgd.momentum`: expected at least 0 and below 1, found 1.0",
            ),
            (rate(f64::NAN), "key `optimizer.adam.learning_rate`: expected a number, found NaN or ∞"),
            (decay(WeightDecay::Fixed(-1.0)), "key `weight_decay.fixed`: expected 0 to 1e30, found -1.0"),
            (
                decay(WeightDecay::Validated(Vec::new())),
                "key `weight_decay.validated`: expected at least 1 in the list, found 0",
            ),
            (
                decay(WeightDecay::PerRound(vec![0.1, 0.1])),
                "key `weight_decay.per_round`: expected each value once, found 0.1 twice",
            ),
        ] {
            assert_eq!(Checked::new(config).unwrap_err().to_string(), text);
        }
    }

    #[test]
    fn a_gaussian_field_takes_its_width_and_nothing_of_a_fit() {
        let field = |sigma| Config::gaussian_field(sigma);
        assert_eq!(*Checked::new(field(Some(2.0))).unwrap().resolved(), Posterior::Deterministic);
        let fitted = |more: Config| Checked::new(more).unwrap_err().to_string();
        for (config, text) in [
            (Config { sigma: Some(0.0), ..field(None) }, "key `sigma`: expected above 0, found 0.0"),
            (
                Config { sigma: Some(2.0), ..config() },
                "key `sigma`: expected nothing, because `mlp` has no kernel, found 2",
            ),
            (
                Config { epochs: 3, ..field(None) },
                "key `epochs`: expected nothing, because `gaussian_field` is not fitted, found 3",
            ),
            (
                Config { evaluate: Evaluate { posterior: None, samples: 7 }, ..field(None) },
                "key `evaluate.samples`: expected nothing, because `gaussian_field` is not fitted, found 7",
            ),
            (
                Config { members: 5, ..field(Some(1.0)) },
                "key `members`: expected nothing, because `gaussian_field` is not fitted, found 5",
            ),
        ] {
            assert_eq!(fitted(config), text);
        }
        let sgd = Config { optimizer: Optimizer::Sgd { learning_rate: 0.1, momentum: 0.5 }, ..field(None) };
        assert!(fitted(sgd).starts_with("key `optimizer.sgd`: expected nothing"));
    }

    #[test]
    fn every_step_has_masks_of_its_own() {
        let config = Config { epochs: 100_000, batch_size: 1, ..config() };
        assert!(config.check_steps(42_949).is_ok());
        let text = config.check_steps(42_950).unwrap_err().to_string();
        assert!(text.contains("4295000000 minibatches with 42950 labelled points"), "{text}");
        let drawn = Config { draws_per_epoch: Some(42_949), ..config.clone() };
        assert!(drawn.check_steps(1_000_000).is_ok(), "the labels do not matter");
        let alone = Config { network: Architecture::Vgg16, ..config };
        let text = alone.check_steps(1).unwrap_err().to_string();
        assert!(text.contains("expected two points in an epoch"), "{text}");
    }
}
