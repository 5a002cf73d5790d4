//! What cannot work is said by `bal plan` and at the start of `bal run`, before any work.

use crate::support::{Ended, Project, relabel};

/// Both commands refuse the pipeline in the same words, and nothing is written.
fn refused(project: &Project, arguments: &[&str], text: &str) {
    for command in ["plan", "run"] {
        let ended = project.bal(&[&[command, "tiny.yaml"], arguments].concat());
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(3), text), "{ended:?}");
        assert_eq!(ended.stdout, "", "{ended:?}");
        assert!(!project.path("artifacts").exists(), "refused before any work");
    }
}

fn warnings(ended: &Ended) -> Vec<&str> {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.stderr.lines().filter_map(|line| line.trim_start().strip_prefix("WARN ")).collect()
}

/// 200 points: 10 initial, 20 for validation, 170 in the pool.
#[test]
fn a_pool_that_is_too_small_is_known_before_any_training() {
    for (from, to, text) in [
        (
            "rounds: 3",
            "rounds: 57",
            "error: `tiny.yaml`, line 7, key `rounds`: 57 rounds pick 171 points, 3 each, and the pool has 170\n\n\
             hint: ask for at most 56 rounds, or for smaller batches\n",
        ),
        (
            "pool_subset: 60",
            "pool_subset: 171",
            "error: `tiny.yaml`, line 5, key `score.pool_subset`: expected at most 170, the points of the pool, found 171\n\n\
             hint: leave it out to score the whole pool\n",
        ),
        (
            "pool_subset: 60",
            "pool_subset: 2",
            "error: `tiny.yaml`, line 5, key `score.pool_subset`: expected at least 3, the batch that is picked from it, found 2\n",
        ),
        (
            ", pool_subset: 60}\nselect:  {method: top_k, batch: 3}",
            "}\nselect:  {method: top_k, batch: 171}",
            "error: `tiny.yaml`, line 6, key `select.batch`: expected at most 170, the points of the pool, found 171\n",
        ),
        (
            "bald, pool_subset: 60}",
            "epig, targets: {pool: 165}}",
            "error: `tiny.yaml`, line 5, key `score.targets`: 165 targets, and round 2 scores 164 points (cell `epig`)\n",
        ),
        (
            "bald, pool_subset: 60}",
            "epig, targets: {test: 61}, pool_subset: 60}",
            "error: `tiny.yaml`, line 5, key `score.targets`: 61 test targets, and there are 60 test points (cell `epig`)\n",
        ),
    ] {
        let mut project = Project::new().with(from, to);
        if to.starts_with("epig") {
            let cells = "sweep:   {seed: [0]}\ncells: [{score.acquisition: epig}, \
                         {score.acquisition: random, score.targets: null, score.pool_subset: 60}]";
            project = project.and("sweep:   {seed: [0], score.acquisition: [random, bald]}", cells);
        }
        refused(&project, &[], text);
    }
}

#[test]
fn options_and_profiles_are_checked_as_the_file_is() {
    let project = Project::new().with("short: {rounds: 1", "short: {rounds: 60");
    refused(
        &project,
        &["--profile", "short"],
        "error: `tiny.yaml`, line 10, profile `short`, key `rounds`: 60 rounds pick 180 points, 3 each, and the pool has \
         170\n\nhint: ask for at most 56 rounds, or for smaller batches\n",
    );
    refused(
        &project,
        &["--set", "prepare.pool_size=8"],
        "error: `tiny.yaml`, line 7, key `rounds`: 3 rounds pick 9 points, 3 each, and the pool has 8\n\nhint: ask for at \
         most 2 rounds, or for smaller batches\n",
    );
    refused(
        &project,
        &["--set", "sweep.rounds=[3, 57, 60]", "--set", "score.acquisition=bald"],
        "error: `tiny.yaml`, `--set sweep.rounds=[3, 57, 60]`, key `sweep.rounds`: 57 rounds pick 171 points, 3 each, and the \
         pool has 170 (cell `rounds-57_bald`)\n\
         `tiny.yaml`, `--set sweep.rounds=[3, 57, 60]`, key `sweep.rounds`: 60 rounds pick 180 points, 3 each, and the pool has \
         170 (cell `rounds-60_bald`)\n\nhint: ask for at most 56 rounds, or for smaller batches\n",
    );
}

#[test]
fn a_split_that_asks_for_more_than_there_is_names_key_and_number() {
    let line = "error: `tiny.yaml`, line 3, key `prepare.";
    for (to, text) in [
        (
            "initial_per_class: 1, validation: 191",
            "validation`: `validation` asks for 191 points, but only 190 are there\n\nhint: ask for 190 or fewer\n",
        ),
        (
            "initial_per_class: 1, validation: 190",
            "validation`: no pool is left of 200 training points: 10 are initial, 190 for validation\n\n\
             hint: take fewer, so that there are points to pick from\n",
        ),
        (
            "initial_per_class: 1, validation: 0",
            "validation`: expected at least 1, found 0: `train.weight_decay` is chosen by the validation set\n\n\
             hint: give points to validate with, or `train.weight_decay: {fixed: …}`\n",
        ),
        (
            "initial_per_class: 21, validation: 20",
            "initial_per_class`: `initial_per_class` of class `0` asks for 21 points, but only 20 are there\n\n\
             hint: ask for 20 or fewer\n",
        ),
        (
            "initial_per_class: 18446744073709551615, validation: 20",
            "initial_per_class`: `initial_per_class` of class `0` asks for 18446744073709551615 points, but only 20 are \
             there\n\nhint: ask for 20 or fewer\n",
        ),
        (
            "initial: 201, validation: 20",
            "initial`: `initial` asks for 201 points, but only 200 are there\n\nhint: ask for 200 or fewer\n",
        ),
        (
            "initial_per_class: 1, validation: 20, pool_size: 171",
            "pool_size`: `pool_size` asks for 171 points, but only 170 are there\n\nhint: ask for 170 or fewer\n",
        ),
        ("initial_per_class: 1, validation: 20, pool_size: 0", "pool_size`: expected at least 1, found 0\n"),
        (
            "initial_per_class: 1, validation: 20, keep_fraction: {ten: 0.5}",
            "keep_fraction`: `keep_fraction` names class `ten`, which the data set does not have\n\n\
             hint: give one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 or an index below 10\n",
        ),
    ] {
        refused(
            &Project::new().with("initial_per_class: 1, validation: 20", to),
            &[],
            &format!("{line}{text}"),
        );
    }
}

#[test]
fn a_network_that_cannot_take_the_inputs_is_named_once_for_all_cells() {
    let cannot = "network `mlp` cannot take inputs of shape [1, 28, 28]: layer 1 (`dense1`, linear) would get [1, 28, 28]";
    let hint =
        "hint: choose one that takes such inputs: gal_cnn, batchbald_cnn, emnist_cnn, cifar_cnn, resnet18";
    let project = Project::new();
    let everywhere =
        format!("error: `tiny.yaml`, `--set train.network=mlp`, key `train.network`: {cannot}\n\n{hint}\n");
    refused(&project, &["--set", "train.network=mlp"], &everywhere);
    let swept = "sweep.train.network=[mlp, gal_cnn]";
    let some = format!(
        "error: `tiny.yaml`, `--set {swept}`, key `sweep.train.network`: {cannot} (cells `random_mlp`, `bald_mlp`)\n\n{hint}\n"
    );
    refused(&project, &["--set", swept, "--seeds", "0..3"], &some);
}

#[test]
fn a_data_set_that_is_made_first_is_looked_at_before_the_first_training() {
    let project = Project::new().with("dataset: digits", "dataset: two_moons");
    assert_eq!(project.bal(&["plan", "tiny.yaml"]).code, Some(0), "its inputs are not known yet");
    let ended = project.bal(&["run", "tiny.yaml"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let text = "error: `tiny.yaml`, line 4, key `train.network`: network `gal_cnn` cannot take inputs of shape [2]: layer 1 \
                (`conv1`, convolution over 4×4 places) would get [2]\n\nhint: choose one that takes such inputs: mlp\n";
    assert!(ended.stderr.ends_with(text), "{ended:?}");
    assert!(project.path("data/two_moons/dataset.json").is_file() && !project.result("bald").exists());
    assert_eq!(project.bal(&["plan", "tiny.yaml"]).stderr, text);
}

#[test]
fn classes_without_points_are_named_at_the_start() {
    let project = Project::new();
    relabel(&project, "train_labels", |label| if label == 7 { 1 } else { label });
    refused(
        &project,
        &[],
        "error: `tiny.yaml`, line 3, key `prepare.initial_per_class`: `initial_per_class` of class `7` asks for 1 points, but \
         only 0 are there\n\nhint: no training point has the label of class `7`: give some, or leave the class out\n",
    );
    let random = ["--set", "prepare.initial=10", "--set", "prepare.initial_per_class=null"];
    let plan = project.bal(&[&["plan", "tiny.yaml"], &random[..]].concat());
    assert_eq!(
        warnings(&plan),
        [
            "data set `digits`: no training point has the label of 1 of its 10 classes, so no network learns them: `7`; leave them \
          out of the data set, or give points of them"
        ]
    );
    relabel(&project, "train_labels", |_| 3);
    let one_class = "error: `tiny.yaml`, line 3, key `prepare.dataset`: expected training points of at least 2 classes, and all have \
                     the label of class `3`\n";
    let plan = project.bal(&[&["plan", "tiny.yaml"], &random[..]].concat());
    assert!(plan.code == Some(3) && plan.stderr.contains(one_class), "{plan:?}");
    assert!(
        plan.stderr.contains("hint: give a data set with labelled points of two classes or more"),
        "{plan:?}"
    );
    relabel(&project, "train_labels", |_| -1);
    let plan = project.bal(&["plan", "tiny.yaml"]);
    assert!(
        plan.code == Some(3) && plan.stderr.contains("of at least 2 classes, and none has a label"),
        "{plan:?}"
    );
}

#[test]
fn points_without_labels_are_no_pool_of_a_run() {
    let project = Project::new();
    relabel(&project, "train_labels", |label| if label == 7 { -1 } else { label });
    let ended = project.bal(&[
        "run",
        "tiny.yaml",
        "--set",
        "prepare.initial_per_class=null",
        "--set",
        "prepare.initial=9",
    ]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(
        ended.stderr.contains("20 training points have no label, and a run looks up the label"),
        "{ended:?}"
    );
    let project = Project::new();
    relabel(&project, "test_labels", |label| if label == 7 { -1 } else { label });
    let ended = project.bal(&["plan", "tiny.yaml"]);
    assert!(
        ended.code == Some(3) && ended.stderr.contains(" has no label, and every training is evaluated"),
        "{ended:?}"
    );
}

#[test]
fn one_posterior_sample_is_warned_of_where_disagreement_is_scored() {
    let project = Project::new().with("[random, bald]", "[random, bald, max_entropy, mean_std]");
    let single = ["--set", "score.posterior=deterministic"];
    let expected = [
        "`bald` is 0 for every point, because `score.posterior` has a single sample",
        "`mean_std` is 0 for every point",
    ];
    let starts = |ended: &Ended| {
        let said = warnings(ended);
        assert_eq!(said.len(), expected.len(), "{ended:?}");
        assert!(said.iter().zip(expected).all(|(said, expected)| said.starts_with(expected)), "{ended:?}");
        assert!(said[0].contains("(cell `bald`)"), "{ended:?}");
    };
    starts(&project.bal(&[&["plan", "tiny.yaml"], &single[..]].concat()));
    starts(&project.bal(&["plan", "tiny.yaml", "--set", "score.posterior.mc_dropout.samples=1"]));
    starts(&project.bal(&[&["run", "tiny.yaml", "--dry-run"], &single[..]].concat()));
    assert_eq!(warnings(&project.bal(&["plan", "tiny.yaml"])), Vec::<&str>::new());
    let joint =
        ["--set", "sweep.score.acquisition=[bald]", "--set", "sweep.select.method=[batch_bald, core_set]"];
    let plan = project.bal(&[&["plan", "tiny.yaml"], &single[..], &joint[..]].concat());
    assert!(plan.code == Some(3), "`score.acquisition` is swept and not read: {plan:?}");
    let joint = ["--set", "sweep.select.method=[batch_bald, core_set]", "--set", "sweep.seed=[0]"];
    let project = Project::new().with("sweep:   {seed: [0], score.acquisition: [random, bald]}", "");
    let plan = project.bal(&[&["plan", "tiny.yaml"], &single[..], &joint[..]].concat());
    let said = warnings(&plan);
    assert!(said.len() == 1 && said[0].starts_with("`batch_bald` is 0 for every point"), "{plan:?}");
}

#[test]
fn methods_that_need_more_than_the_data_set_has_are_refused() {
    let project = Project::new()
        .with("top_k", "minimum_bayes_risk")
        .and("score.acquisition: [random, bald]", "train.epochs: [1, 2]");
    refused(
        &project,
        &[],
        "error: `tiny.yaml`, line 6, key `select.method`: `minimum_bayes_risk` is for 2 classes, and the data set has 10\n",
    );
    bal_testkit::prepared_dataset(&project.path("data/digits"), 16_500, 10, 0);
    refused(
        &project,
        &["--set", "score.pool_subset=16369"],
        "error: `tiny.yaml`, line 6, key `select.method`: `minimum_bayes_risk` takes at most 16384 points, labelled ones \
         included, and round 2 has 16385\n\nhint: score a smaller part of the pool with `score.pool_subset`\n",
    );
}

#[test]
fn a_gaussian_field_predicts_nothing_and_tells_two_classes_apart() {
    let field = || {
        Project::new()
            .with("network: gal_cnn", "network: gaussian_field")
            .and("score.acquisition: [random, bald]", "select.batch: [1, 2]")
            .and("acquisition: bald", "acquisition: random")
    };
    refused(
        &field(),
        &[],
        "error: `tiny.yaml`, line 4, key `train.network`: `gaussian_field` is for 2 classes, and the data set has 10\n",
    );
    refused(
        &field().and("acquisition: random", "acquisition: bald"),
        &[],
        "error: `tiny.yaml`, line 5, key `score.acquisition`: expected functions that look at no prediction, because there \
         is no network, found `bald`\n\nhint: `random` looks at none; `minimum_bayes_risk` picks by no score\n",
    );
    refused(
        &field().and("method: top_k", "method: batch_bald"),
        &[],
        "error: `tiny.yaml`, line 6, key `select.method`: `batch_bald` picks from posterior samples, and `gaussian_field` \
         has none\n\nhint: `minimum_bayes_risk` picks from inputs\n",
    );
    refused(
        &field().and("method: top_k", "method: core_set"),
        &[],
        "error: `tiny.yaml`, line 5, key `score.features_of`: expected `inputs`, because there is no network, found \
         `network`\n",
    );
    let swept = field().and("select.batch: [1, 2]", "train.epochs: [1, 2]");
    let plan = swept.bal(&["plan", "tiny.yaml"]);
    let unread = "key `sweep.train.epochs`: nothing reads it, because `gaussian_field` is not fitted";
    assert!(plan.code == Some(3) && plan.stderr.contains(unread), "{plan:?}");
}
