//! Values against the ranges of a schema.

use serde_json::Value;

use crate::{Invalid, Schema};

/// Refuses a value that is out of its range, a list that is too short, and an entry that stands twice.
///
/// # Errors
/// [`Invalid`] with the value's dotted key.
pub fn check(schema: Schema, value: &Value) -> Result<(), Invalid> {
    check_at(schema, value, "")
}

fn check_at(schema: Schema, value: &Value, key: &str) -> Result<(), Invalid> {
    match value {
        Value::Object(map) => map.iter().try_for_each(|(name, value)| {
            let below = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
            let schema = schema.property(name).or(schema.free());
            schema.map_or(Ok(()), |schema| check_at(schema, value, &below))
        }),
        Value::Array(items) => {
            let least = schema.keyword("minItems").and_then(Value::as_u64).unwrap_or(0);
            if (items.len() as u64) < least {
                return Err(Invalid::new(
                    key,
                    &format!("at least {least} in the list"),
                    &items.len().to_string(),
                ));
            }
            let unique = schema.keyword("uniqueItems") == Some(&Value::Bool(true));
            let twice = |(i, item): (usize, &Value)| items[..i].contains(item).then(|| item.to_string());
            if let Some(item) = items.iter().enumerate().filter(|_| unique).find_map(twice) {
                return Err(Invalid::new(key, "each value once", &format!("{item} twice")));
            }
            let schema = schema.items();
            schema.map_or(Ok(()), |schema| items.iter().try_for_each(|item| check_at(schema, item, key)))
        }
        Value::Number(number) => match allowed(schema) {
            Some(expected) if !is_within(schema, number.as_f64().unwrap_or(f64::NAN)) => {
                Err(Invalid::new(key, &expected, &number.to_string()))
            }
            _ => Ok(()),
        },
        // JSON has no NaN.
        Value::Null if schema.allows("number") && !schema.allows("null") => {
            Err(Invalid::new(key, "a number", "NaN or ∞"))
        }
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

fn limit(schema: Schema, word: &str) -> Option<f64> {
    schema.keyword(word).and_then(Value::as_f64)
}

fn is_within(schema: Schema, value: f64) -> bool {
    limit(schema, "minimum").is_none_or(|least| value >= least)
        && limit(schema, "exclusiveMinimum").is_none_or(|below| value > below)
        && limit(schema, "maximum").is_none_or(|most| value <= most)
        && limit(schema, "exclusiveMaximum").is_none_or(|above| value < above)
}

/// The range of a number in words: `1 to 100000`, `at least 1`, `above 0 and at most 1`.
pub(crate) fn allowed(schema: Schema) -> Option<String> {
    let limit = |word| limit(schema, word).map(number);
    let least = limit("minimum")
        .filter(|least| least != "0" || !schema.allows("integer") || limit("maximum").is_some());
    if let (Some(least), Some(most)) = (&least, limit("maximum")) {
        return Some(format!("{least} to {most}"));
    }
    let ends = [
        least.map(|least| format!("at least {least}")),
        limit("exclusiveMinimum").map(|below| format!("above {below}")),
        limit("maximum").map(|most| format!("at most {most}")),
        limit("exclusiveMaximum").map(|above| format!("below {above}")),
    ];
    let ends: Vec<String> = ends.into_iter().flatten().collect();
    (!ends.is_empty()).then(|| ends.join(" and "))
}

/// A limit in its shortest form: very small and large ones with their power of ten.
fn number(value: f64) -> String {
    if value != 0.0 && !(1e-4..1e15).contains(&value.abs()) {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde_json::json;

    use super::*;
    use crate::schema_of;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Example {
        #[schemars(range(min = 1, max = 10))]
        epochs: usize,
        #[schemars(range(min = 1))]
        pool: Option<usize>,
        #[schemars(extend("exclusiveMinimum" = 0.0), range(max = 1.0))]
        share: f64,
        #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1.0))]
        smoothing: f64,
        #[schemars(length(min = 1), inner(range(min = 0.0, max = 1e30)), extend("uniqueItems" = true))]
        candidates: Vec<f64>,
        either: Option<Either>,
    }

    #[derive(JsonSchema)]
    #[schemars(rename_all = "snake_case")]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Either {
        Many(#[schemars(range(min = 1))] usize),
        None,
    }

    #[test]
    fn a_value_out_of_its_range_is_named_with_its_key() {
        let refused = |value: Value| check(schema_of::<Example>(), &value).unwrap_err().to_string();
        for (value, text) in [
            (json!({"epochs": 0}), "key `epochs`: expected 1 to 10, found 0"),
            (json!({"epochs": u64::MAX}), "key `epochs`: expected 1 to 10, found 18446744073709551615"),
            (json!({"pool": 0}), "key `pool`: expected at least 1, found 0"),
            (json!({"share": 0.0}), "key `share`: expected above 0 and at most 1, found 0.0"),
            (json!({"smoothing": 1.0}), "key `smoothing`: expected at least 0 and below 1, found 1.0"),
            (json!({"candidates": []}), "key `candidates`: expected at least 1 in the list, found 0"),
            (
                json!({"candidates": [1.0, 1.0]}),
                "key `candidates`: expected each value once, found 1.0 twice",
            ),
            (json!({"candidates": [-1e-3]}), "key `candidates`: expected 0 to 1e30, found -0.001"),
            (json!({"either": {"many": 0}}), "key `either.many`: expected at least 1, found 0"),
        ] {
            assert_eq!(refused(value), text);
        }
        let good = json!({"epochs": 10, "pool": null, "share": 1.0, "smoothing": 0.0, "candidates": [0.0], "either": "none"});
        assert!(check(schema_of::<Example>(), &good).is_ok());
    }
}
