//! The size of a rung for a film.

use crate::frames::Rational;
use crate::media::source::Picture;

pub(super) const SIDE_MAX: u32 = 4320;

/// Sides of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) width: u32,
    pub(super) height: u32,
}

/// How large the film is shown: turned upright, with square pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    width: f64,
    height: f64,
}

impl Shown {
    pub(super) fn of(picture: &Picture) -> Self {
        let aspect =
            picture.sample_aspect.filter(|aspect| aspect.is_positive()).map_or(1.0, Rational::as_f64);
        let (width, height) = (f64::from(picture.width) * aspect, f64::from(picture.height));
        if picture.rotation.rem_euclid(180) == 90 {
            Self { width: height, height: width }
        } else {
            Self { width, height }
        }
    }

    /// By how much the film must be enlarged to fill a box of 16:9 with this height, which stands
    /// upright for an upright film.
    pub(super) fn enlarged(self, height: u32) -> f64 {
        let (short, long) = (f64::from(height), f64::from(height) * 16.0 / 9.0);
        if self.width >= self.height {
            (long / self.width).min(short / self.height)
        } else {
            (short / self.width).min(long / self.height)
        }
    }

    /// Both sides are even, as encoders of players' formats need them.
    pub(super) fn times(self, factor: f64) -> Size {
        let even = |side: f64| ((side * factor / 2.0).round() as u32).max(1) * 2;
        Size { width: even(self.width), height: even(self.height) }
    }
}
