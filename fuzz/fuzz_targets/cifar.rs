//! The binary files of CIFAR.

#![no_main]

use bal_fuzz::within;
use bal_prepare::dataset::read_foreign;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // Labels become eight bytes, pixels are copied.
    within(1 << 20 | 4 * bytes.len(), || {
        if let Err(error) = read_foreign("cifar", bytes) {
            assert!(error.to_string().contains("expected"), "{error}");
        }
    });
});
