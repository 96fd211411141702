//! Links as QR codes, for the camera of a phone.

use std::fmt::Write as _;

use fast_qr::{ECL, QRBuilder, QRCode};
use schemars::JsonSchema;
use serde::Serialize;

/// Light modules on each side; without them a camera does not find the code.
const MARGIN: usize = 4;

pub(crate) struct Qr(QRCode);

/// A QR code of the link, for a browser to draw black on white.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Drawing {
    /// Modules on one side, with the light margin.
    side: usize,
    /// The dark modules as the path of an SVG, one unit each.
    path: String,
}

impl Drawing {
    /// None for a text that is too long for a code.
    pub(crate) fn of(text: &str) -> Option<Self> {
        Qr::of(text).map(|qr| Self { side: qr.side(), path: qr.path() })
    }
}

impl Qr {
    /// None for a text that is too long for a code.
    pub(crate) fn of(text: &str) -> Option<Self> {
        QRBuilder::new(text).ecl(ECL::M).build().ok().map(Self)
    }

    const fn side(&self) -> usize {
        self.0.size + 2 * MARGIN
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        let inside = |at: usize| at.checked_sub(MARGIN).filter(|at| *at < self.0.size);
        inside(x).zip(inside(y)).is_some_and(|(x, y)| self.0[y][x].value())
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for y in 0..self.side() {
            let mut x = 0;
            while x < self.side() {
                let length = (x..self.side()).take_while(|x| self.is_dark(*x, y)).count();
                if length > 0 {
                    let _ = write!(path, "M{x} {y}h{length}v1h-{length}z");
                }
                x += length.max(1);
            }
        }
        path
    }

    /// For a terminal, two rows of modules on a line: black on white, whatever colours it has.
    pub(crate) fn blocks(&self) -> String {
        let line = |y: usize| {
            let block = |x| match (self.is_dark(x, y), self.is_dark(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            };
            format!("\u{1b}[30;107m{}\u{1b}[0m\n", (0..self.side()).map(block).collect::<String>())
        };
        (0..self.side()).step_by(2).map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://192.0.2.7:5001/#code=c19099df8f17b615cd82639094dc0bb1";
    const SCALE: usize = 4;

    /// What a reader that is not ours finds.
    fn read(side: usize, is_dark: impl Fn(usize, usize) -> bool) -> String {
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side * SCALE, side * SCALE, |x, y| {
            if is_dark(x / SCALE, y / SCALE) { 0 } else { 255 }
        });
        image.detect_grids()[0].decode().unwrap().1
    }

    #[test]
    fn a_drawing_is_read_by_others() {
        let qr = Qr::of(LINK).unwrap();
        let path = qr.path();
        let runs: Vec<[usize; 3]> = path
            .split('M')
            .skip(1)
            .map(|run| {
                let numbers =
                    run.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok());
                numbers.take(3).collect::<Vec<usize>>().try_into().unwrap()
            })
            .collect();
        let is_dark =
            |x, y| runs.iter().any(|[from, row, length]| *row == y && (*from..from + length).contains(&x));
        assert_eq!(read(qr.side(), is_dark), LINK);
    }

    #[test]
    fn a_terminal_shows_what_others_read() {
        let qr = Qr::of(LINK).unwrap();
        let text = qr.blocks();
        let rows: Vec<Vec<char>> = text
            .lines()
            .map(|line| {
                line.trim_start_matches("\u{1b}[30;107m").trim_end_matches("\u{1b}[0m").chars().collect()
            })
            .collect();
        let is_dark = |x: usize, y: usize| match rows[y / 2][x] {
            '█' => true,
            '▀' => y.is_multiple_of(2),
            '▄' => !y.is_multiple_of(2),
            _ => false,
        };
        assert_eq!(read(qr.side(), is_dark), LINK);
    }

    #[test]
    fn a_text_that_is_too_long_has_no_code() {
        assert!(Qr::of(&"a".repeat(5000)).is_none());
    }
}
