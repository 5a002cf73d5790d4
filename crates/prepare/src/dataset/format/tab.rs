//! Tables of Orange: three header lines and an empty one, then class and text with a tabulator between.

use super::text::{Texts, numbered};
use super::{exactly, utf8};
use crate::Error;
use crate::dataset::catalogue::Spec;
use crate::dataset::fetch::Raw;
use crate::dataset::{Config, Decoded};

/// Lines before the first row.
const HEADER: usize = 4;
/// Words of a text that are kept.
const LENGTH: usize = 128;

const HINT: &str = "give the file as the package has it: four header lines, then class, tabulator, text";

/// Training rows and test rows.
pub(crate) fn halves(spec: &Spec, _: &Config, files: Vec<Raw>) -> Result<Decoded, Error> {
    let [train, test] = exactly::<Raw, 2>(files).map(|file| texts(file, spec.classes));
    Ok(numbered(train?, test?, LENGTH))
}

fn texts(file: Raw, classes: &[&str]) -> Result<Texts, Error> {
    let Raw { place, bytes, .. } = file;
    let text = utf8(&place, bytes, HINT)?;
    let unusable = |expected: String, found: String| Error::Unusable {
        file: place.clone(),
        expected,
        found,
        hint: HINT,
    };
    let mut texts = Texts::default();
    for (at, row) in text.lines().enumerate().skip(HEADER) {
        let line = at + 1;
        let Some((class, text)) = row.split_once('\t') else {
            return Err(unusable("a tabulator after the class".to_owned(), format!("none in line {line}")));
        };
        let Some(label) = classes.iter().position(|known| *known == class) else {
            let expected = format!("a class out of {}", classes.join(", "));
            return Err(unusable(expected, format!("`{class}` in line {line}")));
        };
        texts.labels.push(label as i64);
        texts.texts.push(text.to_owned());
    }
    if texts.labels.is_empty() {
        return Err(unusable(format!("rows after {HEADER} header lines"), "none".to_owned()));
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Texts, String> {
        let file = Raw::new("f", format!("Category\tText\nd\tstring\nclass\t\n\n{text}").into_bytes());
        texts(file, &["acq", "earn"]).map_err(|error| error.to_string())
    }

    #[test]
    fn classes_are_numbered_and_texts_kept() {
        let read = read("earn\tprofits rise\nacq\tone buys another\n").unwrap();
        assert_eq!((read.labels, read.texts[1].as_str()), (vec![1, 0], "one buys another"));
    }

    #[test]
    fn damage_is_named_with_its_line() {
        assert!(
            read("earn\ta\nearn b\n")
                .unwrap_err()
                .contains("a tabulator after the class, found none in line 6")
        );
        assert!(read("ship\ta\n").unwrap_err().contains("a class out of acq, earn, found `ship` in line 5"));
        assert!(read("").unwrap_err().contains("expected rows after 4 header lines, found none"));
    }
}
