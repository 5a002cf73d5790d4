//! Pipeline files that ask for more than there is, or for what YAML would repair silently: each was found
//! by fuzzing or tried by hand.

use std::path::Path;

use bal_pipeline::{Resolved, resolve};

use crate::support::{PIPELINE, Project};

/// The pipeline of these tests with one part replaced.
fn changed(from: &str, to: &str) -> String {
    assert_eq!(PIPELINE.matches(from).count(), 1, "{from}");
    PIPELINE.replace(from, to)
}

fn resolved(text: &str) -> Result<Resolved, String> {
    resolve(Path::new("tiny.yaml"), text).map_err(|error| error.to_string())
}

const SWEEP: &str = "sweep:   {seed: [0], score.acquisition: [random, bald]}";

#[test]
fn a_resolved_pipeline_is_resolved_to_itself() {
    let once = resolved(PIPELINE).unwrap();
    assert_eq!(once.runs, ["random/seed-0", "bald/seed-0"]);
    assert_eq!(resolved(&once.yaml).unwrap(), once);
}

#[test]
fn a_sweep_that_no_machine_can_hold_is_refused_before_it_is_written_out() {
    let values = (1..=1000).map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
    let axes = ["train.epochs", "train.batch_size", "select.batch", "prepare.validation"];
    let product = axes.map(|key| format!("{key}: [{values}]")).join(", ");
    for (to, text) in [
        (
            format!("sweep: {{seed: [0], {product}}}"),
            "expected at most 10000 runs (cells × seeds), found 1000000000000",
        ),
        // An axis without values comes after the others have been multiplied.
        (format!("sweep: {{{product}, train.weight_decay: []}}"), "found 1000000000000"),
        (format!("sweep: {{seed: [{values}], select.batch: [{values}]}}"), "found 1000000"),
    ] {
        let error = resolved(&changed(SWEEP, &to)).unwrap_err();
        assert!(
            error.starts_with("`tiny.yaml`, line 8, key `sweep`: expected") && error.contains(text),
            "{error}"
        );
    }
    let rounds = resolved(&changed("\nrounds: 3", "\nrounds: 18446744073709551615")).unwrap_err();
    let expected = "`tiny.yaml`, line 7, key `rounds`: expected 1 to 1000000, found 18446744073709551615";
    assert_eq!(rounds, expected);
    assert!(resolved(&changed("\nrounds: 3", "\nrounds: 100")).is_ok());
}

#[test]
fn what_yaml_would_repair_silently_is_refused() {
    for (from, to, text) in [
        (
            "{seed: [0], score",
            "{seed: [0], seed: [1], score",
            "line 8, key `sweep.seed`: duplicate key `seed`",
        ),
        ("rounds: 3", "rounds: 3\nrounds: 4", "line 7, key `rounds`: duplicate key `rounds`"),
        (
            "1e-3}}",
            ".nan}}",
            "line 4, key `train.optimizer.adam.learning_rate`: expected a finite number, found NaN",
        ),
        (
            "[1e-3, 1e-2]",
            "[1e-3, .inf]",
            "key `train.weight_decay.validated[1]`: expected a finite number, found inf",
        ),
        ("name: tiny", "name: !x tiny", "key `name`: invalid type: enum, expected a value without a tag"),
        (
            "short: {",
            "../short: {",
            "key `profiles`: expected letters, digits, `.`, `_` and `-`, found `../short`",
        ),
        ("{rounds: 1,", "{'': {}, rounds: 1,", "profile `short`: unknown key ``; a pipeline has name,"),
        ("score.acquisition: [random, bald]", "prepare.dataset: [é]", "neither letters nor digits"),
        (
            "score.acquisition: [random, bald]",
            "prepare.dataset: [report]",
            "that is the folder of the report",
        ),
    ] {
        let error = resolved(&changed(from, to)).unwrap_err();
        assert!(error.starts_with("`tiny.yaml`, line ") && error.contains(text), "{error}");
    }
}

#[test]
fn a_file_that_is_no_text_is_an_invalid_pipeline() {
    let project = Project::new();
    bal_artifact::write_file(&project.path("tiny.yaml"), b"# caf\xe9\n").unwrap();
    let ended = project.bal(&["plan", "tiny.yaml"]);
    let text = "error: `tiny.yaml`: expected text in UTF-8, found other bytes\n";
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(3), text), "{ended:?}");
    let seeds = project.bal(&["plan", "tiny.yaml", "--seeds", "0..10000000000"]);
    assert_eq!(seeds.code, Some(2), "{seeds:?}");
    assert!(seeds.stderr.contains("10000000000 seeds are more than 10000"), "{seeds:?}");
}
