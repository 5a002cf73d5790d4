//! Target points of `epig`, and their predictions.

use std::path::Path;

use bal_acquisition::AcquisitionFunction;
use bal_artifact::{Inputs, Place, file};
use bal_cli::check_interrupt;
use bal_model::{Examples, Sampler, to_vec};
use bal_settings::Invalid;
use bal_stream::Purpose;
use ndarray::Array3;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Device;

use crate::Error;

const KEY: &str = "targets";

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

    /// Whether they are given where a function needs them, and nowhere else.
    pub(crate) fn check(targets: Option<Self>, functions: &[AcquisitionFunction]) -> Result<(), Invalid> {
        match (functions.iter().any(|function| function.needs_targets()), targets) {
            (true, None) => Err(Invalid::new(KEY, "`pool` or `test` points for `epig`", "none")),
            (false, Some(_)) => Err(Invalid::new(KEY, "nothing without `epig`", "some")),
            (true, Some(_)) | (false, None) => Ok(()),
        }
    }

    /// Rows of that half of the data set which they are of: of `pool`, or of a test half of this size.
    fn draw(self, pool: &[i64], test: usize, place: &Place) -> Result<Vec<i64>, Invalid> {
        let (mut rows, n) = match self {
            Self::Pool(n) => (pool.to_vec(), n),
            Self::Test(n) => ((0..test as i64).collect(), n),
        };
        if n > rows.len() {
            let found = format!("{n} points, of {}", rows.len());
            return Err(Invalid::new(KEY, "no more points than there are", &found));
        }
        place.draw().stream(Purpose::EpigTargets, 0).shuffle(&mut rows);
        rows.truncate(n);
        Ok(rows)
    }

    /// Their predictions f32 [M, K, C], by the same posterior samples as those of the `pool`, which are rows
    /// of `train`.
    pub(crate) fn log_probs(
        self,
        (train, pool): (&Examples, &[i64]),
        sampler: &Sampler,
        (data, place): (&Path, &Place),
        inputs: &mut Inputs,
        device: Device,
    ) -> Result<Array3<f32>, Error> {
        let test = match self {
            Self::Pool(_) => None,
            Self::Test(_) => {
                let details = inputs.add_dataset(data)?;
                Some(Examples::load(data, file::TEST_INPUTS, &details, inputs)?)
            }
        };
        let rows = self.draw(pool, test.as_ref().map_or(0, Examples::len), place)?;
        let half = test.as_ref().unwrap_or(train);
        let mut log_probs: Vec<f32> = Vec::new();
        for part in rows.chunks(sampler.points_at_once()) {
            check_interrupt()?;
            log_probs.extend(to_vec(&sampler.log_probs(&half.gather(part, device))));
        }
        let samples = sampler.samples();
        let shape = (rows.len(), samples, log_probs.len() / (rows.len() * samples).max(1));
        Ok(Array3::from_shape_vec(shape, log_probs).expect("the sampler returns [n, K, C]"))
    }
}
