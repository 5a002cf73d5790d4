//! Several runs in one call: trained as one where they can be, equal to each alone within float tolerance.

use std::path::Path;

use bal_artifact::Manifest;
use bal_artifact::tables::{Epoch, Metrics};
use bal_train::{Compute, Config, Error, Files, WeightDecay, run};

use crate::{checked, config, label, metrics, prepare, task};

fn on_cpu(config: &Config, runs: &[Files]) -> Result<(), Error> {
    run(&checked(config), runs, &Compute { device: "cpu".to_owned(), threads: 1 })
}

fn manifest(out: &Path) -> Manifest {
    Manifest::read(out, "train").unwrap()
}

#[test]
fn runs_of_equal_size_are_trained_together() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    label(folder.path(), "more", 0..50);
    let config = Config { epochs: 6, ..config(WeightDecay::Validated(vec![1e-3, 5.0])) };
    let with_seed = |out: &str, seed| {
        let mut task = task(folder.path(), &format!("{out}/{seed}"));
        task.place.seed = seed;
        task
    };
    let runs = |out| {
        let larger = Files { label: folder.path().join("more"), ..with_seed(out, 9) };
        [with_seed(out, 0), larger, with_seed(out, 1), with_seed(out, 2)]
    };
    on_cpu(&config, &runs("together")).unwrap();
    for run in runs("alone") {
        on_cpu(&config, std::slice::from_ref(&run)).unwrap();
        let together = folder.path().join("together").join(run.place.seed.to_string());
        let (one, joint) = (manifest(&run.place.out), manifest(&together));
        assert_eq!(
            (one.group, joint.group),
            (1, if run.place.seed == 9 { 1 } else { 3 }),
            "seed {}",
            run.place.seed
        );
        assert_eq!((one.seed, one.inputs, one.config), (joint.seed, joint.inputs, joint.config));
        if run.place.seed == 9 {
            assert_eq!(one.outputs, joint.outputs, "a run without companions gets the bytes of a run alone");
            continue;
        }
        assert!((metrics(&together).weight_decay - 1e-3).abs() < 1e-12, "each run chooses for itself");
        let measured = |out: &Path| {
            let Metrics { train_loss, validation, test, .. } = metrics(out);
            [validation.unwrap().nll, test.nll, test.accuracy, test.brier, train_loss.unwrap()]
        };
        for (a, b) in measured(&run.place.out).into_iter().zip(measured(&together)) {
            assert!((a - b).abs() <= 3e-4 * a.abs(), "seed {}: {a} and {b}", run.place.seed);
        }
        let epochs = |out: &Path| Epoch::read_all(&out.join("epochs.parquet")).unwrap().len();
        assert_eq!((epochs(&run.place.out), epochs(&together)), (6, 6));
    }
}

#[test]
fn the_run_that_fails_is_named() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let config = Config { epochs: 1, ..config(WeightDecay::Fixed(0.0)) };
    let good = task(folder.path(), "good");
    let bad = Files { label: folder.path().join("none"), ..task(folder.path(), "bad") };
    let alone = on_cpu(&config, std::slice::from_ref(&bad)).unwrap_err();
    assert!(alone.to_string().starts_with("labelled `"), "{alone}");
    let error = on_cpu(&config, &[good, bad.clone()]).unwrap_err();
    assert_eq!(error.to_string(), format!("failed to train `{}`", bad.place.out.display()));
    let Error::Run { source, .. } = error else { panic!("{error:?}") };
    assert_eq!(source.to_string(), alone.to_string());
    assert!(!folder.path().join("good").exists(), "nothing was published");
}
