//! Points of a data set that is a view of another.

use bal_artifact::{Inputs, View, file};
use bal_model::Examples;
use tch::Device;

#[test]
fn copies_differ_by_noise_that_is_always_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let plain = bal_testkit::prepared_dataset(folder.path(), 40, 20, 0);
    let load = |file: &'static str, repeat, noise| {
        let view = View { repeat, noise, of: "digits".to_owned() };
        let details = bal_artifact::DatasetDetails { view: Some(view), ..plain.clone() };
        Examples::load(folder.path(), file, &details, &mut Inputs::new(folder.path())).unwrap()
    };
    let (copies, noisy) = (load(file::TRAIN_INPUTS, 3, 0.0), load(file::TRAIN_INPUTS, 3, 0.1));
    assert_eq!((copies.len(), noisy.len()), (120, 120));
    let cpu = Device::Cpu;
    assert!(copies.gather(&[5, 45, 85], cpu).equal(&copies.gather(&[5, 5, 5], cpu)));
    let (clean, seen) = (copies.gather(&[5, 45, 5], cpu), noisy.gather(&[5, 45, 5], cpu));
    assert!(seen.get(0).equal(&seen.get(2)), "one draw for a point");
    assert!(!seen.get(0).equal(&seen.get(1)), "and another for its copy");
    assert!(seen.equal(&noisy.gather(&[5, 45, 5], cpu)));
    let spread = (&seen - clean).narrow(0, 0, 2).std(false).double_value(&[]);
    // 1,568 draws: five standard errors.
    assert!((spread - 0.1).abs() < 0.009, "{spread}");
    let test = load(file::TEST_INPUTS, 3, 0.1);
    assert_eq!(test.len(), 20, "the test half is neither repeated nor noised");
    let all: Vec<i64> = (0..20).collect();
    assert!(test.gather(&all, cpu).equal(&load(file::TEST_INPUTS, 1, 0.0).gather(&all, cpu)));
}
