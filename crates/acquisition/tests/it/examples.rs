//! The examples run, and find what they say.

#[path = "../../examples/rank_your_predictions.rs"]
mod rank_your_predictions;

#[test]
fn rank_your_predictions_finds_what_it_says() {
    rank_your_predictions::main().unwrap();
    assert_eq!(rank_your_predictions::picks(), Ok([vec![1, 2], vec![1, 3]]));
}
