//! Publication, leftovers, locks, verification, retention.

use bal_artifact::{Error, Finding, Inputs, Lock, Manifest, Pruned, Staging, prune, verify};
use ndarray::array;

fn findings(folder: &std::path::Path) -> Vec<Finding> {
    verify(folder, &mut |_| {}).unwrap().findings
}

fn names(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> = fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn nothing_is_there_before_publication_and_nothing_else_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("select");
    let mut staging = Staging::new(&out, "select", &[]).unwrap();
    staging.array("selected", &array![1i64]).unwrap();
    assert!(!out.exists());
    drop(staging);
    assert!(names(folder.path()).is_empty(), "a dropped staging leaves nothing");
    super::publish(&out, [1, 2, 3]);
    super::publish(&out, [4, 5, 6]);
    assert_eq!(names(folder.path()), ["select"]);
    assert_eq!(names(&out), ["note.txt", "select.json", "selected.npy"]);
}

#[test]
fn leftovers_of_dead_processes_are_removed_and_a_lost_predecessor_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("select");
    // No process has this id: it is above the largest that Linux gives.
    let (temporary, old) =
        (folder.path().join(".tmp-select-4194999"), folder.path().join(".old-select-4194999"));
    fs_err::create_dir(&temporary).unwrap();
    super::publish(&old, [7, 8, 9]);
    // Killed between the two renames: `select` is gone, its predecessor lies beside it.
    let staging = Staging::new(&out, "select", &[]).unwrap();
    drop(staging);
    assert_eq!(names(folder.path()), ["select"]);
    assert_eq!(Manifest::read(&out, "select").unwrap().stage, "select");
    let other = folder.path().join(".tmp-selection-4194999");
    fs_err::create_dir(&other).unwrap();
    drop(Staging::new(&out, "select", &[]).unwrap());
    assert!(other.exists(), "leftovers of another artifact are not ours");
}

#[test]
fn a_flipped_byte_in_an_input_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    super::publish(&folder.path().join("a"), [1, 2, 3]);
    let path = folder.path().join("a/selected.npy");
    let mut bytes = fs_err::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs_err::write(&path, bytes).unwrap();
    let error = Inputs::new(folder.path()).add("labelled", &path).unwrap_err();
    assert!(matches!(error, Error::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("sha256"), "{error}");
    assert!(matches!(findings(folder.path()).as_slice(), [Finding::Changed { .. }]));
}

#[test]
fn verify_names_what_is_missing_orphaned_and_unreadable() {
    let folder = tempfile::tempdir().unwrap();
    super::publish(&folder.path().join("a"), [1, 2, 3]);
    assert!(findings(folder.path()).is_empty());
    fs_err::remove_file(folder.path().join("a/note.txt")).unwrap();
    fs_err::write(folder.path().join("a/stranger.npy"), b"").unwrap();
    let (dead, alive) = (
        folder.path().join(".tmp-train-4194999"),
        folder.path().join(format!(".tmp-train-{}", std::process::id())),
    );
    fs_err::create_dir(&dead).unwrap();
    fs_err::create_dir(&alive).unwrap();
    fs_err::create_dir(folder.path().join("c")).unwrap();
    fs_err::write(folder.path().join("c/train.json"), b"{\n  \"schema_version\": ").unwrap();
    let seen = verify(folder.path(), &mut |_| {}).unwrap();
    assert_eq!(seen.leftovers, [dead], "what a living process makes is no leftover");
    let found = seen.findings;
    assert!(found.contains(&Finding::Missing(folder.path().join("a/note.txt"))));
    assert!(found.contains(&Finding::Orphaned(folder.path().join("a/stranger.npy"))));
    assert!(found.iter().any(|finding| matches!(finding, Finding::Unreadable(_))), "{found:?}");
}

#[test]
fn what_was_pruned_is_recorded_and_not_missing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("a");
    super::publish(&out, [1, 2, 3]);
    let manifest = Manifest::read(&out, "select").unwrap();
    prune(&out, &manifest, &["selected.npy"]).unwrap();
    prune(&out, &manifest, &["selected.npy"]).unwrap();
    assert!(!out.join("selected.npy").exists());
    let pruned = Pruned::read(&out).unwrap();
    assert_eq!(pruned.files, [manifest.outputs["selected.npy"].clone()]);
    let seen = verify(&out, &mut |_| {}).unwrap();
    assert_eq!((seen.findings.len(), seen.pruned, seen.files), (0, 1, 1));
}

#[test]
fn a_second_lock_is_refused_and_says_who_holds_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let first = Lock::acquire(folder.path()).unwrap();
    let error = Lock::acquire(folder.path()).unwrap_err();
    assert!(matches!(error, Error::Locked { .. }));
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    drop(first);
    Lock::acquire(folder.path()).unwrap();
}

#[test]
fn a_manifest_of_another_schema_is_not_guessed_at() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("a");
    super::publish(&out, [1, 2, 3]);
    let path = out.join("select.json");
    let text = fs_err::read_to_string(&path).unwrap();
    fs_err::write(&path, text.replace("\"schema_version\": 2", "\"schema_version\": 99")).unwrap();
    let error = Manifest::read(&out, "select").unwrap_err();
    assert!(error.to_string().contains("expected manifest schema version 2, found version 99"), "{error}");
}

#[test]
fn paths_are_relative_to_the_root_wherever_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path);
    assert_eq!(bal_artifact::relative(&at("runs/a/x.npy"), &at("runs")), "a/x.npy");
    assert_eq!(bal_artifact::relative(&at("data/x.npy"), &at("runs/fig1")), "../../data/x.npy");
}

#[test]
fn a_lock_beside_its_target_keeps_others_out_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("new/moons");
    let lock = Lock::beside(&target).unwrap();
    assert!(folder.path().join("new/.lock-moons").is_file() && !target.exists());
    // Another name of the same place is the same lock.
    let other_name = folder.path().join("new/../new/moons");
    let error = Lock::beside(&other_name).unwrap_err();
    assert!(
        matches!(error, Error::Locked { holder, .. } if holder.contains(&std::process::id().to_string()))
    );
    drop(lock);
    assert!(fs_err::read_dir(folder.path().join("new")).unwrap().next().is_none());
    Lock::beside(&target).unwrap();
}

#[test]
fn of_many_that_want_a_lock_one_at_a_time_has_it() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let folder = tempfile::tempdir().unwrap();
    let (target, inside) = (folder.path().join("moons"), AtomicUsize::new(0));
    let visit = || {
        let mut visits = 0;
        while visits < 200 {
            let Ok(_lock) = Lock::beside(&target) else { continue };
            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two hold it");
            inside.fetch_sub(1, Ordering::SeqCst);
            visits += 1;
        }
    };
    std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(visit))));
}

#[test]
fn verify_looks_at_everything_whatever_it_finds() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b, c] = ["a", "b", "select"].map(|name| folder.path().join(name));
    for out in [&a, &b, &c] {
        super::publish(out, [1, 2, 3]);
    }
    fs_err::write(a.join("pruned.json"), b"{").unwrap();
    fs_err::remove_file(b.join("selected.npy")).unwrap();
    fs_err::remove_file(c.join("select.json")).unwrap();
    fs_err::write(folder.path().join("pipeline.yaml"), bal_artifact::sealed("name: x\n") + "more: 1\n")
        .unwrap();
    let found = findings(folder.path());
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found.contains(&Finding::Missing(b.join("selected.npy"))));
    assert!(found.contains(&Finding::NoManifest(c)), "a folder of ours without its manifest");
    let unreadable = |text: &str| {
        found.iter().any(|finding| matches!(finding, Finding::Unreadable(reason) if reason.contains(text)))
    };
    assert!(unreadable("pruned.json") && unreadable("its seal is broken"), "{found:?}");
}

#[test]
fn every_flip_in_a_record_of_what_was_pruned_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("a");
    super::publish(&out, [1, 2, 3]);
    prune(&out, &Manifest::read(&out, "select").unwrap(), &["selected.npy"]).unwrap();
    let path = out.join("pruned.json");
    let bytes = fs_err::read(&path).unwrap();
    assert!(findings(folder.path()).is_empty());
    // White space says nothing. Every tenth byte, since each finding waits for a second look.
    for at in (0..bytes.len()).step_by(10).filter(|&at| !bytes[at].is_ascii_whitespace()) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        fs_err::write(&path, &flipped).unwrap();
        assert!(!findings(folder.path()).is_empty(), "byte {at}, `{}`", bytes[at] as char);
    }
}

#[test]
fn an_own_file_that_is_named_like_a_manifest_is_no_hindrance() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("dataset.json"), b"{\"numTraining\": 1}").unwrap();
    let path = folder.path().join("labels.npy");
    fs_err::write(&path, b"anything").unwrap();
    Inputs::new(folder.path()).add("labels", &path).unwrap();
    assert!(findings(folder.path()).is_empty());
}
