//! Rows of CSV, strictly: quotes around fields are closed, and doubled inside.
//!
//! A quote that is never closed would swallow the rows after it, and a text set that has lost rows looks like
//! any other: crates that read CSV leniently do not tell.

/// A row and the line that it starts in.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    pub(super) line: usize,
    pub(super) fields: Vec<String>,
}

/// What is wrong, and in which line.
#[derive(Debug, PartialEq)]
pub(super) struct Wrong {
    pub(super) line: usize,
    pub(super) expected: &'static str,
    pub(super) found: &'static str,
}

/// The rows of a text.
pub(super) struct Rows<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Rows<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { rest: text, line: 1 }
    }

    fn row(&mut self) -> Result<Row, Wrong> {
        let (line, mut fields) = (self.line, Vec::new());
        loop {
            fields.push(self.field()?);
            if let Some(rest) = self.rest.strip_prefix(',') {
                self.rest = rest;
                continue;
            }
            let end = self.rest.strip_prefix("\r\n").or_else(|| self.rest.strip_prefix('\n'));
            self.rest = end.unwrap_or(self.rest);
            self.line += 1;
            return Ok(Row { line, fields });
        }
    }

    /// One field, up to the comma or line end that follows.
    fn field(&mut self) -> Result<String, Wrong> {
        let Some(quoted) = self.rest.strip_prefix('"') else {
            let end = self.rest.find([',', '\n']).unwrap_or(self.rest.len());
            let (field, rest) = self.rest.split_at(end);
            self.rest = rest;
            let found = "a quote inside of a field without quotes";
            return if field.contains('"') {
                Err(Wrong { line: self.line, expected: "fields in quotes", found })
            } else {
                Ok(field.trim_end_matches('\r').to_owned())
            };
        };
        let (start, mut field) = (self.line, String::new());
        self.rest = quoted;
        loop {
            let Some((part, rest)) = self.rest.split_once('"') else {
                let (expected, found) = ("a quote at the end of each field", "none after the one");
                return Err(Wrong { line: start, expected, found });
            };
            field.push_str(part);
            self.line += part.matches('\n').count();
            let Some(doubled) = rest.strip_prefix('"') else {
                self.rest = rest;
                return self.ended(field);
            };
            field.push('"');
            self.rest = doubled;
        }
    }

    /// Refuses what is neither the next field nor the next row.
    fn ended(&self, field: String) -> Result<String, Wrong> {
        let is_end =
            self.rest.is_empty() || self.rest.starts_with([',', '\n']) || self.rest.starts_with("\r\n");
        let (expected, found) = ("a comma or the end of the line after a quote", "something else");
        if is_end { Ok(field) } else { Err(Wrong { line: self.line, expected, found }) }
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, Wrong>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let row = self.row();
        if row.is_err() {
            self.rest = "";
        }
        Some(row)
    }
}
