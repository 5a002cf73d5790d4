//! What BALD is made of: its two terms, their difference, and the variance of the logits, over the plane.

use bal_artifact::{Inputs, file};
use maud::html;

use super::kept::kept;
use super::maps::numbers;
use super::plane_map::{PlaneMap, range};
use super::{Made, Section};
use crate::Error;
use crate::figures::Figure;
use crate::material::Material;
use crate::words::number;

pub(super) struct UnderstandingBald;

/// Layers, what they are called, and whether they share the scale of the first.
const LAYERS: [(&str, &str, bool); 4] = [
    ("max_entropy", "H[mean prediction]: entropy of the mean", true),
    ("expected_entropy", "mean of the entropies of the samples", true),
    ("bald", "their difference: BALD", true),
    ("logit_variance", "variance of the logits", false),
];

impl Section for UnderstandingBald {
    fn id(&self) -> &'static str {
        "understanding"
    }

    fn heading(&self) -> &'static str {
        "Understanding BALD"
    }

    fn needs(&self) -> &'static str {
        "maps of the plane (`score.grid`, for points of the plane)"
    }

    /// Of the cell that picks by BALD, else of the first that has a map; after its last round.
    fn make(&self, material: &Material, inputs: &mut Inputs) -> Result<Option<Made>, Error> {
        let with_maps =
            || material.cells.iter().enumerate().filter(|(_, cell)| kept(cell, file::MAP).is_some());
        let first = with_maps().find(|(_, cell)| cell.own == "bald").or_else(|| with_maps().next());
        let Some((position, cell)) = first else { return Ok(None) };
        let Some((run, rounds)) = kept(cell, file::MAP) else { return Ok(None) };
        let Some(&round) = rounds.last() else { return Ok(None) };
        let map = PlaneMap::read(inputs, (cell, run, round))?;
        let Some(layers) = LAYERS.iter().map(|(name, ..)| map.layer(name)).collect::<Option<Vec<_>>>() else {
            return Ok(None);
        };
        let entropies = (0.0, range(&layers[..3]).1);
        let mut made = Made::default();
        made.add(html! { p {
            (material.shown(position)) ", seed " (run.seed) ", round " (round.index) ". The first three have one \
             scale, from 0 (dark) to " (number(entropies.1, 3)) " nats (light)."
        } });
        let mut figures = Vec::new();
        for ((name, title, shared), layer) in LAYERS.into_iter().zip(&layers) {
            let ends = if shared { entropies } else { range([layer]) };
            let plot = map.plot(460.0, 340.0);
            let picture = PlaneMap::picture(&plot, &layer.view(), ends)?;
            let body = plot.around(&html! { (picture) (map.boundary(&plot)) });
            let figure = Figure {
                name: format!("understanding_bald-{name}"),
                description: format!("{title}, over the plane"),
                width: plot.width,
                height: plot.height,
                body,
                legend: Vec::new(),
                band: None,
                numbers: numbers(&plot, layer, name),
            };
            figures.push((figure, title, (!shared).then_some(ends)));
        }
        made.add(html! { div.grid { @for (figure, title, ends) in &figures { figure {
            div.scroll tabindex="0" role="group" aria-label=(figure.description) { (figure.inline()) }
            figcaption {
                (crate::words::capitalised(title)) "."
                @if let Some((least, most)) = ends { " From " (number(*least, 3)) " (dark) to " (number(*most, 3)) " (light)." }
                " " (super::made::links(&figure.name))
            }
        } } } });
        for (figure, ..) in &figures {
            made.files_of(figure);
        }
        Ok(Some(made))
    }
}
