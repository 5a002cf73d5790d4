//! Seeds that deviate from the others of their method.

use bal_artifact::Inputs;
use maud::html;

use super::{Made, Section};
use crate::Error;
use crate::material::Material;
use crate::numbers::{Column, Entry, FEWEST_SEEDS, Table, deviating, quantile};

pub(super) struct DeviatingSeeds;

impl Section for DeviatingSeeds {
    fn id(&self) -> &'static str {
        "seeds"
    }

    fn heading(&self) -> &'static str {
        "Seeds that deviate"
    }

    fn needs(&self) -> &'static str {
        "five seeds of a method"
    }

    fn make(&self, material: &Material, _: &mut Inputs) -> Result<Option<Made>, Error> {
        let areas: Vec<Vec<(u64, f64)>> =
            material.accuracy.iter().map(super::super::numbers::Curves::areas).collect();
        if areas.iter().all(|areas| areas.len() < FEWEST_SEEDS) {
            return Ok(None);
        }
        let columns = vec![
            Column::text("cell", "method"),
            Column::new("seed", "seed"),
            Column::new("aulc", "its AULC, %"),
            Column::new("median_aulc", "median of the seeds, %"),
        ];
        let mut table = Table::new(columns);
        for (position, areas) in areas.iter().enumerate() {
            let values: Vec<f64> = areas.iter().map(|(_, area)| *area).collect();
            for far in deviating(&values) {
                table.push(vec![
                    material.entry(position),
                    Entry::whole(areas[far].0),
                    Entry::share(Some(values[far])),
                    Entry::share(quantile(&values, 0.5)),
                ]);
            }
        }
        let mut made = Made::default();
        made.add(html! { p {
            "Seeds whose AULC lies further than 3.5 · 1.4826 times the median distance from the median of their \
             method (Iglewicz and Hoaglin 1993), of methods with " (FEWEST_SEEDS) " seeds and more. "
            @if table.is_empty() { "There is none." } @else { "They are counted in everything above." }
        } });
        if table.is_empty() {
            made.csv("deviating_seeds", &table);
        } else {
            made.table("deviating_seeds", "Seeds that deviate", &table);
        }
        Ok(Some(made))
    }
}
