//! `.npy` files, ours and foreign.

use std::path::Path;

use bal_artifact::{Element, Error, Inputs, Manifest, Staging, read_array};
use ndarray::{Array, Array3, Dimension, Ix1, Ix3, array};

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

/// The artifact `a` in `folder`, published after `fill`.
fn published(folder: &Path, fill: impl FnOnce(&mut Staging) -> Result<(), Error>) -> Result<Manifest, Error> {
    let out = folder.join("a");
    let mut staging = Staging::new(&out, "score", &[])?;
    fill(&mut staging)?;
    staging.publish(Manifest::new("score", 1, serde_json::json!({}), Inputs::new(&out)))?;
    Manifest::read(&out, "score")
}

/// The file that another writer of the format makes of `array`.
fn expected_bytes<T: ndarray_npy::WritableElement, D: Dimension>(array: &Array<T, D>) -> Vec<u8> {
    let mut bytes = Vec::new();
    ndarray_npy::WriteNpyExt::write_npy(array, &mut bytes).unwrap();
    bytes
}

/// Whole and in parts of 1, 4 or 7 values, an array is the same file and the same record.
fn check_parts<T: Element + ndarray_npy::WritableElement, D: Dimension>(array: &Array<T, D>) {
    let folder = tempfile::tempdir().unwrap();
    let whole = published(folder.path(), |staging| staging.array("x", array)).unwrap();
    let file = folder.path().join("a/x.npy");
    assert!(fs_err::read(&file).unwrap() == expected_bytes(array), "{:?}", array.shape());
    let record = &whole.outputs["x.npy"];
    assert_eq!(record.sha256, bal_artifact::digest::sha256_file(&file).unwrap());
    assert_eq!(record.bytes, fs_err::metadata(&file).unwrap().len());
    for size in [1, 4, 7] {
        let parts = published(folder.path(), |staging| {
            let mut writer = staging.begin_array("x", array.shape())?;
            array.as_slice().unwrap().chunks(size).try_for_each(|part| writer.push(part))?;
            staging.end_array(writer)
        });
        assert_eq!(parts.unwrap().outputs, whole.outputs, "{:?} in parts of {size}", array.shape());
        assert!(fs_err::read(&file).unwrap() == expected_bytes(array));
    }
}

#[test]
fn an_array_in_parts_is_the_same_file() {
    check_parts(&Array::from_shape_fn((5, 3), |(n, d)| (n * 3 + d) as f32 / 7.0));
    check_parts(&Array::from_shape_fn((4, 3, 2), |(n, k, c)| (n * 6 + k * 2 + c) as f32 - 0.5));
    check_parts(&Array::from_shape_fn((5, 3), |(n, d)| (n * 3 + d) as i64 - 7));
    check_parts(&Array::from_shape_fn((4, 3, 2), |(n, k, c)| i64::MAX - (n * 6 + k * 2 + c) as i64));
    check_parts(&array![7u8, 255, 0]);
    check_parts(&Array3::<f32>::zeros((0, 3, 2)));
    // Headers of every length: some end just before, at or behind a multiple of 64.
    for axes in 0..24 {
        check_parts(&Array::<f64, _>::zeros(vec![1; axes]));
    }
}

#[test]
fn axes_that_run_otherwise_in_memory_are_written_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let array = Array::from_shape_fn((4, 3, 2), |(n, k, c)| (n * 6 + k * 2 + c) as f32);
    let turned = array.view().reversed_axes();
    published(folder.path(), |staging| staging.array("x", &turned)).unwrap();
    let in_order = turned.as_standard_layout().into_owned();
    assert!(fs_err::read(folder.path().join("a/x.npy")).unwrap() == expected_bytes(&in_order));
}

#[test]
fn an_array_with_too_few_or_too_many_rows_is_never_published() {
    let folder = tempfile::tempdir().unwrap();
    let row = [0.5f32; 6];
    let push = |rows: usize, end: bool| {
        let published = published(folder.path(), |staging| {
            let mut writer = staging.begin_array("log_probs", &[3, 2, 3])?;
            (0..rows).try_for_each(|_| writer.push(&row))?;
            if end { staging.end_array(writer) } else { Ok(()) }
        });
        published.map_err(|error| error.to_string())
    };
    let fewer = push(2, true).unwrap_err();
    assert!(
        fewer.contains("log_probs.npy` does not fit: expected as many values as shape [3, 2, 3]"),
        "{fewer}"
    );
    assert!(fewer.ends_with("found 6 fewer"), "{fewer}");
    assert!(push(4, true).unwrap_err().ends_with("found 6 more than there is room for"));
    let open = push(3, false).unwrap_err();
    assert!(open.ends_with("expected a whole array, found one that was begun and not ended"), "{open}");
    assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
    assert_eq!(push(3, true).unwrap().outputs["log_probs.npy"].shape, Some(vec![3, 2, 3]));
}
