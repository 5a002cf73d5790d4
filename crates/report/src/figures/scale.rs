//! A scale of colours whose lightness rises evenly, so that it can be read without its hues.

/// Stops of a scale from early to late whose lightness rises evenly (after viridis, without its palest end).
const SCALE: [[f64; 3]; 5] =
    [[68.0, 1.0, 84.0], [59.0, 82.0, 139.0], [33.0, 145.0, 140.0], [94.0, 201.0, 98.0], [220.0, 215.0, 50.0]];

/// Colour of a round between the first and the `last`.
pub(crate) fn shade(round: u64, last: u64) -> String {
    let [red, green, blue] = colour(round as f64 / last.max(1) as f64);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// The scale from 0 to 1.
pub(crate) fn colour(part: f64) -> [u8; 3] {
    let place = (SCALE.len() - 1) as f64 * part.clamp(0.0, 1.0);
    let below = (place as usize).min(SCALE.len() - 2);
    let part = place - below as f64;
    [0, 1, 2].map(|c| (SCALE[below][c] + part * (SCALE[below + 1][c] - SCALE[below][c])).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_run_from_dark_to_light() {
        assert_eq!(shade(0, 10), "#440154");
        assert_eq!(shade(5, 10), "#21918c");
        assert_eq!(shade(10, 10), "#dcd732");
        assert_eq!(shade(0, 0), "#440154");
    }
}
