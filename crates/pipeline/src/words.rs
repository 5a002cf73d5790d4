//! Small words and tables for people.

/// `1 run`, `2 runs`.
pub(crate) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// A whole number with commas between thousands.
pub(crate) fn grouped(number: u64) -> String {
    match number / 1000 {
        0 => number.to_string(),
        thousands => format!("{},{:03}", grouped(thousands), number % 1000),
    }
}

/// A time as it is told: `45 s`, `12 min`, `3.5 h`, `2.1 days`.
pub(crate) fn span(seconds: f64) -> String {
    match seconds {
        _ if seconds < 9.95 => format!("{seconds:.1} s"),
        _ if seconds < 99.5 => format!("{seconds:.0} s"),
        _ if seconds < 5970.0 => format!("{:.0} min", seconds / 60.0),
        _ if seconds < 172_800.0 => format!("{:.1} h", seconds / 3600.0),
        _ => format!("{:.1} days", seconds / 86_400.0),
    }
}

/// A word as a shell reads it.
pub(crate) fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./,=:+%@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Rows with their columns aligned, two spaces apart.
pub(crate) fn table<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = [["run", "state"], ["bald/seed-0", "done"]].map(|row| row.map(str::to_owned));
        assert_eq!(table(&rows), ["run          state", "bald/seed-0  done"]);
    }

    #[test]
    fn a_time_has_two_digits_or_three() {
        let told = [0.04, 9.94, 9.96, 99.4, 100.0, 5969.0, 5971.0, 36_000.0, 172_000.0, 181_440.0].map(span);
        assert_eq!(
            told,
            ["0.0 s", "9.9 s", "10 s", "99 s", "2 min", "99 min", "1.7 h", "10.0 h", "47.8 h", "2.1 days"]
        );
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([7, 1_000, 1_234_056].map(grouped), ["7", "1,000", "1,234,056"]);
    }

    #[test]
    fn one_is_singular() {
        assert_eq!((count(1, "run"), count(0, "run")), ("1 run".to_owned(), "0 runs".to_owned()));
    }
}
