//! Acquired texts, a line each, as networks see them: shortened and in lower case.

use maud::Markup;
use maud::html;
use ndarray::ArrayView2;

use super::{Acquired, class};
use crate::numbers::{Column, Entry, Table};

/// Rounds that are shown, and texts of each.
const ROUNDS: usize = 10;
const PER_ROUND: usize = 10;

/// The first picks of the first rounds. `texts` are i64 [N, T], 0 being no word.
pub(super) fn table(acquired: &Acquired, texts: &ArrayView2<'_, i64>, words: &[String]) -> Markup {
    let columns = vec![Column::shown_only("round"), Column::text("", "class"), Column::text("", "text")];
    let mut table = Table::new(columns);
    for picks in acquired.picks.iter().take(ROUNDS) {
        for (place, &(id, label)) in picks.points.iter().take(PER_ROUND).enumerate() {
            let round = html! { @if place == 0 { (picks.round) } @else { span.soft { (picks.round) } } };
            table.push(vec![
                Entry::new(Vec::new(), round),
                Entry::text(class(acquired, label).unwrap_or_default()),
                Entry::text(text(texts, acquired.data.row(id), words)),
            ]);
        }
    }
    let more =
        acquired.picks.len() > ROUNDS || acquired.picks.iter().any(|picks| picks.points.len() > PER_ROUND);
    html! {
        (table.html(&format!("Texts acquired by {}", acquired.cell.label)))
        @if more { figcaption { "The first " (PER_ROUND) " texts of the first " (ROUNDS) " rounds." } }
    }
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
    fn padding_is_left_out() {
        let words = ["", "?", "<b>", "oil"].map(str::to_owned);
        let texts = arr2(&[[3, 2, 0, 0], [1, 3, 3, 0]]);
        assert_eq!([0, 1].map(|row| text(&texts.view(), row, &words)), ["oil <b>", "? oil oil"]);
    }
}
