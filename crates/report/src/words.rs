//! Numbers and texts as people read them.

/// Stands for a value that does not exist.
pub(crate) const NONE: &str = "–";

/// A number of labels, which is whole except for a median between two.
pub(crate) fn labels(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// `97.12 ± 0.13` for shares in percent.
pub(crate) fn percent(mean: f64, error: Option<f64>) -> String {
    plus_minus(100.0 * mean, error.map(|error| 100.0 * error), 2)
}

/// `0.0931 ± 0.0042`.
pub(crate) fn plus_minus(mean: f64, error: Option<f64>, decimals: usize) -> String {
    match error {
        Some(error) => format!("{mean:.decimals$} ± {error:.decimals$}"),
        None => format!("{mean:.decimals$}"),
    }
}

/// `0.9310`, with a minus sign that is as wide as a plus sign.
pub(crate) fn number(value: f64, decimals: usize) -> String {
    format!("{value:.decimals$}").replace('-', "\u{2212}")
}

/// `+1.20`, `−0.31`.
pub(crate) fn signed(value: f64, decimals: usize) -> String {
    let scale = 10f64.powi(decimals as i32);
    let value = (value * scale).round() / scale + 0.0; // no −0
    format!("{value:+.decimals$}").replace('-', "\u{2212}")
}

/// With a capital letter.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A label with at most this many characters, for places where it cannot break.
pub(crate) fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest.saturating_sub(1)).chain(['…']).collect()
}

/// A text without characters that XML does not allow and without those that reorder what stands beside
/// them.
pub(crate) fn plain(text: &str) -> String {
    let reorders =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let refused = |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().filter(|&c| !reorders(c)).map(|c| if refused(c) { '\u{fffd}' } else { c }).collect()
}

/// A whole number with commas between thousands.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let from_the_end: Vec<_> = digits.as_bytes().rchunks(3).map(String::from_utf8_lossy).collect();
    list(from_the_end.into_iter().rev(), ",")
}

/// All of them with something in between.
pub(crate) fn list<T: ToString>(items: impl IntoIterator<Item = T>, between: &str) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(between)
}

/// A duration: `0.31 s`, `12.4 s`, `7 min 05 s`, `2 h 04 min`.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match seconds {
        s if s < 10.0 => format!("{s:.2} s"),
        s if s < 59.95 => format!("{s:.1} s"),
        s if s < 3599.5 => format!("{} min {:02} s", whole / 60, whole % 60),
        s => {
            let minutes = (s / 60.0).round() as u64;
            format!("{} h {:02} min", minutes / 60, minutes % 60)
        }
    }
}

/// `1 round`, `2 rounds`.
pub(crate) fn count(number: usize, singular: &str) -> String {
    if number == 1 { format!("1 {singular}") } else { format!("{} {singular}s", grouped(number)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_well() {
        assert_eq!(labels(335.0), "335");
        assert_eq!(labels(337.5), "337.5");
        assert_eq!(percent(0.97123, Some(0.00128)), "97.12 ± 0.13");
        assert_eq!(grouped(59880), "59,880");
        assert_eq!(grouped(1_000_000), "1,000,000");
        assert_eq!(grouped(120), "120");
        assert_eq!(count(1, "round"), "1 round");
    }

    #[test]
    fn labels_are_cut_and_made_harmless() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("äbcdefg", 6), "äbcde…");
        assert_eq!(plain("a\u{202e}b\u{0}c\u{ffff}"), "ab\u{fffd}c\u{fffd}");
        assert_eq!(signed(-0.001, 2), "+0.00");
        assert_eq!((signed(-0.314, 2), signed(0.5, 1)), ("−0.31".to_owned(), "+0.5".to_owned()));
    }

    #[test]
    fn durations_have_no_sixty_seconds() {
        assert_eq!(duration(0.314), "0.31 s");
        assert_eq!(duration(59.97), "1 min 00 s");
        assert_eq!(duration(425.2), "7 min 05 s");
        assert_eq!(duration(7439.9), "2 h 04 min");
        assert_eq!(duration(3599.8), "1 h 00 min");
    }
}
