//! Pieces of HTML.

/// Text as HTML, also inside a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let html = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    html.replace('"', "&quot;").replace('\'', "&#39;")
}

/// A table from a head row and cells that are HTML already.
pub(crate) fn table(head: &str, rows: &[Vec<String>]) -> String {
    let row = |row: &Vec<String>| format!("<tr>{}</tr>\n", joined(row, |cell| format!("<td>{cell}</td>")));
    format!("<div class=\"scroll\"><table>\n{head}{}</table></div>\n", joined(rows, row))
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
