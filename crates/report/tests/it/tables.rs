//! The numbers of a report.

use bal_artifact::{DatasetKind, Manifest, read_table, verify};
use bal_report::Metric;
use clap::ValueEnum as _;

use crate::fixture::{ACCURACIES, Setup, Tree, text};

#[test]
fn history_has_a_row_per_run_and_round() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    let history = read_table("history", &tree.report().unwrap().join("history.parquet"), &[]).unwrap();
    let mut names: Vec<String> =
        ["cell", "seed", "round", "labels", "weight_decay"].map(str::to_owned).to_vec();
    names.extend(Metric::value_variants().iter().map(|metric| metric.name().to_owned()));
    assert_eq!(history.get_column_names_owned().iter().map(ToString::to_string).collect::<Vec<_>>(), names);
    let cells = history.column("cell").unwrap().str().unwrap();
    let integers = |name: &str| history.column(name).unwrap().i64().unwrap();
    let numbers = |name: &str| history.column(name).unwrap().f64().unwrap();
    assert_eq!(history.height(), 16);
    for (row, (cell, seed, round)) in
        ACCURACIES.iter().flat_map(|(cell, seed, _)| (0..4).map(move |round| (cell, seed, round))).enumerate()
    {
        let accuracy = ACCURACIES[row / 4].2[round];
        assert_eq!(cells.get(row), Some(*cell));
        assert_eq!(integers("seed").get(row), Some(*seed as i64));
        assert_eq!(integers("round").get(row), Some(round as i64));
        assert_eq!(integers("labels").get(row), Some(20 + 10 * round as i64));
        assert_eq!(numbers("weight_decay").get(row), Some(1e-3 / (round + 1) as f64));
        assert_eq!(numbers("test_accuracy").get(row), Some(accuracy));
        assert_eq!(numbers("test_nll").get(row), Some(1.0 - accuracy));
        assert_eq!(numbers("validation_nll").get(row), None);
    }
}

#[test]
fn labels_to_accuracy_counts_the_seeds_that_got_there() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    assert_eq!(
        text(&tree.report().unwrap(), "labels_to_accuracy.csv"),
        "cell,threshold,median_labels,seeds_reached,seeds,mean_curve_labels,least_labels,most_labels\n\
         bald,0.9,45,2,2,40,40,50\n\
         bald,0.95,50,2,2,50,50,50\n\
         random,0.9,40,1,2,,40,40\n\
         random,0.95,,0,2,,,\n"
    );
}

#[test]
fn summary_averages_the_last_round() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    let csv = text(&tree.report().unwrap(), "summary.csv");
    let mut lines = csv.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let bald: Vec<&str> = lines.next().unwrap().split(',').collect();
    let value =
        |name: &str| bald[names.iter().position(|other| *other == name).unwrap()].parse::<f64>().unwrap();
    assert_eq!((bald[0], bald[1], bald[2]), ("bald", "50", "2"));
    approx::assert_relative_eq!(value("test_accuracy_mean"), 0.955, epsilon = 1e-12);
    approx::assert_relative_eq!(value("test_accuracy_standard_error"), 0.005, epsilon = 1e-12);
    approx::assert_relative_eq!(value("test_nll_mean"), 0.045, epsilon = 1e-12);
    // Trapezoids: (.70/2 + .85 + .91 + .96/2)/3 and (.60/2 + .80 + .89 + .95/2)/3.
    approx::assert_relative_eq!(value("aulc_mean"), (2.59 + 2.465) / 6.0, epsilon = 1e-12);
}

/// Rows of `history.parquet` in plain Rust: cell, seed, labels and test accuracy.
fn rows(report: &std::path::Path) -> Vec<(String, i64, i64, f64)> {
    let table = read_table("history", &report.join("history.parquet"), &[]).unwrap();
    let cells = table.column("cell").unwrap().str().unwrap().iter().flatten().map(str::to_owned);
    let integers = |name: &str| -> Vec<i64> {
        table.column(name).unwrap().i64().unwrap().iter().map(Option::unwrap).collect()
    };
    let accuracies: Vec<f64> =
        table.column("test_accuracy").unwrap().f64().unwrap().iter().map(Option::unwrap).collect();
    let numbers = integers("seed").into_iter().zip(integers("labels")).zip(accuracies);
    cells.zip(numbers).map(|(cell, ((seed, labels), accuracy))| (cell, seed, labels, accuracy)).collect()
}

/// The field of a cell's first row in a CSV table.
fn field(csv: &str, cell: &str, name: &str) -> f64 {
    let place = csv.lines().next().unwrap().split(',').position(|other| other == name).unwrap();
    let row = csv.lines().find(|line| line.starts_with(&format!("{cell},"))).unwrap();
    row.split(',').nth(place).unwrap().parse().unwrap()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn the_numbers_of_the_report_follow_from_its_history() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    let report = tree.report().unwrap();
    let (summary, labels_to) = (text(&report, "summary.csv"), text(&report, "labels_to_accuracy.csv"));
    let rows = rows(&report);
    for cell in ["bald", "random"] {
        // Labels and accuracy of each seed, round by round.
        let curves: Vec<Vec<(i64, f64)>> = [0, 1]
            .map(|seed| {
                let of_run = rows.iter().filter(|row| row.0 == cell && row.1 == seed);
                of_run.map(|row| (row.2, row.3)).collect()
            })
            .to_vec();

        let last: Vec<f64> = curves.iter().map(|curve| curve.last().unwrap().1).collect();
        let (n, centre) = (last.len() as f64, mean(&last));
        let squares: f64 = last.iter().map(|value| (value - centre).powi(2)).sum();
        let equal = |name: &str, value: f64| {
            approx::assert_relative_eq!(field(&summary, cell, name), value, max_relative = 1e-14);
        };
        equal("test_accuracy_mean", centre);
        equal("test_accuracy_standard_error", (squares / (n - 1.0) / n).sqrt());

        let trapezoid = |pair: &[(i64, f64)]| (pair[1].0 - pair[0].0) as f64 * (pair[0].1 + pair[1].1) / 2.0;
        let areas: Vec<f64> = curves
            .iter()
            .map(|curve| {
                let span = (curve.last().unwrap().0 - curve[0].0) as f64;
                curve.windows(2).map(trapezoid).sum::<f64>() / span
            })
            .collect();
        equal("aulc_mean", mean(&areas));

        let reached: Vec<f64> = curves
            .iter()
            .filter_map(|curve| curve.iter().find(|(_, accuracy)| *accuracy >= 0.9))
            .map(|(labels, _)| *labels as f64)
            .collect();
        // Of one or two numbers the median is their mean.
        approx::assert_relative_eq!(field(&labels_to, cell, "median_labels"), mean(&reached));
    }
}

#[test]
fn times_are_added_up_over_rounds() {
    let tree = Tree::new(DatasetKind::Images, 1.5);
    let csv = text(&tree.report().unwrap(), "times.csv");
    let expected = "cell,seed,stage,times_run,seconds,peak_memory_bytes,device,host,threads\n\
                    bald,0,split,1,1.5,0,cpu,workstation,1\n\
                    bald,0,label,4,6,0,cpu,workstation,1\n\
                    bald,0,train,4,6,0,cpu,workstation,1\n\
                    bald,0,score,3,4.5,0,cpu,workstation,1\n\
                    bald,0,select,3,4.5,0,cpu,workstation,1\n";
    assert!(csv.starts_with(expected), "{csv}");
    assert_eq!(csv.lines().count(), 1 + 4 * 5);
}

#[test]
fn differences_from_the_first_method_have_intervals_from_five_seeds_on() {
    let accuracy = |cell: &str, seed: u64, round: usize| {
        let of_cell = if cell == "random" { 0.01 * (seed + 1) as f64 } else { 0.0 };
        0.5 + 0.1 * round as f64 + of_cell
    };
    let of_seeds = |seeds| {
        let tree = Tree::of(&Setup { seeds, accuracy, ..Setup::new(DatasetKind::Images) });
        text(&tree.report().unwrap(), "accuracy_differences.csv")
    };
    let csv = of_seeds(5);
    let value = |name: &str| field(&csv, "random", name);
    // 0.01 to 0.05: their deviation is 0.01·√2.5, and Student's t with 4 degrees is 2.7764451 at 97.5 %.
    let half = 2.776_445_105_2 * 0.01 * 2.5_f64.sqrt() / 5.0_f64.sqrt();
    for labels in [20, 50] {
        let of = |what: &str| value(&format!("at_{labels}_{what}"));
        approx::assert_relative_eq!(of("mean"), 0.03, epsilon = 1e-12);
        approx::assert_relative_eq!(of("interval_low"), 0.03 - half, epsilon = 1e-9);
        approx::assert_relative_eq!(of("interval_high"), 0.03 + half, epsilon = 1e-9);
    }
    assert!(csv.lines().nth(1).unwrap().starts_with("random,") && csv.lines().count() == 2, "{csv}");
    let few = of_seeds(4);
    assert!(few.lines().nth(1).unwrap().ends_with(",,"), "no interval: {few}");
}

#[test]
fn reliability_is_that_of_the_last_round_over_all_seeds() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    let report = tree.report().unwrap();
    let csv = text(&report, "reliability.csv");
    let bald: Vec<&str> = csv.lines().filter(|line| line.starts_with("bald,")).collect();
    assert_eq!(bald.len(), 15, "{csv}");
    // Two seeds with 50 labels; bins of none, of 3, of 20 and of 500 points in each.
    let start = |bin: usize| bald[bin].split(',').take(6).collect::<Vec<_>>();
    assert_eq!((start(0)[1], start(0)[2], start(0)[5]), ("50", "2", "0"));
    assert!(bald[0].ends_with(",0,,"), "{}", bald[0]);
    assert_eq!([1, 6, 14].map(|bin| start(bin)[5]), ["6", "40", "1000"]);
    // Bins 6 to 14 have enough points to be drawn: lines of nine, and those of the legend.
    let svg = text(&report, "reliability.svg");
    let lines = svg.split("class=\"line\" d=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    assert_eq!(lines.map(|line| line.matches(['M', 'L']).count()).collect::<Vec<_>>(), [9, 9, 1, 1]);
}

#[test]
fn manifest_names_every_input_relative_to_the_root() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    let report = tree.report().unwrap();
    let manifest = Manifest::read(&report, "report").unwrap();
    let paths = |role: &str| manifest.inputs.get(role).map(|record| record.path.as_str());
    for role in [
        "random/seed-1/round-003/train/metrics.parquet",
        "random/seed-1/round-003/train/calibration.parquet",
        "bald/seed-0/round-002/select/selected.npy",
        "bald/seed-0/round-003/label/labels.npy",
        "bald/seed-0/split/initial.npy",
        "pipeline.yaml",
    ] {
        assert_eq!(paths(role), Some(role), "a role is the place in the experiment");
    }
    let dataset = Manifest::read(&tree.data(), "dataset").unwrap();
    let key = bal_artifact::DatasetDetails::read(&tree.data()).unwrap().key(&dataset);
    let train_inputs = paths(&format!("dataset:{key}/train_inputs.npy"));
    assert_eq!(train_inputs, Some("../../data/tiny/train_inputs.npy"));
    // 16 rounds of metrics; 3 acquisitions and their scores of each cell's first run; of 4 runs the initial
    // set, and the last round's calibration, ids and labels; the images and the description of the data set;
    // 1 pipeline.
    assert_eq!(manifest.inputs.len(), 16 + 2 * 6 + 4 * 4 + 2 + 1);
    let outputs: Vec<&str> = manifest.outputs.keys().map(String::as_str).collect();
    assert_eq!(
        outputs,
        [
            "accuracy_at_labels.csv",
            "accuracy_differences.csv",
            "acquired.csv",
            "calibration.csv",
            "calibration.svg",
            "class_balance-bald.csv",
            "class_balance-bald.svg",
            "class_balance-random.csv",
            "class_balance-random.svg",
            "class_balance.csv",
            "history.parquet",
            "labels_to_accuracy.csv",
            "learning_curves.csv",
            "learning_curves.png",
            "learning_curves.svg",
            "paired_comparison.csv",
            "reliability.csv",
            "reliability.svg",
            "report.html",
            "score_distributions-bald-bald.csv",
            "score_distributions-bald-bald.svg",
            "score_distributions-random-random.csv",
            "score_distributions-random-random.svg",
            "score_distributions.csv",
            "summary.csv",
            "times.csv",
        ]
    );
    assert!(outputs.iter().all(|name| bal_report::writes(name)));
    assert_eq!(verify(&report, &mut |_| ()).unwrap().findings, []);
}
