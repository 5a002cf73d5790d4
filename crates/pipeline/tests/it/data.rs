//! A damaged data set: made again where `bal` can make it, an error where it cannot.

use crate::support::Project;

#[test]
fn a_truncated_data_set_is_made_again_aloud() {
    let digits = "digits, initial_per_class: 1, validation: 20}\ntrain:   {network: gal_cnn";
    let moons = "two_moons, initial_per_class: 1, validation: 20}\ntrain:   {network: mlp";
    let project = Project::new().with(digits, moons);
    let arguments = ["--profile", "short", "--set", "sweep.seed=[0]"];
    project.run(&arguments);
    let labels = project.path("data/two_moons/train_labels.npy");
    let whole = fs_err::read(&labels).unwrap();
    bal_artifact::write_file(&labels, &whole[..100]).unwrap();
    let ended = project.run(&arguments);
    let said = |line: &&str| {
        line.contains("WARN `data/two_moons/train_labels.npy` is corrupt: expected sha256 ")
            && line.ends_with(": data set `two_moons` is made again")
    };
    assert!(ended.stderr.lines().any(|line| said(&line.trim_start())), "{}", ended.stderr);
    assert_eq!(fs_err::read(&labels).unwrap(), whole);
}

#[test]
fn a_damaged_data_set_that_was_made_by_hand_is_an_error() {
    let project = Project::new();
    let inputs = project.path("data/digits/test_inputs.npy");
    fs_err::remove_file(&inputs).unwrap();
    let ended = project.bal(&["run", "tiny.yaml"]);
    let missing = "error: file of the data set `data/digits/test_inputs.npy` is missing\n";
    assert!(ended.code == Some(4) && ended.stderr.starts_with(missing), "{ended:?}");
}
