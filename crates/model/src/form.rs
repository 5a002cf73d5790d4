//! What networks are given: the form of one input.

use std::fmt;

use bal_artifact::DatasetDetails;

/// The form of one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputForm {
    /// `[channels, height, width]`, `[dimensions]` or, of texts, `[words]`.
    pub shape: Vec<usize>,
    /// How many different words there are, if inputs are texts.
    pub words: Option<usize>,
}

impl InputForm {
    /// Images or points of this shape.
    pub fn numbers(shape: &[usize]) -> Self {
        Self { shape: shape.to_vec(), words: None }
    }

    /// Texts of `length` words out of `words` different ones.
    pub fn texts(length: usize, words: usize) -> Self {
        Self { shape: vec![length], words: Some(words) }
    }

    /// The inputs of a prepared data set.
    pub fn of(details: &DatasetDetails) -> Self {
        Self { shape: details.input_shape.clone(), words: details.words }
    }
}

impl fmt::Display for InputForm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.words {
            None => write!(formatter, "inputs of shape {:?}", self.shape),
            Some(words) => write!(formatter, "texts of {} words out of {words}", self.shape[0]),
        }
    }
}
