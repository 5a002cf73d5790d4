//! Batches of CIFAR-10 as pictures: row i of a picture is image i, its pixels one after the other.

use std::io::Cursor;

use super::cifar::IMAGE;
use super::exactly;
use crate::dataset::fetch::{Raw, Trouble};

/// Pixels of an image, and so of a row.
const PIXELS: usize = IMAGE / 3;
/// Images of a batch.
const MOST_ROWS: u32 = 10_000;

/// Six pictures and two lists of labels, of training and test images, as the six official binary files.
pub(crate) fn batches(files: Vec<Raw>) -> Result<Vec<Raw>, Trouble> {
    let [pictures @ .., train, test]: [Raw; 8] = exactly(files);
    let mut labels =
        Labels { train: labels(&train)?, test: labels(&test)?, files: [train.place, test.place] };
    let last = pictures.len() - 1;
    let batches = pictures.into_iter().enumerate().map(|(at, picture)| {
        bal_cli::check_interrupt()?;
        batch(picture, |rows| labels.next(rows, at == last))
    });
    let batches: Vec<Raw> = batches.collect::<Result<_, Trouble>>()?;
    labels.refuse_rest()?;
    Ok(batches)
}

/// Labels that no image has got yet.
struct Labels {
    train: Vec<u8>,
    test: Vec<u8>,
    files: [String; 2],
}

impl Labels {
    /// Those of the next images.
    fn next(&mut self, rows: usize, is_test: bool) -> Result<Vec<u8>, Trouble> {
        let labels = if is_test { &mut self.test } else { &mut self.train };
        if labels.len() < rows {
            let got = format!("{} for the last {rows}", labels.len());
            return Err(Trouble::corrupt(&self.files[usize::from(is_test)], "one label for each image", got));
        }
        let rest = labels.split_off(rows);
        Ok(std::mem::replace(labels, rest))
    }

    fn refuse_rest(&self) -> Result<(), Trouble> {
        for (labels, file) in [&self.train, &self.test].into_iter().zip(&self.files) {
            if !labels.is_empty() {
                let got = format!("{} more", labels.len());
                return Err(Trouble::corrupt(file, "one label for each image", got));
            }
        }
        Ok(())
    }
}

fn labels(file: &Raw) -> Result<Vec<u8>, Trouble> {
    serde_json::from_slice(&file.bytes)
        .map_err(|error| Trouble::corrupt(&file.place, "a list of labels below 256", error.to_string()))
}

/// One picture as records of a label and three planes.
fn batch(picture: Raw, mut labels: impl FnMut(usize) -> Result<Vec<u8>, Trouble>) -> Result<Raw, Trouble> {
    let Raw { place, bytes, .. } = picture;
    let damaged = |error: png::DecodingError| Trouble::corrupt(&place, "a PNG picture", error.to_string());
    let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().map_err(damaged)?;
    let info = reader.info();
    let form = (info.width as usize, info.color_type, info.bit_depth, info.interlaced);
    let (height, wanted) = (info.height, (PIXELS, png::ColorType::Rgb, png::BitDepth::Eight, false));
    if form != wanted || height > MOST_ROWS {
        let expected = format!("{PIXELS} × at most {MOST_ROWS} pixels of 8-bit RGB");
        return Err(Trouble::corrupt(&place, expected, format!("height {height} and {form:?}")));
    }
    let mut records = Vec::new();
    for label in labels(height as usize)? {
        let row = reader.next_row().map_err(damaged)?;
        let row = row.ok_or_else(|| Trouble::corrupt(&place, format!("{height} rows"), "fewer"))?;
        records.push(label);
        for colour in 0..3 {
            records.extend(row.data()[colour..].iter().step_by(3));
        }
    }
    Ok(Raw::new(place, records))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of so many rows of so many pixels, which count up.
    fn picture(name: &str, width: u32, height: u32) -> Raw {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let data: Vec<u8> = (0..width * height * 3).map(|at| (at % 251) as u8).collect();
        encoder.write_header().unwrap().write_image_data(&data).unwrap();
        Raw::new(name, bytes)
    }

    fn files(train: &str) -> Vec<Raw> {
        let names = ["a", "b", "c", "d", "e", "test"];
        let json = [Raw::new("train.json", train.into()), Raw::new("test.json", b"[8]".to_vec())];
        names.map(|name| picture(name, 1024, 1)).into_iter().chain(json).collect()
    }

    #[test]
    fn rows_become_records() {
        let batches = batches(files("[1, 2, 3, 4, 5]")).unwrap();
        let labels: Vec<u8> = batches.iter().map(|batch| batch.bytes[0]).collect();
        assert_eq!(labels, [1, 2, 3, 4, 5, 8]);
        let record = &batches[0].bytes;
        assert_eq!(record.len(), 3073);
        // Pixel 2 is bytes 6, 7, 8 of the row.
        assert_eq!((record[3], record[1024 + 3], record[2048 + 3]), (6, 7, 8));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let message = |files: Vec<Raw>| batches(files).unwrap_err().to_string();
        assert!(
            message(files("[1, 2, 3]")).contains("`train.json`: expected one label for each image, got 0")
        );
        assert!(message(files("[1, 2, 3, 4, 5, 6]")).contains("got 1 more"));
        assert!(message(files("[1, 256]")).contains("a list of labels below 256"));
        let mut other = files("[1, 2, 3, 4, 5]");
        other[1] = picture("b", 32, 1);
        assert!(message(other).contains("`b`: expected 1024 × at most 10000 pixels of 8-bit RGB"));
        let mut other = files("[1, 2, 3, 4, 5]");
        other[1].bytes.truncate(60);
        assert!(message(other).contains("`b`: expected a PNG picture"));
    }
}
