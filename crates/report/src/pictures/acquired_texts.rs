//! The texts that were acquired, a line each, as networks see them: shortened and in lower case.

use ndarray::ArrayView2;

use super::acquired::Picks;
use crate::html::{escape, joined};

/// Rounds that are shown, and texts of each.
const ROUNDS: usize = 10;
const PER_ROUND: usize = 10;

/// A table of the first picks of the first rounds. `texts` are i64 [N, T], 0 being no word.
pub(super) fn table(
    all: &[Picks],
    texts: &ArrayView2<'_, i64>,
    words: &[String],
    classes: &[String],
) -> String {
    let rows = joined(all.iter().take(ROUNDS), |picks| {
        joined(picks.points.iter().take(PER_ROUND).enumerate(), |(place, &(row, label))| {
            let round = if place == 0 { picks.round.to_string() } else { String::new() };
            let class = label.and_then(|label| classes.get(usize::try_from(label).ok()?));
            let (class, text) = (escape(class.map_or("", String::as_str)), text(texts, row, words));
            format!("<tr><td>{round}</td><td>{class}</td><td class=\"text\">{}</td></tr>\n", escape(&text))
        })
    });
    let more = all.len() > ROUNDS || all.iter().any(|picks| picks.points.len() > PER_ROUND);
    let note = if more {
        format!("<figcaption>The first {PER_ROUND} texts of the first {ROUNDS} rounds.</figcaption>\n")
    } else {
        String::new()
    };
    format!("<table>\n<tr><th>Round</th><th>Class</th><th>Text</th></tr>\n{rows}</table>\n{note}")
}

fn text(texts: &ArrayView2<'_, i64>, row: usize, words: &[String]) -> String {
    let word = |&word: &i64| words.get(usize::try_from(word).ok()?).map(String::as_str);
    let shown: Vec<&str> = texts.row(row).iter().filter(|&&word| word != 0).filter_map(word).collect();
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    #[test]
    fn words_are_escaped_and_padding_is_left_out() {
        let words = ["", "?", "<b>", "oil"].map(str::to_owned);
        let texts = arr2(&[[3, 2, 0, 0], [1, 3, 3, 0]]);
        let picks = Picks { round: 4, points: vec![(0, Some(1)), (1, None)] };
        let table = table(&[picks], &texts.view(), &words, &["a".to_owned(), "b&c".to_owned()]);
        assert!(
            table.contains("<tr><td>4</td><td>b&amp;c</td><td class=\"text\">oil &lt;b&gt;</td></tr>"),
            "{table}"
        );
        assert!(table.contains("<tr><td></td><td></td><td class=\"text\">? oil oil</td></tr>"), "{table}");
        assert!(!table.contains("figcaption"));
    }
}
