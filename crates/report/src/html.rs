//! Pieces of HTML.

use std::fmt::Write as _;

/// Text as HTML, also inside a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

/// A table from a head row and cells that are HTML already.
pub(crate) fn table(head: &str, rows: &[Vec<String>]) -> String {
    let mut html = format!("<div class=\"scroll\"><table>\n{head}");
    for row in rows {
        let _ = writeln!(html, "<tr>{}</tr>", joined(row, |cell| format!("<td>{cell}</td>")));
    }
    html.push_str("</table></div>\n");
    html
}

/// A head row of one line.
pub(crate) fn head<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    format!("<tr>{}</tr>\n", joined(names, |name| format!("<th>{name}</th>")))
}

/// The pieces that `html` makes of some items, one after the other.
pub(crate) fn joined<T>(items: impl IntoIterator<Item = T>, html: impl Fn(T) -> String) -> String {
    items.into_iter().map(html).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_html_would_read() {
        assert_eq!(escape("<a href='x'>&\""), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
    }
}
