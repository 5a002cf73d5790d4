//! The page: complete in itself, equal for equal runs, plain about what is missing.

use std::path::Path;

use bal_artifact::{DatasetKind, Place};
use bal_report::{Band, Config, Files, LearningCurves, Metric};
use bal_settings::Checked;

use crate::fixture::{Tree, section, text, words};

/// Every value of an attribute in a page.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    page.split(&start).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn page_needs_nothing_else() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    let report = tree.report().unwrap();
    let page = text(&report, "report.html");
    for foreign in
        ["<iframe", "@import", "src=\"/", "javascript:", "onload=", "onclick=", "fetch(", "import(", "eval("]
    {
        assert!(!page.contains(foreign), "the page has `{foreign}`");
    }
    for value in values(&page, "src") {
        assert!(value.starts_with("data:image/png;base64,"), "{value}");
    }
    for value in values(&page, "href") {
        let is_inside = value.starts_with('#') || value == "data:,";
        assert!(is_inside || report.join(value).is_file(), "`{value}` is nowhere");
    }
    assert!(!page.contains("url("));
}

#[test]
fn page_shows_everything_in_order_and_escapes_text() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    let page = text(&tree.report().unwrap(), "report.html");
    let sections = [
        "short",
        "runs",
        "curves",
        "labels",
        "summary",
        "paired",
        "calibration",
        "acquired",
        "classes",
        "scores",
        "times",
        "pipeline",
        "missing",
    ];
    let places: Vec<_> = sections.iter().map(|id| page.find(&format!("<section id=\"{id}\">"))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}");
    for part in [
        "# accuracy &lt; 1 &amp; &lt;script&gt;alert(1)&lt;/script&gt;",
        "<strong><bdi>demo</bdi></strong>. <bdi>Acquisition: 3 acquisitions. The methods differ in score.acquisition; 2 seeds each.</bdi>",
        "<bdi>tiny</bdi>: 2,400 training points, 10 classes",
        "4 runs, up to 3 acquisitions, 20 to 50 labels",
        "40 <span class=\"soft\">(1 of 2)</span></td><td>–</td>",
        "– <span class=\"soft\">(0 of 2)</span></td><td>–</td>",
        "45 <span class=\"soft\">(40–50, 2 of 2)</span></td><td>40</td>",
        "95.50 ± 0.50",
        "<h4>Round 2<br>40 labels</h4>",
        "<bdi>kind 3</bdi>",
        "<bdi class=\"label\">bald: ECE ",
        "Published numbers: needs files in <code>report.published</code>.",
        "With fewer than 5 common seeds there is no interval and no verdict",
        "<strong><bdi>kind 3</bdi></strong>\u{a0}×",
        " By the clock 3 min 01 s from the first start to the last end, pauses included.",
        " Processor: <bdi>a processor</bdi>.",
    ] {
        assert!(page.contains(part), "no `{part}`");
    }
    assert!(!page.contains("Unfinished"));
    let in_short = "In short With 50 labels, the most that all methods have, bald is right on 95.50 ± 0.50 % of the test \
                    set, 7.50 percentage points ahead of random (above 0 in 2 of 2). Chosen as the best of 2 by the same \
                    numbers, it looks a little better than it is. The mean curve of bald comes to 95 % accuracy (5 % error) with 50 labels, \
                    that of random not with the 50 that it has. No difference is certain: with fewer than 5 common seeds \
                    there is no verdict.";
    assert_eq!(words(section(&page, "short")), in_short);
}

#[test]
fn names_inside_the_page_are_unique_and_found() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    let page = text(&tree.report().unwrap(), "report.html");
    let mut ids: Vec<&str> =
        page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
    for reference in values(&page, "href").iter().filter_map(|value| value.strip_prefix('#')) {
        assert!(ids.contains(&reference), "`{reference}` is nowhere");
    }
}

#[test]
fn unfinished_runs_are_used_as_far_as_they_went_and_named() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    tree.plan(&text(&tree.runs(), "pipeline.yaml").replace("seed: [0, 1]", "seed: [0, 1, 2]"));
    fs_err::remove_dir_all(tree.runs().join("bald/seed-1/round-003")).unwrap();
    fs_err::remove_dir_all(tree.runs().join("random/seed-0/round-000")).unwrap();
    let report = tree.report().unwrap();
    let page = text(&report, "report.html");
    assert!(
        words(section(&page, "short"))
            .starts_with("In short With 40 labels, the most that all methods have, ")
    );
    for note in
        ["seed 1 of bald: 2 of 3 rounds", "seed 2 of bald: not begun", "seed 0 of random: not yet trained"]
    {
        assert!(page.contains(note), "{note}");
    }
    let csv = text(&report, "labels_to_accuracy.csv");
    assert!(csv.contains("bald,0.9,40,1,2,40,40,40\n"), "{csv}");
    assert!(csv.contains("random,0.9,40,1,1,40,40,40\n"), "{csv}");
}

#[test]
fn a_method_that_has_only_begun_takes_no_other_back() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    for (seed, round) in [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3)] {
        fs_err::remove_dir_all(tree.runs().join(format!("random/seed-{seed}/round-{round:03}"))).unwrap();
    }
    let in_short = words(section(&text(&tree.report().unwrap(), "report.html"), "short"));
    let expected = "In short With 50 labels bald is right on 95.50 ± 0.50 % of the test set. random has only begun and is \
                    not counted.";
    assert!(in_short.starts_with(expected), "{in_short}");
}

/// Writes another file in the place of this one: a stage that has run again since.
fn replace(tree: &Tree, path: &str, from: &str) {
    let text = |path: &str| fs_err::read(tree.runs().join(path)).unwrap();
    bal_artifact::write_file(&tree.runs().join(path), &text(from)).unwrap();
}

#[test]
fn rounds_that_do_not_belong_to_those_before_them_are_left_out_and_named() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    // `score` of round 1 ran again, and gave other scores.
    replace(&tree, "bald/seed-0/round-001/score/score.json", "bald/seed-0/round-000/score/score.json");
    let report = tree.report().unwrap();
    let page = text(&report, "report.html");
    assert!(page.contains("Left out"));
    let why = "`score` of round 1 was made with seed 0 as round 0";
    assert!(page.contains(&format!("<li><bdi>bald/seed-0, rounds 2 to 3: {why}</bdi></li>")), "{page}");
    assert!(page.contains("seed 0 of bald: 1 of 3 rounds"));
    let csv = text(&report, "labels_to_accuracy.csv");
    assert!(csv.contains("bald,0.9,50,1,2,"), "seed 0 never gets there: {csv}");
}

#[test]
fn runs_that_the_pipeline_does_not_have_are_left_out_and_named() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    tree.plan("rounds: 2\nname: demo\nsweep: {seed: [0], score.acquisition: [bald]}\n");
    let report = tree.report().unwrap();
    let page = text(&report, "report.html");
    for text in [
        "bald/seed-0, all after the training of round 2: the pipeline has 2 rounds",
        "bald/seed-1: not a run of the pipeline",
        "random/seed-0: not a run of the pipeline",
        "random/seed-1: not a run of the pipeline",
        "1 run, up to 2 acquisitions, 20 to 40 labels",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("Unfinished"));
    assert!(!report.join("class_balance-random.svg").exists());
    let manifest = bal_artifact::Manifest::read(&report, "report").unwrap();
    assert!(
        !manifest.inputs.contains_key("bald/seed-0/round-002/selected"),
        "no acquisition after the last round"
    );
}

#[test]
fn seeds_of_a_cell_that_were_not_made_alike_are_named() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    for round in 0..4 {
        let folder = tree.runs().join(format!("bald/seed-1/round-{round:03}/train"));
        let mut manifest = bal_artifact::Manifest::read(&folder, "train").unwrap();
        manifest.config = serde_json::json!({"epochs": 7});
        bal_artifact::write_file(&folder.join("train.json"), &manifest.to_json()).unwrap();
    }
    let page = text(&tree.report().unwrap(), "report.html");
    assert!(page.contains("seed 1 of bald: `train` has another configuration than with seed 0"), "{page}");
}

#[test]
fn without_a_pipeline_the_longest_run_is_the_measure() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    fs_err::remove_file(tree.runs().join("pipeline.yaml")).unwrap();
    fs_err::remove_dir_all(tree.runs().join("bald/seed-1/round-002")).unwrap();
    let page = text(&tree.report().unwrap(), "report.html");
    assert!(page.contains("seed 1 of bald: 1 round, where the longest run has 3"));
    assert!(!page.contains("<section id=\"pipeline\">"));
}

#[test]
fn equal_runs_give_equal_reports_apart_from_times() {
    let reports = [1.0, 2.5].map(|seconds| {
        let tree = Tree::new(DatasetKind::Images, seconds);
        let report = tree.report().unwrap();
        (tree, report)
    });
    let names = |folder: &Path| {
        let mut names: Vec<_> = fs_err::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&reports[0].1), names(&reports[1].1));
    for name in names(&reports[0].1) {
        let [a, b] = [0, 1].map(|i| fs_err::read(reports[i].1.join(&name)).unwrap());
        match name.as_str() {
            "times.csv" => assert!(a != b, "the times are not those of the runs"),
            "report.html" => assert!(without_times(&a) == without_times(&b), "the pages differ"),
            "report.json" => {}
            // Not `assert_eq`: it would print whole pictures.
            _ => assert!(a == b, "`{name}` differs"),
        }
    }
}

fn without_times(page: &[u8]) -> String {
    let page = String::from_utf8(page.to_vec()).unwrap();
    let (before, rest) = page.split_once("<section id=\"times\">").unwrap();
    format!("{before}{}", rest.split_once("</section>").unwrap().1)
}

#[test]
fn points_are_shown_in_their_plane() {
    let tree = Tree::new(DatasetKind::Points, 1.0);
    let config = Config {
        learning_curves: LearningCurves { metric: Metric::TestNll, band: Band::Quartiles },
        labels_to_accuracy: vec![],
        ..Config::default()
    };
    let report = tree.report_with(&config).unwrap();
    let svg = text(&report, "acquired-bald.svg");
    assert!(svg.contains(">30</text>"), "picks are numbered in their order");
    let numbers = text(&report, "acquired-bald.csv");
    assert!(
        numbers.starts_with("number,round,id,x1,x2,class\n1,0,20,") && numbers.lines().count() == 31,
        "{numbers}"
    );
    let page = text(&report, "report.html");
    assert!(page.contains("Test NLL (nats) by number of labels, initial set included."));
    assert!(page.contains("value=\"quartiles\" checked"));
    assert!(!page.contains("<section id=\"labels\">"), "no accuracies were asked for");
}

#[test]
fn reports_without_the_data_set_say_so() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    fs_err::remove_dir_all(tree.data()).unwrap();
    let page = text(&tree.report().unwrap(), "report.html");
    assert!(page.contains(
        "What was acquired: needs a batch that was picked, and the data set in its place (or in <code>--data</code>)."
    ));
}

const NAMED: &str = "name: demo
rounds: 3
sweep: {seed: [0, 1]}
cells: {random: {label: Chance & co, score.acquisition: random}, bald: {score.acquisition: bald}}
";

/// The places of these texts, which have to be there.
fn places(text: &str, parts: &[&str]) -> Vec<usize> {
    parts.iter().map(|part| text.find(part).unwrap_or_else(|| panic!("no `{part}`"))).collect()
}

/// First fields of a CSV table, each once.
fn cells_of(csv: &str) -> Vec<&str> {
    let mut cells: Vec<&str> = csv.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    cells.dedup();
    cells
}

#[test]
fn cells_are_in_the_order_of_their_author_and_labels_are_for_people() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    tree.plan(NAMED);
    let report = tree.report().unwrap();
    for table in ["labels_to_accuracy.csv", "summary.csv", "times.csv"] {
        assert_eq!(cells_of(&text(&report, table)), ["random", "bald"], "{table}");
    }
    let history = bal_artifact::read_table("history", &report.join("history.parquet"), &[]).unwrap();
    assert_eq!(history.column("cell").unwrap().str().unwrap().get(0), Some("random"));
    let legend = text(&report, "learning_curves.svg");
    assert!(places(&legend, &[">Chance &amp; co<", ">bald<"]).is_sorted() && !legend.contains(">random<"));
    assert!(report.join("class_balance-random.svg").exists(), "files are named after the cell");

    let page = text(&report, "report.html");
    let [grey, blue] = ["<bdi class=\"label\">Chance &amp; co</bdi>", "<bdi class=\"label\">bald</bdi>"];
    let sections = ["curves", "labels", "summary", "acquired", "classes"];
    for section in page.split("<section id=\"").filter(|part| sections.iter().any(|id| part.starts_with(id)))
    {
        assert!(places(section, &[grey, blue]).is_sorted() && !section.contains(">random<"));
    }
    let named = format!("{grey} <code>random</code>");
    let (_, runs) = page.split_once("<section id=\"runs\">").unwrap();
    assert!(places(runs, &["<g class=\"s6\">", &named, "<g class=\"s0\">", blue]).is_sorted());

    // Without a pipeline cells are in the order of their names, and have the same colours.
    fs_err::remove_file(tree.runs().join("pipeline.yaml")).unwrap();
    let report = tree.report().unwrap();
    assert_eq!(cells_of(&text(&report, "summary.csv")), ["bald", "random"]);
    let page = text(&report, "report.html");
    let (_, runs) = page.split_once("<section id=\"runs\">").unwrap();
    assert!(places(runs, &["<g class=\"s0\">", blue, "<g class=\"s6\">", ">random<"]).is_sorted());
}

#[test]
fn several_folders_give_their_names_to_the_cells() {
    let trees = [0, 1].map(|_| Tree::new(DatasetKind::Images, 1.0));
    let renamed = trees[1].runs().with_file_name("other");
    fs_err::rename(trees[1].runs(), &renamed).unwrap();
    trees[0].plan(NAMED);
    let out = trees[0].folder.path().join("both");
    let files = Files {
        runs: vec![renamed, trees[0].runs()],
        data: Vec::new(),
        place: Place::new(out.clone(), None, 0, 0),
    };
    bal_report::run(&Checked::new(Config::default()).unwrap(), &files).unwrap();
    let csv = text(&out, "labels_to_accuracy.csv");
    assert!(csv.contains("demo/bald,0.9,45") && csv.contains("other/bald,0.9,45"), "{csv}");
    assert_eq!(cells_of(&csv), ["other/bald", "other/random", "demo/random", "demo/bald"]);
    assert!(out.join("class_balance-other_random.svg").exists());
    assert!(text(&out, "report.html").contains("demo/Chance &amp; co</bdi> <code>demo/random</code>"));
    let svg = text(&out, "learning_curves.svg");
    assert!(
        svg.contains("class=\"s0\"") && svg.contains("stroke-dasharray"),
        "`bald` is there twice, in two colours"
    );
}
