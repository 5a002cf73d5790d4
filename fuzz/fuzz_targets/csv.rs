//! Rows of AG News, and the numbers that their words become.

#![no_main]

use bal_fuzz::within;
use bal_prepare::dataset::read_foreign;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // A row of four bytes becomes 64 numbers; a word an entry in a table.
    within(1 << 20 | 400 * bytes.len(), || {
        if let Err(error) = read_foreign("csv", bytes) {
            assert!(error.to_string().contains("expected"), "{error}");
        }
    });
});
