//! What the rules are about: the manifests as cargo reads them, and the sources.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// One source file.
pub(crate) struct Source {
    /// From the root of the workspace: `crates/score/src/run.rs`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// Name of the crate's folder: `score`.
    pub(crate) fn folder(&self) -> &str {
        self.path.split('/').nth(1).unwrap()
    }

    /// Whether it is part of a library or a program, and not of its tests or of a build script.
    pub(crate) fn is_shipped(&self) -> bool {
        self.path.split('/').nth(2) == Some("src")
    }

    /// Lines and their numbers from 1, without comment lines and without the tests at the end of the file.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        lines
            .take_while(|(_, line)| *line != "#[cfg(test)]")
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// All Rust files below `crates/`, in the order of their paths.
pub(crate) fn sources() -> Vec<Source> {
    let root = root();
    let mut sources = Vec::new();
    let mut folders = vec![root.join("crates")];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs_err::read_to_string(&path).unwrap();
                sources.push(Source { path: path.strip_prefix(&root).unwrap().display().to_string(), text });
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

/// All packages in the tree of this machine, as `cargo metadata` tells them; nothing is fetched.
pub(crate) fn packages() -> Vec<Value> {
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let output = Command::new(std::env::var_os("CARGO").unwrap())
        .args(["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", &platform])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// Those of this workspace.
pub(crate) fn members() -> Vec<Value> {
    packages().into_iter().filter(|package| package["source"].is_null()).collect()
}

/// Names of a member's dependencies of a kind, `null` being the ones of library and programs.
pub(crate) fn dependencies<'a>(member: &'a Value, kind: &Value) -> Vec<&'a str> {
    let all = member["dependencies"].as_array().unwrap().iter();
    all.filter(|dependency| dependency["kind"] == *kind).map(name_in_code).collect()
}

fn name_in_code(dependency: &Value) -> &str {
    dependency["rename"].as_str().unwrap_or_else(|| dependency["name"].as_str().unwrap())
}

/// Fails with all complaints, one a line, and what to do.
pub(crate) fn assert_none(complaints: &[String], remedy: &str) {
    assert!(complaints.is_empty(), "\n{}\n\n{remedy}\n", complaints.join("\n"));
}
