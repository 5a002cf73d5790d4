//! The CSV tables. Shares are fractions, an empty field means that there is no value.

use std::fmt::Write as _;

use super::statistics::Average;
use super::summary::{LabelsTo, SUMMARISED, Summary};
use super::times::StageTime;

/// `labels_to_accuracy.csv`.
pub(crate) fn labels_to_accuracy(rows: &[LabelsTo]) -> String {
    let mut text = "cell,threshold,median_labels,seeds_reached,seeds,mean_curve_labels\n".to_owned();
    for row in rows {
        let (cell, median, mean) = (field(&row.cell), optional(row.median), optional(row.of_mean_curve));
        let _ = writeln!(text, "{cell},{},{median},{},{},{mean}", row.threshold, row.reached, row.seeds);
    }
    text
}

/// `summary.csv`.
pub(crate) fn summary(rows: &[Summary]) -> String {
    let mut text = "cell,labels,seeds".to_owned();
    for name in SUMMARISED.iter().map(|metric| metric.name()).chain(["aulc"]) {
        let _ = write!(text, ",{name}_mean,{name}_standard_error");
    }
    text.push('\n');
    for row in rows {
        let _ = write!(text, "{},{},{}", field(&row.cell), row.labels, row.seeds);
        for average in row.metrics.iter().chain([&row.area]) {
            let _ = write!(text, ",{}", both(average.as_ref()));
        }
        text.push('\n');
    }
    text
}

/// `times.csv`.
pub(crate) fn times(rows: &[StageTime]) -> String {
    let mut text = "cell,seed,stage,times_run,seconds,peak_memory_bytes,device,host,threads\n".to_owned();
    for StageTime { cell, seed, stage, count, seconds, peak_memory_bytes, devices, hosts, threads } in rows {
        let list = |values: Vec<String>| field(&values.join(" "));
        let (cell, devices, hosts) =
            (field(cell), list(devices.iter().cloned().collect()), list(hosts.iter().cloned().collect()));
        let threads = list(threads.iter().map(usize::to_string).collect());
        let _ = writeln!(
            text,
            "{cell},{seed},{stage},{count},{seconds:.3},{peak_memory_bytes},{devices},{hosts},{threads}"
        );
    }
    text
}

fn both(average: Option<&Average>) -> String {
    format!(
        "{},{}",
        optional(average.map(|average| average.mean)),
        optional(average.and_then(|average| average.error))
    )
}

fn optional<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_only_where_needed() {
        assert_eq!(field("bald_batch-20"), "bald_batch-20");
        assert_eq!(field("a,\"b\""), "\"a,\"\"b\"\"\"");
    }
}
