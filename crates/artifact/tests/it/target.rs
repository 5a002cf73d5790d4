//! Output folders: what may be replaced, and what is refused because something would be lost.

use std::os::unix::fs::symlink;
use std::path::Path;

use bal_artifact::{Error, Inputs, Manifest, Staging};
use ndarray::array;
use tempfile::TempDir;

/// What is against this output folder of a `select` stage; `None` if nothing is.
fn against(out: &Path, inputs: &[&Path]) -> Option<String> {
    match Staging::new(out, "select", inputs) {
        Ok(_) => None,
        Err(error @ Error::Occupied { .. }) => Some(error.to_string()),
        Err(error) => panic!("{error}"),
    }
}

/// A folder with a `select` artifact `out`.
fn published() -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    super::publish(&out, [1, 2, 3]);
    (folder, out)
}

#[test]
fn a_folder_of_somebody_else_is_refused_whatever_its_files_are_called() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("notes.txt", "mine"), ("select.json", "{\"numTraining\": 1}"), ("select.json", "")]
    {
        let out = folder.path().join("D");
        fs_err::create_dir_all(out.join("imagesTr")).unwrap();
        fs_err::write(out.join("imagesTr/a.nii.gz"), b"scan").unwrap();
        fs_err::write(out.join(name), text).unwrap();
        let error = against(&out, &[]).unwrap();
        assert!(error.contains("is no file of a `select` artifact"), "{error}");
        assert!(out.join("imagesTr/a.nii.gz").exists() && out.join(name).exists());
        fs_err::remove_file(out.join(name)).unwrap();
    }
}

#[test]
fn an_artifact_of_another_stage_is_refused() {
    let (_folder, out) = published();
    let error = Staging::new(&out, "score", &[]).unwrap_err().to_string();
    assert!(error.contains("is no file of a `score` artifact"), "{error}");
    // A manifest of another stage under this stage's name.
    fs_err::rename(out.join("select.json"), out.join("score.json")).unwrap();
    Staging::new(&out, "score", &[]).unwrap_err();
}

#[test]
fn whatever_the_manifest_does_not_list_is_not_lost() {
    let (_folder, out) = published();
    assert_eq!(against(&out, &[]), None);
    for (name, is_folder) in [
        ("new.npy", false),
        ("picks", true),
        (".hidden", false),
        (".old-thesis-2023", false),
        ("Selected.npy", false),
    ] {
        let path = out.join(name);
        if is_folder {
            fs_err::create_dir(&path).unwrap();
        } else {
            fs_err::write(&path, b"x").unwrap();
        }
        let error = against(&out, &[]).unwrap();
        assert!(error.contains(&format!("`{name}` is not in the list of `select.json`")), "{error}");
        if is_folder { fs_err::remove_dir(&path).unwrap() } else { fs_err::remove_file(&path).unwrap() }
    }
    fs_err::remove_file(out.join("note.txt")).unwrap();
    fs_err::create_dir(out.join("note.txt")).unwrap();
    assert!(against(&out, &[]).unwrap().contains("`note.txt`"), "a folder in the place of a listed file");
}

#[test]
fn an_input_in_the_output_folder_is_refused() {
    let (folder, out) = published();
    let link = folder.path().join("link.npy");
    symlink(out.join("selected.npy"), &link).unwrap();
    for input in [out.join("selected.npy"), link, folder.path().join("out/../out/selected.npy"), out.clone()]
    {
        let error = against(&out, &[&input]).unwrap();
        assert!(error.contains("this call reads `"), "{error}");
    }
    assert_eq!(against(&out, &[&folder.path().join("missing.npy")]), None);
}

#[test]
fn a_link_stays_a_link_and_one_that_leads_nowhere_is_refused() {
    let (folder, out) = published();
    let link = folder.path().join("link");
    symlink("out", &link).unwrap();
    super::publish(&link, [7, 8, 9]);
    assert!(link.is_symlink() && !out.is_symlink());
    let ids = bal_artifact::read_array::<i64, ndarray::Ix1>("ids", &out.join("selected.npy")).unwrap();
    assert_eq!(ids, array![7, 8, 9]);
    let dangling = folder.path().join("dangling");
    symlink("nowhere", &dangling).unwrap();
    assert!(against(&dangling, &[]).unwrap().contains("a link that leads nowhere"));
    let file = folder.path().join("file");
    fs_err::write(&file, b"x").unwrap();
    assert!(against(&file, &[]).unwrap().contains("it is a file"));
}

#[test]
fn a_folder_that_cannot_be_replaced_is_refused_before_any_work() {
    let (_folder, out) = published();
    assert!(against(Path::new("."), &[]).unwrap().contains("the current folder lies in it"));
    assert!(against(Path::new(".."), &[]).unwrap().contains("the current folder lies in it"));
    assert!(against(Path::new("/proc"), &[]).unwrap().contains("something is mounted on it"));
    let mut permissions = fs_err::metadata(&out).unwrap().permissions();
    permissions.set_readonly(true);
    fs_err::set_permissions(&out, permissions).unwrap();
    assert!(against(&out, &[]).unwrap().contains("it may not be written to"));
}

#[test]
fn what_comes_in_meanwhile_stays_and_is_named() {
    let (folder, out) = published();
    let mut staging = Staging::new(&out, "select", &[]).unwrap();
    staging.array("selected", &array![4i64, 5]).unwrap();
    fs_err::write(out.join("thesis.txt"), b"years of work").unwrap();
    let manifest = Manifest::new("select", 1, serde_json::json!({}), Inputs::new(folder.path()));
    let error = staging.publish(manifest).unwrap_err();
    assert!(matches!(error, Error::Occupied { .. }) && error.to_string().contains("`thesis.txt`"), "{error}");
    assert_eq!(fs_err::read(out.join("thesis.txt")).unwrap(), b"years of work");
    let ids = bal_artifact::read_array::<i64, ndarray::Ix1>("ids", &out.join("selected.npy")).unwrap();
    assert_eq!(ids, array![1, 2, 3], "nothing was replaced");
    assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 1, "and nothing is left beside it");
}

#[test]
fn an_artifact_of_an_earlier_version_may_be_replaced() {
    let (_folder, out) = published();
    let text = fs_err::read_to_string(out.join("select.json")).unwrap();
    let without_digest: Vec<&str> = text.lines().filter(|line| !line.starts_with("  \"digest\"")).collect();
    let earlier = without_digest.join("\n").replace("\"schema_version\": 2", "\"schema_version\": 1");
    fs_err::write(out.join("select.json"), earlier).unwrap();
    assert_eq!(Manifest::read(&out, "select").unwrap().digest, None);
    assert_eq!(against(&out, &[]), None);
}

#[test]
fn every_flip_in_the_stable_part_of_a_manifest_is_found() {
    let (_folder, out) = published();
    let path = out.join("select.json");
    let bytes = fs_err::read(&path).unwrap();
    let run = bytes.windows(9).position(|window| window == b"\n  \"run\":").unwrap();
    for at in 0..run {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        fs_err::write(&path, &flipped).unwrap();
        assert!(Manifest::read(&out, "select").is_err(), "byte {at}, `{}`", bytes[at] as char);
    }
}
