//! Cells that would differ in name only.

use crate::support::Project;

const SWEEP: &str = "sweep:   {seed: [0], score.acquisition: [random, bald]}";

const HINT: &str = "\n\nhint: sweep what is read, as `--set 'sweep={seed: [0, 1, 2], select.method: [random, batch_bald]}'` does, \
                    or name under `cells` each method with what it reads: \
                    `cells: {random: {select.method: random}, joint: {select.method: batch_bald}}`\n";

fn plan(sweep: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let project = Project::new().with(SWEEP, sweep);
    let plan = project.bal(&[&["plan", "tiny.yaml"], arguments].concat());
    (plan.code, plan.stderr)
}

#[test]
fn a_swept_setting_that_nothing_reads_is_refused() {
    let methods = ["batch_bald", "k_bald", "large_batch_bald", "power_large_batch_bald"];
    for method in methods.into_iter().chain(["core_set", "badge", "minimum_bayes_risk"]) {
        for sweep in [
            SWEEP,
            "sweep: {score.acquisition: [random]}",
            "sweep: {score.acquisition: [random], rounds: [1, 2]}",
        ] {
            let text = format!(
                "error: `tiny.yaml`, line 8, key `sweep.score.acquisition`: nothing reads it, because `{method}` picks by no \
                 score: a curve named after it would have a wrong name{HINT}"
            );
            assert_eq!(plan(sweep, &["--set", &format!("select.method={method}")]), (Some(3), text));
        }
    }
}

#[test]
fn each_setting_that_a_method_does_not_read_is_known() {
    for (sweep, set, key, reason) in [
        (
            "sweep: {score.posterior.mc_dropout.samples: [5, 10]}",
            "score.acquisition=random",
            "score.posterior.mc_dropout.samples",
            "`random` looks at no prediction",
        ),
        (
            "sweep: {score.precision: [f32, bf16]}",
            "score.acquisition=random",
            "score.precision",
            "`random` looks at no prediction",
        ),
        (
            "sweep: {score.posterior.mc_dropout.samples: [5, 10]}",
            "select.method=core_set",
            "score.posterior.mc_dropout.samples",
            "`core_set` looks at no prediction",
        ),
        (
            "sweep: {score.write_log_probs: [true, false]}",
            "rounds=1",
            "score.write_log_probs",
            "it changes no pick",
        ),
    ] {
        let text = format!(
            "error: `tiny.yaml`, line 8, key `sweep.{key}`: nothing reads it, because {reason}: a curve named after it would have a wrong name{HINT}"
        );
        assert_eq!(plan(sweep, &["--set", set]), (Some(3), text), "{sweep}");
    }
}

#[test]
fn two_cells_that_differ_in_nothing_that_is_read_are_refused() {
    for (sweep, cells, reason) in [
        (
            "sweep: {score.acquisition: [random, bald], select.method: [top_k, batch_bald]}",
            "`random_batch_bald` and `bald_batch_bald`",
            ", because `batch_bald` picks by no score",
        ),
        (
            "sweep: {score.acquisition: [random, bald], score.posterior.mc_dropout.samples: [5, 10]}",
            "`random_samples-5` and `random_samples-10`",
            ", because `random` looks at no prediction",
        ),
        ("sweep: {score.acquisition: [max_prob, least_confidence]}", "`max_prob` and `least_confidence`", ""),
        ("sweep: {select.method: [sieve_bald, k_bald]}", "`sieve_bald` and `k_bald`", ""),
        (
            "cells: [{score.acquisition: 'bald,random', select.column: bald}, {score.acquisition: bald}]",
            "`bald-random_bald` and `bald`",
            "",
        ),
        (
            "cells: {a: {score.acquisition: bald}, b: {select.batch: 3, score.acquisition: bald}}",
            "`a` and `b`",
            "",
        ),
        ("cells: {a: {}, b: {}}", "`a` and `b`", ""),
    ] {
        let (code, stderr) = plan(sweep, &[]);
        let text =
            format!("cells {cells} differ in nothing that is read{reason}: one curve under two names{HINT}");
        assert!(
            code == Some(3)
                && stderr.starts_with("error: `tiny.yaml`, line 8, key `")
                && stderr.ends_with(&text),
            "{stderr}"
        );
    }
}

#[test]
fn cells_that_name_their_method_may_name_more() {
    for sweep in [
        "cells: [{score.acquisition: random, select.method: top_k}, {score.acquisition: bald, select.method: batch_bald}]",
        "cells: [{select.method: top_k, score.acquisition: random}, {select.method: batch_bald}, {select.method: core_set}]",
        "cells: {random: {score.acquisition: random}, joint: {select.method: batch_bald}, power: {select.method: power}}",
        "sweep: {select.method: [power_bald, batch_bald, plbb, core_set, badge]}",
        "sweep: {score.acquisition: [random, bald], select.batch: [1, 2], train.epochs: [1, 2]}",
        "sweep: {select.method: [power, softmax], select.beta: [1, 2]}",
        "sweep: {score.acquisition: [bald], score.posterior.mc_dropout.samples: [5, 10]}",
        "sweep: {select.column: [bald, random], score.acquisition: ['bald,random']}",
    ] {
        let (code, stderr) = plan(sweep, &[]);
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{sweep}");
    }
}

#[test]
fn a_cell_that_is_named_after_what_it_does_not_read_alone_is_refused() {
    let (code, stderr) = plan("cells: [{score.acquisition: random}]", &["--set", "select.method=batch_bald"]);
    assert!(
        code == Some(3) && stderr.contains("key `cells.score.acquisition`: nothing reads it"),
        "{stderr}"
    );
}

#[test]
fn a_cell_whose_settings_are_all_unread_is_refused_at_its_own_line() {
    let cells = "cells:\n  core: {select.method: core_set}\n  random:\n    score.acquisition: random";
    let (code, stderr) = plan(cells, &["--set", "select.method=batch_bald"]);
    let expected = "error: `tiny.yaml`, line 11, key `cells.random.score.acquisition`: nothing reads it, because \
                    `batch_bald` picks by no score";
    assert!(code == Some(3) && stderr.starts_with(expected), "{stderr}");
}
