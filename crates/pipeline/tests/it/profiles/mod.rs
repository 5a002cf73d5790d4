//! Every pipeline of the repository in its profile `ci`: on made data in the official formats, and with outputs that
//! are compared with plain computations.
//!
//! A pipeline that is added gets a line in the list. What is checked follows from its settings.

mod experiment;
mod field;
mod labels;
mod made;
mod picks;
mod plain;
mod quality;
mod report;

use std::collections::BTreeSet;

use bal_settings::parse_value;

use experiment::{Experiment, pipelines};

/// What the comment at the beginning of a pipeline says behind its title, which names the source: each at the beginning
/// of a line.
const HEADER: [&str; 4] = ["Question:", "Protocol:", "Cost:", "Expected"];

/// Runs a pipeline and checks all that it leaves.
fn check(name: &str) {
    let experiment = Experiment::run(name);
    made::check(&experiment);
    labels::check(&experiment);
    picks::check(&experiment);
    quality::check(&experiment);
    field::check(&experiment);
    report::check(&experiment);
}

/// A test for each of these pipelines.
macro_rules! pipelines {
    ($($name:ident),* $(,)?) => {
        const CHECKED: &[&str] = &[$(stringify!($name)),*];

        $(
            #[test]
            fn $name() {
                check(stringify!($name));
            }
        )*
    };
}

pipelines! {
    bald_vs_batchbald,
    fig1,
    fig1_weight_decay,
    fig2_model_uncertainty,
    haiku_modified_pool,
    haiku_reduced_batch,
    haiku_standard,
    lbb_ag_news,
    lbb_cifar10,
    lbb_cifar100,
    lbb_emnist,
    lbb_fmnist,
    lbb_kmnist,
    lbb_mnist,
    lbb_rcifar10,
    lbb_rcifar100,
    lbb_rmnist,
    lbb_svhn,
    mnist_learning_curves,
    power_family,
    repeated_mnist,
    table2_mbr,
    table3_semi_supervised,
    two_moons,
    understanding_bald,
}

/// Names and texts of all pipelines.
fn all() -> Vec<(String, String)> {
    let files = fs_err::read_dir(pipelines()).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let name = |path: &std::path::Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    files.map(|path| (name(&path), fs_err::read_to_string(&path).unwrap())).collect()
}

#[test]
fn no_pipeline_is_left_out() {
    let there: BTreeSet<String> = all().into_iter().map(|(name, _)| name).collect();
    let checked: BTreeSet<String> = CHECKED.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(there, checked, "the list of `profiles/mod.rs` has a line for every file in `pipelines`");
}

#[test]
fn every_pipeline_has_a_header_and_a_profile_ci() {
    let mut complaints = Vec::new();
    for (name, text) in all() {
        let header: Vec<&str> = text.lines().map_while(|line| line.strip_prefix('#')).collect();
        let says = |word: &str| header.iter().any(|line| line.trim_start().starts_with(word));
        complaints.extend(
            HEADER.iter().filter(|word| !says(word)).map(|word| format!("{name}: no `{word}` in its header")),
        );
        let tree = parse_value(&text).unwrap();
        if tree["name"] != name.as_str() {
            complaints.push(format!("{name}: its name is {}", tree["name"]));
        }
        if tree["profiles"]["ci"].is_null() {
            complaints.push(format!("{name}: no profile `ci`"));
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}
