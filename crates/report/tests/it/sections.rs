//! Sections that need something particular: each is there with it, and says what it needs without.

use std::path::Path;

use bal_artifact::{DatasetKind, Manifest};
use bal_report::Config;

use crate::fixture::{Setup, Tree, section, text, words};

pub(crate) const FILE: &str = "
source: Somebody & others <2020>
short: Somebody
url: https://example.org/paper
where: table 2
read_off_figure: true
counts: acquired
initial: 20
labels_to_accuracy:
  - {accuracy: 0.9, cells: {bald: 25, random: {value: 40, plus_minus: 5}, badge: 10}}
accuracy_at_labels:
  - {labels: 20, cells: {bald: 0.9, random: {from: 0.7, to: 0.85}}}
";

/// The cells of a row of the first table behind a place in the page.
fn has(page: &str, parts: &[&str]) {
    for part in parts {
        assert!(page.contains(part), "no `{part}`");
    }
}

#[test]
fn published_numbers_stand_beside_measured_ones_and_are_marked() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    let file = tree.folder.path().join("pipelines/somebody.yaml");
    bal_artifact::write_file(&file, FILE.as_bytes()).unwrap();
    let name = "../../pipelines/somebody.yaml".to_owned();
    let config = Config { published: vec![name.clone()], ..Config::default() };
    let report = tree.report_with(&config).unwrap();
    let page = text(&report, "report.html");
    has(
        &page,
        &[
            "published: Somebody",
            "<em class=\"published\">45</em>",
            "<em class=\"published\">60 ± 5</em>",
            "<em class=\"published\">90</em>",
            "<em class=\"published\">70–85</em>",
            "<a href=\"https://example.org/paper\" rel=\"noreferrer\"><bdi>Somebody &amp; others &lt;2020&gt;</bdi></a>",
            "Read off a figure. It counts acquired points; 20 are added here.",
            "Not among these runs: <bdi>badge</bdi>.",
        ],
    );
    let csv = text(&report, "published.csv");
    assert!(csv.contains("Somebody & others <2020>,table 2,true,bald,0.9,,25,,,,20\n"), "{csv}");
    assert!(csv.contains(",random,,20,,,0.7,0.85,20\n"), "{csv}");
    let manifest = Manifest::read(&report, "report").unwrap();
    assert!(manifest.inputs.contains_key(&name), "a changed file makes the report stale");

    bal_artifact::write_file(&file, FILE.replace("short", "shrot").as_bytes()).unwrap();
    let error = tree.report_with(&config).unwrap_err().to_string();
    assert!(error.contains("somebody.yaml`: ") && error.contains("unknown field `shrot`"), "{error}");
    fs_err::remove_file(&file).unwrap();
    let error = tree.report_with(&config).unwrap_err().to_string();
    assert!(error.starts_with("published numbers `") && error.ends_with("` is missing"), "{error}");
}

#[test]
fn the_files_of_the_project_can_be_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipelines/published");
    let files = fs_err::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let is_yaml = |path: &std::path::PathBuf| path.extension().is_some_and(|extension| extension == "yaml");
    let published: Vec<String> = files.filter(is_yaml).map(|path| path.display().to_string()).collect();
    assert!(published.len() >= 4, "{published:?}");
    bal_report::check_published(&Config { published, ..Config::default() }, Path::new("/")).unwrap();
}

#[test]
fn maps_show_the_boundary_and_the_picks_in_their_order() {
    let tree = Tree::of(&Setup {
        with_maps: true,
        rounds: 6,
        ..Setup { accuracy: |_, _, round| 0.5 + 0.05 * round as f64, ..Setup::new(DatasetKind::Points) }
    });
    let report = tree.report().unwrap();
    let page = text(&report, "report.html");
    has(
        &page,
        &["<section id=\"maps\">", "<section id=\"understanding\">", "Colours: <code>bald</code> from 0.000"],
    );
    for round in [0, 2, 4] {
        let svg = text(&report, &format!("score_map-bald-{round}.svg"));
        // The two classes meet in the middle: an upright line of 24 pieces.
        let boundary = svg.split("class=\"boundary\" d=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!((boundary.matches('v').count(), boundary.matches('h').count()), (24, 0), "{boundary}");
        assert!(svg.contains(">10</text>") && svg.matches("class=\"pick\"").count() == 10);
    }
    assert!(!report.join("score_map-bald-1.svg").exists(), "the first, the middle and the last");
    let numbers = text(&report, "understanding_bald-expected_entropy.csv");
    assert!(numbers.starts_with("x1,x2,expected_entropy\n-1.15,-1.15,0\n"), "{}", &numbers[..80]);
    assert_eq!(numbers.lines().count(), 24 * 24 + 1);
}

#[test]
fn joint_methods_are_held_against_log_k_and_their_redundancy_is_measured() {
    let cells = [("batch_bald", "batch_bald"), ("bald", "bald")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    let accuracy = |_: &str, seed: u64, round: usize| 0.5 + 0.1 * round as f64 + 0.01 * seed as f64;
    let tree = Tree::of(&Setup {
        cells: cells.to_vec(),
        with_predictions: true,
        accuracy,
        ..Setup::new(DatasetKind::Images)
    });
    let report = tree.report().unwrap();
    let page = text(&report, "report.html");
    has(&page, &["<section id=\"joint\">", "<section id=\"redundancy\">", "comes to more than 95 % of it"]);
    let joint = text(&report, "joint_information.csv");
    let first: Vec<&str> = joint.lines().nth(1).unwrap().split(',').collect();
    assert_eq!((first[0], first[1], first[5]), ("batch_bald", "20", "2"));
    approx::assert_relative_eq!(
        first[2].parse::<f64>().unwrap(),
        3.0 * (1.0 - (-3f64).exp()),
        max_relative = 1e-12
    );
    approx::assert_relative_eq!(first[4].parse::<f64>().unwrap(), 20f64.ln(), max_relative = 1e-12);
    assert!(!joint.contains("\nbald,"), "scores alone estimate nothing jointly");

    // All points of the fixture's batches are as sure of their own class in each sample: they share
    // H[mean] − H[joint] = log 10 minus what remains unsure.
    let shared = text(&report, "redundancy.csv");
    let nats: Vec<f64> =
        shared.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().parse().unwrap()).collect();
    assert_eq!(nats.len(), 6);
    let sure = [0.91_f64, 0.01];
    let mean = 10f64.ln();
    // P = (1/10) Σ_r e_r ⊗ e_r: 0.1·(sure² + 9·unsure²) where the classes match, the rest elsewhere.
    let same = 0.1 * (sure[0] * sure[0] + 9.0 * sure[1] * sure[1]);
    let other = (1.0 - 10.0 * same) / 90.0;
    let information = 2.0 * mean + 10.0 * same * same.ln() + 90.0 * other * other.ln();
    for value in nats {
        approx::assert_relative_eq!(value, information, max_relative = 1e-4);
    }
}

#[test]
fn five_seeds_have_a_verdict_and_a_seed_far_from_the_others_is_named() {
    let accuracy = |cell: &str, seed: u64, round: usize| {
        let noise = 0.001 * ((seed * 7) % 5) as f64;
        let broken = if (cell, seed) == ("random", 3) { 0.2 } else { 0.0 };
        0.6 + 0.05 * round as f64 + noise - broken - if cell == "random" { 0.05 } else { 0.0 }
    };
    let tree = Tree::of(&Setup { seeds: 6, accuracy, ..Setup::new(DatasetKind::Images) });
    let report = tree.report().unwrap();
    let page = text(&report, "report.html");
    has(
        &page,
        &[
            "<section id=\"seeds\">",
            "certain at 5 % by the paired t-test with Holm’s correction over 1 pair",
            "none of the differences is certain (paired t-tests at 5 %, Holm’s correction over 1 pair)",
        ],
    );
    let csv = text(&report, "deviating_seeds.csv");
    assert!(csv.starts_with("cell,seed,aulc,median_aulc\nrandom,3,") && csv.lines().count() == 2, "{csv}");
    let paired = text(&report, "paired_comparison.csv");
    let row: Vec<&str> = paired.lines().nth(1).unwrap().split(',').collect();
    assert_eq!(row[..5], ["bald", "random", "20", "50", "6"]);
    approx::assert_relative_eq!(row[5].parse::<f64>().unwrap(), 0.05 + 0.2 / 6.0, max_relative = 1e-9);
}

#[test]
fn what_is_certain_is_said_in_short() {
    let accuracy = |cell: &str, seed: u64, round: usize| {
        let lead = if cell == "bald" { 0.05 + 0.001 * seed as f64 } else { 0.0 };
        0.6 + 0.05 * round as f64 + lead
    };
    let tree = Tree::of(&Setup { seeds: 5, accuracy, ..Setup::new(DatasetKind::Images) });
    let page = text(&tree.report().unwrap(), "report.html");
    let in_short = words(section(&page, "short"));
    for sentence in [
        "5.20 percentage points ahead of random (95 % interval [+5.00, +5.40]).",
        "it is certain (paired t-tests at 5 %, Holm’s correction over 1 pair) that bald is ahead of random by 5.20 points: see",
    ] {
        assert!(in_short.contains(sentence), "{in_short}");
    }
}

#[test]
fn runs_on_different_data_sets_are_compared_among_themselves() {
    let [images, points] = [DatasetKind::Images, DatasetKind::Points].map(|kind| Tree::new(kind, 1.0));
    let renamed = points.runs().with_file_name("other");
    fs_err::rename(points.runs(), &renamed).unwrap();
    let out = images.folder.path().join("both");
    let files = bal_report::Files {
        runs: vec![images.runs(), renamed],
        data: Vec::new(),
        place: bal_artifact::Place::new(out.clone(), None, 0, 0),
    };
    bal_report::run(&bal_settings::Checked::new(Config::default()).unwrap(), &files).unwrap();
    for (number, cell, other) in [(1, "demo/bald", "other/"), (2, "other/bald", "demo/")] {
        let csv = text(&out, &format!("learning_curves-{number}.csv"));
        assert!(csv.contains(cell) && !csv.contains(other), "{csv}");
        // The same function has its colour in both.
        assert!(
            text(&out, &format!("learning_curves-{number}.svg")).contains("<g class=\"s0\" data-series=\"")
        );
    }
    let paired = text(&out, "paired_comparison.csv");
    assert_eq!(paired.lines().count(), 1 + 2, "no pair across data sets: {paired}");
}

#[test]
fn texts_are_shown_as_texts() {
    let tree = Tree::of(&Setup::new(DatasetKind::Texts));
    let page = text(&tree.report().unwrap(), "report.html");
    has(&page, &["&lt;b&gt;gas&lt;/b&gt;", "Texts acquired by bald"]);
    assert!(!page.contains("<b>gas"));
}
