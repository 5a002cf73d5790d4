//! The CSV tables. Shares are fractions, an empty field means that there is no value.

use super::statistics::Average;
use super::summary::{LabelsTo, SUMMARISED, Summary};
use super::times::StageTime;
use crate::words::list;

pub(crate) fn labels_to_accuracy(rows: &[LabelsTo]) -> String {
    let head = ["cell", "threshold", "median_labels", "seeds_reached", "seeds", "mean_curve_labels"];
    let row = |row: &LabelsTo| {
        let (threshold, median, mean) =
            (row.threshold.to_string(), text(row.median), text(row.of_mean_curve));
        vec![row.cell.clone(), threshold, median, row.reached.to_string(), row.seeds.to_string(), mean]
    };
    table(head.map(str::to_owned).to_vec(), rows.iter().map(row))
}

pub(crate) fn summary(rows: &[Summary]) -> String {
    let names = SUMMARISED.iter().map(|metric| metric.name()).chain(["aulc"]);
    let averages = names.flat_map(|name| [format!("{name}_mean"), format!("{name}_standard_error")]);
    let head = ["cell", "labels", "seeds"].map(str::to_owned).into_iter().chain(averages).collect();
    let both = |average: &Option<Average>| {
        [text(average.map(|average| average.mean)), text(average.and_then(|average| average.error))]
    };
    let row = |row: &Summary| {
        let averages = row.metrics.iter().chain([&row.area]).flat_map(both);
        let first = [row.cell.clone(), row.labels.to_string(), row.seeds.to_string()];
        first.into_iter().chain(averages).collect()
    };
    table(head, rows.iter().map(row))
}

pub(crate) fn times(rows: &[StageTime]) -> String {
    let head =
        ["cell", "seed", "stage", "times_run", "seconds", "peak_memory_bytes", "device", "host", "threads"];
    let row = |row: &StageTime| {
        vec![
            row.cell.clone(),
            row.seed.to_string(),
            row.stage.to_owned(),
            row.count.to_string(),
            format!("{:.3}", row.seconds),
            row.peak_memory_bytes.to_string(),
            list(&row.devices, " "),
            list(&row.hosts, " "),
            list(&row.threads, " "),
        ]
    };
    table(head.map(str::to_owned).to_vec(), rows.iter().map(row))
}

fn table(head: Vec<String>, rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |fields: Vec<String>| list(fields.iter().map(|text| field(text)), ",") + "\n";
    std::iter::once(head).chain(rows).map(line).collect()
}

fn text<T: ToString>(value: Option<T>) -> String {
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
