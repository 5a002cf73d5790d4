//! From texts to numbers of words.

use std::collections::BTreeMap;

use ndarray::{Array1, Array2};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::dataset::{Arrays, Decoded};

/// The number that fills a text up.
const PADDING: i64 = 0;
/// The number of every word that the vocabulary lacks.
const UNKNOWN: i64 = 1;
/// What stands in the vocabulary for these two; no word has such letters.
const SPECIAL: [&str; 2] = ["<padding>", "<unknown>"];

/// Most words of a vocabulary, without the two.
const VOCABULARY: usize = 20_000;

/// Texts and the classes that they belong to.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) texts: Vec<String>,
    pub(super) labels: Vec<i64>,
}

/// Both halves as the numbers of their first `length` words.
///
/// Words are those of the Unicode standard (annex 29) in lower case. The vocabulary is the most frequent
/// words of the training half, in the order of their frequency; of equally frequent ones that which comes
/// first.
pub(super) fn numbered(train: Texts, test: Texts, length: usize) -> Decoded {
    let vocabulary = vocabulary(&train.texts);
    let numbers: BTreeMap<&str, i64> = vocabulary.iter().map(String::as_str).zip(0..).collect();
    let encode = |texts: &[String]| {
        let mut array = Array2::from_elem((texts.len(), length), PADDING);
        for (text, mut row) in texts.iter().zip(array.rows_mut()) {
            let words = text.unicode_words().map(str::to_lowercase);
            for (word, slot) in words.zip(&mut row) {
                *slot = numbers.get(word.as_str()).copied().unwrap_or(UNKNOWN);
            }
        }
        array
    };
    let arrays = Arrays {
        train_inputs: encode(&train.texts),
        train_labels: Array1::from(train.labels),
        test_inputs: encode(&test.texts),
        test_labels: Array1::from(test.labels),
    };
    drop(numbers);
    Decoded::Texts(arrays, vocabulary)
}

/// The words by number.
fn vocabulary(texts: &[String]) -> Vec<String> {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for word in texts.iter().flat_map(|text| text.unicode_words()) {
        let next = counts.len();
        counts.entry(word.to_lowercase()).or_insert((0, next)).0 += 1;
    }
    let mut words: Vec<(String, (usize, usize))> = counts.into_iter().collect();
    words.sort_unstable_by_key(|&(_, (count, first))| (std::cmp::Reverse(count), first));
    let words = words.into_iter().map(|(word, _)| word).take(VOCABULARY);
    SPECIAL.map(str::to_owned).into_iter().chain(words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Texts {
        Texts { texts: texts.iter().map(|&text| text.to_owned()).collect(), labels: vec![0; texts.len()] }
    }

    #[test]
    fn texts_become_numbers_by_frequency() {
        let train = texts(&["The cat, the dog; a CAT's can't 1.35", "the end"]);
        let Decoded::Texts(arrays, vocabulary) = numbered(train, texts(&["The bird ends", ""]), 4) else {
            unreachable!()
        };
        assert_eq!(
            vocabulary,
            ["<padding>", "<unknown>", "the", "cat", "dog", "a", "cat's", "can't", "1.35", "end"]
        );
        assert_eq!(arrays.train_inputs.row(0).to_vec(), [2, 3, 2, 4]);
        assert_eq!(arrays.train_inputs.row(1).to_vec(), [2, 9, 0, 0]);
        assert_eq!(arrays.test_inputs.row(0).to_vec(), [2, 1, 1, 0]);
        assert_eq!(arrays.test_inputs.row(1).to_vec(), [0; 4]);
    }

    #[test]
    fn the_vocabulary_is_bounded() {
        let many: Vec<String> = (0..VOCABULARY + 5).map(|at| format!("w{at}")).collect();
        let vocabulary = vocabulary(&[many.join(" "), "w20004".to_owned()]);
        assert_eq!((vocabulary.len(), vocabulary[2].as_str()), (VOCABULARY + 2, "w20004"));
        assert_eq!(vocabulary.last().unwrap(), "w19998");
    }
}
