//! The images that were acquired, a row per round, each with its class below.

use std::fmt::Write as _;

use ndarray::{ArrayView3, ArrayView4, Axis};
use png::{BitDepth, ColorType, Compression, Encoder};

use super::acquired::Picks;
use super::digits;
use crate::Error;

/// Rounds that are all shown; after them every tenth.
const FIRST_ROUNDS: u64 = 10;
/// Images in a line; a larger batch goes on in the next line.
const PER_LINE: usize = 20;
/// Images of a round that are shown.
const PER_ROUND: usize = 2 * PER_LINE;
/// Side in pixels that an image is enlarged to, about.
const TILE: usize = 56;
/// Pixels between images.
const GAP: usize = 6;
/// Enlargement of the digits.
const TEXT: usize = 2;
/// Colour of the digits: reads on light and on dark ground, which shines through.
const INK: [u8; 4] = [118, 118, 118, 255];

#[derive(Debug)]
pub(crate) struct ContactSheet {
    /// File name without extension.
    pub(crate) name: String,
    pub(crate) png: Vec<u8>,
    /// Its width in pixels.
    pub(crate) width: usize,
    /// Its height in pixels.
    pub(crate) height: usize,
    /// Which rounds and images are shown, where not all are.
    pub(crate) note: String,
}

/// Draws the picks of one run as the picture `name`. `images` are u8 [N, C, H, W].
pub(crate) fn draw(name: &str, all: &[Picks], images: &ArrayView4<'_, u8>) -> Result<ContactSheet, Error> {
    let shown: Vec<&Picks> = all.iter().filter(|picks| is_shown(picks.round)).collect();
    let (height, width) = (images.shape()[2], images.shape()[3]);
    let zoom = ((TILE + width / 2) / width.max(1)).max(1);
    let (tile_w, tile_h) = (zoom * width, zoom * height);
    let line_height = tile_h + GAP / 2 + TEXT * digits::HEIGHT + 2 * GAP;
    let largest_round = shown.iter().map(|picks| picks.round as i64).max().unwrap_or(0);
    let margin = TEXT * digits::width(largest_round) + 3 * GAP;

    let lines = |picks: &Picks| picks.points.len().min(PER_ROUND).div_ceil(PER_LINE).max(1);
    let columns = shown.iter().map(|picks| picks.points.len().min(PER_LINE)).max().unwrap_or(0);
    let total: usize = shown.iter().map(|picks| lines(picks)).sum();
    let mut canvas = Canvas::new(margin + columns * (tile_w + GAP), total * line_height);
    let mut top = 0;
    for picks in &shown {
        let middle = top + tile_h.saturating_sub(TEXT * digits::HEIGHT) / 2;
        canvas.number(picks.round as i64, GAP, middle);
        for (place, (id, label)) in picks.points.iter().take(PER_ROUND).enumerate() {
            let left = margin + place % PER_LINE * (tile_w + GAP);
            let top = top + place / PER_LINE * line_height;
            canvas.image(&images.index_axis(Axis(0), *id), zoom, left, top);
            let Some(label) = *label else { continue };
            let text_width = TEXT * digits::width(label);
            canvas.number(label, left + tile_w.saturating_sub(text_width) / 2, top + tile_h + GAP / 2);
        }
        top += lines(picks) * line_height;
    }
    let (width, height) = (canvas.width, canvas.height);
    let (name, png) = (name.to_owned(), canvas.into_png(name)?);
    Ok(ContactSheet { name, png, width, height, note: note(all) })
}

fn is_shown(round: u64) -> bool {
    round < FIRST_ROUNDS || round.is_multiple_of(10)
}

fn note(all: &[Picks]) -> String {
    let mut text = String::new();
    if all.iter().any(|picks| !is_shown(picks.round)) {
        text.push_str("Rounds 0 to 9 and then every tenth are shown. ");
    }
    if all.iter().any(|picks| picks.points.len() > PER_ROUND) {
        let _ = write!(text, "Of each round the first {PER_ROUND} images are shown. ");
    }
    text
}

/// An RGBA picture.
struct Canvas {
    width: usize,
    height: usize,
    rgba: Vec<u8>,
}

impl Canvas {
    fn new(width: usize, height: usize) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        Self { width, height, rgba: vec![0; 4 * width * height] }
    }

    /// Paints a square; what lies outside is left out.
    fn square(&mut self, left: usize, top: usize, side: usize, colour: [u8; 4]) {
        for y in top..(top + side).min(self.height) {
            for x in left..(left + side).min(self.width) {
                let at = 4 * (y * self.width + x);
                self.rgba[at..at + 4].copy_from_slice(&colour);
            }
        }
    }

    fn number(&mut self, number: i64, left: usize, top: usize) {
        for (x, y) in digits::pixels(number) {
            self.square(left + TEXT * x, top + TEXT * y, TEXT, INK);
        }
    }

    /// An image [C, H, W]: three channels are colours, of any other number the first is a grey.
    fn image(&mut self, image: &ArrayView3<u8>, zoom: usize, left: usize, top: usize) {
        let (channels, height, width) = image.dim();
        for y in 0..height {
            for x in 0..width {
                let channel = |c: usize| image[[if channels == 3 { c } else { 0 }, y, x]];
                let colour = [channel(0), channel(1), channel(2), 255];
                self.square(left + zoom * x, top + zoom * y, zoom, colour);
            }
        }
    }

    fn into_png(self, name: &str) -> Result<Vec<u8>, Error> {
        let failed = |error: png::EncodingError| Error::Picture {
            picture: name.to_owned(),
            reason: error.to_string(),
        };
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, self.width as u32, self.height as u32);
        encoder.set_color(ColorType::Rgba);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_compression(Compression::Balanced);
        let mut writer = encoder.write_header().map_err(failed)?;
        writer.write_image_data(&self.rgba).map_err(failed)?;
        writer.finish().map_err(failed)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array4;

    use super::*;

    fn picks(round: u64, count: usize) -> Picks {
        Picks { round, points: vec![(0, Some(7)); count] }
    }

    #[test]
    fn shows_the_image_beside_its_round_and_above_its_class() {
        let images =
            Array4::from_shape_fn((1, 1, 28, 28), |(_, _, y, x)| if y == 0 && x == 27 { 200 } else { 10 });
        let sheet = draw("sheet", &[picks(3, 2)], &images.view()).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&sheet.png)).read_info().unwrap();
        let mut rgba = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut rgba).unwrap();
        let at = |x: usize, y: usize| &rgba[4 * (y * sheet.width + x)..][..4];
        let margin = 2 * 5 + 18;
        assert_eq!((sheet.width, sheet.height), (margin + 2 * 62, 56 + 3 + 14 + 12));
        assert_eq!(at(margin, 0), [10, 10, 10, 255]);
        assert_eq!(at(margin + 55, 1), [200, 200, 200, 255]);
        assert_eq!(at(margin + 56, 0), [0, 0, 0, 0]);
        // The top left corner of the `7` below the first image, centred.
        assert_eq!(at(margin + 23, 59), INK);
        assert_eq!(sheet.note, "");
    }

    #[test]
    fn wraps_large_batches_and_says_what_it_leaves_out() {
        let images = Array4::zeros((1, 3, 32, 32));
        let sheet = draw("sheet", &[picks(0, 45), picks(11, 45), picks(20, 5)], &images.view()).unwrap();
        assert_eq!(sheet.height, 3 * (64 + 3 + 14 + 12));
        assert!(sheet.note.contains("every tenth") && sheet.note.contains("first 40"), "{}", sheet.note);
    }
}
