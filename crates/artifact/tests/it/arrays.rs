//! `.npy` files, ours and foreign.

use bal_artifact::{Error, Inputs, Manifest, Staging, read_array};
use ndarray::{Array, Ix1, Ix3, array};

#[test]
fn arrays_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("a");
    let log_probs = Array::from_shape_fn((2, 3, 4), |(n, k, c)| (n * 12 + k * 4 + c) as f32);
    let mut staging = Staging::new(&out, "select", &[]).unwrap();
    staging.array("log_probs", &log_probs).unwrap();
    staging.array("pixels", &array![[0u8, 255]]).unwrap();
    staging.publish(Manifest::new("score", 1, serde_json::json!({}), Inputs::new(&out))).unwrap();
    assert_eq!(read_array::<f32, Ix3>("log_probs", &out.join("log_probs.npy")).unwrap(), log_probs);
    // NumPy names a byte type without byte order.
    let bytes = fs_err::read(out.join("pixels.npy")).unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("'|u1'"));
}

#[test]
fn another_type_or_rank_is_named() {
    let folder = tempfile::tempdir().unwrap();
    super::publish(&folder.path().join("a"), [1, 2, 3]);
    let path = folder.path().join("a/selected.npy");
    let error = read_array::<f32, Ix1>("scores", &path).unwrap_err();
    assert!(matches!(error, Error::Mismatch { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("type <f4 and rank 1") && text.contains("<i8"), "{text}");
    let error = read_array::<i64, Ix3>("scores", &path).unwrap_err();
    assert!(error.to_string().contains("rank 3, found rank 1"), "{error}");
}

#[test]
fn truncated_and_foreign_files_are_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    super::publish(&folder.path().join("a"), [1, 2, 3]);
    let whole = fs_err::read(folder.path().join("a/selected.npy")).unwrap();
    let path = folder.path().join("cut.npy");
    for length in [0, 5, 64, 100, whole.len() - 1] {
        fs_err::write(&path, &whole[..length]).unwrap();
        let error = read_array::<i64, Ix1>("ids", &path).unwrap_err();
        assert!(matches!(error, Error::Corrupt { .. }), "{length} bytes: {error}");
    }
    fs_err::write(&path, [whole.as_slice(), b"tail"].concat()).unwrap();
    assert!(matches!(read_array::<i64, Ix1>("ids", &path), Err(Error::Corrupt { .. })));
    let missing = read_array::<i64, Ix1>("ids", &folder.path().join("none.npy"));
    assert!(matches!(missing, Err(Error::Missing { what: "ids", .. })));
}

#[test]
fn fortran_order_is_read_as_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.npy");
    let values = array![[[1.0f32, 2.0], [3.0, 4.0], [5.0, 6.0]]];
    let fortran = values.view().reversed_axes().as_standard_layout().into_owned().reversed_axes();
    ndarray_npy::write_npy(&path, &fortran).unwrap();
    assert!(String::from_utf8_lossy(&fs_err::read(&path).unwrap()).contains("'fortran_order': True"));
    let read = read_array::<f32, Ix3>("log_probs", &path).unwrap();
    assert!(read.is_standard_layout());
    assert_eq!(read, values);
}
