//! A published number: exact, with what stands behind ±, or a range.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

/// A number as it was published.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Published {
    /// `255`.
    Exact(f64),
    /// `{value: 253, plus_minus: 12}`.
    PlusMinus {
        /// The number.
        value: f64,
        /// What stands behind its ±.
        plus_minus: f64,
    },
    /// `{from: 190, to: 250}`.
    Range {
        /// The least.
        from: f64,
        /// The most.
        to: f64,
    },
}

impl Published {
    /// The numbers that are values, which leaves out what stands behind ±.
    pub(crate) fn numbers(self) -> Vec<f64> {
        match self {
            Self::Exact(value) | Self::PlusMinus { value, .. } => vec![value],
            Self::Range { from, to } => vec![from, to],
        }
    }

    /// Value, ±, least and most, as far as they were published.
    pub(crate) fn fields(self) -> [Option<f64>; 4] {
        match self {
            Self::Exact(value) => [Some(value), None, None, None],
            Self::PlusMinus { value, plus_minus } => [Some(value), Some(plus_minus), None, None],
            Self::Range { from, to } => [None, None, Some(from), Some(to)],
        }
    }

    /// With `add` on each value, times `factor`: `255`, `253 ± 12`, `190–250`.
    pub(crate) fn shown(self, add: f64, factor: f64) -> String {
        let text = |value: f64| {
            let rounded = (1e6 * factor * value).round() / 1e6;
            rounded.to_string()
        };
        match self {
            Self::Exact(value) => text(value + add),
            Self::PlusMinus { value, plus_minus } => {
                format!("{} ± {}", text(value + add), text(plus_minus))
            }
            Self::Range { from, to } => format!("{}–{}", text(from + add), text(to + add)),
        }
    }
}

impl<'de> Deserialize<'de> for Published {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Published;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, `{value: …, plus_minus: …}` or `{from: …, to: …}`")
    }

    fn visit_u64<E>(self, value: u64) -> Result<Published, E> {
        Ok(Published::Exact(value as f64))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Published, E> {
        if value.is_finite() && value >= 0.0 {
            Ok(Published::Exact(value))
        } else {
            Err(E::custom(format!("expected a number of 0 or more, found {value}")))
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Published, A::Error> {
        let Wire { value, plus_minus, from, to } = Wire::deserialize(MapAccessDeserializer::new(map))?;
        if [value, plus_minus, from, to]
            .into_iter()
            .flatten()
            .any(|number| !(number.is_finite() && number >= 0.0))
        {
            return Err(A::Error::custom("expected numbers of 0 or more"));
        }
        match (value, plus_minus, from, to) {
            (Some(value), Some(plus_minus), None, None) => Ok(Published::PlusMinus { value, plus_minus }),
            (None, None, Some(from), Some(to)) if from < to => Ok(Published::Range { from, to }),
            (None, None, Some(_), Some(_)) => Err(A::Error::custom("expected `from` below `to`")),
            _ => Err(A::Error::custom("expected `value` with `plus_minus`, or `from` with `to`")),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    value: Option<f64>,
    plus_minus: Option<f64>,
    from: Option<f64>,
    to: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_in_total_and_in_percent() {
        assert_eq!(Published::Exact(255.0).shown(20.0, 1.0), "275");
        assert_eq!(Published::PlusMinus { value: 0.653, plus_minus: 0.005 }.shown(0.0, 100.0), "65.3 ± 0.5");
        assert_eq!(Published::Range { from: 190.0, to: 250.0 }.shown(20.0, 1.0), "210–270");
    }
}
