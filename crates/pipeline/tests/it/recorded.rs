//! Help and error texts as people read them, recorded. `INSTA_UPDATE=always cargo test` records them anew:
//! read the difference before you commit it.

use crate::support::Project;

#[test]
fn help() {
    let project = Project::new();
    for command in [
        "",
        "run",
        "plan",
        "status",
        "cancel",
        "verify",
        "list",
        "clean",
        "devices",
        "schema",
        "prepare",
        "prepare dataset",
        "prepare split",
        "label",
        "train",
        "score",
        "select",
        "report",
    ] {
        let words: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let ended = project.bal(&words);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{command}");
        let name = if command.is_empty() { "bal".to_owned() } else { command.replace(' ', "-") };
        insta::assert_snapshot!(format!("help-{name}"), ended.stdout);
    }
}

/// Mistakes that people make: a command, and `OLD=>NEW` in the pipeline where that has it.
const MISTAKES: &[(&str, &str)] = &[
    ("a name", "run tiny.yml"),
    ("an unknown key", "plan tiny.yaml epochs: 3=>epoch: 3"),
    ("a wrong type", "plan tiny.yaml epochs: 3=>epochs: many"),
    ("too many rounds", "plan tiny.yaml rounds: 3=>rounds: 999999"),
    ("a batch beyond the pool", "plan tiny.yaml batch: 3=>batch: 400"),
    ("no pool", "plan tiny.yaml validation: 20=>validation: 190"),
    ("an empty pool", "plan tiny.yaml validation: 20=>validation: 20, pool_size: 0"),
    ("an unknown class", "plan tiny.yaml validation: 20=>validation: 20, keep_fraction: {zebra: 0.1}"),
    ("huge samples", "plan tiny.yaml {samples: 4}=>{samples: 100000000}"),
    ("a tiny learning rate", "plan tiny.yaml learning_rate: 1e-3=>learning_rate: 1e-320"),
    ("a candidate twice", "plan tiny.yaml [1e-3, 1e-2]=>[1e-3, 1e-3]"),
    ("a parameter that is not read", "plan tiny.yaml method: top_k=>method: top_k, beta: 2"),
    ("an unknown function", "plan tiny.yaml [random, bald]=>[random, bold]"),
    ("an unknown key in an option", "plan tiny.yaml --set train.epoch=1"),
    ("an option", "plan tiny.yaml --set train.epochs=0"),
    ("an unknown option", "train --epoch 3"),
    ("a value", "train --epochs 0"),
    ("nothing", "train --data data/digits --label label --validation v.npy --out out"),
    ("a file that is not there", "score --probs probs.npy --acquisition bald --out out"),
    (
        "a setting that is not read",
        "score --probs probs.npy --acquisition bald --posterior deterministic --out out",
    ),
    ("another source", "select --scores scores.parquet --method batch_bald --batch 2 --out out"),
    ("an unknown data set", "prepare dataset --dataset mnsit --out out"),
    (
        "no file of settings",
        "train --config nothing.yaml --data data/digits --label label --validation v.npy --out out",
    ),
    ("a section of a pipeline", "prepare split --config prepare.yaml --data data/digits --out out"),
    (
        "both initial sets",
        "prepare split --data data/digits --initial 3 --initial-per-class 1 --validation 0 --out out",
    ),
];

#[test]
fn errors() {
    let project = Project::new();
    let text = |&(what, command): &(&str, &str)| {
        let pipeline = crate::support::PIPELINE;
        let (words, pipeline) = match command.split_once("=>") {
            Some((start, new)) => {
                let (words, old) = start.split_at("plan tiny.yaml".len());
                assert!(pipeline.contains(old.trim()), "{old}");
                (words, pipeline.replacen(old.trim(), new, 1))
            }
            None => (command, pipeline.to_owned()),
        };
        bal_artifact::write_file(&project.path("tiny.yaml"), pipeline.as_bytes()).unwrap();
        let section = b"dataset: digits\ninitial_per_class: 1\nvalidation: 20\n";
        bal_artifact::write_file(&project.path("prepare.yaml"), section).unwrap();
        let ended = project.bal(&words.split_whitespace().collect::<Vec<_>>());
        assert_ne!(ended.code, Some(0), "{what}");
        let code = ended.code.unwrap_or(-1);
        format!("## {what}\n\n$ bal {command}\n{}exit code {code}\n\n", ended.stderr)
    };
    insta::assert_snapshot!("errors", MISTAKES.iter().map(text).collect::<String>());
}
