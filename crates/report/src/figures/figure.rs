//! Figures: one drawing for the page, in the page's colours, and for files, on white.

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use maud::{Markup, PreEscaped, html};
use png::{BitDepth, ColorType, Encoder};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, fontdb};

use super::SERIES;
use super::plot::round;
use crate::numbers::Table;
use crate::words::{cut, plain};
use crate::{Band, Error};

/// Pixels of a PNG file per unit of the SVG.
const PNG_SCALE: f32 = 2.0;

/// Characters of a label in the legend of a file.
const LEGEND: usize = 46;
const LEGEND_LINE: f64 = 20.0;

/// The rules of all figures, which leave the colours to who shows them.
pub(crate) const STYLE: &str = include_str!("figure.css");

/// Ink, muted lines, grid, ground and other fills on white.
const ON_WHITE: [(&str, &str); 5] = [
    ("ink", "#1b1f24"),
    ("muted", "#59636e"),
    ("grid", "#e3e6ea"),
    ("ground", "#ffffff"),
    ("pool", "#59636e"),
];

/// A figure in all its forms.
#[derive(Debug)]
pub(crate) struct Figure {
    /// File name without extension.
    pub(crate) name: String,
    /// For those who do not see it.
    pub(crate) description: String,
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) body: Markup,
    /// What the file says below it; the page has a legend of its own.
    pub(crate) legend: Vec<(Markup, String)>,
    /// Which band the file shows, where there are several.
    pub(crate) band: Option<Band>,
    /// What it shows.
    pub(crate) numbers: Table,
}

impl Figure {
    /// For the page.
    pub(crate) fn inline(&self) -> Markup {
        html! {
            svg.plot viewBox=(format!("0 0 {} {}", self.width, self.height)) role="img"
                aria-label=(plain(&self.description)) style=(format!("max-width:{}px", 1.25 * self.width)) { (self.body) }
        }
    }

    /// The file, complete in itself.
    pub(crate) fn svg(&self) -> String {
        let columns = (self.width / 260.0).floor().max(1.0) as usize;
        let lines = self.legend.len().div_ceil(columns);
        let height = self.height + if lines > 0 { LEGEND_LINE * lines as f64 + 12.0 } else { 0.0 };
        let band =
            self.band.map(|band| format!(".plot .b-{}{{display:inline}}", band.name())).unwrap_or_default();
        let style = format!("{STYLE}{}{band}", colours(|variable, _, on_light| (variable, on_light)));
        let svg = html! {
            svg.plot xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {} {height}", self.width))
                width=(self.width) height=(height) {
                title { (plain(&self.description)) }
                style { (PreEscaped(style)) }
                rect.ground width=(self.width) height=(height) {}
                (self.body)
                @for (place, (swatch, label)) in self.legend.iter().enumerate() {
                    @let x = 16.0 + (self.width - 16.0) / columns as f64 * (place % columns) as f64;
                    @let y = self.height + LEGEND_LINE * (place / columns) as f64;
                    g transform=(format!("translate({x:.1} {y:.1})")) { (swatch) }
                    text x=(round(x + 44.0)) y=(round(y + 13.0)) { (cut(&plain(label), LEGEND)) }
                }
            }
        };
        svg.into_string()
    }

    /// The file as pixels. Where the machine has no fonts, it has no texts.
    pub(crate) fn png(&self) -> Result<Vec<u8>, Error> {
        let failed = |reason: String| Error::Picture { picture: self.name.clone(), reason };
        let options = usvg::Options {
            font_family: "DejaVu Sans".to_owned(),
            fontdb: Arc::clone(&FONTS),
            ..usvg::Options::default()
        };
        let tree = usvg::Tree::from_str(&self.svg(), &options).map_err(|error| failed(error.to_string()))?;
        let (width, height) = (PNG_SCALE * tree.size().width(), PNG_SCALE * tree.size().height());
        let mut pixels = Pixmap::new(width.ceil() as u32, height.ceil() as u32)
            .ok_or_else(|| failed(format!("{width} × {height} pixels are too many")))?;
        resvg::render(&tree, Transform::from_scale(PNG_SCALE, PNG_SCALE), &mut pixels.as_mut());
        // The ground covers all of it, so that no pixel is transparent.
        let rgb: Vec<u8> =
            pixels.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        encode(&rgb, ColorType::Rgb, pixels.width(), pixels.height()).map_err(failed)
    }
}

/// Pixels as a PNG file.
pub(crate) fn encode(pixels: &[u8], colour: ColorType, width: u32, height: u32) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height);
    encoder.set_color(colour);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
    writer.write_image_data(pixels).map_err(|error| error.to_string())?;
    writer.finish().map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// The fonts of the machine, looked for once.
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_system_fonts();
    fonts.set_sans_serif_family("DejaVu Sans");
    Arc::new(fonts)
});

/// A rule per class of a figure that gives it its colour. `of` makes a name and a colour out of the class,
/// its place among the series, and its colour on white.
fn colours<'a>(of: impl Fn(&'a str, Option<usize>, &'a str) -> (&'a str, &'a str)) -> String {
    let mut css = String::new();
    for (name, on_white) in ON_WHITE {
        let (name, colour) = of(name, None, on_white);
        let _ = write!(css, ".{name}{{color:{colour}}}");
    }
    for (i, (_, on_light, _)) in SERIES.iter().enumerate() {
        let (_, colour) = of("", Some(i), on_light);
        let _ = write!(css, ".s{i}{{color:{colour}}}");
    }
    css + ".plot text{fill:#1b1f24}"
}

/// The colours of the page: CSS variables for light and dark ground and for print.
pub(crate) fn page_colours() -> String {
    let set = |dark: bool| {
        let mut css = String::new();
        for (i, (_, on_light, on_dark)) in SERIES.iter().enumerate() {
            let _ = write!(css, "--series-{i}:{};", if dark { on_dark } else { on_light });
        }
        css
    };
    let (light, dark) = (set(false), set(true));
    let mut css = format!(
        ":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n@media print{{:root{{{light}}}}}\n"
    );
    for (name, _) in ON_WHITE {
        let _ = write!(css, ".plot .{name}{{color:var(--{name})}}");
    }
    for i in 0..SERIES.len() {
        let _ = write!(css, ".s{i}{{color:var(--series-{i})}}");
    }
    css + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(label: &str) -> Figure {
        Figure {
            name: "f".to_owned(),
            description: "a <figure>".to_owned(),
            width: 300.0,
            height: 100.0,
            body: html! { g.s0 { path.solid d="M0 0H20V20H0Z" {} } },
            legend: vec![(html! {}, label.to_owned())],
            band: None,
            numbers: Table::new(Vec::new()),
        }
    }

    #[test]
    fn a_file_is_complete_and_its_texts_are_texts() {
        let svg = figure("<script>alert(1)</script>").svg();
        assert!(svg.contains("&lt;script&gt;") && !svg.contains("<script>"), "{svg}");
        assert!(svg.contains(".s0{color:#0072b2}") && !svg.contains("var("), "{svg}");
        assert!(usvg::Tree::from_str(&svg, &usvg::Options::default()).is_ok());
        assert!(figure(&"x".repeat(300)).svg().contains(&format!(">{}…<", "x".repeat(LEGEND - 1))));
    }

    #[test]
    fn a_picture_has_the_series_colour() {
        let png = figure("a").png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&png)).read_info().unwrap();
        let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut rgb).unwrap();
        assert_eq!(reader.info().width, 600);
        assert!(rgb.chunks(3).any(|pixel| pixel == [0, 0x72, 0xb2]), "no pixel of the first series");
        assert_eq!(rgb[rgb.len() - 3..], [255, 255, 255]);
    }
}
