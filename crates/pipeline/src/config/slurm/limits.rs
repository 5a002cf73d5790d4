//! The time limit of an element, and the warning that comes before it.

use bal_settings::{Invalid, Problem};

use super::Text;

/// Signals that a job may be warned by: those that stop a run at its next safe point.
const SIGNALS: [&str; 3] = ["USR1", "USR2", "TERM"];

/// A limit is at least this many times as long as the warning before it: the rest is for work.
const LEADS: u64 = 3;

/// The signal before the time limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// `USR2`. NCCL takes USR1 for itself in some programs.
    pub signal: String,
    /// How long before the limit.
    pub seconds: u64,
}

/// Seconds of the limit, if one is given, and the warning.
pub(super) fn resolve(time: Option<&Text>, signal: Option<&Text>) -> Result<(Option<u64>, Warning), Invalid> {
    let warning = signal.map_or(Ok(Warning { signal: "USR2".to_owned(), seconds: 120 }), warning)?;
    let limit = match time {
        None => None,
        Some(time) => Some(seconds(time.as_str()).ok_or_else(|| {
            let expected = "minutes, `hours:minutes:seconds` or `days-hours:minutes:seconds`";
            Invalid::new("time", expected, &format!("`{time}`"))
        })?)
        .filter(|&limit| limit < u64::MAX),
    };
    if let (Some(limit), Some(time)) = (limit, time)
        && limit < LEADS * warning.seconds
    {
        let Warning { signal, seconds } = &warning;
        let text = format!(
            "`{time}` is {limit} s, shorter than {LEADS} times the {seconds} s of warning before its end"
        );
        let hint = format!("give more time, or a shorter warning: `signal: {signal}@{}`", limit / LEADS);
        return Err(Problem::new(text).of("time").with_hint(hint));
    }
    Ok((limit, warning))
}

fn warning(text: &Text) -> Result<Warning, Invalid> {
    // Slurm's `B:` is always added: the signal is for `bal`, which takes the place of the script's shell.
    let plain = text.as_str().strip_prefix("B:").unwrap_or(text.as_str());
    let parts = plain.split_once('@').and_then(|(name, seconds)| Some((name, seconds.parse::<u16>().ok()?)));
    match parts {
        Some((name, seconds)) if SIGNALS.contains(&name) => {
            Ok(Warning { signal: name.to_owned(), seconds: u64::from(seconds) })
        }
        _ => {
            let expected = format!("{} with seconds from 0 to 65535, as in `USR2@120`", SIGNALS.join(", "));
            Err(Invalid::new("signal", &expected, &format!("`{text}`")))
        }
    }
}

/// A time of Slurm in seconds: `m`, `m:s`, `h:m:s`, `d-h`, `d-h:m`, `d-h:m:s`; without an end `u64::MAX`.
pub(crate) fn seconds(text: &str) -> Option<u64> {
    if ["UNLIMITED", "INFINITE"].contains(&text.to_ascii_uppercase().as_str()) {
        return Some(u64::MAX);
    }
    let (days, rest) = match text.split_once('-') {
        Some((days, rest)) => (Some(days.parse::<u64>().ok()?), rest),
        None => (None, text),
    };
    let parts: Vec<u64> = rest.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [hours, minutes, seconds] = match (days, parts.as_slice()) {
        (None, [minutes]) => [0, *minutes, 0],
        (None, [minutes, seconds]) => [0, *minutes, *seconds],
        (Some(_), [hours]) => [*hours, 0, 0],
        (Some(_), [hours, minutes]) => [*hours, *minutes, 0],
        (_, [hours, minutes, seconds]) => [*hours, *minutes, *seconds],
        _ => return None,
    };
    let minutes =
        days.unwrap_or(0).checked_mul(24)?.checked_add(hours)?.checked_mul(60)?.checked_add(minutes)?;
    minutes.checked_mul(60)?.checked_add(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_slurm() {
        for (text, expected) in [
            ("90", Some(5400)),
            ("1:30", Some(90)),
            ("01:00:00", Some(3600)),
            ("2-12", Some(216_000)),
            ("1-00:30", Some(88_200)),
            ("1-00:00:05", Some(86_405)),
            ("UNLIMITED", Some(u64::MAX)),
            ("1h", None),
            ("", None),
            ("1:2:3:4", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
