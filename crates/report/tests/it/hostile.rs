//! Names that mean harm, or merely mean no harm: they are texts everywhere.

use bal_artifact::DatasetKind;

use crate::fixture::{Setup, Tree, text};

const SCRIPT: &str = "<script>alert(1)<-script>\"'&";

/// Classes and cells with everything that a name can do.
pub(crate) fn hostile(kind: DatasetKind) -> Tree {
    let mut classes: Vec<String> = (0..4).map(|class| format!("kind {class}")).collect();
    classes.extend([
        SCRIPT.to_owned(),
        "=1+1".to_owned(),
        "x".repeat(300),
        "\u{202e}reversed\u{200f} עברית".to_owned(),
        "🦀 emoji 👩‍👩‍👧".to_owned(),
        "a\u{1}b,c\"d\ne".to_owned(),
    ]);
    // The picks of the fixture are of the first five classes: turn the others to the front.
    classes.rotate_left(4);
    let cells = [
        ("bald", "bald"),
        (SCRIPT, "random"),
        ("=cmd|' -C calc'!A0", "max_entropy"),
        ("emoji 🦀 \u{202e}x", "margin"),
    ];
    let tree = Tree::of(&Setup {
        classes,
        cells: cells.map(|(name, picks_by)| (name.to_owned(), picks_by.to_owned())).to_vec(),
        words: vec!["</script><img src=x onerror=alert(1)>".to_owned(), "=HYPERLINK(1)".to_owned()],
        accuracy: |_, seed, round| 0.5 + 0.1 * round as f64 + 0.01 * seed as f64,
        ..Setup::new(kind)
    });
    let label = format!("\u{202e}</title><script>{}", "y".repeat(280));
    let yaml = serde_json::json!({"name": "<b>demo</b>", "rounds": 3, "sweep": {"seed": [0, 1]},
        "cells": {"bald": {"label": label}, SCRIPT: {}, "=cmd|' -C calc'!A0": {}, "emoji 🦀 \u{202e}x": {}}});
    tree.plan(&yaml.to_string());
    tree
}

#[test]
fn names_are_texts_in_page_figures_and_tables() {
    for kind in [DatasetKind::Images, DatasetKind::Texts, DatasetKind::Points] {
        let tree = hostile(kind);
        let report = tree.report().unwrap();
        let page = text(&report, "report.html");
        assert_eq!(page.matches("<script").count(), 3, "two figures' data and the page's own");
        assert!(!page.contains("<img src=x") && !page.contains("<b>demo"));
        for entry in fs_err::read_dir(&report).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            assert!(
                name.len() < 200 && name.is_ascii() && bal_report::writes(&name) || name == "report.json",
                "{name}"
            );
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("svg") => {
                    let svg = fs_err::read_to_string(&path).unwrap();
                    assert!(
                        !svg.contains("<script") && !svg.contains('\u{202e}') && !svg.contains('\u{1}'),
                        "{name}"
                    );
                }
                Some("csv") => check_csv(&name, &fs_err::read_to_string(&path).unwrap()),
                _ => {}
            }
        }
    }
}

/// No field begins like a formula, whatever the way to split the file.
fn check_csv(name: &str, csv: &str) {
    for field in csv.split([',', '\n', '"']).filter(|field| !field.is_empty()) {
        let first = field.trim_start_matches(['\u{202e}', '\u{200f}', ' ']).chars().next();
        let formula = matches!(first, Some('=' | '@' | '+'));
        assert!(!formula, "{name}: {field}");
        assert!(first != Some('-') || field.parse::<f64>().is_ok(), "{name}: {field}");
    }
}
