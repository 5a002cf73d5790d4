//! Numbers that are too large for anything are refused before memory is asked for; and what a file may look
//! like.

use crate::support::{PIPELINE, Project};

const HUGE: &str = "18446744073709551615";

#[test]
fn sizes_in_a_pipeline_are_bounded() {
    for (key, value, text) in [
        ("train.epochs", HUGE, "expected 1 to 100000, found 18446744073709551615"),
        ("train.batch_size", HUGE, "expected 1 to 65536, found 18446744073709551615"),
        ("train.evaluate.samples", "100000000", "expected 1 to 10000, found 100000000"),
        ("score.posterior.mc_dropout.samples", "100000000", "expected 1 to 10000, found 100000000"),
        (
            "score.pool_subset",
            HUGE,
            "expected at most 170, the points of the pool, found 18446744073709551615",
        ),
        (
            "prepare.validation",
            HUGE,
            "`validation` asks for 18446744073709551615 points, but only 190 are there",
        ),
        (
            "prepare.pool_size",
            HUGE,
            "`pool_size` asks for 18446744073709551615 points, but only 170 are there",
        ),
        (
            "prepare.initial_per_class",
            HUGE,
            "of class `0` asks for 18446744073709551615 points, but only 20 are there",
        ),
        ("rounds", HUGE, "expected 1 to 1000000, found 18446744073709551615"),
    ] {
        let project = Project::new();
        let set = format!("{key}={value}");
        for command in ["plan", "run"] {
            let ended = project.bal(&[command, "tiny.yaml", "--set", &set]);
            let start = format!("error: `tiny.yaml`, `--set {set}`, key `{key}`: ");
            assert!(ended.code == Some(3) && ended.stderr.starts_with(&start), "{ended:?}");
            assert!(ended.stderr.contains(text), "{ended:?}");
            assert!(!project.path("artifacts").exists());
        }
    }
    for (method, key, value, text) in [
        ("batch_bald", "select.num_samples", HUGE, "expected 1 to 268435456, found 18446744073709551615"),
        (
            "batch_bald",
            "select.num_samples",
            "68000000",
            "expected at most 268435456 divided by their number (4 GiB), found 68000000 with 4 posterior samples",
        ),
        ("k_bald", "select.k", HUGE, "expected 2 to 3, found 18446744073709551615"),
        (
            "top_k",
            "select.batch",
            HUGE,
            "expected at least 18446744073709551615, the batch that is picked from it, found 60",
        ),
    ] {
        let sweep = "sweep:   {seed: [0], score.acquisition: [random, bald]}";
        let project = Project::new().with(sweep, "sweep: {seed: [0]}");
        let (set, method) = (format!("{key}={value}"), format!("select.method={method}"));
        let ended = project.bal(&["plan", "tiny.yaml", "--set", &method, "--set", &set]);
        assert!(ended.code == Some(3) && ended.stderr.contains(text), "{ended:?}");
    }
}

#[test]
fn sizes_on_the_command_lines_of_stages_are_bounded() {
    let project = Project::new();
    let files = ["--data", "data/digits", "--out", "out"];
    let train = ["train", "--label", "l", "--validation", "v.npy", "--network", "gal_cnn"];
    let score = ["score", "--model", "m.safetensors", "--pool", "p.npy", "--acquisition", "bald"];
    let split = ["prepare", "split", "--validation", "20"];
    for (stage, option, value, text) in [
        (&train[..], "--epochs", HUGE, "expected 1 to 100000, found 18446744073709551615"),
        (&train[..], "--batch-size", HUGE, "expected 1 to 65536, found 18446744073709551615"),
        (&train[..], "--evaluate-samples", "100000000", "expected 1 to 10000, found 100000000"),
        (&score[..], "--samples", "100000000", "expected 1 to 10000, found 100000000"),
        (
            &split[..],
            "--initial-per-class",
            HUGE,
            "asks for 18446744073709551615 points, but only 20 are there",
        ),
        (&split[..], "--initial", HUGE, "asks for 18446744073709551615 points, but only 200 are there"),
    ] {
        let ended = project.bal(&[stage, &files[..], &[option, value]].concat());
        assert!(matches!(ended.code, Some(2 | 3)) && ended.stderr.contains(text), "{ended:?}");
        assert!(!project.path("out").exists());
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_pipeline() {
    let project = Project::new();
    let plain = project.bal(&["plan", "tiny.yaml", "--format", "yaml"]);
    bal_artifact::write_file(&project.path("tiny.yaml"), format!("\u{feff}{PIPELINE}").as_bytes()).unwrap();
    let marked = project.bal(&["plan", "tiny.yaml", "--format", "yaml"]);
    assert_eq!((marked.code, &marked.stdout), (Some(0), &plain.stdout), "{marked:?}");
    assert!(project.bal(&["list", "."]).stdout.starts_with("tiny: 2 runs, A tiny pipeline\n"));
    let wrong = project.bal(&["plan", "tiny.yaml", "--set", "rounds=0"]);
    assert_eq!(wrong.code, Some(3), "{wrong:?}");
}

#[test]
fn an_empty_keep_is_the_default() {
    let yaml = |project: &Project| project.bal(&["plan", "tiny.yaml", "--format", "yaml"]).stdout;
    let absent = yaml(&Project::new());
    let empty = yaml(&Project::new().with("rounds: 3", "rounds: 3\nkeep: {}"));
    assert_eq!(absent, empty);
    assert!(absent.contains("\nkeep:\n  weights: last\n  scores: last\n  predictions: none\n"), "{absent}");
}
