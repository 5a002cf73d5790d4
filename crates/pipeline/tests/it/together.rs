//! Experiments that are started together with one data folder in which nothing is prepared yet.

use std::collections::BTreeMap;

use crate::support::{Project, Running, differences};

/// Two runs of one round on points in the plane, which need no download.
pub(crate) fn moons() -> Project {
    let digits = "digits, initial_per_class: 1, validation: 20}\ntrain:   {network: gal_cnn";
    let moons = "two_moons, initial_per_class: 1, validation: 20}\ntrain:   {network: mlp";
    Project::new().with(digits, moons)
}

#[test]
fn twelve_at_once_end_well_with_the_same_bytes() {
    let project = moons();
    let outs: Vec<String> = (0..10).map(|n| format!("experiments/{n}")).collect();
    let run = |out: &String| {
        project.start(&[
            "run",
            "tiny.yaml",
            "--profile",
            "short",
            "--set",
            "sweep.seed=[0]",
            "--jobs",
            "1",
            "--out",
            out,
        ])
    };
    let by_hand =
        || project.start(&["prepare", "dataset", "--dataset", "two_moons", "--out", "data/two_moons"]);
    let mut started: Vec<Running> = outs.iter().map(run).collect();
    started.extend([by_hand(), by_hand()]);
    let ended: Vec<_> = started.into_iter().map(Running::wait).collect();
    assert!(ended.iter().all(|ended| ended.code == Some(0)), "{ended:#?}");
    let makers = ended.iter().filter(|ended| ended.stderr.contains("prepared in `data/two_moons`")).count();
    assert_eq!(makers, 1, "{ended:#?}");
    let results: Vec<BTreeMap<String, Vec<u8>>> = outs.iter().map(|out| project.results_in(out)).collect();
    for other in &results[1..] {
        assert_eq!(differences(&results[0], other), [""; 0]);
    }
}
