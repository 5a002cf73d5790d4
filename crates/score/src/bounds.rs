//! What can be held in memory and what fits a data set: limits that no schema knows.

use bal_artifact::{DatasetDetails, DatasetKind};
use bal_model::{MAX_SAMPLES, Posterior, Precision};
use bal_settings::Invalid;

use crate::map::layers;
use crate::{Config, FeaturesOf, Targets, functions};

/// Predictions that are held or written at once at most, as f32: 16 GiB.
const MAX_HELD: usize = 1 << 32;

impl Config {
    /// Refuses more posterior samples and more predictions than can be held: those of `points` scored points
    /// where they are kept, those of targets, and a map.
    ///
    /// # Errors
    /// [`Invalid`] of `posterior`, `targets` or `grid`.
    pub fn check_held(&self, points: usize, classes: usize, members: usize) -> Result<(), Invalid> {
        let samples = self.posterior.samples(members);
        if samples > MAX_SAMPLES {
            let expected = format!("at most {MAX_SAMPLES} samples of all members");
            return Err(Invalid::new(&self.key_of_samples(), &expected, &self.found_samples(members)));
        }
        let fits = |points: usize| points.saturating_mul(samples).saturating_mul(classes) <= MAX_HELD;
        let expected = format!("at most {MAX_HELD} numbers in all (16 GiB)");
        if (self.write_log_probs || self.write_logits) && !fits(points) {
            let found = format!("{samples}, for kept predictions of {points} points and {classes} classes");
            return Err(Invalid::new(&self.key_of_samples(), &expected, &found));
        }
        if let Some(targets) = self.targets.map(Targets::points).filter(|&targets| !fits(targets)) {
            let found = format!("{targets} points, of {samples} samples and {classes} classes");
            return Err(Invalid::new("targets", &expected, &found));
        }
        match self.grid {
            Some(grid) if 2 * grid * grid * layers(classes).len() > MAX_HELD => {
                let found = format!("{grid}, for {classes} classes in f64");
                Err(Invalid::new("grid", &expected, &found))
            }
            _ => Ok(()),
        }
    }

    /// The key that says how many samples there are, as far as one does.
    fn key_of_samples(&self) -> String {
        match self.posterior.masks_of_a_member() {
            Some(_) => format!("posterior.{}.samples", self.posterior.kind().name()),
            None => "posterior".to_owned(),
        }
    }

    fn found_samples(&self, members: usize) -> String {
        match self.posterior.masks_of_a_member() {
            Some(masks) => format!("{masks} of each of {members}"),
            None => format!("{members} members"),
        }
    }

    /// Refuses whatever is made by a network, for where there is none.
    ///
    /// # Errors
    /// [`Invalid`] of the first such setting.
    pub fn check_without_network(&self) -> Result<(), Invalid> {
        let predicting =
            functions(&self.acquisition)?.into_iter().find(|function| function.needs_predictions());
        if let Some(function) = predicting {
            let expected = "functions that look at no prediction, because there is no network";
            let hint = "`random` looks at none; `minimum_bayes_risk` picks by no score";
            return Err(Invalid::new("acquisition", expected, &format!("`{function}`")).with_hint(hint));
        }
        let asked = [
            ("posterior", self.posterior != Posterior::default()),
            ("precision", self.precision != Precision::default()),
            ("write_log_probs", self.write_log_probs),
            ("write_logits", self.write_logits),
            ("grid", self.grid.is_some()),
        ];
        match asked.into_iter().find(|(_, is_asked)| *is_asked) {
            Some((key, _)) => Err(Invalid::new(key, "nothing, because there is no network", "some")),
            None if self.write_features && self.features_of == FeaturesOf::Network => {
                Err(Invalid::new("features_of", "`inputs`, because there is no network", "`network`"))
            }
            None => Ok(()),
        }
    }

    /// Refuses a map of anything but a plane.
    ///
    /// # Errors
    /// [`Invalid`] of `grid`.
    pub fn check_plane(&self, data: &DatasetDetails) -> Result<(), Invalid> {
        let is_plane = data.kind == DatasetKind::Points && data.input_shape == [2];
        if self.grid.is_none() || is_plane {
            return Ok(());
        }
        let found = format!("one for `{}`, whose inputs have shape {:?}", data.name, data.input_shape);
        Err(Invalid::new("grid", "a map for data sets of points of the plane only", &found))
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
            precision: Precision::default(),
            write_log_probs: false,
            write_logits: false,
            write_features: false,
            features_of: FeaturesOf::Network,
            grid: None,
        }
    }

    #[test]
    fn without_a_network_nothing_is_predicted() {
        let random =
            || Config { acquisition: "random".to_owned(), posterior: Posterior::default(), ..config(1) };
        let inputs = || Config { write_features: true, features_of: FeaturesOf::Inputs, ..random() };
        assert!(random().check_without_network().is_ok() && inputs().check_without_network().is_ok());
        for (config, text) in [
            (
                Config { acquisition: "random,bald".to_owned(), ..inputs() },
                "key `acquisition`: expected functions that look at no prediction, because there is no network, found `bald`",
            ),
            (
                Config { posterior: Posterior::Deterministic, ..random() },
                "key `posterior`: expected nothing, because there is no network, found some",
            ),
            (
                Config { write_log_probs: true, ..random() },
                "key `write_log_probs`: expected nothing, because there is no network, found some",
            ),
            (
                Config { features_of: FeaturesOf::Network, ..inputs() },
                "key `features_of`: expected `inputs`, because there is no network, found `network`",
            ),
        ] {
            assert_eq!(config.check_without_network().unwrap_err().to_string(), text);
        }
        let unread = Checked::new(Config { features_of: FeaturesOf::Inputs, ..random() }).unwrap_err();
        assert_eq!(
            unread.to_string(),
            "key `features_of`: expected nothing without `write_features`, found `inputs`"
        );
    }

    #[test]
    fn impossible_values_are_refused() {
        assert!(Checked::new(config(MAX_SAMPLES)).is_ok());
        let of = |acquisition: &str| Config { acquisition: acquisition.to_owned(), ..config(1) };
        let to = |targets| Config { targets: Some(targets), ..of("epig") };
        let ensemble = Posterior::EnsembleMcDropout { samples: MAX_SAMPLES + 1 };
        for (config, text) in [
            (config(0), "key `posterior.mc_dropout.samples`: expected 1 to 10000, found 0"),
            (
                Config { posterior: ensemble, ..config(1) },
                "key `posterior.ensemble_mc_dropout.samples`: expected 1 to 10000, found 10001",
            ),
            (Config { pool_subset: Some(0), ..config(1) }, "key `pool_subset`: expected at least 1, found 0"),
            (Config { grid: Some(1), ..config(1) }, "key `grid`: expected 2 to 1000, found 1"),
            (Config { grid: Some(1001), ..config(1) }, "key `grid`: expected 2 to 1000, found 1001"),
            (to(Targets::Test(0)), "key `targets.test`: expected at least 1, found 0"),
            (of("epig"), "key `targets`: expected `pool` or `test` points for `epig`, found none"),
            (
                Config { targets: Some(Targets::Pool(1)), ..config(1) },
                "key `targets`: expected nothing without `epig`, found some",
            ),
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
        let logits = Config { write_logits: true, ..config(MAX_SAMPLES) };
        for kept in [kept, logits] {
            assert!(kept.check_held(points, classes, 1).is_ok());
            let text = kept.check_held(points + 1, classes, 1).unwrap_err().to_string();
            assert!(text.contains("for kept predictions of 42950 points and 10 classes"), "{text}");
        }
        assert!(config(MAX_SAMPLES).check_held(usize::MAX, classes, 1).is_ok(), "scored tile by tile");
        let targets = Config { targets: Some(Targets::Test(usize::MAX)), ..config(1) };
        let text = targets.check_held(1, classes, 1).unwrap_err().to_string();
        assert!(text.contains(&format!("found {} points, of 1 samples", usize::MAX)), "{text}");
        let map = Config { grid: Some(1000), ..config(1) };
        assert!(map.check_held(1, 2143, 1).is_ok(), "with 4 layers that are no classes just below 2³¹ f64");
        let text = map.check_held(1, 2144, 1).unwrap_err().to_string();
        assert!(
            text.contains("key `grid`: ") && text.ends_with("found 1000, for 2144 classes in f64"),
            "{text}"
        );
    }

    #[test]
    fn samples_of_all_members_count() {
        let of = |posterior| Config { posterior, ..config(1) };
        let masks = of(Posterior::EnsembleMcDropout { samples: 2000 });
        assert!(masks.check_held(1, 10, 5).is_ok());
        assert_eq!(
            masks.check_held(1, 10, 6).unwrap_err().to_string(),
            "key `posterior.ensemble_mc_dropout.samples`: expected at most 10000 samples of all members, \
             found 2000 of each of 6"
        );
        let text = of(Posterior::DeepEnsemble).check_held(1, 10, MAX_SAMPLES + 1).unwrap_err().to_string();
        assert_eq!(
            text,
            "key `posterior`: expected at most 10000 samples of all members, found 10001 members"
        );
        let kept = Config { write_log_probs: true, ..of(Posterior::DeepEnsemble) };
        assert!(kept.check_held(MAX_HELD / 50, 10, 5).is_ok());
        assert!(kept.check_held(MAX_HELD / 50 + 1, 10, 5).is_err());
    }
}
