//! Element types of arrays: those that `bal` stores, and those that it reads as one of them without loss.

use bytemuck::Pod;

/// An element type that `bal` stores in arrays.
pub trait Element: Pod {
    /// NumPy's name of the type, little endian.
    const DTYPE: &'static str;

    /// The number in `bytes`, little endian and filled up with zeros, if files with this type are read as
    /// `Self`; an error with the number itself, if it is too large.
    fn from_stored(stored: Stored, bytes: [u8; 8]) -> Option<Result<Self, String>>;
}

impl Element for u8 {
    const DTYPE: &'static str = "|u1";

    fn from_stored(stored: Stored, bytes: [u8; 8]) -> Option<Result<Self, String>> {
        (stored.kind_and_bytes() == ('u', 1)).then_some(Ok(bytes[0]))
    }
}

impl Element for i64 {
    const DTYPE: &'static str = "<i8";

    /// Every type of whole numbers.
    fn from_stored(stored: Stored, bytes: [u8; 8]) -> Option<Result<Self, String>> {
        match stored.kind_and_bytes() {
            ('i', width) => {
                let above = 64 - 8 * width as u32; // bits above the number, which take its sign
                Some(Ok(Self::from_le_bytes(bytes) << above >> above))
            }
            ('u', _) => {
                let number = u64::from_le_bytes(bytes);
                Some(Self::try_from(number).map_err(|_| number.to_string()))
            }
            _ => None,
        }
    }
}

impl Element for f32 {
    const DTYPE: &'static str = "<f4";

    /// Half precision too.
    fn from_stored(stored: Stored, bytes: [u8; 8]) -> Option<Result<Self, String>> {
        let [a, b, c, d, ..] = bytes;
        match stored.kind_and_bytes() {
            ('f', 2) => Some(Ok(widened(u16::from_le_bytes([a, b])))),
            ('f', 4) => Some(Ok(Self::from_le_bytes([a, b, c, d]))),
            _ => None,
        }
    }
}

impl Element for f64 {
    const DTYPE: &'static str = "<f8";

    fn from_stored(stored: Stored, bytes: [u8; 8]) -> Option<Result<Self, String>> {
        (stored.kind_and_bytes() == ('f', 8)).then_some(Ok(Self::from_le_bytes(bytes)))
    }
}

/// How a file stores its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    kind: char,
    bytes: usize,
    big_endian: bool,
}

impl Stored {
    /// A type of plain numbers by NumPy's name: `<f4`, `=f4`, `f4`, `|u1`, `>i8`.
    pub(crate) fn parse(descr: &str) -> Option<Self> {
        let (big_endian, name) = match descr.split_at_checked(1)? {
            ("<", name) => (false, name),
            (">", name) => (true, name),
            ("=" | "|", name) => (cfg!(target_endian = "big"), name),
            _ => (cfg!(target_endian = "big"), descr),
        };
        let (kind, bytes) = match name {
            "i1" | "i2" | "i4" | "i8" => ('i', &name[1..]),
            "u1" | "u2" | "u4" | "u8" => ('u', &name[1..]),
            "f2" | "f4" | "f8" => ('f', &name[1..]),
            _ => return None,
        };
        Some(Self { kind, bytes: bytes.parse().ok()?, big_endian })
    }

    /// Bytes of one number.
    pub(crate) fn bytes(self) -> usize {
        self.bytes
    }

    /// Whether numbers lie in the file as `T` lies in memory.
    pub(crate) fn is_as_in_memory<T: Element>(self) -> bool {
        let order = self.bytes == 1 || self.big_endian == cfg!(target_endian = "big");
        order && Self::parse(T::DTYPE).is_some_and(|own| own.kind_and_bytes() == self.kind_and_bytes())
    }

    /// Whether such files are read as arrays of `T`.
    pub(crate) fn is_read_as<T: Element>(self) -> bool {
        T::from_stored(self, [0; 8]).is_some()
    }

    /// All numbers in `bytes` as `T`.
    ///
    /// # Errors
    /// Place and text of the first one that is too large; an empty text if such files are not read as `T`.
    pub(crate) fn numbers<T: Element>(self, bytes: &[u8]) -> Result<Vec<T>, (usize, String)> {
        if self.is_as_in_memory::<T>() {
            return Ok(bytemuck::pod_collect_to_vec(bytes));
        }
        let number = |(place, stored): (usize, &[u8])| {
            let mut little_endian = [0; 8];
            little_endian[..self.bytes].copy_from_slice(stored);
            if self.big_endian {
                little_endian[..self.bytes].reverse();
            }
            T::from_stored(self, little_endian).unwrap_or(Err(String::new())).map_err(|text| (place, text))
        };
        bytes.chunks_exact(self.bytes).enumerate().map(number).collect()
    }

    const fn kind_and_bytes(self) -> (char, usize) {
        (self.kind, self.bytes)
    }
}

/// A number of half precision (IEEE 754 binary16), which single precision holds exactly.
fn widened(half: u16) -> f32 {
    let (exponent, fraction) = (u32::from(half >> 10 & 0x1f), u32::from(half & 0x3ff));
    let size = match exponent {
        0 => fraction as f32 / f32::from(1_u16 << 12) / f32::from(1_u16 << 12),
        31 => f32::from_bits(0x7f80_0000 | fraction << 13),
        _ => f32::from_bits((exponent + 127 - 15) << 23 | fraction << 13),
    };
    if half >> 15 == 1 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_is_widened_exactly() {
        for (half, number) in [
            (0x0000, 0.0),
            (0x0001, 5.960_464_5e-8), // the smallest
            (0x03ff, 6.097_555e-5),   // the largest without an exponent
            (0x0400, 6.103_515_6e-5),
            (0x3c00, 1.0),
            (0x3555, 0.333_251_95),
            (0x7bff, 65504.0),
            (0xc000, -2.0),
            (0xfc00, f32::NEG_INFINITY),
        ] {
            assert_eq!(widened(half).to_bits(), f32::to_bits(number), "{half:#06x}");
        }
        assert!(widened(0x7e00).is_nan());
        assert_eq!(widened(0x8000).to_bits(), (-0.0_f32).to_bits());
    }

    #[test]
    fn names_with_and_without_byte_order() {
        let of = |descr| Stored::parse(descr).map(Stored::kind_and_bytes);
        assert_eq!((of("<f4"), of("=f4"), of("f4"), of("|u1")), {
            let f4 = Some(('f', 4));
            (f4, f4, f4, Some(('u', 1)))
        });
        for other in ["", "<", "V2", "<V2", "|b1", "<c8", "f16", "<U5", "é4", "O", "<f3"] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
