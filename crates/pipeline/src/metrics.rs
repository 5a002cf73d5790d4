//! The figures of a finished training.

use std::path::Path;

use bal_artifact::read_table;

use crate::Error;

/// Labels and test accuracy of a training, from its folder.
pub(crate) fn read_metrics(train: &Path) -> Result<(u64, f64), Error> {
    let path = train.join("metrics.parquet");
    let table = read_table("metrics", &path, &["labels", "test_accuracy"])?;
    let labels = table.column("labels").ok().and_then(|column| column.i64().ok()?.get(0));
    let accuracy = table.column("test_accuracy").ok().and_then(|column| column.f64().ok()?.get(0));
    let (Some(labels), Some(accuracy)) = (labels, accuracy) else {
        let (expected, found) = ("one row of numbers".to_owned(), format!("{} rows", table.height()));
        return Err(bal_artifact::Error::Mismatch { path, expected, found }.into());
    };
    Ok((labels as u64, accuracy))
}
