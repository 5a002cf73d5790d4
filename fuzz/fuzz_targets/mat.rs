//! The arrays `X` and `y` of a MATLAB file, as of SVHN.

#![no_main]

use bal_fuzz::within;
use bal_prepare::dataset::read_foreign;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // A zlib stream has at most about a thousand times its size.
    within(1 << 20 | 2100 * bytes.len(), || {
        if let Err(error) = read_foreign("mat", bytes) {
            assert!(error.to_string().contains("expected"), "{error}");
        }
    });
});
