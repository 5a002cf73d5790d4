//! Acquired images: a row per round, each image with its class below.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};
use ndarray::{ArrayView3, ArrayView4, Axis};
use png::ColorType;

use super::{Acquired, class};
use crate::Error;
use crate::figures::encode;
use crate::runs::Picks;
use crate::words::{cut, grouped};

/// Bytes that the images of a page may take in all.
pub(super) const BUDGET: usize = 700_000;

/// Rounds that are all shown; after them every tenth.
const FIRST_ROUNDS: u64 = 10;

/// Images of a round that are shown.
const PER_ROUND: usize = 20;

/// Width of an image in the page, in pixels.
const WIDTH: usize = 40;

/// The rounds of a run, as many as `budget` has bytes for. `images` are u8 [N, C, H, W].
pub(super) fn rounds(
    acquired: &Acquired,
    images: &ArrayView4<'_, u8>,
    budget: &mut usize,
) -> Result<Markup, Error> {
    let mut shown: Vec<(u64, Markup)> = Vec::new();
    for picks in acquired.picks.iter().filter(|picks| is_shown(picks.round)) {
        let (round, bytes) = of_round(acquired, picks, images)?;
        if bytes > *budget && !shown.is_empty() {
            break;
        }
        *budget = budget.saturating_sub(bytes);
        shown.push((
            picks.round,
            html! { div.round {
                h4 { "Round " (picks.round) @if let Some(labels) = labels_before(acquired, picks.round) {
                    br; (grouped(labels)) " labels"
                } }
                div { ol.images { (round) } (classes_of(acquired, picks)) }
            } },
        ));
    }
    let last = shown.last().map_or(0, |(round, _)| *round);
    let leaves_out = shown.len() < acquired.picks.len();
    let cuts = acquired.picks.iter().any(|picks| picks.points.len() > PER_ROUND);
    Ok(html! {
        @for (_, round) in &shown { (round) }
        @if leaves_out || cuts { figcaption {
            @if leaves_out {
                "Rounds 0 to " (last.min(FIRST_ROUNDS))
                @if last > FIRST_ROUNDS { " and then every tenth up to " (last) }
                " are shown; " a href="acquired.csv" { "acquired.csv" } " has all. "
            }
            @if cuts { "Of each round only the first " (PER_ROUND) " images are shown." }
        } }
    })
}

fn labels_before(acquired: &Acquired, round: u64) -> Option<usize> {
    let found = acquired.run.rounds.iter().find(|of_run| of_run.index == round);
    found.map(|of_run| of_run.measures.labels as usize)
}

/// How often each class is among all picks of a round, the most frequent ones first: `ship ×241, cat ×120`.
fn classes_of(acquired: &Acquired, picks: &Picks) -> Markup {
    const NAMED: usize = 10;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for class in picks.points.iter().filter_map(|&(_, label)| class(acquired, label)) {
        *counts.entry(class).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|&(_, count)| Reverse(count));
    html! { @if !counts.is_empty() { p.soft {
        @for (place, (class, count)) in counts.iter().take(NAMED).enumerate() {
            @if place > 0 { ", " }
            strong { bdi { (cut(class, 40)) } } "\u{a0}×" (count)
        }
        @if counts.len() > NAMED { " and " (counts.len() - NAMED) " more" }
    } } }
}

fn is_shown(round: u64) -> bool {
    round < FIRST_ROUNDS || round.is_multiple_of(10)
}

/// The images of a round, and about how many bytes they take.
fn of_round(
    acquired: &Acquired,
    picks: &Picks,
    images: &ArrayView4<'_, u8>,
) -> Result<(Markup, usize), Error> {
    let mut items = Vec::new();
    for &(id, label) in picks.points.iter().take(PER_ROUND) {
        let png = png_of(&images.index_axis(Axis(0), acquired.data.row(id)));
        let png = png.map_err(|reason| Error::Picture { picture: format!("image {id}"), reason })?;
        let class = class(acquired, label).unwrap_or_default();
        items.push(html! { li {
            img width=(WIDTH) height=(WIDTH * images.shape()[2] / images.shape()[3].max(1)) alt=(format!("image {id}"))
                src=(format!("data:image/png;base64,{}", STANDARD.encode(png)));
            span title=(class) { bdi { (cut(class, 40)) } }
        } });
    }
    let html = html! { @for item in &items { (item) } };
    let bytes = html.0.len();
    Ok((html, bytes))
}

/// An image [C, H, W] as PNG: three channels are colours, of any other number the first is a grey.
fn png_of(image: &ArrayView3<'_, u8>) -> Result<Vec<u8>, String> {
    let (channels, height, width) = image.dim();
    let (colour, shown) = if channels == 3 { (ColorType::Rgb, 3) } else { (ColorType::Grayscale, 1) };
    let pixels = (0..height).flat_map(|y| (0..width).flat_map(move |x| (0..shown).map(move |c| (c, y, x))));
    let pixels: Vec<u8> = pixels.map(|place| image[place]).collect();
    encode(&pixels, colour, width as u32, height as u32)
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;

    #[test]
    fn an_image_is_its_pixels() {
        let image = Array3::from_shape_fn((3, 2, 4), |(c, y, x)| (100 * c + 10 * y + x) as u8);
        for (channels, expected) in [(3, image[[1, 1, 3]]), (1, image[[0, 1, 3]])] {
            let png = png_of(&image.slice(ndarray::s![..channels, .., ..])).unwrap();
            let mut reader = png::Decoder::new(std::io::Cursor::new(&png)).read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut pixels).unwrap();
            assert_eq!((reader.info().width, reader.info().height), (4, 2));
            assert_eq!(pixels[7 * channels + channels / 2], expected);
        }
    }

    #[test]
    fn the_first_rounds_and_then_every_tenth_are_shown() {
        let shown: Vec<u64> = (0..35).filter(|&round| is_shown(round)).collect();
        assert_eq!(shown[8..], [8, 9, 10, 20, 30]);
    }
}
