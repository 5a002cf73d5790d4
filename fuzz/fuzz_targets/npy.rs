//! A foreign `.npy` file, read and mapped as every type that `bal` knows.

#![no_main]

use std::collections::BTreeSet;
use std::path::Path;

use bal_artifact::{Element, MappedArray, MappedFloats, read_array, read_ids, read_ids_of_rows};
use bal_fuzz::{file, within};
use libfuzzer_sys::fuzz_target;
use ndarray::{Array, Dimension, Ix1, Ix2, Ix3, Ix4, IxDyn};

fuzz_target!(|bytes: &[u8]| {
    let path = file(bytes);
    // A byte may become an id of eight, in two orders of axes, and a row in a table of those seen.
    within(1 << 20 | 80 * bytes.len(), || {
        both_ways::<f32, Ix3>(path, bytes);
        both_ways::<f64, Ix3>(path, bytes);
        both_ways::<f32, Ix2>(path, bytes);
        both_ways::<u8, Ix4>(path, bytes);
        both_ways::<u8, IxDyn>(path, bytes);
        both_ways::<f32, IxDyn>(path, bytes);
        if let Some(ids) = both_ways::<i64, Ix1>(path, bytes) {
            let ids = ids.to_vec();
            let distinct = ids.iter().collect::<BTreeSet<_>>().len();
            assert_eq!(read_ids("ids", path).is_ok(), distinct == ids.len());
            assert!(read_ids_of_rows("ids", path, ids.len() + 1).is_err());
        }
        if let Ok(floats) = MappedFloats::<Ix3>::open("predictions", path) {
            assert!(floats.points() <= bytes.len() || bytes.len() < 128);
        }
    });
});

/// What is viewed in place is what is read; what is refused is refused in the same words.
fn both_ways<T, D>(path: &Path, bytes: &[u8]) -> Option<Array<T, D>>
where
    T: Element + PartialEq,
    D: Dimension,
{
    let read = read_array::<T, D>("array", path);
    let mapped = MappedArray::<T, D>::open("array", path);
    match (&read, &mapped) {
        (Ok(read), Ok(mapped)) => {
            let view = mapped.view();
            assert_eq!(read.shape(), view.shape());
            #[expect(clippy::eq_op, reason = "NaN is what differs from itself")]
            let same = |(a, b): (&T, &T)| a == b || (a != a && b != b);
            assert!(read.iter().zip(view.iter()).all(same));
        }
        (Ok(_), Err(error)) => panic!("read, but not mapped: {error}"),
        (Err(error), Err(other)) => {
            assert_eq!(error.to_string(), other.to_string());
            assert!(!error.to_string().contains(char::is_control));
        }
        (Err(error), Ok(_)) => panic!("viewed, but not read: {error}"),
    }
    let read = read.ok()?;
    assert!(read.len() < bytes.len() && read.is_standard_layout());
    Some(read)
}
