//! Made data sets, for networks that MNIST is not made for: noise with a sign of the class in it.

use std::path::PathBuf;

use bal_artifact::{DatasetDetails, DatasetKind, Inputs, Manifest, Staging};
use bal_model::InputForm;
use bal_stream::Stream;
use ndarray::{Array1, Array2, Array4};

use crate::Result;
use crate::context::Context;
use crate::inputs::{label_points, write_npy};

/// Points of the test half, which nobody looks at.
const TEST_POINTS: usize = 10;

/// A prepared data set all of whose points have labels.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) data: PathBuf,
    /// Ids of all points.
    pub(crate) ids: PathBuf,
    /// Their labels, as `bal-label` leaves them.
    pub(crate) label: PathBuf,
    pub(crate) form: InputForm,
    pub(crate) classes: usize,
}

impl Made {
    /// Makes `points` images or texts below the cache folder.
    pub(crate) fn new(
        context: &Context,
        name: &str,
        form: InputForm,
        classes: usize,
        points: usize,
    ) -> Result<Self> {
        let folder = context.scratch(&format!("made-{name}-{points}"));
        let made = Self {
            data: folder.join("data"),
            ids: folder.join("ids.npy"),
            label: folder.join("label"),
            form,
            classes,
        };
        publish(&made, name, points)?;
        write_npy(&made.ids, &Array1::from_iter(0..points as i64))?;
        let of_data = Context { data: made.data.clone(), ..context.clone() };
        label_points(&of_data, &made.ids, &made.ids, &made.label)?;
        Ok(made)
    }
}

fn publish(made: &Made, name: &str, points: usize) -> Result<()> {
    let mut staging = Staging::new(&made.data, "dataset", &[])?;
    for (half, points) in [("train", points), ("test", TEST_POINTS)] {
        let classes: Vec<usize> = (0..points).map(|point| point % made.classes).collect();
        write_inputs(&mut staging, &format!("{half}_inputs"), made, &classes)?;
        let labels: Array1<i64> =
            labels(&classes, made.classes).into_iter().map(|label| label as i64).collect();
        staging.array(&format!("{half}_labels"), &labels)?;
    }
    let config = serde_json::json!({ "made": name });
    let mut manifest = Manifest::new("dataset", 1, config, Inputs::new(&made.data));
    manifest.details =
        serde_json::to_value(details(made, name)).expect("strings, numbers and lists are always JSON");
    Ok(staging.publish(manifest)?)
}

/// Every third label says nothing: losses then stay above 0, and differ less from run to run.
fn labels(of_points: &[usize], classes: usize) -> Vec<usize> {
    let drawn = Stream::of_test("bench_labels", 0, of_points.len() as u64).below(classes, of_points.len());
    let points = of_points.iter().zip(drawn).enumerate();
    points.map(|(point, (&class, drawn))| if point % 3 == 0 { drawn } else { class }).collect()
}

fn details(made: &Made, name: &str) -> DatasetDetails {
    let InputForm { shape, words } = made.form.clone();
    let channels = if words.is_some() { 0 } else { shape[0] };
    DatasetDetails {
        view: None,
        name: name.to_owned(),
        kind: if words.is_some() { DatasetKind::Texts } else { DatasetKind::Images },
        classes: (0..made.classes).map(|class| class.to_string()).collect(),
        input_shape: shape,
        words,
        mean: vec![0.3; channels],
        std: vec![0.25; channels],
        licence: "none needed: made".to_owned(),
        source: "made".to_owned(),
    }
}

fn write_inputs(staging: &mut Staging, name: &str, made: &Made, labels: &[usize]) -> Result<()> {
    let mut stream = Stream::of_test("bench_made", 0, labels.len() as u64);
    let shape = &made.form.shape;
    if let Some(words) = made.form.words {
        let texts = labels.iter().flat_map(|&label| text(&mut stream, shape[0], words, label, made.classes));
        let texts = Array2::from_shape_vec((labels.len(), shape[0]), texts.collect());
        staging.array(name, &texts.expect("words of every text"))?;
    } else {
        let images = labels.iter().flat_map(|&label| image(&mut stream, shape, label, made.classes));
        let shape = (labels.len(), shape[0], shape[1], shape[2]);
        let images = Array4::from_shape_vec(shape, images.collect());
        staging.array(name, &images.expect("pixels of every image"))?;
    }
    Ok(())
}

/// Grey noise; a stripe of the class is brighter.
fn image(stream: &mut Stream, shape: &[usize], label: usize, classes: usize) -> Vec<u8> {
    let pixels = stream.below(128, shape.iter().product());
    let area: usize = shape[1..].iter().product();
    let stripe = label * area / classes..(label + 1) * area / classes;
    let brighter = |place: usize| if stripe.contains(&(place % area)) { 64 } else { 0 };
    pixels.into_iter().enumerate().map(|(place, pixel)| (pixel + brighter(place)) as u8).collect()
}

/// Words of which every fourth is one of the class.
fn text(stream: &mut Stream, length: usize, words: usize, label: usize, classes: usize) -> Vec<i64> {
    let of_class = (words - 2) / classes;
    let drawn = stream.below(words - 2, length);
    let word = |(place, word): (usize, usize)| {
        2 + if place % 4 == 0 { label * of_class + word % of_class } else { word }
    };
    drawn.into_iter().enumerate().map(|pair| word(pair) as i64).collect()
}
