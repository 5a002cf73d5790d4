//! `.npy` files that nobody's NumPy wrote: each was found by fuzzing or tried by hand, and is refused in words.

use std::path::PathBuf;

use bal_artifact::{Error, MappedArray, MappedFloats, read_array};
use ndarray::{Ix1, Ix3, array};
use tempfile::TempDir;

/// A `.npy` file of version 1 with this header, padded as NumPy does it, and these values.
fn npy(header: &str, values: &[u8]) -> Vec<u8> {
    unpadded(&format!("{header:width$}", width = (header.len() + 11).next_multiple_of(64) - 11), values)
}

fn unpadded(header: &str, values: &[u8]) -> Vec<u8> {
    let length = u16::try_from(header.len() + 1).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), b"\n", values].concat()
}

fn shaped(shape: &str, values: &[u8]) -> Vec<u8> {
    npy(&format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"), values)
}

fn written(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    fs_err::write(&path, bytes).unwrap();
    (folder, path)
}

/// Both ways to read it say the same, and the error's text has `text` in it.
fn refused(bytes: &[u8], corrupt: bool, text: &str) {
    let (_folder, path) = written(bytes);
    let read = read_array::<f32, Ix3>("predictions", &path).unwrap_err();
    let mapped = MappedArray::<f32, Ix3>::open("predictions", &path).unwrap_err();
    assert_eq!(read.to_string(), mapped.to_string());
    assert!(read.to_string().contains(text), "{read}");
    assert_eq!(matches!(read, Error::Corrupt { .. }), corrupt, "{read}");
}

#[test]
fn a_length_that_the_file_does_not_have_is_not_allocated() {
    // 4 GiB of header and 4 TB of values.
    refused(
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff{",
        true,
        "13 bytes: an end within the header, which has 4294967295",
    );
    refused(
        &shaped("(1000, 1000, 1000000)", &[0; 4]),
        true,
        "4 of them for values, where [1000, 1000, 1000000] needs 4",
    );
    for shape in ["(4611686018427387904, 1, 4)", "(18446744073709551615, 18446744073709551615, 2)"] {
        refused(&shaped(shape, &[0; 4]), true, "needs more than any file has");
    }
}

#[test]
fn an_empty_array_has_lengths_that_can_be() {
    for shape in ["(0, 9223372036854775808, 3)", "(9223372036854775807, 9223372036854775807, 0)"] {
        refused(&shaped(shape, &[]), true, "needs more than any file has");
    }
    let (_folder, path) = written(&shaped("(0, 3, 4)", &[]));
    assert_eq!(read_array::<f32, Ix3>("predictions", &path).unwrap().dim(), (0, 3, 4));
    assert_eq!(MappedFloats::<Ix3>::open("predictions", &path).unwrap().points(), 0);
}

#[test]
fn nested_headers_cost_neither_time_nor_stack() {
    for depth in [40, 30_000] {
        for (open, close) in [("[", "]"), ("{", "}"), ("(", ",)")] {
            let nested = format!("{}1{}", open.repeat(depth), close.repeat(depth / close.len()));
            refused(&npy(&nested, &[]), true, "the header '");
            let descr = format!("{{'descr': {nested}, 'fortran_order': False, 'shape': (1, 1, 1)}}");
            let (_folder, path) = written(&npy(&descr, &[0; 4]));
            read_array::<f32, Ix3>("predictions", &path).unwrap_err();
        }
    }
}

#[test]
fn a_header_that_numpy_would_not_write_is_named() {
    for header in [
        "",
        "{}",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1), 'shape': (1, 1, 1)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1, 1, 1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 1, 1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1 1, 1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 1, 1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1)} {}",
        "{'descr': '<f4', 'fortran_order': False 'shape': (1, 1, 1)}",
        "{'descr': '<f4\\'', 'fortran_order': False, 'shape': (1, 1, 1)}",
        "{'descr': ']', 'fortran_order': False, 'shape': (1, 1, 1), 'more': 1}",
    ] {
        refused(&npy(header, &[0; 4]), true, &format!("the header '{}", &header[..header.len().min(20)]));
    }
    refused(b"PK\x03\x04", true, "4 bytes: the beginning of another format");
    refused(b"\x93NUMPY\x04\x00", true, "version 4.0");
    refused(b"\x93NUMPY\x01\x00\x01\x00{", true, "a header that is no line of text");
    refused(&npy("\u{1b}[2J", &[]), true, "the header '\u{fffd}[2J'");
}

#[test]
fn another_type_or_rank_is_no_damage() {
    let of = |descr: &str| {
        npy(&format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1, 1, 1)}}"), &[0; 8])
    };
    refused(&of("'<i8'"), false, "expected a .npy array of type <f4 and rank 3, found type '<i8'");
    refused(
        &of("[('a', '<f8'), ('b', [('c', '<f4')])]"),
        false,
        "found type '[('a', '<f8'), ('b', [('c', '<f4')])]'",
    );
    refused(&of(&format!("'{}'", "x".repeat(200))), false, &format!("found type '{}…'", "x".repeat(80)));
    refused(&shaped("(1,)", &[0; 4]), false, "found rank 1");
    refused(&shaped("()", &[0; 4]), false, "found rank 0");
    let (_folder, path) = written(&of("[('a', '<f8')]"));
    let either = MappedFloats::<Ix3>::open("predictions", &path).unwrap_err().to_string();
    assert!(either.contains("type <f4 or <f8 and rank 3, found type '[('a', '<f8')]'"), "{either}");
}

#[test]
fn versions_spaces_and_orders_of_the_format_are_read() {
    let header = br#"{"shape":(1,2,1),"descr" : "<f4" , "fortran_order":True}"#;
    let values = [1.0_f32.to_le_bytes(), 2.0_f32.to_le_bytes()].concat();
    for version in [2, 3] {
        let length = [u8::try_from(header.len() + 1).unwrap(), 0, 0, 0];
        let bytes = [b"\x93NUMPY", &[version, 0][..], &length, header, b"\n", &values].concat();
        let (_folder, path) = written(&bytes);
        assert_eq!(read_array::<f32, Ix3>("p", &path).unwrap(), array![[[1.0], [2.0]]]);
    }
    // The byte order of other machines is read, but cannot be viewed in place.
    let big =
        npy("{'descr': '>f4', 'fortran_order': False, 'shape': (2,)}", &[0x3f, 0x80, 0, 0, 0x40, 0, 0, 0]);
    let (_folder, path) = written(&big);
    assert_eq!(read_array::<f32, Ix1>("p", &path).unwrap(), array![1.0, 2.0]);
    let error = MappedArray::<f32, Ix1>::open("p", &path).unwrap_err();
    assert!(matches!(&error, Error::Mismatch { found, .. } if found == "type '>f4'"), "{error}");
}

#[test]
fn values_at_an_odd_place_are_read_but_not_viewed() {
    let bytes = unpadded("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} ", &1.5_f32.to_le_bytes());
    let start = bytes.len() - 4;
    assert_ne!(start % 4, 0);
    let (_folder, path) = written(&bytes);
    assert_eq!(read_array::<f32, Ix1>("p", &path).unwrap(), array![1.5]);
    let error = MappedArray::<f32, Ix1>::open("p", &path).unwrap_err().to_string();
    assert!(
        error.contains(&format!("found values from byte {start} on, which cannot be viewed in place")),
        "{error}"
    );
}
