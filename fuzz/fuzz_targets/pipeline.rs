//! The text of a pipeline: YAML, profiles, checks and sweep, up to the names of the runs.

#![no_main]

use std::collections::BTreeSet;
use std::path::{Component, Path};

use bal_fuzz::within;
use bal_pipeline::{Error, resolve};
use libfuzzer_sys::fuzz_target;

/// Runs that a pipeline may have.
const MAX_RUNS: usize = 10_000;

/// What YAML 1.1 takes for the end of a line.
const BREAKS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    within(1 << 28, || check(text));
});

fn check(text: &str) {
    let file = Path::new("fuzz.yaml");
    match resolve(file, text) {
        Ok(resolved) => {
            assert!((1..=MAX_RUNS).contains(&resolved.runs.len()));
            assert_eq!(resolved.runs.iter().collect::<BTreeSet<_>>().len(), resolved.runs.len());
            // A run's name becomes a folder: of the cell, and in it of the seed.
            for name in &resolved.runs {
                let plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
                assert!(plain && name.split('/').count() == 2 && !name.starts_with('/'), "{name}");
            }
            // Workers read what `bal run` wrote.
            let again =
                resolve(file, &resolved.yaml).unwrap_or_else(|error| panic!("{error}:\n{}", resolved.yaml));
            assert_eq!(again, resolved);
        }
        Err(Error::Invalid { place, problem, .. }) => {
            // The end of the file is on a line after the last one.
            let lines = text.matches(BREAKS).count() + 2;
            assert!(place.line.is_none_or(|line| (1..=lines).contains(&line)), "{place}");
            assert!(!problem.is_empty());
        }
        Err(error) => panic!("not an invalid pipeline: {error}"),
    }
}
