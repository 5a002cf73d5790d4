//! A member of a zip or tar.gz archive, or a file compressed with gzip or xz.

#![no_main]

use bal_fuzz::within;
use bal_prepare::dataset::read_foreign;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // The dictionary of an xz file, and what a tar.gz may hold besides.
    within(192 << 20, || {
        if let Err(error) = read_foreign("archive", bytes) {
            assert!(error.to_string().contains("expected"), "{error}");
        }
    });
});
