//! The Python literal in the header of a `.npy` file.

/// Reads what NumPy writes, and Python 2's `33L` and `u'descr'`, which it reads. One pass, no recursion.
pub(crate) struct Scanner<'a>(pub(crate) &'a str);

impl<'a> Scanner<'a> {
    /// `{'descr': …, 'fortran_order': …, 'shape': (…), }` in any order, each key once.
    pub(crate) fn dictionary(&mut self) -> Option<(String, bool, Vec<usize>)> {
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        self.token("{")?;
        while self.token("}").is_none() {
            let key = self.string()?;
            self.token(":")?;
            let first = match key {
                "descr" => descr.replace(self.descr()?).is_none(),
                "fortran_order" => fortran_order.replace(self.boolean()?).is_none(),
                "shape" => shape.replace(self.tuple()?).is_none(),
                _ => false,
            };
            if !first || (self.token(",").is_none() && !self.is_before('}')) {
                return None;
            }
        }
        self.0.trim_matches(BLANKS).is_empty().then_some((descr?, fortran_order?, shape?))
    }

    /// A type's name, or the text of a list of record fields.
    fn descr(&mut self) -> Option<String> {
        if self.token("[").is_none() {
            return self.string().map(str::to_owned);
        }
        let mut open = 1_usize;
        let end = self.0.find(|c| {
            open = match c {
                '[' => open + 1,
                ']' => open - 1,
                _ => open,
            };
            open == 0
        })?;
        let (list, rest) = self.0.split_at(end + 1);
        self.0 = rest;
        Some(format!("[{list}"))
    }

    fn boolean(&mut self) -> Option<bool> {
        self.token("True").map(|()| true).or_else(|| self.token("False").map(|()| false))
    }

    /// `()`, `(3,)`, `(3, 4)`, `(3L, 4L)`.
    fn tuple(&mut self) -> Option<Vec<usize>> {
        let mut lengths = Vec::new();
        self.token("(")?;
        while self.token(")").is_none() {
            let digits = self.0.trim_start_matches(BLANKS);
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            lengths.push(digits[..end].parse().ok()?);
            let rest = &digits[end..];
            self.0 = rest.strip_prefix('L').unwrap_or(rest);
            // `(3)` is a number, not a tuple.
            if self.token(",").is_none() && (lengths.len() == 1 || !self.is_before(')')) {
                return None;
            }
        }
        Some(lengths)
    }

    /// A string without escapes, in either kind of quotes.
    fn string(&mut self) -> Option<&'a str> {
        let quote = ["'", "\"", "u'", "u\""].into_iter().find(|quote| self.token(quote).is_some())?;
        let (text, rest) = self.0.split_once(quote.trim_start_matches('u'))?;
        self.0 = rest;
        (!text.contains('\\')).then_some(text)
    }

    fn is_before(&self, end: char) -> bool {
        self.0.trim_start_matches(BLANKS).starts_with(end)
    }

    /// Goes on behind `token`, if that is what comes next.
    fn token(&mut self, token: &str) -> Option<()> {
        self.0 = self.0.trim_start_matches(BLANKS).strip_prefix(token)?;
        Some(())
    }
}

/// What may stand between the parts of a header.
const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];
