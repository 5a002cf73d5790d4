//! `scores.parquet`: scores of points, a column per acquisition function.

use std::path::Path;

use polars::prelude::Column;

use crate::table::INDEX;
use crate::{Error, Staging, Table};

/// `scores.parquet`: ids in the order that decides ties, and what each function says of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    /// Ids of the points.
    pub ids: Vec<i64>,
    /// Functions by name, in the order asked for, with a score per point.
    pub columns: Vec<(String, Vec<f64>)>,
}

impl Scores {
    /// The scores by the function of this name.
    pub fn column(&self, name: &str) -> Option<&[f64]> {
        self.columns.iter().find_map(|(column, scores)| (column == name).then_some(scores.as_slice()))
    }

    /// Writes `scores.parquet`.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Table`] for two columns of one name, and for other numbers of scores than ids.
    pub fn write(&self, staging: &mut Staging) -> Result<(), Error> {
        let mut columns = vec![Column::new(INDEX.into(), &self.ids)];
        columns.extend(self.columns.iter().map(|(name, scores)| Column::new(name.into(), scores)));
        staging.columns("scores", self.ids.len(), columns)
    }

    /// Reads a `scores.parquet`, or anybody's table with ids and scores.
    ///
    /// # Errors
    /// As [`Table::ids`] and [`Table::scores`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let table = Table::open("scores", path)?;
        let ids = table.ids()?;
        let column = |name: String| Ok((name.clone(), table.scores(&name, &ids)?));
        let columns = table.score_columns().into_iter().map(column).collect::<Result<_, Error>>()?;
        Ok(Self { ids, columns })
    }
}
