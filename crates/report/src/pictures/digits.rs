//! Digits of 5 × 7 pixels, for labels in pictures.

/// Width of a digit without the gap after it.
const WIDTH: usize = 5;
pub(crate) const HEIGHT: usize = 7;

/// The rows of `0` to `9`, leftmost pixel in bit 4.
#[rustfmt::skip]
const DIGITS: [[u8; HEIGHT]; 10] = [
    [0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110],
    [0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110],
    [0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111],
    [0b01110, 0b10001, 0b00001, 0b00110, 0b00001, 0b10001, 0b01110],
    [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010],
    [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110],
    [0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110],
    [0b11111, 0b00001, 0b00010, 0b00100, 0b00100, 0b01000, 0b01000],
    [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110],
    [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100],
];
/// Stands for a negative number, which is an unknown class.
const DASH: [u8; HEIGHT] = [0, 0, 0, 0b11111, 0, 0, 0];

/// Width of what [`pixels`] draws.
pub(crate) fn width(number: i64) -> usize {
    let length = u64::try_from(number).map_or(1, |number| number.to_string().len());
    length * (WIDTH + 1) - 1
}

/// The dark pixels, as (x, y), of a number; a dash for a negative one.
pub(crate) fn pixels(number: i64) -> Vec<(usize, usize)> {
    let glyphs: Vec<[u8; HEIGHT]> = match u64::try_from(number) {
        Ok(number) => number.to_string().bytes().map(|digit| DIGITS[usize::from(digit - b'0')]).collect(),
        Err(_) => vec![DASH],
    };
    let mut dark = Vec::new();
    for (place, glyph) in glyphs.iter().enumerate() {
        for (y, row) in glyph.iter().enumerate() {
            let columns = (0..WIDTH).filter(|x| row >> (WIDTH - 1 - x) & 1 == 1);
            dark.extend(columns.map(|x| (place * (WIDTH + 1) + x, y)));
        }
    }
    dark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glyphs_differ_and_stay_in_their_box() {
        let all: Vec<_> = (-1..10).map(pixels).collect();
        for (i, dark) in all.iter().enumerate() {
            assert!(dark.iter().all(|&(x, y)| x < WIDTH && y < HEIGHT));
            assert!(all[..i].iter().all(|other| other != dark), "glyph {i} is there twice");
        }
    }

    #[test]
    fn places_follow_each_other() {
        assert_eq!(pixels(-1).len(), 5);
        assert_eq!((width(123), width(-1)), (17, 5));
        let seven = pixels(7);
        let in_seventeen: Vec<_> =
            pixels(17).into_iter().filter(|(x, _)| *x > WIDTH).map(|(x, y)| (x - 6, y)).collect();
        assert_eq!(in_seventeen, seven);
    }
}
