//! Small tasks of two classes that no linear model learns, made by formula.
//!
//! `crates/model/tests/golden/learning.py` makes the same points and records how well PyTorch learns them.
//! The README beside it says what they are.

use std::path::Path;

use bal_artifact::{DatasetDetails, DatasetKind, Element};
use ndarray::{Array1, ArrayD, IxDyn};

use crate::prepared::{Half, publish};
use crate::{symmetric, uniform};

/// Words of a text that are not noise.
const MARKED: usize = 2;
/// The first word that is noise.
const NOISE: usize = 4;

/// A task: the first `train` points are to be learnt from, the next `test` are for testing.
#[derive(Clone, Debug)]
pub struct SmallTask {
    /// Shape of one point: `[channels, S, S]` of images, `[2]` of points, the number of words of texts.
    pub input_shape: Vec<usize>,
    /// How many different words there are, if inputs are texts.
    pub words: Option<usize>,
    /// Training points.
    pub train: usize,
    /// Test points.
    pub test: usize,
}

impl SmallTask {
    fn points(&self) -> usize {
        self.train + self.test
    }

    /// Numbers of one point.
    fn numbers(&self) -> usize {
        self.input_shape.iter().product()
    }

    fn kind(&self) -> DatasetKind {
        match (self.words, self.input_shape.len()) {
            (Some(_), _) => DatasetKind::Texts,
            (None, 3) => DatasetKind::Images,
            (None, _) => DatasetKind::Points,
        }
    }

    /// The inputs of all points, one after the other: pixels, coordinates or numbers of words.
    pub fn inputs(&self) -> Vec<f64> {
        match self.kind() {
            DatasetKind::Images => self.images(),
            DatasetKind::Points => symmetric("points", self.points() * self.numbers()),
            DatasetKind::Texts => self.texts(self.words.unwrap_or(0)),
        }
    }

    /// Stripes along one diagonal or the other, moved by a random phase, with noise.
    fn images(&self) -> Vec<f64> {
        let side = self.input_shape[2];
        let phases = uniform("phase", self.points());
        let noise = uniform("noise", self.points() * self.numbers());
        let pixel = |(position, noise): (usize, f64)| {
            let (point, row, column) = (position / self.numbers(), position / side % side, position % side);
            let along = if point % 2 == 0 { row + column } else { row + 8 * side - column };
            let is_light = (along + (8.0 * phases[point]) as usize) % 8 < 4;
            let stripe = if is_light { 80.0 } else { -80.0 };
            128.0 + stripe + (60.0 * (noise - 0.5)).floor()
        };
        noise.into_iter().enumerate().map(pixel).collect()
    }

    /// Noise, and somewhere the words 2 3 in class 0, 3 2 in class 1.
    fn texts(&self, words: usize) -> Vec<f64> {
        let length = self.numbers();
        let noise = uniform("words", self.points() * length);
        let mut texts: Vec<f64> =
            noise.into_iter().map(|u| NOISE as f64 + ((words - NOISE) as f64 * u).floor()).collect();
        let places = uniform("place", self.points());
        for ((point, text), place) in texts.chunks_exact_mut(length).enumerate().zip(places) {
            let place = ((length - MARKED) as f64 * place) as usize;
            text[place..place + MARKED].copy_from_slice(if point % 2 == 0 {
                &[2.0, 3.0]
            } else {
                &[3.0, 2.0]
            });
        }
        texts
    }

    /// Classes of all points: of points in the plane, whether both coordinates have the same sign.
    fn labels(&self, inputs: &[f64]) -> Vec<i64> {
        let label = |(index, point): (usize, &[f64])| match self.kind() {
            DatasetKind::Points => i64::from(point.iter().product::<f64>() > 0.0),
            DatasetKind::Images | DatasetKind::Texts => (index % 2) as i64,
        };
        inputs.chunks_exact(self.numbers()).enumerate().map(label).collect()
    }

    /// Mean and standard deviation of each channel or coordinate over the training points.
    fn statistics(&self, inputs: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (channels, places) = (self.input_shape[0], self.input_shape[1..].iter().product());
        let scale = if self.kind() == DatasetKind::Images { 255.0 } else { 1.0 };
        let channel = |channel| {
            let of_points = inputs[..self.train * self.numbers()].chunks_exact(places);
            let values: Array1<f64> =
                of_points.skip(channel).step_by(channels).flatten().map(|value| value / scale).collect();
            (values.mean().unwrap_or(0.0), values.std(0.0))
        };
        (0..channels).map(channel).unzip()
    }

    /// Publishes the task as a prepared data set at `folder`.
    ///
    /// # Panics
    /// If the folder cannot be written.
    pub fn prepare(&self, folder: &Path) {
        let inputs = self.inputs();
        let labels = self.labels(&inputs);
        let (mean, std) =
            if self.words.is_some() { (Vec::new(), Vec::new()) } else { self.statistics(&inputs) };
        let details = DatasetDetails {
            name: "small_task".to_owned(),
            kind: self.kind(),
            classes: ["0", "1"].map(str::to_owned).into(),
            input_shape: self.input_shape.clone(),
            words: self.words,
            view: None,
            mean,
            std,
            licence: "none needed: generated".to_owned(),
            source: "generated by formula".to_owned(),
        };
        match self.kind() {
            DatasetKind::Images => self.publish(folder, &inputs, labels, &details, |value| value as u8),
            DatasetKind::Points => self.publish(folder, &inputs, labels, &details, |value| value as f32),
            DatasetKind::Texts => self.publish(folder, &inputs, labels, &details, |value| value as i64),
        }
    }

    /// The same with inputs in the type that they are stored in.
    fn publish<T: Element + Clone>(
        &self,
        folder: &Path,
        inputs: &[f64],
        mut labels: Vec<i64>,
        details: &DatasetDetails,
        stored: impl Fn(f64) -> T,
    ) {
        let array = |part: &[f64]| {
            let shape = [&[part.len() / self.numbers()], self.input_shape.as_slice()].concat();
            let values = part.iter().map(|&value| stored(value)).collect();
            ArrayD::from_shape_vec(IxDyn(&shape), values).expect("points have equally many numbers")
        };
        let (train, test) = inputs.split_at(self.train * self.numbers());
        let test_labels = labels.split_off(self.train);
        let train = Half { inputs: &array(train), labels: &Array1::from_vec(labels) };
        let test = Half { inputs: &array(test), labels: &Array1::from_vec(test_labels) };
        publish(folder, &train, &test, details).expect("the test's folder can be written");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(input_shape: &[usize], words: Option<usize>) -> SmallTask {
        SmallTask { input_shape: input_shape.to_vec(), words, train: 40, test: 20 }
    }

    #[test]
    fn stripes_run_along_the_diagonal_of_the_class() {
        let task = task(&[1, 16, 16], None);
        let images = task.inputs();
        assert!(images.iter().all(|&pixel| (18.0..238.0).contains(&pixel)));
        let light =
            |point: usize, row: usize, column: usize| images[(point * 16 + row) * 16 + column] > 128.0;
        for (row, column) in (1..16).flat_map(|row| (1..15).map(move |column| (row, column))) {
            assert_eq!(light(0, row, column), light(0, row - 1, column + 1), "class 0");
            assert_eq!(light(1, row, column), light(1, row - 1, column - 1), "class 1");
        }
    }

    #[test]
    fn texts_hold_the_words_of_their_class_in_order() {
        let texts = task(&[12], Some(50)).inputs();
        for (point, text) in texts.chunks(12).enumerate() {
            let marked: Vec<f64> = text.iter().copied().filter(|&word| word < 4.0).collect();
            assert_eq!(marked, if point % 2 == 0 { [2.0, 3.0] } else { [3.0, 2.0] });
            assert!(text.iter().all(|&word| word < 50.0));
        }
    }

    #[test]
    fn prepared_points_have_the_moments_of_the_training_half() {
        let folder = tempfile::tempdir().unwrap();
        task(&[2], None).prepare(&folder.path().join("data"));
        let details = DatasetDetails::read(&folder.path().join("data")).unwrap();
        let path = folder.path().join("data/train_inputs.npy");
        let points = bal_artifact::read_array::<f32, ndarray::Ix2>("train_inputs", &path).unwrap();
        assert_eq!(points.dim(), (40, 2));
        let mean = points.mean_axis(ndarray::Axis(0)).unwrap();
        assert!(mean.iter().zip(&details.mean).all(|(&a, b)| (f64::from(a) - b).abs() < 1e-6));
    }
}
