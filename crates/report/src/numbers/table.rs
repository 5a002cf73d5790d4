//! A table, as CSV and as HTML from the same cells. CSV has the exact numbers, HTML what people read of them.

use maud::{Markup, html};

use crate::words::{NONE, grouped, number, percent, plus_minus};

use super::Average;

/// A table under its name.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Entry>>,
}

/// A column: one field of the CSV, or several that people read as one (a mean and its error).
#[derive(Debug)]
pub(crate) struct Column {
    /// Their names in the CSV.
    fields: Vec<String>,
    /// What stands above it for people; a column without is in the CSV only.
    title: Option<String>,
    /// What stands above several columns side by side.
    over: Option<String>,
    is_text: bool,
}

impl Column {
    /// Of numbers.
    pub(crate) fn new(field: impl Into<String>, title: impl Into<String>) -> Self {
        Self { fields: vec![field.into()], title: Some(title.into()), over: None, is_text: false }
    }

    /// Of texts, which stand to the left and may break.
    pub(crate) fn text(field: impl Into<String>, title: impl Into<String>) -> Self {
        Self { is_text: true, ..Self::new(field, title) }
    }

    /// For the CSV only.
    pub(crate) fn hidden(field: impl Into<String>) -> Self {
        Self { title: None, ..Self::new(field, "") }
    }

    /// For people only: another file has it.
    pub(crate) fn shown_only(title: impl Into<String>) -> Self {
        Self { fields: Vec::new(), ..Self::new("", title) }
    }

    /// Of several fields that people read as one.
    pub(crate) fn of(fields: Vec<String>, title: impl Into<String>) -> Self {
        Self { fields, ..Self::new("", title) }
    }

    /// Of means with their standard errors.
    pub(crate) fn average(of: &str, title: impl Into<String>) -> Self {
        Self::of(vec![format!("{of}_mean"), format!("{of}_standard_error")], title)
    }

    /// Below a common heading.
    pub(crate) fn under(self, over: impl Into<String>) -> Self {
        Self { over: Some(over.into()), ..self }
    }
}

/// A field of a CSV file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Number(f64),
    Whole(i64),
    Nothing,
}

/// What stands in one row of one column.
#[derive(Debug)]
pub(crate) struct Entry {
    values: Vec<Value>,
    shown: Markup,
}

impl Entry {
    /// These values, and what people see of them.
    pub(crate) fn new(values: Vec<Value>, shown: Markup) -> Self {
        Self { values, shown }
    }

    pub(crate) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        let shown = html! { bdi { (text) } };
        Self { values: vec![Value::Text(text)], shown }
    }

    pub(crate) fn whole(number: impl TryInto<i64>) -> Self {
        let number = number.try_into().unwrap_or(i64::MAX);
        let shown = html! { (grouped(usize::try_from(number).unwrap_or(0))) };
        Self { values: vec![Value::Whole(number)], shown }
    }

    /// A number with this many decimals for people.
    pub(crate) fn number(value: Option<f64>, decimals: usize) -> Self {
        let shown = html! { (value.map_or(NONE.to_owned(), |value| number(value, decimals))) };
        Self { values: vec![value.map_or(Value::Nothing, Value::Number)], shown }
    }

    /// A share, in percent for people.
    pub(crate) fn share(value: Option<f64>) -> Self {
        let shown = html! { (value.map_or(NONE.to_owned(), |share| percent(share, None))) };
        Self { values: vec![value.map_or(Value::Nothing, Value::Number)], shown }
    }

    /// A mean and its error; `in_percent` for people.
    pub(crate) fn average(average: Option<Average>, in_percent: bool) -> Self {
        let of = |value: Option<f64>| value.map_or(Value::Nothing, Value::Number);
        let error = average.and_then(|average| average.error);
        let shown = match average {
            None => NONE.to_owned(),
            Some(Average { mean, error }) if in_percent => percent(mean, error),
            Some(Average { mean, error }) => plus_minus(mean, error, 4),
        };
        Self { values: vec![of(average.map(|average| average.mean)), of(error)], shown: html! { (shown) } }
    }

    /// Nothing in a column of so many fields.
    pub(crate) fn nothing(fields: usize) -> Self {
        Self { values: vec![Value::Nothing; fields], shown: html! { (NONE) } }
    }
}

impl Table {
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row, an entry per column.
    pub(crate) fn push(&mut self, row: Vec<Entry>) {
        debug_assert_eq!(row.len(), self.columns.len(), "an entry per column");
        self.rows.push(row);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The file: shares are fractions, an empty field means that there is no value.
    pub(crate) fn csv(&self) -> String {
        let head = self.columns.iter().flat_map(|column| column.fields.iter().map(|name| field(name)));
        let mut text = line(head);
        for row in &self.rows {
            let values = row.iter().flat_map(|entry| &entry.values);
            text += &line(values.map(|value| match value {
                Value::Text(text) => field(text),
                Value::Number(number) => number.to_string(),
                Value::Whole(number) => number.to_string(),
                Value::Nothing => String::new(),
            }));
        }
        text
    }

    /// The table for people. Where it is wider than the page it scrolls, by keyboard too; `caption` names it.
    pub(crate) fn html(&self, caption: &str) -> Markup {
        let shown: Vec<(usize, &Column)> =
            self.columns.iter().enumerate().filter(|(_, column)| column.title.is_some()).collect();
        html! {
            div.scroll tabindex="0" role="group" aria-label=(caption) {
                table {
                    caption.unseen { (caption) }
                    thead {
                        @if shown.iter().any(|(_, column)| column.over.is_some()) {
                            tr { @for (over, span) in overs(&shown) {
                                @if over.is_empty() { td colspan=(span) {} }
                                @else { th.over scope="colgroup" colspan=(span) { (over) } }
                            } }
                        }
                        tr { @for (_, column) in &shown {
                            th scope="col" class=[column.is_text.then_some("text")] {
                                (column.title.as_deref().unwrap_or_default())
                            }
                        } }
                    }
                    tbody { @for row in &self.rows {
                        tr { @for (place, (index, column)) in shown.iter().enumerate() {
                            @if place == 0 { th scope="row" { (row[*index].shown) } }
                            @else { td class=[column.is_text.then_some("text")] { (row[*index].shown) } }
                        } }
                    } }
                }
            }
        }
    }
}

/// Common headings and how many columns each has, "" over those without.
fn overs<'a>(columns: &[(usize, &'a Column)]) -> Vec<(&'a str, usize)> {
    let mut found: Vec<(&str, usize)> = Vec::new();
    for (_, column) in columns {
        let over = column.over.as_deref().unwrap_or_default();
        match found.last_mut() {
            Some((last, span)) if *last == over => *span += 1,
            _ => found.push((over, 1)),
        }
    }
    found
}

fn line(fields: impl Iterator<Item = String>) -> String {
    fields.collect::<Vec<_>>().join(",") + "\n"
}

/// A text as a field. A spreadsheet takes a text that begins like a formula for one, and computes it; behind
/// an apostrophe it is a text there, too.
fn field(text: &str) -> String {
    let text = match text.trim_start_matches(|c: char| c.is_whitespace() || is_unseen(c)).chars().next() {
        Some('=' | '+' | '-' | '@') => format!("'{text}"),
        _ => text.to_owned(),
    };
    if text.contains([',', '"', '\n', '\r', '\'', '\t']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// Marks of direction and width, which nobody sees.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_only_where_needed() {
        assert_eq!(field("bald_batch-20"), "bald_batch-20");
        assert_eq!(field("a,\"b\""), "\"a,\"\"b\"\"\"");
    }

    #[test]
    fn no_text_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\u{200f}=1", "\u{feff}\u{202e}@x"] {
            assert!(field(text).starts_with("\"'"), "{text:?} → {}", field(text));
        }
        assert_eq!(field("a=1"), "a=1");
    }

    #[test]
    fn both_forms_come_from_the_same_cells() {
        let columns = vec![
            Column::text("cell", "method"),
            Column::average("aulc", "AULC, %").under("all <rounds>"),
            Column::hidden("seed"),
        ];
        let mut table = Table::new(columns);
        let average = Average { mean: 0.5, error: Some(0.25) };
        table.push(vec![Entry::text("<b>"), Entry::average(Some(average), true), Entry::whole(1_000_i64)]);
        table.push(vec![Entry::text("c"), Entry::average(None, true), Entry::nothing(1)]);
        assert_eq!(table.csv(), "cell,aulc_mean,aulc_standard_error,seed\n<b>,0.5,0.25,1000\nc,,,\n");
        let html = table.html("x & y").into_string();
        assert!(html.contains("<caption class=\"unseen\">x &amp; y</caption>"), "{html}");
        assert!(html.contains("<td colspan=\"1\"></td><th class=\"over\""), "{html}");
        assert!(html.contains("all &lt;rounds&gt;") && html.contains("<bdi>&lt;b&gt;</bdi>"), "{html}");
        assert!(html.contains("50.00 ± 25.00") && !html.contains("1,000"), "{html}");
    }
}
