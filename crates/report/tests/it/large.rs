//! Size and time of a page of 500 runs, where `BAL_LARGE` is set: the tree alone takes minutes.

use std::time::Instant;

use crate::fixture::{Setup, Tree};

#[test]
fn a_page_of_five_hundred_runs_is_small_and_quick() {
    if std::env::var_os("BAL_LARGE").is_none() {
        println!("skipped: BAL_LARGE is not set");
        return;
    }
    let tree = Tree::of(&Setup::large(100, 5, 21));
    let start = Instant::now();
    let report = tree.report().unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let bytes = fs_err::metadata(report.join("report.html")).unwrap().len();
    println!("500 runs of 20 rounds: {bytes} bytes, {seconds:.1} s");
    assert!(bytes <= 5_000_000, "{bytes} bytes");
    // Half a minute on an idle machine; tests share theirs.
    assert!(seconds < 90.0, "{seconds} s");
}
