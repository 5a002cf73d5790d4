//! Which crate may depend on which, and that each dependency is used.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::workspace::{Source, assert_none, dependencies, members, root, sources};

/// The crates of this workspace that each may depend on: a stage never on a stage (invariant 2).
const ALLOWED: [(&str, &[&str]); 14] = [
    ("acquisition", &["stream"]),
    ("stream", &[]),
    ("artifact", &["stream"]),
    ("cli", &["artifact"]),
    ("model", &["stream", "artifact", "cli"]),
    ("prepare", &["stream", "artifact", "cli"]),
    ("label", &["stream", "artifact", "cli"]),
    ("train", &["stream", "artifact", "cli", "model"]),
    ("score", &["stream", "artifact", "cli", "model", "acquisition"]),
    ("select", &["stream", "artifact", "cli", "acquisition"]),
    ("report", &["stream", "artifact", "cli"]),
    (
        "pipeline",
        &[
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
        ],
    ),
    ("testkit", &["stream", "artifact"]),
    (
        "bench",
        &[
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
            "pipeline",
        ],
    ),
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

#[test]
fn crates_depend_on_those_below_them_only() {
    let mut complaints = Vec::new();
    for member in members() {
        let name = folder(&member);
        let allowed = ALLOWED.iter().find(|(crate_name, _)| *crate_name == name).map(|(_, allowed)| *allowed);
        let Some(allowed) = allowed else {
            complaints.push(format!("crates/{name}/Cargo.toml: this crate is not in the table"));
            continue;
        };
        for dependency in dependencies(&member, &Value::Null) {
            let own = dependency.strip_prefix("bal-");
            if own.is_some_and(|own| !allowed.contains(&own)) {
                complaints.push(format!("crates/{name}/Cargo.toml: depends on `{dependency}`"));
            }
            let reserved = RESERVED.iter().find(|(reserved, _)| *reserved == dependency);
            if reserved.is_some_and(|(_, users)| !users.contains(&name)) {
                complaints.push(format!("crates/{name}/Cargo.toml: depends on `{dependency}`"));
            }
        }
    }
    assert_none(
        &complaints,
        "stages talk through files: move what both need below them, or change the tables here",
    );
}

#[test]
fn tests_need_no_stage_but_their_own() {
    let stages = ["prepare", "label", "train", "score", "select", "report"];
    let is_stage =
        |dependency: &str| dependency.strip_prefix("bal-").is_some_and(|own| stages.contains(&own));
    let mut complaints = Vec::new();
    for member in members() {
        for dependency in dependencies(&member, &json!("dev")).into_iter().filter(|name| is_stage(name)) {
            complaints.push(format!("crates/{}/Cargo.toml: tests depend on `{dependency}`", folder(&member)));
        }
    }
    assert_none(&complaints, "make its artifacts with `bal-testkit`, or test it in `pipeline`");
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
                        .push(format!("crates/{name}/Cargo.toml: `{dependency}` is not used in {where_}"));
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
