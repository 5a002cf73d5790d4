//! Every flag of every stage, in every way to use it: it is read, or it is refused.

use std::collections::BTreeSet;

use bal_artifact::{Inputs, Manifest, Staging};
use ndarray::{Array1, Array2};

use crate::support::Project;

/// A value that a flag takes where it is read. A flag that is added has to be added here.
const VALUES: &[(&str, &str)] = &[
    ("--acquisition", "max_entropy"),
    ("--alpha", "2"),
    ("--augmentation.crop-padding", "2"),
    ("--augmentation.horizontal-flip", ""),
    ("--batch", "2"),
    ("--batch-size", "8"),
    ("--beta", "2"),
    ("--class-weights", "balanced"),
    ("--classes", "1,0"),
    ("--column", "bald"),
    ("--data", "data/digits"),
    ("--dataset", "two_moons"),
    ("--device", "cpu"),
    ("--distinct", "50"),
    ("--draws-per-epoch", "8"),
    ("--early-stopping.metric", "accuracy"),
    ("--early-stopping.patience", "3"),
    ("--epochs", "1"),
    ("--evaluate.posterior", "deterministic"),
    ("--evaluate.samples", "2"),
    ("--exclude", "split/initial.npy"),
    ("--explain", ""),
    ("--features", "f/features.npy"),
    ("--features-of", "inputs"),
    ("--first-round", "train"),
    ("--grid", "20"),
    ("--indices", "f/indices.npy"),
    ("--initial", "5"),
    ("--initial-per-class", "1"),
    ("--k", "2"),
    ("--keep-fraction", "3=0.5"),
    ("--label", "l"),
    ("--labelled", "f/elsewhere.npy"),
    ("--labels", "data/digits/train_labels.npy"),
    ("--labels-start-at", "0"),
    ("--labels-to-accuracy", "0.5"),
    ("--learning-curves.band", "quartiles"),
    ("--learning-curves.metric", "test_nll"),
    ("--log-probs", "f/log_probs.npy"),
    ("--members", "2"),
    ("--method", "top_k"),
    ("--model", "train/model.safetensors"),
    ("--network", "gal_cnn"),
    ("--network.resnet18.imagenet-stem", ""),
    ("--noise", "0.1"),
    ("--num-samples", "100"),
    ("--optimizer", "adam"),
    ("--optimizer.adam.learning-rate", "0.01"),
    ("--optimizer.adamw.learning-rate", "0.01"),
    ("--optimizer.sgd.learning-rate", "0.01"),
    ("--optimizer.sgd.momentum", "0.5"),
    ("--oracle", "dataset"),
    ("--out", "out"),
    ("--pool", "split/pool.npy"),
    ("--pool-size", "20"),
    ("--pool-subset", "10"),
    ("--posterior", "deterministic"),
    ("--posterior.ensemble-mc-dropout.samples", "2"),
    ("--posterior.mc-dropout.samples", "2"),
    ("--precision", "bf16"),
    ("--probs", "f/probs.npy"),
    ("--published", "f/published.yaml"),
    ("--repeat", "2"),
    ("--root", "."),
    ("--round", "1"),
    ("--runs", "runs"),
    ("--scores", "score/scores.parquet"),
    ("--seed", "4"),
    ("--selected", "select/selected.npy"),
    ("--sigma", "100"),
    ("--source", "auto"),
    ("--target-log-probs", "f/log_probs.npy"),
    ("--target-probs", "f/probs.npy"),
    ("--targets.pool", "5"),
    ("--targets.test", "5"),
    ("--threads", "2"),
    ("--validation", "10"),
    ("--weight-decay.c-over-n", "0.1"),
    ("--weight-decay.fixed", "0.1"),
    ("--weight-decay.per-round", "0.1,0.2"),
    ("--weight-decay.validated", "0.1,0.2"),
    ("--write-features", ""),
    ("--write-log-probs", ""),
    ("--write-logits", ""),
    // of every stage, and tested elsewhere
    ("--config", "-"),
    ("--help", "-"),
    ("--log-format", "-"),
    ("--quiet", "-"),
    ("--verbose", "-"),
    ("--version", "-"),
];

/// A way to use a stage: the command line, and the flags that may be added to it.
struct Mode {
    stage: &'static str,
    given: &'static str,
    read: &'static [&'static str],
}

const MODES: &[Mode] = &[
    Mode {
        stage: "prepare dataset",
        given: "--dataset two_moons",
        read: &["--source", "--classes", "--distinct", "--noise", "--repeat"],
    },
    Mode {
        stage: "prepare split",
        given: "--data data/digits --initial-per-class 1 --validation 5",
        read: &["--root", "--seed", "--pool-size", "--keep-fraction"],
    },
    Mode {
        stage: "prepare split",
        given: "--data data/digits --initial 4 --validation 5",
        read: &["--root", "--seed", "--pool-size", "--keep-fraction"],
    },
    Mode {
        stage: "label",
        given: "--data data/digits --initial split/initial.npy --validation split/validation.npy",
        read: &["--root", "--seed", "--round", "--oracle"],
    },
    Mode {
        stage: "label",
        given: "--data data/digits --label label --selected select/selected.npy --validation split/validation.npy",
        read: &["--root", "--seed", "--round", "--oracle"],
    },
    Mode {
        stage: "train",
        given: "--data data/digits --label label --validation split/validation.npy --network gal_cnn --epochs 1 \
                --evaluate.samples 2 --weight-decay.validated 0.1 --round 1 --first-round train",
        read: &[
            "--root",
            "--seed",
            "--threads",
            "--device",
            "--precision",
            "--batch-size",
            "--augmentation.crop-padding",
            "--augmentation.horizontal-flip",
            "--class-weights",
            "--draws-per-epoch",
            "--early-stopping.metric",
            "--early-stopping.patience",
            "--evaluate.posterior",
            "--members",
            "--optimizer",
            "--optimizer.adam.learning-rate",
            "--optimizer.adamw.learning-rate",
            "--optimizer.sgd.learning-rate",
            "--optimizer.sgd.momentum",
        ],
    },
    Mode {
        stage: "train",
        given: "--data data/digits --label label --validation split/validation.npy --network gal_cnn --epochs 1",
        read: &[
            "--root",
            "--seed",
            "--round",
            "--threads",
            "--device",
            "--precision",
            "--batch-size",
            "--augmentation.crop-padding",
            "--augmentation.horizontal-flip",
            "--class-weights",
            "--draws-per-epoch",
            "--early-stopping.metric",
            "--early-stopping.patience",
            "--evaluate.posterior",
            "--members",
            "--evaluate.samples",
            "--optimizer",
            "--optimizer.adam.learning-rate",
            "--optimizer.adamw.learning-rate",
            "--optimizer.sgd.learning-rate",
            "--optimizer.sgd.momentum",
            "--weight-decay.c-over-n",
            "--weight-decay.fixed",
            "--weight-decay.per-round",
            "--weight-decay.validated",
        ],
    },
    Mode {
        stage: "train",
        given: "--data data/two_moons --label moons/label --validation moons/split/validation.npy --network gaussian_field \
                --pool moons/split/pool.npy --sigma 0.3",
        // Its value is the default, which says nothing of a fit.
        read: &["--root", "--seed", "--round", "--threads", "--device", "--optimizer"],
    },
    Mode {
        stage: "score",
        given: "--data data/digits --pool split/pool.npy --acquisition random --write-features --features-of inputs",
        read: &[
            "--root",
            "--seed",
            "--round",
            "--threads",
            "--device",
            "--pool-subset",
            "--exclude",
            "--model",
        ],
    },
    Mode {
        stage: "score",
        given: "--model train/model.safetensors --data data/digits --pool split/pool.npy --acquisition bald",
        read: &[
            "--root",
            "--seed",
            "--round",
            "--threads",
            "--device",
            "--precision",
            "--posterior",
            "--posterior.mc-dropout.samples",
            "--pool-subset",
            "--exclude",
            "--write-log-probs",
            "--write-logits",
            "--write-features",
        ],
    },
    Mode {
        stage: "score",
        given: "--model train/model.safetensors --data data/digits --pool split/pool.npy --acquisition epig --targets.pool 9 \
                --posterior deterministic",
        read: &[
            "--root",
            "--seed",
            "--round",
            "--threads",
            "--device",
            "--precision",
            "--pool-subset",
            "--exclude",
            "--write-log-probs",
            "--write-logits",
            "--write-features",
        ],
    },
    Mode {
        stage: "score",
        given: "--probs f/probs.npy --acquisition epig --target-probs f/probs.npy",
        read: &["--root", "--seed", "--round", "--threads", "--indices"],
    },
    Mode {
        stage: "score",
        given: "--log-probs f/log_probs.npy --acquisition random",
        read: &["--root", "--seed", "--round", "--threads", "--indices"],
    },
    Mode {
        stage: "select",
        given: "--scores score/scores.parquet --method power --batch 2",
        read: &["--root", "--seed", "--round", "--threads", "--beta", "--column", "--labelled", "--explain"],
    },
    Mode {
        stage: "select",
        given: "--probs f/probs.npy --method batch_bald --batch 2",
        read: &[
            "--root",
            "--seed",
            "--round",
            "--threads",
            "--num-samples",
            "--indices",
            "--labelled",
            "--explain",
        ],
    },
    Mode {
        stage: "select",
        given: "--log-probs f/log_probs.npy --method plbb --batch 2",
        read: &[
            "--root",
            "--seed",
            "--round",
            "--threads",
            "--alpha",
            "--indices",
            "--labelled",
            "--explain",
        ],
    },
    Mode {
        stage: "select",
        given: "--features f/features.npy --label l --method core_set --batch 2",
        read: &["--root", "--seed", "--round", "--threads", "--indices", "--explain"],
    },
    Mode {
        stage: "select",
        given: "--features f/features.npy --probs f/probs.npy --labelled f/labelled.npy --method badge --batch 2",
        read: &["--root", "--seed", "--round", "--threads", "--indices", "--explain"],
    },
    Mode {
        stage: "select",
        given: "--features f/features.npy --labelled f/labelled.npy --labels f/labels.npy --method minimum_bayes_risk --batch 2",
        read: &["--root", "--seed", "--round", "--threads", "--indices", "--sigma", "--explain"],
    },
    Mode {
        stage: "report",
        given: "--runs runs",
        read: &[
            "--root",
            "--data",
            "--learning-curves.band",
            "--learning-curves.metric",
            "--labels-to-accuracy",
            "--published",
        ],
    },
];

/// Files for all modes: what a round of a run leaves, predictions and features of ids 0 to 29, and a tree
/// of runs.
fn project() -> Project {
    let project = Project::new();
    let done = |words: &str| {
        let words: Vec<&str> = words.split_whitespace().collect();
        let ended = project.bal(&words);
        assert_eq!(ended.code, Some(0), "{ended:?}");
    };
    done("run tiny.yaml --profile short --out runs");
    done("prepare split --data data/digits --initial-per-class 1 --validation 5 --out split");
    done(
        "label --data data/digits --initial split/initial.npy --validation split/validation.npy --out label",
    );
    done(
        "train --data data/digits --label label --validation split/validation.npy --network gal_cnn --epochs 1 \
          --evaluate.samples 2 --weight-decay.validated 0.1,0.2 --out train",
    );
    done(
        "score --model train/model.safetensors --data data/digits --pool split/pool.npy --exclude split/initial.npy \
          --samples 2 --acquisition bald --out score",
    );
    done("select --scores score/scores.parquet --batch 2 --out select");
    done("prepare dataset --dataset two_moons --out data/two_moons");
    done(
        "prepare split --data data/two_moons --initial-per-class 1 --validation 5 --pool-size 30 --out moons/split",
    );
    done(
        "label --data data/two_moons --initial moons/split/initial.npy --validation moons/split/validation.npy \
          --out moons/label",
    );

    let folder = project.path("f");
    let mut files = Staging::new(&folder, "score", &[]).unwrap();
    files.array("probs", &bal_testkit::probs(30, 3, 2, 0)).unwrap();
    files.array("log_probs", &bal_testkit::log_probs(30, 3, 2, 0)).unwrap();
    let feature = |(row, column): (usize, usize)| ((row * 7 + column * 3) % 11) as f32;
    files.array("features", &Array2::from_shape_fn((30, 4), feature)).unwrap();
    files.array("indices", &Array1::from_iter(0..30_i64)).unwrap();
    files.array("labelled", &Array1::from_iter(0..2_i64)).unwrap();
    files.array("elsewhere", &Array1::from_iter(100..102_i64)).unwrap();
    files.array("labels", &Array1::from_iter((0..30_i64).map(|id| id % 2))).unwrap();
    files.publish(Manifest::new("score", 1, serde_json::json!({}), Inputs::new(&folder))).unwrap();
    bal_artifact::write_file(&folder.join("published.yaml"), crate::published::FILE.as_bytes()).unwrap();
    bal_testkit::round_labels(&project.path("l"), &project.path("data/digits"), &[0, 1], &[2]);
    project
}

/// The long flags in a help text.
fn flags(help: &str) -> BTreeSet<String> {
    let words =
        help.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '-'));
    words.filter(|word| word.starts_with("--") && word.len() > 3).map(str::to_owned).collect()
}

#[test]
fn what_is_given_is_read_or_refused() {
    let project = project();
    let mut wrong = Vec::new();
    for &Mode { stage, given, read } in MODES {
        let words: Vec<&str> = stage.split(' ').collect();
        let help = project.bal(&[&words[..], &["--help"]].concat()).stdout;
        let options = help.split("Example").next().unwrap_or_default();
        let given: Vec<&str> = given.split_whitespace().collect();
        let flags = flags(options);
        assert!(flags.len() > 4, "{options}");
        for flag in flags.iter().filter(|flag| !given.contains(&flag.as_str()) && *flag != "--out") {
            let Some((_, value)) = VALUES.iter().find(|(name, _)| name == flag) else {
                wrong.push(format!("{stage} {flag}: give it a value in this test"));
                continue;
            };
            if *value == "-" {
                continue;
            }
            let more: Vec<&str> =
                [flag.as_str(), value].into_iter().filter(|word| !word.is_empty()).collect();
            let ended = project.bal(&[&words[..], &given, &["--out", "out"], &more].concat());
            let expected: &[i32] = if read.contains(&flag.as_str()) { &[0] } else { &[2, 3, 4] };
            if !expected.contains(&ended.code.unwrap_or(-1)) {
                wrong.push(format!(
                    "{stage} {} {}: expected {expected:?}, {ended:?}",
                    given.join(" "),
                    more.join(" ")
                ));
            }
            let _ = fs_err::remove_dir_all(project.path("out"));
        }
        for flag in read.iter().filter(|flag| !flags.contains(**flag)) {
            wrong.push(format!("{stage} has no flag {flag}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
