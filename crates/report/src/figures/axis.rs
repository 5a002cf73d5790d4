//! Axes: a range of numbers, round ticks in it, and where each number stands.

/// A range of numbers along one side of a plot.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Axis {
    pub(crate) label: String,
    pub(crate) least: f64,
    pub(crate) most: f64,
    /// Numbers and what is written at them.
    pub(crate) ticks: Vec<(f64, String)>,
}

impl Axis {
    /// From `least` to `most` exactly, with about `count` round ticks.
    pub(crate) fn new(label: impl Into<String>, least: f64, most: f64, count: usize) -> Self {
        let (least, most) = if most > least { (least, most) } else { (least - 0.5, least + 0.5) };
        let step = round_step((most - least) / count.max(1) as f64);
        let decimals = (-step.log10().floor()).max(0.0) as usize + usize::from(is_quarter(step));
        let first = (least / step - 1e-9).ceil() as i64;
        let numbers = (first..).map(|i| i as f64 * step).take_while(|&tick| tick <= most + 1e-9 * step);
        let text = |tick: f64| {
            let text = format!("{tick:.decimals$}");
            if text.trim_start_matches(['-', '0', '.']).is_empty() { text.replace('-', "") } else { text }
        };
        let ticks = numbers.map(|tick| (tick, text(tick))).collect();
        Self { label: label.into(), least, most, ticks }
    }

    /// Widened to its neighbouring round ticks.
    pub(crate) fn rounded(label: impl Into<String>, least: f64, most: f64, count: usize) -> Self {
        let (least, most) = if most > least { (least, most) } else { (least - 0.5, least + 0.5) };
        let step = round_step((most - least) / count.max(1) as f64);
        let (low, high) = ((least / step + 1e-9).floor() * step, (most / step - 1e-9).ceil() * step);
        Self::new(label, low, high, count)
    }

    /// Names at 0, 1, 2 …, each in the middle of a place of its own.
    pub(crate) fn names(label: impl Into<String>, names: impl IntoIterator<Item = String>) -> Self {
        let ticks: Vec<(f64, String)> =
            names.into_iter().enumerate().map(|(i, name)| (i as f64, name)).collect();
        Self { label: label.into(), least: -0.5, most: ticks.len().max(1) as f64 - 0.5, ticks }
    }

    /// Written in percent.
    pub(crate) fn in_percent(mut self) -> Self {
        for (tick, text) in &mut self.ticks {
            *text = format!("{} %", (1000.0 * *tick).round() / 10.0);
        }
        self
    }

    /// Where a number stands, 0 at the least and 1 at the most.
    pub(crate) fn place(&self, value: f64) -> f64 {
        (value - self.least) / (self.most - self.least)
    }
}

/// The next of 1, 2, 2.5, 5 times a power of ten, from `about` on.
fn round_step(about: f64) -> f64 {
    let power = 10f64.powf(about.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|factor| factor * power);
    steps.into_iter().find(|&step| step >= about * (1.0 - 1e-9)).unwrap_or(10.0 * power)
}

fn is_quarter(step: f64) -> bool {
    let digits = step / 10f64.powf(step.log10().floor());
    step < 10.0 && (digits - 2.5).abs() < 1e-6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_numbers_within_the_range() {
        assert_eq!(ticks(&Axis::new("x", 20.0, 1020.0, 5)), ["200", "400", "600", "800", "1000"]);
        assert_eq!(ticks(&Axis::new("x", 0.0, 1.0, 4)), ["0.00", "0.25", "0.50", "0.75", "1.00"]);
        assert_eq!(ticks(&Axis::new("x", -0.1, 0.1, 4)), ["-0.10", "-0.05", "0.00", "0.05", "0.10"]);
        assert_eq!(
            ticks(&Axis::new("x", 3.0, 3.0, 2)),
            ["2.5", "3.0", "3.5"],
            "one number alone has a place"
        );
        let percent = Axis::rounded("y", 0.573, 0.981, 5).in_percent();
        assert_eq!(ticks(&percent), ["50 %", "60 %", "70 %", "80 %", "90 %", "100 %"]);
        assert_eq!((percent.place(0.5), percent.place(1.0)), (0.0, 1.0));
    }
}
