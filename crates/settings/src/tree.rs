//! YAML as a tree, without what the format allows and no setting can mean.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Values and characters of a file at most. `*alias` stands for all of its anchor, so a short file can say
/// a lot.
const LIMIT: usize = 250_000;

/// Brackets that are open at a time at most: the YAML scanner looks at all of them at every token.
const OPEN: usize = 500;

/// The tree of a YAML text.
///
/// # Errors
/// Besides whatever is not YAML: a key that stands twice, NaN and infinities (which would silently become
/// null), tags, more than 250,000 values and characters or 500 open brackets.
pub fn parse(text: &str) -> Result<Value, serde_yaml::Error> {
    if text.len() > LIMIT {
        return Err(too_long());
    }
    if most_open(text) > OPEN {
        return Err(Error::custom(format!("more than {OPEN} open brackets")));
    }
    let left = Cell::new(LIMIT);
    Node { left: &left }.deserialize(serde_yaml::Deserializer::from_str(text))
}

fn too_long<E: Error>() -> E {
    E::custom(format!("more than {LIMIT} values and characters, with aliases written out"))
}

/// How many brackets are open at once, those in texts and comments included.
fn most_open(text: &str) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}

/// A value anywhere in the tree.
#[derive(Clone, Copy)]
struct Node<'a> {
    left: &'a Cell<usize>,
}

impl Node<'_> {
    fn spend<E: Error>(self, amount: usize) -> Result<(), E> {
        self.left.set(self.left.get().checked_sub(amount).ok_or_else(too_long)?);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.spend(1)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value without a tag")
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Value, E> {
        Err(E::custom(format!("{value} is too large")))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        if !value.is_finite() {
            return Err(E::custom(format!("expected a finite number, found {value}")));
        }
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.spend(value.len())?;
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = sequence.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            self.spend(key.len())?;
            let value = map.next_value_seed(self)?;
            if values.contains_key(&key) {
                return Err(A::Error::custom(format!("duplicate key `{key}`")));
            }
            values.insert(key, value);
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn plain_values_stay_as_they_are() {
        let text =
            "a: [1, -2, 0.5, yes, true, ~, '']\nb: {3: &x {c: d}}\ne: *x\n? 18446744073709551615\n: 1e400x\n";
        let tree = json!({
            "a": [1, -2, 0.5, "yes", true, null, ""],
            "b": {"3": {"c": "d"}},
            "e": {"c": "d"},
            "18446744073709551615": "1e400x",
        });
        assert_eq!(parse(text).unwrap(), tree);
        assert_eq!(parse("").unwrap(), Value::Null);
        assert_eq!(parse("18446744073709551615").unwrap(), json!(u64::MAX));
    }

    #[test]
    fn what_would_be_repaired_silently_is_refused() {
        assert!(refused("a:\n  b: 1\n  c: 2\n  b: 3\n").starts_with("a: duplicate key `b`"));
        for number in [".nan", ".inf", "-.inf"] {
            let error = refused(&format!("a: [1, {number}]"));
            assert!(error.starts_with("a[1]: expected a finite number, found "), "{error}");
        }
        assert!(refused("a: !b {c: 1}").contains("invalid type: enum, expected a value without a tag"));
        assert!(refused("a: 1\n--- \nb: 2\n").contains("more than one document"));
        assert!(refused("[1]: 2").contains("expected a string"));
    }

    #[test]
    fn aliases_do_not_multiply() {
        // Each line repeats the one before it ten times; each alias repeats a list or a text.
        let line = |n: usize| format!("a{n}: &a{n} [{}]\n", format!("*a{},", n - 1).repeat(10));
        let laughs = (1..9).map(line).collect::<Vec<_>>().concat();
        let lists = format!("a: &a [{}]\nb: [{}]\n", "1,".repeat(5_000), "*a,".repeat(5_000));
        let texts = format!("a: &a {}\nb: [{}]\n", "x".repeat(5_000), "*a,".repeat(5_000));
        for bomb in [format!("a0: &a0 [1]\n{laughs}"), lists, texts] {
            let error = refused(&bomb);
            assert!(
                error.contains("more than 250000 values") || error.contains("repetition limit"),
                "{error}"
            );
        }
    }

    #[test]
    fn nesting_ends() {
        for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", "")] {
            let nested = |depth| format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert!(refused(&nested(200)).contains("recursion limit"), "{open}");
            let deep = refused(&nested(40_000));
            assert!(
                deep.contains("more than 500 open brackets") || deep.contains("recursion limit"),
                "{deep}"
            );
        }
        assert!(refused(&"# long\n".repeat(40_000)).contains("more than 250000 values and characters"));
    }
}
