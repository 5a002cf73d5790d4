use bal_testkit::mat::{array, compressed, short, tagged};

use super::*;
use crate::dataset::format::svhn;

fn file(elements: &[Vec<u8>]) -> Raw {
    Raw::new("f.mat", bal_testkit::mat::file(elements))
}

/// Pixel (row, column, channel, image), another along each axis.
fn pixel(row: usize, column: usize, channel: usize, image: usize) -> u8 {
    (row + 3 * column + 50 * channel + 7 * image) as u8
}

/// `X` of so many images, the first index fastest.
fn x(images: usize) -> Vec<u8> {
    let mut data = Vec::new();
    for at in 0..images * 3 * 32 * 32 {
        data.push(pixel(at % 32, at / 32 % 32, at / 1024 % 3, at / 3072));
    }
    array(9, &[32, 32, 3, images as i32], "X", tagged(UINT8, &data))
}

fn y(class: u8, data: Vec<u8>) -> Vec<u8> {
    array(class, &[4, 1], "y", data)
}

const LABELS: [u8; 4] = [1, 9, 10, 5];

fn doubles() -> Vec<u8> {
    tagged(9, &LABELS.map(|label| f64::from(label).to_le_bytes()).concat())
}

fn message(elements: &[Vec<u8>]) -> String {
    svhn::read(&file(elements)).unwrap_err().to_string()
}

#[test]
fn axes_and_labels_are_put_right_in_every_form() {
    // A "double" array may be stored as unsigned bytes, and those in the short form.
    let forms = [y(9, tagged(UINT8, &LABELS)), y(6, doubles()), y(6, short(UINT8, &LABELS))];
    for labels in forms {
        for elements in [vec![x(4), labels.clone()], vec![compressed(&labels), compressed(&x(4))]] {
            let (pixels, labels) = svhn::read(&file(&elements)).unwrap();
            assert_eq!(labels, [1, 9, 0, 5]);
            for (image, channel, row, column) in [(0, 0, 0, 5), (1, 1, 7, 0), (3, 2, 30, 31)] {
                let at = ((image * 3 + channel) * 32 + row) * 32 + column;
                assert_eq!(pixels[at], pixel(row, column, channel, image));
            }
        }
    }
}

#[test]
fn other_arrays_are_passed_over() {
    let other = array(4, &[1, 1], "note", tagged(4, &[65, 0]));
    assert_eq!(svhn::read(&file(&[other, x(4), y(6, doubles())])).unwrap().1.len(), 4);
}

#[test]
fn another_class_type_or_order_is_refused() {
    let labels = y(6, doubles());
    let double_x = array(6, &[32, 32, 3, 1], "X", tagged(9, &[0; 8]));
    let text = message(&[double_x, labels.clone()]);
    assert!(
        text.contains("`X` of class 9 (unsigned bytes) and dimensions [32, 32, 3, N], found class 6"),
        "{text}"
    );
    assert!(text.contains("(element at byte 128)"), "{text}");
    let turned = array(9, &[3, 32, 32, 1], "X", tagged(UINT8, &[0; 3072]));
    assert!(message(&[turned, labels.clone()]).contains("found class 9 and dimensions [3, 32, 32, 1]"));
    let row = array(6, &[1, 4], "y", doubles());
    assert!(message(&[x(4), row]).contains("`y` of dimensions [N, 1], found [1, 4]"));
    let letters = array(4, &[4, 1], "y", tagged(4, &[0; 8]));
    assert!(message(&[letters]).contains("`y` of a class of numbers (6 to 15), found class 4"));
    let mut big = file(&[x(4), labels]);
    big.bytes[124..128].copy_from_slice(&[1, 0, b'M', b'I']);
    assert!(svhn::read(&big).unwrap_err().to_string().contains("found one in big endian order"));
}

#[test]
fn sizes_that_are_not_true_are_refused() {
    let labels = y(6, doubles());
    let lying = array(9, &[32, 32, 3, 2], "X", tagged(UINT8, &[0; 3072]));
    assert!(message(&[lying, labels.clone()]).contains("type 2 and 6144 bytes, found type 2 and 3072 bytes"));
    let text = message(&[x(3), labels.clone()]);
    assert!(text.contains("one label for each of 3 images, found 4 labels"), "{text}");
    assert!(message(&[x(4)]).contains("an array `y`, found none"));
    let mut cut = file(&[x(4)]);
    cut.bytes.truncate(1000);
    let text = svhn::read(&cut).unwrap_err().to_string();
    assert!(text.contains("bytes to the end of the file (element at byte 128)"), "{text}");
    // A tag that promises gigabytes takes no memory for them.
    let mut promises = compressed(&[MATRIX.to_le_bytes(), u32::MAX.to_le_bytes()].concat());
    promises.truncate(20);
    assert!(message(&[promises]).contains("element at byte 128"));
}

#[test]
fn labels_out_of_range_are_refused() {
    for (wrong, text) in [(0, "label 0 at position 2"), (11, "label 11 at position 2")] {
        let labels = y(9, tagged(UINT8, &[1, 2, wrong, 3]));
        let message = message(&[x(4), labels]);
        assert!(message.contains("expected labels 1 to 10") && message.contains(text), "{message}");
    }
    let half = y(6, tagged(9, &[1.0, 2.5, 3.0, 4.0_f64].map(f64::to_le_bytes).concat()));
    assert!(message(&[half]).contains("whole numbers as labels, found 2.5 at position 1"));
}
