//! Which crate may depend on which, and that each dependency is used.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::workspace::{Source, assert_none, dependencies, members, root, sources};

/// Each stage, and what else may lie below `pipeline`.
const STAGES: [&str; 6] = ["prepare", "label", "train", "score", "select", "report"];
const ALL: &[&str] = &[
    "error",
    "settings",
    "stream",
    "artifact",
    "cli",
    "model",
    "acquisition",
    "prepare",
    "label",
    "train",
    "score",
    "select",
    "report",
];

/// The crates of this workspace that each may depend on: a stage never on a stage (invariant 2).
const ALLOWED: [(&str, &[&str]); 16] = [
    ("error", &[]),
    ("settings", &["error"]),
    ("stream", &[]),
    ("acquisition", &["stream"]),
    ("artifact", &["error", "stream"]),
    ("cli", &["error"]),
    ("model", &["error", "stream", "artifact"]),
    ("prepare", &["error", "settings", "stream", "artifact", "cli"]),
    ("label", &["error", "settings", "stream", "artifact", "cli"]),
    // Of the acquisition functions it knows the Gaussian field, which also predicts.
    ("train", &["error", "settings", "stream", "artifact", "cli", "model", "acquisition"]),
    ("score", &["error", "settings", "stream", "artifact", "cli", "model", "acquisition"]),
    ("select", &["error", "settings", "stream", "artifact", "cli", "acquisition"]),
    ("report", &["error", "settings", "stream", "artifact", "cli", "acquisition"]),
    ("pipeline", ALL),
    ("testkit", &["stream", "artifact"]),
    ("bench", ALL),
];

/// Who may use a dependency that is heavy, or that says what a crate knows (invariants 6 and 10).
const RESERVED: [(&str, &[&str]); 3] = [
    ("polars", &["artifact", "report"]),
    ("tch", &["model", "train", "score", "bench"]),
    // Only for their build scripts, which give binaries the path of libtorch.
    ("torch-sys", &["model", "train", "score", "bench", "pipeline"]),
];

fn folder(member: &Value) -> &str {
    member["name"].as_str().unwrap().strip_prefix("bal-").unwrap()
}

/// Where a crate names a dependency: `crates/score/Cargo.toml:24`.
fn place(folder: &str, dependency: &str) -> String {
    let path = format!("crates/{folder}/Cargo.toml");
    let manifest = fs_err::read_to_string(root().join(&path)).unwrap();
    let names = |line: &str| line.strip_prefix(dependency).is_some_and(|rest| rest.starts_with(['.', ' ']));
    let line = manifest.lines().position(names).map_or(0, |index| index + 1);
    format!("{path}:{line}")
}

fn may_depend(folder: &str, dependency: &str) -> bool {
    let is_below =
        |own: &str| ALLOWED.iter().any(|(name, allowed)| *name == folder && allowed.contains(&own));
    dependency.strip_prefix("bal-").is_none_or(is_below)
        && RESERVED.iter().all(|(name, users)| *name != dependency || users.contains(&folder))
}

#[test]
fn crates_depend_on_those_below_them_only() {
    let mut complaints = Vec::new();
    for member in members() {
        let name = folder(&member);
        for dependency in dependencies(&member, &Value::Null) {
            if !may_depend(name, dependency) {
                complaints.push(format!("{}: depends on `{dependency}`", place(name, dependency)));
            }
        }
        for dependency in dependencies(&member, &json!("dev")) {
            if dependency.strip_prefix("bal-").is_some_and(|own| STAGES.contains(&own)) {
                complaints.push(format!("{}: its tests depend on `{dependency}`", place(name, dependency)));
            }
        }
    }
    let remedy = "stages talk through files: move what both need below them, make a test's artifacts with \
                  `bal-testkit`, or change the tables here";
    assert_none(&complaints, remedy);
}

#[test]
fn every_dependency_of_a_crate_is_used_in_it() {
    let sources = sources();
    let mut complaints = Vec::new();
    for member in members() {
        let name = folder(&member);
        let of_crate: Vec<&Source> = sources.iter().filter(|source| source.folder() == name).collect();
        for (kind, where_) in [(Value::Null, "its sources"), (json!("dev"), "its tests")] {
            let may_use = |source: &&&Source| kind == json!("dev") || source.is_shipped();
            for dependency in dependencies(&member, &kind) {
                let path = format!("{}::", dependency.replace('-', "_"));
                let import = format!("use {};", dependency.replace('-', "_"));
                let uses = |line: &str| line.contains(&path) || line.contains(&import);
                let is_used = of_crate.iter().filter(may_use).any(|source| source.text.lines().any(uses));
                if !is_used && dependency != "torch-sys" {
                    complaints
                        .push(format!("{}: `{dependency}` is not used in {where_}", place(name, dependency)));
                }
            }
        }
    }
    assert_none(&complaints, "take it out of the table");
}

#[test]
fn every_dependency_of_the_workspace_is_used_and_has_a_reason() {
    let members = members();
    let kinds = [Value::Null, json!("dev"), json!("build")];
    let used: BTreeSet<&str> =
        members.iter().flat_map(|member| kinds.iter().flat_map(|kind| dependencies(member, kind))).collect();
    let mut complaints = Vec::new();
    let manifest = fs_err::read_to_string(root().join("Cargo.toml")).unwrap();
    let start = manifest.lines().position(|line| line == "[workspace.dependencies]").unwrap() + 1;
    let mut group_has_reason = false;
    for (index, line) in
        manifest.lines().enumerate().skip(start).take_while(|(_, line)| !line.starts_with('['))
    {
        group_has_reason = !line.is_empty() && (group_has_reason || line.starts_with('#'));
        let Some((name, _)) = line.split_once(" = ").filter(|(name, _)| !name.starts_with('#')) else {
            continue;
        };
        if !used.contains(name) {
            complaints.push(format!("Cargo.toml:{}: no crate depends on `{name}`: take it out", index + 1));
        }
        if !group_has_reason && !line.contains(" # ") && !name.starts_with("bal-") {
            complaints.push(format!("Cargo.toml:{}: say in a comment what `{name}` is for", index + 1));
        }
    }
    assert!(used.len() > 40, "dependencies are not found: {used:?}");
    assert_none(&complaints, "each dependency costs build time and trust: it needs a use and a reason");
}
