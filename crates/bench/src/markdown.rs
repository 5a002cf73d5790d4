//! RESULTS.md out of the results that are kept.

use std::fmt::Write as _;

use crate::results::{Curve, Entry, Measured, Results, Row};
use crate::rows::{RowName, rate, slope};

/// The whole report.
pub(crate) fn render(results: &Results) -> String {
    let mut text = HEAD.to_owned();
    text += "| what | measured | target |\n|---|---|---|\n";
    for (name, row) in &results.rows {
        let _ = writeln!(
            text,
            "| [{}](#{}) | {} | {} |",
            name.title(),
            anchor(*name),
            row.headline,
            name.target()
        );
    }
    for (name, row) in &results.rows {
        let _ = write!(text, "\n## {}\n\nTarget: {}.", name.title(), name.target());
        if let Some(measured) = &row.measured {
            text += &conditions(*name, measured);
        }
        text += "\n";
        text += &entries(row);
        text += &facts(row);
        text += &curves(row, *name);
        text += &floors(row, results.rows.get(&RowName::Rates));
        if !row.checks.is_empty() {
            text += "\nCompared before times were told:\n\n";
        }
        for check in &row.checks {
            let _ = writeln!(text, "* {check}");
        }
        for remark in &row.remarks {
            let _ = write!(text, "\n{remark}\n");
        }
    }
    text
}

const HEAD: &str = "\
# What was measured

Written by `make bench`; nothing in here is typed by hand. Each row says when and on what it was measured, since a row can be measured
again alone. Times are medians of the repetitions, with the shortest and the longest; *times bal* is how much longer the other program
took for the same work. Both sides get the same inputs, the same number of threads and a process of their own, and their outputs are
compared first. Floors take the best rate of the machine. The load is that of the minute before the row, in which the row before may have run.

";

fn anchor(name: RowName) -> String {
    name.title().to_lowercase().replace(' ', "-").replace(['.', ',', ':'], "")
}

fn conditions(name: RowName, measured: &Measured) -> String {
    let machine = &measured.machine;
    format!(
        " Measured {} by `make bench BENCH='--only {}'` in {:.0} s with {} threads; {}; {}, {} cores ({}), {} GiB, Linux {}; \
         load before: {:.1}.\n",
        measured.started,
        name.name(),
        measured.seconds,
        measured.threads,
        measured.version,
        machine.processor,
        machine.cores,
        machine.instructions.join(", "),
        machine.memory_gib,
        machine.kernel,
        measured.load,
    )
}

fn entries(row: &Row) -> String {
    if row.entries.is_empty() {
        return String::new();
    }
    let ratios = row.ratios();
    let mut text = "\n| what | program | median | min–max | rate | times bal | peak memory |\n".to_owned();
    text += "|---|---|---:|---:|---:|---:|---:|\n";
    let mut last_case = "";
    for entry in &row.entries {
        let case = if entry.case == last_case { "" } else { entry.case.as_str() };
        last_case = &entry.case;
        let (median, least, largest) = entry.seconds();
        let ratio = ratios.iter().find(|(other, _)| std::ptr::eq(*other, entry)).map(|(_, ratio)| ratio);
        let ratio = ratio.map(|ratio| format!("**{}×**", figures(*ratio))).unwrap_or_default();
        let extrapolated = entry.extrapolated.map(|factor| format!(" (× {factor:.1})")).unwrap_or_default();
        let rate =
            entry.work.as_ref().map(|(items, unit)| per_second(items / median, unit)).unwrap_or_default();
        let memory = match entry.answer.peak_memory_bytes {
            0 => String::new(),
            bytes => format!("{:.0} MB", bytes as f64 / 1e6),
        };
        let _ = writeln!(
            text,
            "| {case} | {} | {}{extrapolated} | {} | {rate} | {ratio} | {memory} |",
            entry.answer.version,
            seconds(median),
            range(entry, least, largest),
        );
    }
    text
}

fn range(entry: &Entry, least: f64, largest: f64) -> String {
    match entry.answer.seconds.len() {
        1 => "once".to_owned(),
        n => format!("{} – {}, n = {n}", seconds(least), seconds(largest)),
    }
}

fn facts(row: &Row) -> String {
    if row.facts.is_empty() {
        return String::new();
    }
    let mut text = "\n| figure | value |\n|---|---:|\n".to_owned();
    for fact in &row.facts {
        let digits = match fact.unit.as_str() {
            _ if fact.value.fract() == 0.0 => 0,
            "MB" => 0,
            "%" => 1,
            "percentage points" => 2,
            _ => 4,
        };
        let value = format!("{:.digits$}", fact.value);
        let _ = writeln!(text, "| {} | {value} {} |", fact.what, fact.unit);
    }
    text
}

fn curves(row: &Row, name: RowName) -> String {
    if row.curves.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    if name == RowName::Scaling {
        text += "\n![time over size in log-log](scaling.svg)\n";
    }
    text +=
        "\n| what | grows | fixed | sizes | seconds | slope | expected |\n|---|---|---|---|---|---:|---:|\n";
    for Curve { what, axis, fixed, expected, points } in &row.curves {
        let sizes: Vec<String> = points.iter().map(|(size, _)| size.to_string()).collect();
        let times: Vec<String> = points.iter().map(|(_, time)| seconds(*time)).collect();
        let (sizes, times) = (sizes.join(", "), times.join(", "));
        let slope = slope(points);
        let _ =
            writeln!(text, "| {what} | {axis} | {fixed} | {sizes} | {times} | {slope:.2} | {expected:.0} |");
    }
    text
}

/// What the machine's own rates allow, beside what `bal` took.
fn floors(row: &Row, rates: Option<&Row>) -> String {
    let mut lines = String::new();
    for floor in &row.floors {
        let own = row.entries.iter().find(|entry| entry.own && entry.case == floor.case);
        let (Some(own), Some(per_second)) = (own, rates.and_then(|rates| rate(rates, floor.rate))) else {
            continue;
        };
        let least = floor.operations / per_second;
        let operations = quantity(floor.operations);
        let _ = writeln!(
            lines,
            "| {} | {operations} {} | {} | {}× |",
            floor.case,
            floor.what,
            seconds(least),
            figures(own.seconds().0 / least)
        );
    }
    if lines.is_empty() {
        return lines;
    }
    format!(
        "\n| what | work | floor: work at the [measured rate](#{}) | bal above it |\n|---|---|---:|---:|\n{lines}",
        anchor(RowName::Rates)
    )
}

fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{:.0} µs", 1e6 * s),
        s if s < 1.0 => format!("{} ms", figures(1e3 * s)),
        s if s < 600.0 => format!("{} s", figures(s)),
        s => format!("{:.1} min", s / 60.0),
    }
}

/// Three figures, more only before the point.
fn figures(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// With a letter for the power of a thousand.
fn quantity(value: f64) -> String {
    let (divisor, letter) = match value {
        v if v >= 1e12 => (1e12, "T"),
        v if v >= 1e9 => (1e9, "G"),
        v if v >= 1e6 => (1e6, "M"),
        v if v >= 1e3 => (1e3, "k"),
        _ => (1.0, ""),
    };
    format!("{} {letter}", figures(value / divisor)).trim_end().to_owned()
}

pub(crate) fn per_second(value: f64, unit: &str) -> String {
    // A unit of one word takes the letter before it: `156 GFLOP/s`.
    let quantity = quantity(value);
    let joined = matches!(unit, "FLOP" | "B") && quantity.contains(' ');
    if joined { format!("{quantity}{unit}/s") } else { format!("{quantity} {unit}/s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Answer;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(seconds(0.0123), "12.3 ms");
        assert_eq!(seconds(75.0), "75.0 s");
        assert_eq!(seconds(6000.0), "100.0 min");
        assert_eq!(per_second(1.56e11, "FLOP"), "156 GFLOP/s");
        assert_eq!(per_second(2900.0, "images"), "2.90 k images/s");
        assert_eq!(quantity(12.0), "12.0");
    }

    #[test]
    fn a_ratio_stands_in_the_line_of_the_slower_program() {
        let answer = |seconds: &[f64], version: &str| Answer {
            seconds: seconds.to_vec(),
            version: version.to_owned(),
            ..Answer::default()
        };
        let entries = vec![
            Entry::own("bald", answer(&[0.1, 0.2, 0.3], "bal")),
            Entry { extrapolated: Some(4.0), ..Entry::peer("bald", answer(&[2.0], "numpy")) },
        ];
        let text = super::entries(&Row { entries, ..Row::default() });
        assert!(text.contains("| bald | bal | 200 ms | 100 ms – 300 ms, n = 3 |  |  |  |"), "{text}");
        assert!(text.contains("|  | numpy | 8.00 s (× 4.0) | once |  | **40.0×** |  |"), "{text}");
    }
}
