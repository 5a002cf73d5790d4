//! Artifacts on disk: what is written is read, what is damaged refused, what is unfinished does not exist.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod arrays;
mod folders;
mod foreign;
mod formats;
mod stage_tables;
mod tables;
mod target;

use std::path::Path;

use bal_artifact::{Inputs, Manifest, Staging};
use ndarray::array;

/// Publishes a small `select` artifact: `selected.npy` holding `ids`.
fn publish(out: &Path, ids: [i64; 3]) {
    let mut staging = Staging::new(out, "select", &[]).unwrap();
    staging.array("selected", &ndarray::Array1::from(ids.to_vec())).unwrap();
    staging.file("note.txt", b"hello").unwrap();
    let config = serde_json::json!({ "batch": 3 });
    staging.publish(Manifest::new("select", 1, config, Inputs::new(out))).unwrap();
}

#[test]
fn a_manifest_tells_what_was_made_out_of_what() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    publish(&first, [3, 1, 2]);
    let mut inputs = Inputs::new(folder.path());
    inputs.add("labelled", &first.join("selected.npy")).unwrap();
    let mut staging = Staging::new(&second, "select", &[]).unwrap();
    staging.array("labelled", &array![3i64, 1, 2, 7]).unwrap();
    let mut manifest = Manifest::new("select", 1, serde_json::json!({}), inputs);
    (manifest.seed, manifest.round) = (5, 2);
    staging.publish(manifest).unwrap();

    let manifest = Manifest::read(&second, "select").unwrap();
    assert_eq!((manifest.seed, manifest.round, manifest.group), (5, 2, 1));
    let input = &manifest.inputs["labelled"];
    assert_eq!(input.path, "first/selected.npy");
    assert_eq!(input.dtype.as_deref(), Some("<i8"));
    let output = &manifest.outputs["labelled.npy"];
    assert_eq!(output.shape, Some(vec![4]));
    assert_eq!(output.sha256, bal_artifact::digest::sha256_file(&second.join("labelled.npy")).unwrap());
}
