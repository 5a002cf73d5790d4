//! `map.npy` of a round: layers over the plane, as `score.grid` asks for them, and their pictures.

use std::fmt::Write as _;

use bal_artifact::{Error as ArtifactError, Inputs, file, read_array};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};
use ndarray::{Array2, Array3, ArrayView2, Axis as Dimension, Ix3, s};
use png::ColorType;
use serde::Deserialize;

use super::kept::read;
use crate::Error;
use crate::figures::{Axis, Plot, colour, encode, round};
use crate::runs::{Cell, Round, SeedRun};

/// Cells of a picture along a side at most.
const SIDE: usize = 80;

/// Colours of a picture: few of them compress well.
const SHADES: f64 = 48.0;

const PREFIX: &str = "mean_prob_";

/// The map of a round.
pub(super) struct PlaneMap {
    /// `[x_min, x_max, y_min, y_max]`.
    extent: [f64; 4],
    layers: Vec<String>,
    /// [L, R, R]: layer, row (y ascends), column.
    values: Array3<f64>,
}

/// What the manifest says of it.
#[derive(Deserialize)]
struct Details {
    extent: [f64; 4],
    layers: Vec<String>,
}

impl PlaneMap {
    /// # Errors
    /// If the file is damaged, or its manifest does not describe it.
    pub(super) fn read(inputs: &mut Inputs, place: (&Cell, &SeedRun, &Round)) -> Result<Self, Error> {
        let path = read(inputs, place, ("score", file::MAP))?;
        let values: Array3<f64> = read_array::<f64, Ix3>("map", &path)?;
        let details = place.2.score.as_ref().and_then(|score| score.details.get("map"));
        let details: Option<Details> = details.and_then(|map| serde_json::from_value(map.clone()).ok());
        match details {
            Some(Details { extent, layers }) if layers.len() == values.len_of(Dimension(0)) => {
                Ok(Self { extent, layers, values })
            }
            _ => {
                let expected = "the extent and layers that `score.json` lists".to_owned();
                let found = format!("shape {:?}", values.shape());
                Err(ArtifactError::Mismatch { path, expected, found }.into())
            }
        }
    }

    /// A layer, in few cells: means over those that are drawn as one.
    pub(super) fn layer(&self, name: &str) -> Option<Array2<f64>> {
        let index = self.layers.iter().position(|layer| layer == name)?;
        let layer = self.values.index_axis(Dimension(0), index);
        let step = layer.nrows().div_ceil(SIDE).max(1);
        let side = layer.nrows().div_ceil(step);
        let part = |(y, x): (usize, usize)| {
            let ends = |i: usize| (i * step, ((i + 1) * step).min(layer.nrows()));
            let ((y0, y1), (x0, x1)) = (ends(y), ends(x));
            layer.slice(s![y0..y1, x0..x1]).mean().unwrap_or(0.0)
        };
        Some(Array2::from_shape_fn((side, side), part))
    }

    /// A plot of the plane.
    pub(super) fn plot(&self, width: f64, height: f64) -> Plot {
        let [x_min, x_max, y_min, y_max] = self.extent;
        Plot::new(width, height, Axis::new("x₁", x_min, x_max, 5), Axis::new("x₂", y_min, y_max, 5))
    }

    /// The picture of a layer in its place, dark at `least`, light at `most`.
    pub(super) fn picture(
        plot: &Plot,
        layer: &ArrayView2<'_, f64>,
        (least, most): (f64, f64),
    ) -> Result<Markup, Error> {
        let span = if most > least { most - least } else { 1.0 };
        let shade = |value: f64| colour(((value - least) / span * SHADES).round() / SHADES);
        // Pictures begin above.
        let rows = layer.outer_iter().rev();
        let pixels: Vec<u8> = rows.flat_map(|row| row.to_vec()).flat_map(shade).collect();
        let png = encode(&pixels, ColorType::Rgb, layer.ncols() as u32, layer.nrows() as u32)
            .map_err(|reason| Error::Picture { picture: "map".to_owned(), reason })?;
        Ok(html! {
            image x=(round(plot.left())) y=(round(plot.top())) width=(round(plot.right() - plot.left()))
                height=(round(plot.bottom() - plot.top())) preserveAspectRatio="none"
                href=(format!("data:image/png;base64,{}", STANDARD.encode(png))) {}
        })
    }

    /// Where the most probable class changes, along the edges of cells; nothing without mean predictions.
    pub(super) fn boundary(&self, plot: &Plot) -> Markup {
        let means: Vec<usize> =
            (0..self.layers.len()).filter(|&layer| self.layers[layer].starts_with(PREFIX)).collect();
        let side = self.values.len_of(Dimension(1));
        let class = |y: usize, x: usize| {
            let better = |&a: &usize, &b: &usize| {
                if self.values[[means[b], y, x]] > self.values[[means[a], y, x]] { b } else { a }
            };
            (0..means.len()).reduce(|a, b| better(&a, &b))
        };
        let (width, height) = (plot.right() - plot.left(), plot.bottom() - plot.top());
        let (dx, dy) = (width / side as f64, height / side as f64);
        let mut path = String::new();
        for y in 0..side {
            for x in 0..side {
                let (left, below) = (plot.left() + dx * x as f64, plot.bottom() - dy * y as f64);
                if x + 1 < side && class(y, x) != class(y, x + 1) {
                    let _ = write!(path, "M{:.1} {:.1}v{:.1}", left + dx, below, -dy);
                }
                if y + 1 < side && class(y, x) != class(y + 1, x) {
                    let _ = write!(path, "M{:.1} {:.1}h{:.1}", left, below - dy, dx);
                }
            }
        }
        html! { path.boundary d=(path) {} }
    }
}

/// The least and the largest value of layers.
pub(super) fn range<'a>(layers: impl IntoIterator<Item = &'a Array2<f64>>) -> (f64, f64) {
    let all = layers.into_iter().flat_map(|layer| layer.iter().copied());
    all.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(value), most.max(value)))
}
