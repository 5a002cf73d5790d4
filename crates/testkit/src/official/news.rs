//! AG News: CSV of class, title and description, every field in quotes.

use bal_stream::Stream;

use crate::blobs::made_labels;

/// Subjects.
const CLASSES: usize = 4;
/// Words of a text that tell its subject, and all of its words.
const TELLING: usize = 4;
const LENGTH: usize = 16;
/// Different words of each subject, and of no subject.
const OF_SUBJECT: usize = 12;
const OF_NONE: usize = 300;

/// The training file under its name, and the test file.
pub(super) fn rows(train_name: &str, train: usize, test: usize, seed: u64) -> Vec<(String, Vec<u8>)> {
    let half = |n, part| {
        let mut draws = Stream::of_test("testkit_words", seed, part);
        let rows = made_labels(n, CLASSES, seed, part).into_iter().map(|label| row(label, &mut draws));
        rows.collect::<String>().into_bytes()
    };
    vec![(train_name.to_owned(), half(train, 0)), ("test.csv".to_owned(), half(test, 1))]
}

fn row(label: i64, draws: &mut Stream) -> String {
    let own = draws.below(OF_SUBJECT, TELLING).into_iter().map(|word| format!("subject{label}x{word}"));
    let others = draws.below(OF_NONE, LENGTH - TELLING).into_iter().map(|word| format!("word{word}"));
    let mut words: Vec<String> = own.chain(others).collect();
    draws.shuffle(&mut words);
    let (title, description) = words.split_at(LENGTH / 4);
    format!("\"{}\",\"{}\",\"The \"\"{}\"\", again\"\n", label + 1, title.join(" "), description.join(" "))
}
