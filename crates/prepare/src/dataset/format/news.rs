//! AG News: CSV of class, title and description, every field in quotes, without a header.

use super::csv::{Row, Rows, Wrong};
use super::text::{Texts, numbered};
use super::{exactly, utf8};
use crate::Error;
use crate::dataset::catalogue::Spec;
use crate::dataset::fetch::Raw;
use crate::dataset::{Config, Decoded};

/// Class, title, description.
const FIELDS: usize = 3;
/// Words of a text that are kept.
const LENGTH: usize = 64;

const HINT: &str = "give CSV in UTF-8 with three fields a row (class, title, description) and quotes doubled inside of quotes";

/// Training rows and test rows.
pub(crate) fn halves(spec: &Spec, _: &Config, files: Vec<Raw>) -> Result<Decoded, Error> {
    let [train, test] = exactly::<Raw, 2>(files).map(|file| texts(file, spec.classes.len()));
    Ok(numbered(train?, test?, LENGTH))
}

/// Title and description of each row, cleaned and joined with a space, and its class, which counts from 1.
fn texts(file: Raw, classes: usize) -> Result<Texts, Error> {
    let Raw { place, bytes, .. } = file;
    let text = utf8(&place, bytes, HINT)?;
    let unusable = |expected: String, found: String| Error::Unusable {
        file: place.clone(),
        expected,
        found,
        hint: HINT,
    };
    let mut texts = Texts::default();
    for row in Rows::of(&text) {
        let Row { line, fields } = row.map_err(|Wrong { line, expected, found }| {
            unusable(expected.to_owned(), format!("{found} in line {line}"))
        })?;
        let [class, title, description] = &fields[..] else {
            let found = format!("{} in line {line}", fields.len());
            return Err(unusable(format!("{FIELDS} fields in each row"), found));
        };
        let Some(label) = class.parse().ok().filter(|label| (1..=classes).contains(label)) else {
            return Err(unusable(
                format!("a class from 1 to {classes}"),
                format!("`{class}` in line {line}"),
            ));
        };
        texts.labels.push(label as i64 - 1);
        texts.texts.push(clean(&format!("{title} {description}")));
    }
    if texts.labels.is_empty() {
        return Err(unusable("at least one row".to_owned(), "none".to_owned()));
    }
    Ok(texts)
}

/// What became of other characters when the corpus was made, undone.
///
/// A backslash before a dollar sign is dropped; any other stands for a lost line break and becomes a space.
/// References such as `&lt;` become what they mean, and so do those that have lost their `&`: `#39;`,
/// `quot;`.
fn clean(text: &str) -> String {
    let text = text.replace("\\$", "$").replace('\\', " ");
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(end) = rest.find(';') {
        let (before, meaning) = reference(&rest[..end]);
        cleaned.push_str(before);
        cleaned.push(meaning.unwrap_or(';'));
        rest = &rest[end + 1..];
    }
    cleaned + rest
}

/// Splits off the reference that `text` ends with, if it does: `&lt`, `#39`, `quot`.
fn reference(text: &str) -> (&str, Option<char>) {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || c == '#';
    let start = text.trim_end_matches(is_inside).len();
    let meaning = meaning(&text[start..]);
    match (meaning, text[..start].strip_suffix('&')) {
        (None, _) => (text, None),
        (meaning, Some(before)) => (before, meaning),
        (meaning, None) => (&text[..start], meaning),
    }
}

/// The character of a reference.
fn meaning(name: &str) -> Option<char> {
    Some(match name {
        "quot" => '"',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "apos" => '\'',
        "nbsp" => ' ',
        "hellip" => '…',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = number
                .strip_prefix(['x', 'X'])
                .map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())?;
            windows(code).or_else(|| char::from_u32(code).filter(|c| !c.is_control()))?
        }
    })
}

/// Browsers read 128 to 159 as Windows does; these are the ones that news have.
fn windows(code: u32) -> Option<char> {
    Some(match code {
        128 => '€',
        133 => '…',
        145 => '‘',
        146 => '’',
        147 => '“',
        148 => '”',
        149 => '•',
        150 => '–',
        151 => '—',
        160 => ' ',
        _ => return None,
    })
}

/// As the fuzz target reads it.
pub(crate) fn read_any(bytes: Vec<u8>) -> Result<(), Error> {
    let texts = texts(Raw::new("file", bytes), 4)?;
    numbered(texts, Texts::default(), LENGTH);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Texts, String> {
        texts(Raw::new("f", text.to_vec()), 4).map_err(|error| error.to_string())
    }

    #[test]
    fn quotes_newlines_and_commas_are_part_of_fields() {
        let read = read(b"\"3\",\"A \"\"b\"\"\",\"c,\nd\"\r\n1,e,\n").unwrap();
        assert_eq!(
            (read.texts, read.labels),
            (vec!["A \"b\" c,\nd".to_owned(), "e ".to_owned()], vec![2, 0])
        );
    }

    #[test]
    fn damaged_rows_are_named_with_their_line() {
        let message = |text: &[u8]| read(text).unwrap_err();
        let good = "\"1\",\"a\nb\",\"c\"\n";
        let after = |row: &str| message(format!("{good}{row}").as_bytes());
        assert!(after("\"1\",\"a\"\n").contains("expected 3 fields in each row, found 2 in line 3"));
        assert!(after("\"1\",\"a\",\"b\",\"c\"").contains("found 4 in line 3"));
        assert!(after("\"5\",\"a\",\"b\"").contains("a class from 1 to 4, found `5` in line 3"));
        assert!(after("\"0\",\"a\",\"b\"").contains("found `0` in line 3"));
        assert!(after("\"one\",\"a\",\"b\"").contains("found `one` in line 3"));
        assert!(
            after("\"1\",\"a\",\"b\n\"2\"\n").contains("end of the line after a quote, found something else")
        );
        assert!(
            after("\"1\",\"a\",\"b")
                .contains("a quote at the end of each field, found none after the one in line 3")
        );
        assert!(after("1,a\"b,c").contains("found a quote inside of a field without quotes in line 3"));
        assert!(after("\n").contains("found 1 in line 3"));
        assert!(message(b"").contains("at least one row, found none"));
        assert!(message(b"\"1\",\"caf\xe9\",\"b\"").contains("found byte 0xe9 at byte 8, line 1"));
    }

    #[test]
    fn texts_are_cleaned() {
        assert_eq!(clean(r"fined \$1.35 for oil\pipeline"), "fined $1.35 for oil pipeline");
        assert_eq!(clean("Messier #39;s &lt;b&gt;AT&amp;T&lt;/b&gt;; end;"), "Messier 's <b>AT&T</b>; end;");
        assert_eq!(clean("a #151; b quot;c quot; &#8220;d&#x201d; amp;"), "a — b \"c \" “d” &");
        assert_eq!(clean("forecast; 2; #; &; #0; #99999999; x#39"), "forecast; 2; #; &; #0; #99999999; x#39");
    }
}
