//! Pages for a browser: `make test-page` names a folder in `BAL_PAGES`, where they then lie.

use std::path::Path;
use std::time::Instant;

use bal_artifact::DatasetKind;
use bal_report::Config;

use crate::fixture::{Setup, Tree};
use crate::hostile::hostile;
use crate::sections::FILE;

#[test]
fn pages_of_all_kinds_are_made() {
    let accuracy = |cell: &str, seed: u64, round: usize| {
        0.6 + 0.05 * round as f64 + 0.002 * ((seed * 7) % 5) as f64
            - if cell == "random" { 0.04 } else { 0.0 }
    };
    let methods = ["bald", "random", "batch_bald"].map(|name| (name.to_owned(), name.to_owned())).to_vec();
    let many = |kind| Setup { cells: methods.clone(), seeds: 5, rounds: 7, accuracy, ..Setup::new(kind) };
    for (name, tree) in [
        ("images", Tree::of(&Setup { with_predictions: true, ..many(DatasetKind::Images) })),
        ("plane", Tree::of(&Setup { with_maps: true, ..many(DatasetKind::Points) })),
        ("texts", Tree::of(&many(DatasetKind::Texts))),
        ("one_seed", Tree::of(&Setup { seeds: 1, ..many(DatasetKind::Images) })),
        ("hostile", hostile(DatasetKind::Images)),
        ("large", Tree::of(&Setup::large(5, 3, 101))),
    ] {
        bal_artifact::write_file(&tree.runs().join("somebody.yaml"), FILE.as_bytes()).unwrap();
        let config = Config { published: vec!["somebody.yaml".to_owned()], ..Config::default() };
        let start = Instant::now();
        let report = tree.report_with(&config).unwrap();
        let seconds = start.elapsed().as_secs_f64();
        let bytes = fs_err::metadata(report.join("report.html")).unwrap().len();
        println!("{name}: {bytes} bytes, {seconds:.1} s");
        assert!(bytes <= 2_000_000, "{name}: {bytes} bytes");
        // 15 runs of 100 rounds take five at most on an idle machine; tests share theirs.
        assert!(seconds < 20.0, "{name}: {seconds} s");
        if let Some(folder) = std::env::var_os("BAL_PAGES") {
            keep(&report, &Path::new(&folder).join(name));
        }
    }
}

fn keep(report: &Path, folder: &Path) {
    for entry in fs_err::read_dir(report).unwrap() {
        let path = entry.unwrap().path();
        bal_artifact::write_file(&folder.join(path.file_name().unwrap()), &fs_err::read(&path).unwrap())
            .unwrap();
    }
}
