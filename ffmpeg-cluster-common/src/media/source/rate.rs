//! The rate of a film, as ffmpeg guesses it.

use super::Picture;
use crate::frames::Rational;

/// ffmpeg distrusts `r_frame_rate` if it is high while the mean rate is a common one.
/// In a film of variable rate, `r_frame_rate` may be as high as the container's clock.
const USUAL_BELOW: f64 = 70.0;
const FINE_ABOVE: f64 = 210.0;

impl Picture {
    /// The rate that ffmpeg reports to filters and encoders, and that `-fps_mode cfr` gives the film.
    pub(crate) fn usual_rate(&self) -> Rational {
        let [mean, base] = [self.frame_rate, self.base_rate];
        let is_clock = mean.is_positive() && mean.as_f64() < USUAL_BELOW && base.as_f64() > FINE_ABOVE;
        if is_clock { mean } else { base }
    }
}
