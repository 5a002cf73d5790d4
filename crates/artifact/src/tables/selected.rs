//! `selected.parquet`: an acquisition batch in pick order, and what each pick was worth.

use std::path::Path;

use polars::prelude::Column;

use super::Columns;
use crate::table::INDEX;
use crate::{Error, Staging};

const RANK: &str = "rank";
const GAIN: &str = "gain";
const JOINT_MI: &str = "joint_mi";

/// `selected.parquet`, a value per pick.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selected {
    /// Ids of the picked points.
    pub ids: Vec<i64>,
    /// What the method gained by each pick.
    pub gains: Vec<f64>,
    /// Joint mutual information in nats of the batch up to and including each pick; of joint methods.
    pub joint_mi: Option<Vec<f64>>,
}

impl Selected {
    /// Writes `selected.parquet`.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Table`] for other numbers of values than ids.
    pub fn write(&self, staging: &mut Staging) -> Result<(), Error> {
        let mut columns = vec![
            Column::new(RANK.into(), (0..self.ids.len() as i64).collect::<Vec<_>>()),
            Column::new(INDEX.into(), &self.ids),
            Column::new(GAIN.into(), &self.gains),
        ];
        columns.extend(self.joint_mi.iter().map(|joint_mi| Column::new(JOINT_MI.into(), joint_mi)));
        staging.columns("selected", self.ids.len(), columns)
    }

    /// Reads a `selected.parquet`.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Corrupt`], [`Error::Mismatch`], [`Error::Value`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let table = Columns::read("selected", path, &[])?;
        let joint_mi = table.has(JOINT_MI).then(|| table.numbers(JOINT_MI)).transpose()?;
        Ok(Self { ids: table.whole(INDEX)?, gains: table.numbers(GAIN)?, joint_mi })
    }
}
