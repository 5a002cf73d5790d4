//! Every flag of every stage, in every way to use it: it is read, or it is refused.

mod uses;

use std::collections::BTreeSet;

use bal_artifact::{Inputs, Manifest, Staging};
use ndarray::{Array1, Array2};

use crate::support::Project;
use uses::{MODES, Mode, VALUES};

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
