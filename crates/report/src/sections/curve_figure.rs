//! A metric over the number of labels: a line and a choice of bands for each cell of a group.
//!
//! The page adds a legend, the choice of band, and the values at a number of labels, which the script of the
//! page moves. All of it is there without the script.

use maud::{Markup, PreEscaped, html};
use serde_json::json;

use super::made::links;
use crate::figures::{Axis, Figure, Look, Plot, marked_line};
use crate::material::Material;
use crate::numbers::{Column, Curves, Entry, Spread, Table};
use crate::runs::Group;
use crate::words::{NONE, grouped, number};
use crate::{Band, Metric};

const WIDTH: f64 = 820.0;
const HEIGHT: f64 = 420.0;

/// The figure, and what the page needs beside it.
pub(super) struct CurveFigure<'a> {
    pub(super) figure: Figure,
    material: &'a Material<'a>,
    metric: Metric,
    plot: Plot,
    series: Vec<Series>,
}

/// The curve of a cell.
struct Series {
    position: usize,
    look: Look,
    curves: Curves,
    spreads: Vec<Spread>,
}

impl<'a> CurveFigure<'a> {
    /// `None` if no cell of the group has a value of the metric.
    pub(super) fn of(material: &'a Material<'a>, group: &Group, metric: Metric, name: &str) -> Option<Self> {
        let series = group.cells.iter().map(|&position| {
            let curves = Curves::of(&material.cells[position], metric);
            Series { position, look: material.looks[position], spreads: curves.spreads(), curves }
        });
        let series: Vec<Series> = series.filter(|series| !series.curves.is_empty()).collect();
        let plot = plot(&series, metric)?;
        let description = format!("{} over the number of labels, a line per method", metric.label());
        let legend =
            series.iter().map(|series| (series.look.sample(), material.cells[series.position].label.clone()));
        let figure = Figure {
            name: name.to_owned(),
            description,
            width: WIDTH,
            height: HEIGHT,
            body: body(&plot, &series, material, metric),
            legend: legend.collect(),
            band: Some(material.config.learning_curves.band),
            numbers: numbers(&series, material),
        };
        Some(Self { figure, material, metric, plot, series })
    }

    /// For the page.
    pub(super) fn html(&self, caption: &Markup) -> Markup {
        let name = &self.figure.name;
        html! {
            figure.curves id=(format!("figure-{name}")) data-left=(self.plot.left()) data-right=(self.plot.right())
                data-top=(self.plot.top()) data-bottom=(self.plot.bottom()) data-width=(WIDTH)
                data-least=(self.plot.x.least) data-most=(self.plot.x.most) {
                @if self.series.iter().any(|series| series.curves.0.len() > 1) { (self.bands()) }
                div.scroll tabindex="0" role="group" aria-label=(self.figure.description) { (self.figure.inline()) }
                ul.legend { @for series in &self.series {
                    li data-series=(series.position) {
                        (self.material.shown(series.position))
                    }
                } }
                (self.readout())
                figcaption { (caption) " " (links(name)) }
                script.data type="application/json" { (PreEscaped(self.data())) }
            }
        }
    }

    /// The choice of band, which works without a script.
    fn bands(&self) -> Markup {
        let (name, chosen) = (&self.figure.name, self.material.config.learning_curves.band);
        html! {
            fieldset.bands {
                legend { "Spread over seeds" }
                @for band in Band::ALL {
                    label {
                        input type="radio" name=(format!("band-{name}")) value=(band.name()) checked[band == chosen];
                        " " (band.words())
                    }
                }
            }
        }
    }

    /// Values at the largest number of labels; the script shows those at another one.
    fn readout(&self) -> Markup {
        let last = self.series.iter().filter_map(|series| series.curves.end()).max().unwrap_or(0);
        let (factor, decimals, unit) = scale(self.metric);
        let band = self.material.config.learning_curves.band;
        let at = |series: &Series| series.spreads.last().filter(|spread| spread.labels == last).cloned();
        let centre = |series: &Series| at(series).map(|spread| factor * spread.band(band)[1]);
        let best = self.series.iter().filter_map(centre);
        let best = if is_better_above(self.metric) { best.reduce(f64::max) } else { best.reduce(f64::min) };
        html! {
            div.scroll tabindex="0" role="group" aria-label="Values at a number of labels" {
                table.readout {
                    caption {
                        "At " output { (grouped(last as usize)) } " labels"
                        @if self.series.iter().any(|series| series.curves.0.len() > 1) {
                            @for band in Band::ALL {
                                span class=(format!("band b-{}", band.name())) { ": " (band.words()) }
                            }
                        }
                    }
                    thead { tr {
                        th scope="col" { "method" }
                        th scope="col" { (self.metric.label()) (unit) }
                        th scope="col" { "spread" } th scope="col" { "behind the best" } th scope="col" { "seeds" }
                    } }
                    tbody { @for series in &self.series {
                        @let spread = at(series);
                        tr data-series=(series.position) {
                            th scope="row" { (self.material.shown(series.position)) }
                            @if let Some(spread) = spread {
                                @let [low, centre, high] = spread.band(band).map(|value| factor * value);
                                td { (number(centre, decimals)) }
                                td { @if spread.seeds > 1 { (number(low, decimals)) " to " (number(high, decimals)) }
                                     @else { (NONE) } }
                                td { (best.map_or(NONE.to_owned(), |best| number((best - centre).abs(), decimals))) }
                                td { (spread.seeds) }
                            } @else { td { (NONE) } td { (NONE) } td { (NONE) } td { (NONE) } }
                        }
                    } }
                }
            }
        }
    }

    /// What the script shows: for each series its labels, seeds, and low, centre and high of each band.
    fn data(&self) -> String {
        let (factor, decimals, _) = scale(self.metric);
        let series = self.series.iter().map(|series| {
            let labels: Vec<u64> = series.spreads.iter().map(|spread| spread.labels).collect();
            let seeds: Vec<usize> = series.spreads.iter().map(|spread| spread.seeds).collect();
            let of = |band: Band| -> Vec<[f64; 3]> {
                let rounded = |value: f64| (value * factor * 1e4).round() / 1e4;
                series.spreads.iter().map(|spread| spread.band(band).map(rounded)).collect()
            };
            let [error, quartiles, range] = Band::ALL.map(of);
            json!({
                "id": series.position,
                "name": self.material.cells[series.position].name,
                "labels": labels,
                "seeds": seeds,
                "standard_error": error,
                "quartiles": quartiles,
                "seeds_range": range,
            })
        });
        let up = is_better_above(self.metric);
        let data = json!({ "decimals": decimals, "up": up, "series": series.collect::<Vec<_>>() });
        // Nothing in it may end the element.
        data.to_string().replace('<', "\\u003c")
    }
}

/// Factor, decimals and unit in which people read a metric.
fn scale(metric: Metric) -> (f64, usize, &'static str) {
    if metric.is_share() { (100.0, 2, ", %") } else { (1.0, 4, "") }
}

fn is_better_above(metric: Metric) -> bool {
    metric.is_share()
}

fn plot(series: &[Series], metric: Metric) -> Option<Plot> {
    let spreads = || series.iter().flat_map(|series| &series.spreads);
    let bands = || spreads().flat_map(|spread| Band::ALL.map(|band| spread.band(band)));
    let least = bands().map(|[low, ..]| low).reduce(f64::min)?;
    let most = bands().map(|[.., high]| high).reduce(f64::max)?;
    let first = spreads().map(|spread| spread.labels).min()? as f64;
    let last = spreads().map(|spread| spread.labels).max()? as f64;
    let y = Axis::rounded(metric.label(), least, if metric.is_share() { most.min(1.0) } else { most }, 6);
    let y = if metric.is_share() { y.in_percent() } else { y };
    Some(Plot::new(WIDTH, HEIGHT, Axis::new("labels (initial set included)", first, last, 8), y))
}

fn body(plot: &Plot, series: &[Series], material: &Material, metric: Metric) -> Markup {
    let class = |series: &Series| format!("s{}", series.look.colour);
    let line = |series: &Series, band: Band| {
        let points: Vec<(f64, f64)> =
            series.spreads.iter().map(|spread| (spread.labels as f64, spread.band(band)[1])).collect();
        marked_line(plot, series.look, &points)
    };
    let several = |series: &&Series| series.curves.0.len() > 1;
    let thresholds = material.config.labels_to_accuracy.iter().filter(|_| metric == Metric::TestAccuracy);
    let shown = |value: &&f64| (plot.y.least..=plot.y.most).contains(*value);
    plot.around(&html! {
        @for threshold in thresholds.filter(shown) {
            path.rule.muted d=(format!("M{:.1} {:.1}H{:.1}", plot.left(), plot.at_y(*threshold), plot.right())) {}
        }
        @for series in series.iter().filter(several) {
            g class=(class(series)) data-series=(series.position) {
                @for band in [Band::StandardError, Band::Quartiles] {
                    @let area = series.spreads.iter().map(|spread| {
                        let [low, _, high] = spread.band(band);
                        (spread.labels as f64, low, high)
                    });
                    path class=(format!("fill band b-{}", band.name())) d=(plot.area(&area.collect::<Vec<_>>())) {}
                }
                @let lines = series.curves.0.iter().map(|(_, curve)| {
                    plot.line(curve.0.iter().map(|&(labels, value)| (labels as f64, value)))
                });
                path.thin.band.b-seeds d=(lines.collect::<String>()) {}
            }
        }
        @for series in series {
            g class=(class(series)) data-series=(series.position) {
                g.band.b-standard_error.b-seeds { (line(series, Band::StandardError)) }
                g.band.b-quartiles { (line(series, Band::Quartiles)) }
            }
        }
    })
}

fn numbers(series: &[Series], material: &Material) -> Table {
    let columns = [
        "cell",
        "labels",
        "seeds",
        "mean",
        "standard_error",
        "lower_quartile",
        "median",
        "upper_quartile",
        "least",
        "most",
    ];
    let mut table = Table::new(columns.map(Column::hidden).into());
    for series in series {
        for spread in &series.spreads {
            let mut row = vec![
                Entry::text(&material.cells[series.position].name),
                Entry::whole(spread.labels),
                Entry::whole(spread.seeds),
                Entry::number(Some(spread.average.mean), 4),
                Entry::number(spread.average.error, 4),
            ];
            row.extend(
                spread.quartiles.iter().chain(&spread.range).map(|value| Entry::number(Some(*value), 4)),
            );
            table.push(row);
        }
    }
    table
}
