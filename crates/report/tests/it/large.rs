//! Sizes and times of pages of many runs.

use std::time::Instant;

use crate::fixture::{Setup, Tree};

#[test]
fn a_page_of_a_hundred_rounds_is_small_and_quick() {
    let tree = Tree::of(&Setup::large(5, 3, 101));
    let start = Instant::now();
    let report = tree.report().unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let bytes = fs_err::metadata(report.join("report.html")).unwrap().len();
    println!("15 runs of 100 rounds: {bytes} bytes, {seconds:.1} s");
    assert!(bytes <= 2_000_000, "{bytes} bytes");
    // Five on an idle machine; tests share theirs.
    assert!(seconds < 20.0, "{seconds} s");
}
