//! What `bal-select` is told: the section `select` of a pipeline.

use bal_acquisition::{BatchMethod, LARGEST_BATCH_OF_TRIPLES};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Numbers that a joint method may hold of the points it has picked, in f64: 16 GiB.
const MAX_PICKED: usize = 1 << 31;

/// Numbers that `batch_bald` may hold of its M joint configurations, K for each; two of everything in f64 are 4 GiB.
const MAX_CONFIGURATIONS: usize = 1 << 28;

/// How an acquisition batch is picked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Batch method, e.g. `top_k`, `power`, `batch_bald`; or a shortcut such as `power_bald` (`power` on `bald`), `plbb`.
    pub method: String,
    /// Points b per acquisition batch, at least 1 and at most as many as are scored.
    #[schemars(range(min = 1))]
    pub batch: usize,
    /// Column of `scores.parquet`; empty: the only one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub column: String,
    /// Coldness β of `power`, `softmax`, `softrank`: 0 is random, large is `top_k` [1].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beta: Option<f64>,
    /// Coldness α of `power_large_batch_bald` [5].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpha: Option<f64>,
    /// Joint configurations M of `batch_bald`: exact up to this many, sampled above [10000]; M times the number of
    /// posterior samples is at most 268435456.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = MAX_CONFIGURATIONS))]
    pub num_samples: Option<usize>,
    /// Order of `k_bald`, 2 or 3 [2].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 3))]
    pub k: Option<usize>,
    /// Width σ of the kernel of `minimum_bayes_risk` [mean distance to the 7th nearest neighbour].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sigma: Option<f64>,
}

impl Config {
    /// The method, once every value is checked and none is given that it does not read.
    ///
    /// # Errors
    /// [`Error::UnknownMethod`] and [`Error::Config`].
    pub fn check(&self) -> Result<BatchMethod, Error> {
        use BatchMethod::{
            BatchBald, KBald, MinimumBayesRisk, Power, PowerLargeBatchBald, Softmax, Softrank,
        };
        let (method, shortcut) = match BatchMethod::shortcut(&self.method) {
            Some((function, method)) => (method, Some(function.name())),
            None => (BatchMethod::parse(&self.method)?, None),
        };
        let rule = |ok: bool, key: &'static str, expected: &'static str, found: String| {
            if ok { Ok(()) } else { Err(Error::Config { key, expected, found }) }
        };
        rule(self.batch > 0, "batch", "at least 1", self.batch.to_string())?;
        if let Some(name) = shortcut {
            let fits = self.column.is_empty() || self.column == name;
            rule(fits, "column", "`bald`, as the method's name says", format!("`{}`", self.column))?;
        }
        let coldness = |value: f64| value.is_finite() && value >= 0.0;
        let stochastic = matches!(method, Power | Softmax | Softrank);
        let unread = "nothing for this method";
        for (key, given, read, valid, expected) in [
            (
                "beta",
                self.beta,
                stochastic,
                self.beta.is_none_or(coldness),
                "a number from 0 up (∞ is `top_k`)",
            ),
            (
                "alpha",
                self.alpha,
                method == PowerLargeBatchBald,
                self.alpha.is_none_or(coldness),
                "a number from 0 up",
            ),
            (
                "sigma",
                self.sigma,
                method == MinimumBayesRisk,
                self.sigma.is_none_or(|s| s.is_finite() && s > 0.0),
                "a positive number",
            ),
        ] {
            if let Some(value) = given {
                rule(read, key, unread, value.to_string())?;
                rule(valid, key, expected, value.to_string())?;
            }
        }
        if let Some(samples) = self.num_samples {
            rule(method == BatchBald, "num_samples", unread, samples.to_string())?;
            let valid = (1..=MAX_CONFIGURATIONS).contains(&samples);
            rule(valid, "num_samples", "1 to 268435456", samples.to_string())?;
        }
        if let Some(k) = self.k {
            rule(method == KBald, "k", unread, k.to_string())?;
            rule(k == 2 || k == 3, "k", "2 or 3", k.to_string())?;
            let few = k == 2 || self.batch <= LARGEST_BATCH_OF_TRIPLES;
            rule(few, "batch", "at most 20 with `k: 3`", self.batch.to_string())?;
        }
        Ok(method)
    }

    /// Refuses more joint configurations of `batch_bald` than fit into memory with this many posterior samples.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn check_configurations(&self, posterior_samples: usize) -> Result<(), Error> {
        match self.num_samples {
            Some(samples) if samples.saturating_mul(posterior_samples) > MAX_CONFIGURATIONS => {
                let found = format!("{samples} with {posterior_samples} posterior samples");
                let expected = "at most 268435456 divided by their number (4 GiB)";
                Err(Error::Config { key: "num_samples", expected, found })
            }
            _ => Ok(()),
        }
    }

    /// Refuses a batch of a joint method whose points do not fit into memory: each has K·C probabilities, with
    /// `k: 3` each pair has K·C².
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn check_picked(&self, posterior_samples: usize, classes: usize) -> Result<(), Error> {
        let outcomes = if self.k == Some(3) { classes.saturating_mul(classes) } else { classes };
        let most = MAX_PICKED / posterior_samples.saturating_mul(outcomes).max(1);
        if self.batch <= most {
            return Ok(());
        }
        let found =
            format!("{} with {posterior_samples} posterior samples and {classes} classes", self.batch);
        Err(Error::Config {
            key: "batch",
            expected: "no more than fit into 16 GiB",
            found: format!("{found}, of which {most} fit"),
        })
    }

    /// As [`Config::check`]; writes out aliases and shortcuts, so that equal choices leave equal manifests.
    pub fn resolve(&mut self) -> Result<BatchMethod, Error> {
        let method = self.check()?;
        self.column = self.column().to_owned();
        method.name().clone_into(&mut self.method);
        Ok(method)
    }

    /// The column to pick by: the one named here or by a shortcut; empty for the only one there is.
    pub(crate) fn column(&self) -> &str {
        match BatchMethod::shortcut(&self.method) {
            Some((function, _)) => function.name(),
            None => &self.column,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(method: &str) -> Config {
        Config { method: method.to_owned(), batch: 10, ..Config::default() }
    }

    #[test]
    fn shortcuts_and_aliases_are_understood() {
        assert_eq!(config("power_bald").check().unwrap(), BatchMethod::Power);
        assert_eq!(config("power_bald").column(), "bald");
        assert_eq!(config("plbb").check().unwrap(), BatchMethod::PowerLargeBatchBald);
        let error = Config { column: "margin".to_owned(), ..config("power_bald") }.check().unwrap_err();
        assert!(error.to_string().contains("`column` is `margin`, expected `bald`"), "{error}");
    }

    #[test]
    fn values_that_a_method_does_not_read_are_refused() {
        let error = Config { beta: Some(2.0), ..config("top_k") }.check().unwrap_err();
        assert_eq!(error.to_string(), "`beta` is 2, expected nothing for this method");
        assert!(Config { beta: Some(0.0), ..config("softrank") }.check().is_ok());
        for bad in [f64::NAN, f64::INFINITY, -1.0] {
            assert!(Config { beta: Some(bad), ..config("power") }.check().is_err(), "{bad}");
        }
        assert!(Config { k: Some(4), ..config("k_bald") }.check().is_err());
        assert!(Config { num_samples: Some(0), ..config("batch_bald") }.check().is_err());
        assert!(Config { sigma: Some(0.0), ..config("minimum_bayes_risk") }.check().is_err());
        assert!(config("batchbald").check().is_err());
    }

    #[test]
    fn sizes_are_bounded_by_what_they_need() {
        let joint = |num_samples| Config { num_samples: Some(num_samples), ..config("batch_bald") };
        for (samples, most) in [(1, MAX_CONFIGURATIONS), (100, 2_684_354), (10_000, 26_843)] {
            assert!(joint(most).check().is_ok() && joint(most).check_configurations(samples).is_ok());
            let text = joint(most + 1).check_configurations(samples).unwrap_err().to_string();
            assert!(text.contains(&format!("{} with {samples} posterior samples", most + 1)), "{text}");
        }
        let text = joint(usize::MAX).check().unwrap_err().to_string();
        assert_eq!(text, format!("`num_samples` is {}, expected 1 to {MAX_CONFIGURATIONS}", usize::MAX));
        let plain = |batch| Config { batch, ..config("large_batch_bald") };
        assert!(plain(2_147_483).check_picked(100, 10).is_ok());
        let text = plain(2_147_484).check_picked(100, 10).unwrap_err().to_string();
        assert!(
            text.contains("2147484 with 100 posterior samples and 10 classes, of which 2147483 fit"),
            "{text}"
        );
        assert!(plain(usize::MAX).check_picked(usize::MAX, usize::MAX).is_err());
        assert!(Config { k: Some(3), ..config("k_bald") }.check_picked(100, 30_152).is_err());
        let triples = |batch| Config { k: Some(3), batch, ..config("k_bald") };
        assert!(triples(LARGEST_BATCH_OF_TRIPLES).check().is_ok());
        let text = triples(LARGEST_BATCH_OF_TRIPLES + 1).check().unwrap_err().to_string();
        assert_eq!(text, "`batch` is 21, expected at most 20 with `k: 3`");
    }
}
