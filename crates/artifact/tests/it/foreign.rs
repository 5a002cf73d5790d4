//! `.npy` files that others wrote, and those that nobody's NumPy wrote: each was found by fuzzing or tried
//! by hand.

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
    refused(b"\0\x01\x02\x03", true, "4 bytes: the beginning of another format");
    refused(b"\x93NUMPY\x04\x00", true, "version 4.0");
    refused(b"\x93NUMPY\x01\x00\x01\x00{", true, "the header '{'");
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
    refused(&shaped("(1,)", &[0; 4]), false, "found rank 1, shape [1]");
    refused(&shaped("()", &[0; 4]), false, "found rank 0");
    refused(&shaped("(2, 2)", &[0; 16]), false, "found rank 2, shape [2, 2]");
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
    // The byte order of other machines.
    let big =
        npy("{'descr': '>f4', 'fortran_order': False, 'shape': (2,)}", &[0x3f, 0x80, 0, 0, 0x40, 0, 0, 0]);
    assert_eq!(read_both_ways(&big), [1.0, 2.0]);
}

/// The numbers of a `.npy` file, read and mapped.
fn read_both_ways(bytes: &[u8]) -> Vec<f32> {
    let (_folder, path) = written(bytes);
    let read = read_array::<f32, Ix1>("p", &path).unwrap().to_vec();
    assert_eq!(read, MappedArray::<f32, Ix1>::open("p", &path).unwrap().view().to_vec());
    read
}

#[test]
fn values_at_an_odd_place_are_read() {
    let bytes = unpadded("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} ", &1.5_f32.to_le_bytes());
    assert_ne!((bytes.len() - 4) % 4, 0);
    assert_eq!(read_both_ways(&bytes), [1.5]);
}

#[test]
fn headers_that_numpy_reads_are_read() {
    let values = [1.5_f32.to_le_bytes(), 2.5_f32.to_le_bytes()].concat();
    for header in [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2L,), }", // Python 2
        "{u'descr': u'<f4', u'fortran_order': False, u'shape': (2,)}",
        "{\"descr\": \"=f4\", u\"fortran_order\": False, 'shape': (2,)}",
        "{'descr': 'f4', 'fortran_order': True, 'shape': (2,)}",
        "\t{'descr': '|f4',\n 'fortran_order': False,\r\n 'shape': (2,)}\n\n",
    ] {
        assert_eq!(read_both_ways(&npy(header, &values)), [1.5, 2.5], "{header}");
        // Neither padded nor with the newline that NumPy puts at the end.
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        let bare = [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), &values].concat();
        assert_eq!(read_both_ways(&bare), [1.5, 2.5], "{header}");
    }
}

#[test]
fn whole_numbers_of_any_width_are_ids() {
    let read = |descr: &str, values: &[u8]| {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (2,)}}");
        let (_folder, path) = written(&npy(&header, values));
        read_array::<i64, Ix1>("ids", &path).map(|ids| ids.to_vec())
    };
    assert_eq!(read("|i1", &[7, 0xff]).unwrap(), [7, -1]);
    assert_eq!(read("|u1", &[7, 0xff]).unwrap(), [7, 255]);
    assert_eq!(read("<i2", &[7, 0, 0xfe, 0xff]).unwrap(), [7, -2]);
    assert_eq!(read(">u2", &[0, 7, 1, 0]).unwrap(), [7, 256]);
    assert_eq!(read("<i4", &[7, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]).unwrap(), [7, -1]);
    assert_eq!(read(">u4", &[0, 0, 0, 7, 0xff, 0xff, 0xff, 0xff]).unwrap(), [7, 0xffff_ffff]);
    let pair = |second: u64| [7_u64.to_le_bytes(), second.to_le_bytes()].concat();
    assert_eq!(read("<u8", &pair(8)).unwrap(), [7, 8]);
    let error = read("<u8", &pair(u64::MAX)).unwrap_err();
    assert!(error.to_string().starts_with("18446744073709551615 at place 1 in `"), "{error}");
    for other in ["<f8", "<M8[s]", "<c8"] {
        let error = read(other, &pair(8)).unwrap_err();
        assert!(error.to_string().contains(&format!("found type '{other}'")), "{error}");
    }
}

#[test]
fn half_precision_is_widened_and_bfloat16_is_explained() {
    let of = |descr: &str| {
        npy(&format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (2,)}}"), &[0, 0x3c, 0, 0xc0])
    };
    assert_eq!(read_both_ways(&of("<f2")), [1.0, -2.0]);
    let (_folder, path) = written(&of("|V2"));
    match MappedFloats::<Ix1>::open("p", &path) {
        Err(Error::Foreign { found, remedy, .. }) => {
            assert!(found == "type '|V2'" && remedy.contains("bfloat16"), "{found}: {remedy}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn other_formats_are_named_and_are_no_damage() {
    // As NumPy begins an archive: the length of the first name, 9, stands at byte 26.
    let zip = |name: &str| {
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.resize(26, 0);
        [&bytes, &[u8::try_from(name.len()).unwrap(), 0, 0, 0][..], name.as_bytes()].concat()
    };
    for (bytes, found, remedy) in [
        (zip("probs.npy"), "a .npz archive, whose first array is 'probs'", "[\"probs\"]"),
        (zip("a/data.pkl"), "a zip archive, whose first file is 'a/data.pkl'", "torch.load"),
        (b"PAR1more".to_vec(), "a parquet table", "read_parquet"),
        (b"\x89HDF\r\n".to_vec(), "an HDF5 file", "h5py"),
        (b"0.5,0.5\n0.1,0.9\n".to_vec(), "text", "np.loadtxt"),
    ] {
        refused(&bytes, false, &format!("rank 3, found {found}"));
        let (_folder, path) = written(&bytes);
        let error = read_array::<f32, Ix3>("p", &path).unwrap_err();
        assert!(matches!(&error, Error::Foreign { remedy: hint, .. } if hint.contains(remedy)), "{error:?}");
    }
    for cut in [b"PK\x03\x04".as_slice(), b"PK\x03\x04 and then a name that is not there \xff\xff"] {
        refused(cut, false, "a zip archive");
    }
}
