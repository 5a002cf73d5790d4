//! Figures. Each is drawn twice: as a file on white paper, and with the page's colours for the page.

use std::fmt::Write as _;

use kuva::RasterBackend;
use kuva::backend::svg::SvgBackend;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use kuva::render::render::{Scene, render_multiple};
use kuva::render::theme::Theme;

use super::SERIES;
use crate::Error;
use crate::html::escape;

/// Pixels of the PNG file per unit of the SVG.
const PNG_SCALE: f32 = 2.0;

/// A figure in all its forms.
#[derive(Debug)]
pub(crate) struct Figure {
    /// File name without extension.
    name: String,
    /// The file, complete in itself.
    svg: String,
    /// The same with the page's colours (CSS variables), for use inside the page only.
    pub(crate) inline: String,
    paper: Scene,
}

impl Figure {
    /// Draws with `build` on either ground. `description` is for those who do not see it.
    pub(super) fn draw(name: &str, description: &str, build: impl Fn(Ground) -> (Vec<Plot>, Layout)) -> Self {
        let scene = |ground: Ground| {
            let (plots, layout) = build(ground);
            let layout = layout.with_theme(ground.theme()).with_legend_box(false);
            render_multiple(plots, layout)
        };
        let (paper, page) = (scene(Ground::Paper), scene(Ground::Page));
        Self {
            name: name.to_owned(),
            svg: svg(&paper, name, description),
            inline: svg(&page, name, description),
            paper,
        }
    }

    /// The name and content of its file.
    pub(crate) fn file(&self) -> (String, &[u8]) {
        (format!("{}.svg", self.name), self.svg.as_bytes())
    }

    pub(crate) fn png(&self) -> Result<Vec<u8>, Error> {
        let picture = RasterBackend::new().with_scale(PNG_SCALE).render_scene(&self.paper);
        picture.map_err(|reason| Error::Picture { picture: self.name.clone(), reason })
    }
}

/// What a figure is drawn on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ground {
    /// White, for files.
    Paper,
    /// That of the page, light or dark.
    Page,
}

impl Ground {
    pub(super) fn colour(self, variable: &str, on_paper: &str) -> String {
        match self {
            Self::Paper => on_paper.to_owned(),
            Self::Page => format!("var(--{variable})"),
        }
    }

    /// Text and axes.
    pub(crate) fn ink(self) -> String {
        self.colour("ink", "#1b1f24")
    }

    /// What should stay in the background.
    pub(crate) fn muted(self) -> String {
        self.colour("muted", "#8b929b")
    }

    /// The i-th colour of [`SERIES`], which begins again after its last.
    pub(crate) fn series(self, i: usize) -> String {
        let i = i % SERIES.len();
        self.colour(&format!("series-{i}"), SERIES[i].1)
    }

    fn theme(self) -> Theme {
        Theme {
            background: self.colour("ground", "#ffffff"),
            axis_color: self.muted(),
            grid_color: self.colour("grid", "#e3e6ea"),
            tick_color: self.muted(),
            text_color: self.ink(),
            legend_bg: "none".to_owned(),
            legend_border: "none".to_owned(),
            font_family: Some("'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif".to_owned()),
            ..Theme::light()
        }
    }
}

/// The scene as SVG that scales with its container and has a description.
fn svg(scene: &Scene, name: &str, description: &str) -> String {
    let text = name_clips(&SvgBackend::new().render_scene(scene), name);
    let head = format!(
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\" ",
        scene.width,
        scene.height,
        escape(description)
    );
    text.replacen("<svg ", &head, 1)
}

/// Names clip paths after the figure. The library numbers them on and on within a process, so that equal
/// figures would differ; and two figures in one page must not share a name.
fn name_clips(svg: &str, figure: &str) -> String {
    const PREFIX: &str = "kuva-clip-";
    let mut parts = svg.split(PREFIX);
    let mut named = parts.next().unwrap_or_default().to_owned();
    let mut seen: Vec<&str> = Vec::new();
    for part in parts {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(digits);
        let position = seen.iter().position(|other| *other == number).unwrap_or_else(|| {
            seen.push(number);
            seen.len() - 1
        });
        let _ = write!(named, "{figure}-clip-{position}{rest}");
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clips_are_numbered_by_figure() {
        let svg = "<a id=\"kuva-clip-12\"/><b id=\"kuva-clip-1\"/><g clip-path=\"url(#kuva-clip-12)\">";
        let named = "<a id=\"f-clip-0\"/><b id=\"f-clip-1\"/><g clip-path=\"url(#f-clip-0)\">";
        assert_eq!(name_clips(svg, "f"), named);
    }
}
