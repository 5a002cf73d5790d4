//! Tables and weights.

use bal_artifact::{Error, Inputs, Manifest, Staging, Weights, read_table};
use polars::prelude::df;

fn weights() -> Weights {
    let tensors = [
        ("0.conv1.weight".to_owned(), (vec![2, 1, 1, 1], vec![0.5f32, -1.5])),
        ("0.conv1.bias".to_owned(), (vec![2], vec![f32::MIN_POSITIVE, 3.25])),
    ];
    Weights {
        description: serde_json::json!({ "network": "gal_cnn" }),
        tensors: tensors.into_iter().collect(),
    }
}

#[test]
fn tables_and_weights_come_back_and_are_the_same_bytes_again() {
    let folder = tempfile::tempdir().unwrap();
    let table = df!("index" => [5i64, 3], "bald" => [0.25, f64::MIN_POSITIVE]).unwrap();
    for name in ["a", "b"] {
        let mut staging = Staging::new(&folder.path().join(name), "score", &[]).unwrap();
        staging.table("scores", &mut table.clone()).unwrap();
        staging.weights("model", &weights()).unwrap();
        staging
            .publish(Manifest::new("score", 1, serde_json::json!({}), Inputs::new(folder.path())))
            .unwrap();
    }
    for file in ["scores.parquet", "model.safetensors", "score.json"] {
        let read = |name: &str| fs_err::read(folder.path().join(name).join(file)).unwrap();
        assert!(read("a") == read("b"), "{file} differs");
    }
    let read = read_table("scores", &folder.path().join("a/scores.parquet"), &["index", "bald"]).unwrap();
    assert!(read.equals(&table), "{read}");
    assert_eq!(Weights::read(&folder.path().join("a/model.safetensors")).unwrap(), weights());
    let manifest = Manifest::read(&folder.path().join("a"), "score").unwrap();
    assert_eq!(manifest.outputs["scores.parquet"].shape, Some(vec![2, 2]));
}

#[test]
fn damaged_tables_and_weights_are_errors_not_panics() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("a");
    let mut staging = Staging::new(&out, "score", &[]).unwrap();
    staging.table("scores", &mut df!("index" => [1i64, 2, 3]).unwrap()).unwrap();
    staging.weights("model", &weights()).unwrap();
    staging.publish(Manifest::new("score", 1, serde_json::json!({}), Inputs::new(&out))).unwrap();
    let error = read_table("scores", &out.join("scores.parquet"), &["index", "bald"]).unwrap_err();
    assert!(error.to_string().contains("a column `bald`, found columns index"), "{error}");

    let (table, model) = (
        fs_err::read(out.join("scores.parquet")).unwrap(),
        fs_err::read(out.join("model.safetensors")).unwrap(),
    );
    let path = folder.path().join("cut");
    for length in (0..table.len()).step_by(37) {
        fs_err::write(&path, &table[..length]).unwrap();
        assert!(
            matches!(read_table("scores", &path, &[]), Err(Error::Corrupt { .. })),
            "table of {length} bytes"
        );
    }
    for length in (0..model.len()).step_by(13) {
        fs_err::write(&path, &model[..length]).unwrap();
        assert!(matches!(Weights::read(&path), Err(Error::Corrupt { .. })), "weights of {length} bytes");
    }
    // The footer says where everything is: let each of its bytes lie.
    for position in table.len().saturating_sub(200)..table.len() {
        let mut bytes = table.clone();
        bytes[position] ^= 0xff;
        fs_err::write(&path, &bytes).unwrap();
        let _ = read_table("scores", &path, &["index"]);
    }
}
