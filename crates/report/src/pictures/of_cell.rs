//! What is drawn of each cell: the points that one seed acquired, and the classes that all of them did.

use std::collections::BTreeSet;

use super::acquired::{self, Picks};
use super::acquired_points::acquired_points;
use super::acquired_texts;
use super::class_histogram::class_histogram;
use super::contact_sheet::{self, ContactSheet};
use super::{Figure, Look};
use crate::Error;
use crate::runs::{Cell, Data, DataSets, SeedRun, TrainInputs};

#[derive(Debug)]
pub(crate) struct CellPictures {
    /// What a seed acquired.
    pub(crate) acquired: Option<(u64, Shown)>,
    /// Which classes were acquired.
    pub(crate) histogram: Option<Figure>,
}

/// How acquired points are shown.
#[derive(Debug)]
pub(crate) enum Shown {
    /// Images side by side.
    Images(ContactSheet),
    /// Points of the plane.
    Points(Box<Figure>),
    /// A table of texts, as HTML.
    Texts(String),
}

impl CellPictures {
    /// Name and content of the files.
    pub(crate) fn files(&self) -> impl Iterator<Item = (String, &[u8])> {
        let acquired = self.acquired.as_ref().and_then(|(_, shown)| match shown {
            Shown::Images(sheet) => Some((format!("{}.png", sheet.name), sheet.png.as_slice())),
            Shown::Points(figure) => Some(figure.file()),
            Shown::Texts(_) => None,
        });
        acquired.into_iter().chain(self.histogram.as_ref().map(Figure::file))
    }
}

/// Draws what every cell acquired, as far as its data set is there.
pub(crate) fn draw(cells: &[Cell], looks: &[Look], data: &DataSets) -> Result<Vec<CellPictures>, Error> {
    let mut shares = Vec::new();
    for (position, cell) in cells.iter().enumerate() {
        bal_cli::check_interrupt()?;
        shares.push(data.of(position).map(|data| acquired::class_shares(cell, data)).transpose()?.flatten());
    }
    let top = shares.iter().flatten().flatten().flatten().copied().fold(0.0, f64::max);
    let mut pictures = Vec::new();
    for (position, (cell, shares)) in cells.iter().zip(shares).enumerate() {
        bal_cli::check_interrupt()?;
        let (mut acquired, mut histogram) = (None, None);
        if let Some(data) = data.of(position) {
            let (colour, classes) = (looks[position].colour, &data.details.classes);
            histogram = shares.map(|shares| class_histogram(cell, colour, &shares, classes, top));
            acquired = draw_acquired(cell, data)?;
        }
        pictures.push(CellPictures { acquired, histogram });
    }
    Ok(pictures)
}

/// The first seed that acquired anything, and a picture of what.
fn draw_acquired(cell: &Cell, data: &Data) -> Result<Option<(u64, Shown)>, Error> {
    let Some(run) = cell.first_acquiring() else { return Ok(None) };
    let mut picks = acquired::picks(run, data)?;
    for (id, _) in picks.iter_mut().flat_map(|picks| &mut picks.points) {
        *id = data.row(*id); // a copy looks like its original
    }
    let shown = match &data.inputs {
        TrainInputs::Images(images) => {
            let name = format!("contact_sheet-{}", cell.file_name());
            let mut sheet = contact_sheet::draw(&name, &picks, &images.view())?;
            sheet.note += &copies(run, data, &picks)?;
            Some(Shown::Images(sheet))
        }
        TrainInputs::Points(points, labels) if points.view().ncols() == 2 => {
            let initial: Vec<usize> =
                acquired::initial(run, data)?.into_iter().map(|id| data.row(id)).collect();
            let classes = &data.details.classes;
            let points = (&points.view(), labels.as_slice());
            Some(Shown::Points(Box::new(acquired_points(cell, points, classes, &initial, &picks))))
        }
        TrainInputs::Points(..) => None,
        TrainInputs::Texts(texts, words) => {
            let classes = &data.details.classes;
            Some(Shown::Texts(acquired_texts::table(&picks, &texts.view(), words, classes)))
        }
    };
    Ok(shown.map(|shown| (run.seed, shown)))
}

/// How many points were acquired that are copies of others labelled before; nothing where there are no
/// copies. Picks are rows of what is stored.
fn copies(run: &SeedRun, data: &Data, picks: &[Picks]) -> Result<String, Error> {
    if data.details.view.as_ref().is_none_or(|view| view.repeat == 1) {
        return Ok(String::new());
    }
    let mut known: BTreeSet<usize> =
        acquired::initial(run, data)?.into_iter().map(|id| data.row(id)).collect();
    let rows: Vec<usize> = picks.iter().flat_map(|picks| &picks.points).map(|&(row, _)| row).collect();
    let copies = rows.iter().filter(|&&row| !known.insert(row)).count();
    Ok(format!("{copies} of the {} points acquired are copies of points labelled before. ", rows.len()))
}
