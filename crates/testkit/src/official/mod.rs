//! Raw files of made data sets, with the names and in the formats of the official ones.

mod colours;
mod emnist;
mod news;

use std::path::Path;

use crate::write_idx_dataset;

/// Writes the raw files of a made data set into `folder`: so many training and test points, each class as
/// often as the others.
///
/// # Panics
/// If nothing here knows the format of this data set, or the folder cannot be written.
pub fn write_official(dataset: &str, folder: &Path, train: usize, test: usize, seed: u64) {
    let files: Vec<(String, Vec<u8>)> = match dataset {
        "mnist" | "fashion_mnist" | "kmnist" | "kmnist_test" | "idx" => {
            return write_idx_dataset(folder, train, test, seed);
        }
        "cifar10" => colours::cifar10(train, test, seed),
        "cifar100" | "cifar100_coarse" => colours::cifar100(train, test, seed),
        "svhn" => colours::svhn(train, test, seed),
        "ag_news" => news::rows("train.csv", train, test, seed),
        "ag_news_subset" => news::rows("train-subset.csv", train, test, seed),
        // Is generated.
        "two_moons" => Vec::new(),
        _ => match dataset.strip_prefix("emnist_") {
            Some(division) => return emnist::write(folder, division, train, test, seed),
            None => panic!("no writer of made files for the data set `{dataset}`"),
        },
    };
    for (name, bytes) in files {
        bal_artifact::write_file(&folder.join(name), &bytes).expect("the test's folder can be written");
    }
}
