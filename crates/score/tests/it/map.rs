//! Maps of the plane.

use bal_artifact::{Manifest, read_array};
use ndarray::{Array2, Ix3, s};
use predicates::str::contains;

use crate::prepared::{MODEL, checkpoint, members, plane, prepare};
use crate::{column, score};

/// Points whose map has cells of side 1: two corners of the bounding box, and then the centre of each cell
/// within, row by row.
fn points() -> Array2<f32> {
    let corners = [[0.0, -5.0], [10.0, 5.0]];
    let centres = (0..10).flat_map(|row| (0..10).map(move |column| [column as f32 + 0.5, row as f32 - 4.5]));
    Array2::from(corners.into_iter().chain(centres).collect::<Vec<_>>())
}

#[test]
fn a_cell_has_the_scores_of_a_point_at_its_centre() {
    let folder = tempfile::tempdir().unwrap();
    for (count, posterior) in [(1, "mc_dropout"), (3, "deep_ensemble")] {
        let network = plane(folder.path(), &points(), 102, 3);
        checkpoint(folder.path(), &network.to_weights(&members(&network, count)));
        let arguments = [
            &MODEL[..],
            &["--acquisition", "bald,max_entropy,expected_entropy", "--posterior", posterior],
            &["--grid", "12", "--write-log-probs", "--write-logits"],
        ]
        .concat();
        score(folder.path(), &arguments).success();
        let out = folder.path().join("score");
        let map_L_R_R = read_array::<f64, Ix3>("map", &out.join("map.npy")).unwrap();
        assert_eq!(map_L_R_R.dim(), (7, 12, 12));
        let manifest = Manifest::read(&out, "score").unwrap();
        let names = ["mean_prob_0", "mean_prob_1", "mean_prob_2"];
        let layers = [&names[..], &["bald", "max_entropy", "expected_entropy", "logit_variance"]].concat();
        let map = serde_json::json!({ "extent": [-1.0, 11.0, -6.0, 6.0], "grid": 12, "layers": layers });
        assert_eq!(manifest.details, serde_json::json!({ "map": map }));

        let inner = |layer: usize| map_L_R_R.slice(s![layer, 1..11, 1..11]);
        let close = |layer: usize, expected: &[f64]| {
            for (found, expected) in inner(layer).iter().zip(&expected[2..]) {
                assert!((found - expected).abs() < 1e-6, "{}: {found} for {expected}", layers[layer]);
            }
        };
        for (layer, name) in layers.iter().enumerate().skip(3).take(3) {
            close(layer, &column(folder.path(), name));
        }
        let log_probs_N_K_C = read_array::<f32, Ix3>("log_probs", &out.join("log_probs.npy")).unwrap();
        for class in 0..3 {
            let probs_N_K = log_probs_N_K_C.slice(s![.., .., class]).mapv(|value| f64::from(value).exp());
            close(class, &probs_N_K.mean_axis(ndarray::Axis(1)).unwrap().to_vec());
        }
        let logits_N_K_C = read_array::<f32, Ix3>("logits", &out.join("logits.npy")).unwrap().mapv(f64::from);
        let variance_N_C = logits_N_K_C.var_axis(ndarray::Axis(1), 0.0);
        close(6, &variance_N_C.mean_axis(ndarray::Axis(1)).unwrap().to_vec());
        assert!(inner(3).iter().any(|&bald| bald > 0.0));
    }
}

#[test]
fn threads_change_no_bit_of_a_map_and_a_map_no_score() {
    let folder = tempfile::tempdir().unwrap();
    let network = plane(folder.path(), &points(), 102, 2);
    checkpoint(folder.path(), &network.to_weights(&members(&network, 1)));
    let run = |arguments: &[&str]| {
        let arguments = [&["--acquisition", "bald", "--samples", "20"], arguments].concat();
        score(folder.path(), &[&MODEL[..], &arguments].concat()).success();
        column(folder.path(), "bald")
    };
    let without = run(&[]);
    let mut bytes = Vec::new();
    for threads in ["1", "2", "3"] {
        assert_eq!(run(&["--grid", "50", "--threads", threads]), without);
        bytes.push(fs_err::read(folder.path().join("score/map.npy")).unwrap());
    }
    assert!(bytes[0] == bytes[1] && bytes[0] == bytes[2]);
}

#[test]
fn only_a_plane_has_a_map() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let arguments = ["--acquisition", "bald", "--grid", "10"];
    score(folder.path(), &[&MODEL[..], &arguments].concat())
        .code(3)
        .stderr(contains(
            "key `grid`: expected a map for data sets of points of the plane only, found one for",
        ))
        .stderr(contains("whose inputs have shape [1, 28, 28]"));
    assert!(!folder.path().join("score").exists());
}
