//! What a user can get wrong: exit code and text.

use crate::support::{Ended, Project, ROOT, flip};

fn refused(ended: &Ended, code: i32, text: &str) {
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(code), text), "{ended:?}");
}

#[test]
fn mistakes_in_the_file_name_line_key_and_remedy() {
    for (from, to, text) in [
        (
            "rounds: 3",
            "round: 3",
            "error: `tiny.yaml`, line 7, key `round`: unknown field `round`, expected one of `name`, `prepare`, `label`, `train`, \
             `score`, `select`, `rounds`, `sweep`, `cells`, `report`, `keep`, `slurm`, `profiles`\n\nhint: did you mean `rounds`?\n",
        ),
        (
            "epochs: 3",
            "epochs: many",
            "error: `tiny.yaml`, line 4, key `train.epochs`: invalid type: string \"many\", expected a whole number from 0 up\n",
        ),
        (
            "{validated: [1e-3, 1e-2]}",
            "0.1",
            "error: `tiny.yaml`, line 4, key `train.weight_decay`: invalid type: floating point `0.1`, expected one of \
             `c_over_n`, `fixed`, `per_round`, `validated`\n",
        ),
        (
            "gal_cnn",
            "gal_cn",
            "error: `tiny.yaml`, line 4, key `train.network`: unknown variant `gal_cn`, expected one of `gal_cnn`, `batchbald_cnn`, `emnist_cnn`, `cifar_cnn`, `resnet18`, `vgg16`, `text_cnn`, `mlp`, `gaussian_field`\n\n\
             hint: did you mean `gal_cnn`?\n",
        ),
        (
            "[random, bald]",
            "[random, blad]",
            "error: `tiny.yaml`, line 8, key `sweep.score.acquisition`: unknown acquisition function `blad`\n\n\
             hint: did you mean `bald`?\n",
        ),
        (
            "rounds: 3",
            "rounds: 0",
            "error: `tiny.yaml`, line 7, key `rounds`: expected 1 to 1000000, found 0\n",
        ),
        (
            "batch: 3",
            "batch: 0",
            "error: `tiny.yaml`, line 6, key `select.batch`: expected at least 1, found 0\n",
        ),
        (
            "method: top_k",
            "method: batchbald",
            "error: `tiny.yaml`, line 6, key `select.method`: unknown batch method `batchbald`\n\n\
             hint: did you mean `batch_bald`?\n",
        ),
        (
            "seed: [0]",
            "seed: []",
            "error: `tiny.yaml`, line 8, key `sweep.seed`: expected at least one seed\n",
        ),
        (
            "score.acquisition: [",
            "score.acquisitions: [",
            "error: `tiny.yaml`, line 8, key `sweep.score.acquisitions`: unknown key `acquisitions`; `score` has \
             posterior, acquisition, pool_subset, targets, precision, write_log_probs, write_logits, write_features, features_of, grid\n\nhint: did you mean `score.acquisition`?\n",
        ),
        (
            "dataset: digits",
            "dataset: mnst",
            "error: `tiny.yaml`, line 3, key `prepare.dataset`: unknown data set `mnst`; known are mnist, fashion_mnist, \
             kmnist, kmnist_test, emnist_balanced, emnist_letters, emnist_digits, emnist_byclass, emnist_bymerge, cifar10, \
             cifar100, cifar100_coarse, svhn, svhn_extra, ag_news, ag_news_subset, reuters_r8, two_moons, idx, and `data/mnst` holds no data set\n\nhint: did you mean `mnist`?\n",
        ),
        (
            "short: {rounds: 1",
            "short: {round: 1",
            "error: `tiny.yaml`, line 10, profile `short`, key `round`: unknown key `round`; a pipeline has name, prepare, label, \
             train, score, select, rounds, sweep, cells, report, keep, slurm, profiles\n\nhint: did you mean `rounds`?\n",
        ),
        (
            "name: tiny",
            "name: ../x",
            "error: `tiny.yaml`, line 2, key `name`: expected letters, digits, `.`, `_` and `-`, found `../x`\n",
        ),
    ] {
        let project = Project::new().with(from, to);
        refused(&project.bal(&["run", "tiny.yaml"]), 3, text);
        assert!(!project.path("artifacts").exists(), "refused before any work");
    }
}

#[test]
fn mistakes_on_the_command_line_name_the_option() {
    let project = Project::new();
    for (arguments, text) in [
        (
            ["--set", "train.epochs=x"],
            "error: `tiny.yaml`, `--set train.epochs=x`, key `train.epochs`: invalid type: string \"x\", expected a whole \
             number from 0 up\n",
        ),
        (
            ["--set", "train.epochs=0"],
            "error: `tiny.yaml`, `--set train.epochs=0`, key `train.epochs`: expected 1 to 100000, found 0\n",
        ),
        (
            ["--set", "epochs"],
            "error: `tiny.yaml`, `--set epochs`: expected KEY=VALUE\n\nhint: write it as `--set train.epochs=20`\n",
        ),
        (
            ["--profile", "shrt"],
            "error: `tiny.yaml`, line 9, key `profiles`: no profile `shrt`; there are: short\n\nhint: did you mean `short`?\n",
        ),
    ] {
        refused(&project.bal(&[&["run", "tiny.yaml"], &arguments[..]].concat()), 3, text);
    }
    let device = project.bal(&["run", "tiny.yaml", "--device", "cuda:99"]);
    assert_eq!(device.code, Some(3), "{device:?}");
    assert!(device.stderr.starts_with("error: device `cuda:99` is not available"), "{device:?}");
    let missing = project.bal(&["run", "none.yaml"]);
    assert_eq!(missing.code, Some(4), "{missing:?}");
    assert!(missing.stderr.starts_with("error: pipeline `none.yaml` is missing\n"), "{missing:?}");
    let no_folder = project.bal(&["status", "data"]);
    assert_eq!(no_folder.code, Some(4), "{no_folder:?}");
}

#[test]
fn a_flipped_byte_is_found_before_it_is_used() {
    let project = Project::new();
    project.run(&["--jobs", "1"]);
    let labelled = project.result("bald/seed-0/round-002/select/selected.npy");
    flip(&labelled);
    let verified = project.bal(&["verify", ROOT]);
    assert_eq!(verified.code, Some(4), "{verified:?}");
    let changed = "changed: `artifacts/tiny/bald/seed-0/round-002/select/selected.npy`, expected sha256 ";
    assert!(verified.stdout.starts_with(changed), "{verified:?}");

    fs_err::remove_dir_all(project.result("bald/seed-0/round-003")).unwrap();
    let run = project.bal(&["run", "tiny.yaml"]);
    assert_eq!(run.code, Some(5), "{run:?}");
    let corrupt = "bald/seed-0: error: `artifacts/tiny/bald/seed-0/round-002/select/selected.npy` is corrupt: expected ";
    assert!(run.stderr.contains(corrupt), "{}", run.stderr);
    assert!(
        run.stderr.contains("\nerror: 1 of 1 runs failed: `bald/seed-0` (exit code 4)\n"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("an artifact of `bal`: `bal verify "), "{}", run.stderr);

    // The remedy that the hint names.
    fs_err::remove_dir_all(labelled.parent().unwrap()).unwrap();
    project.run(&[]);
    project.verified();
}

#[test]
fn a_damaged_data_set_stops_its_runs() {
    let project = Project::new();
    flip(&project.path("data/digits/train_inputs.npy"));
    let run = project.bal(&["run", "tiny.yaml"]);
    assert_eq!(run.code, Some(5), "{run:?}");
    assert!(run.stderr.contains("`data/digits/train_inputs.npy` is corrupt: expected "), "{}", run.stderr);
    assert!(run.stderr.contains("2 of 2 runs failed"), "{}", run.stderr);
}

#[test]
fn one_failed_run_does_not_stop_the_others() {
    let project = Project::new();
    project.run(&["--set", "rounds=1", "--set", "sweep.score.acquisition=[random]"]);
    flip(&project.result("random/seed-0/split/pool.npy"));
    let run = project.bal(&["run", "tiny.yaml", "--jobs", "1"]);
    assert_eq!(run.code, Some(5), "{run:?}");
    assert!(
        run.stderr.contains("\nerror: 1 of 2 runs failed: `random/seed-0` (exit code 4)\n"),
        "{}",
        run.stderr
    );
    assert!(project.result("bald/seed-0/round-003/train/train.json").is_file(), "{}", run.stderr);
}
