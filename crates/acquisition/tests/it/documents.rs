//! What README.md lists is what there is.

use bal_acquisition::{AcquisitionFunction, BatchMethod};

#[test]
fn every_score_and_method_stands_in_the_readme() {
    let readme = fs_err::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let names = AcquisitionFunction::names().chain(BatchMethod::names_and_shortcuts());
    let missing: Vec<&str> = names.filter(|name| !readme.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}: add them to the tables of README.md");
}
