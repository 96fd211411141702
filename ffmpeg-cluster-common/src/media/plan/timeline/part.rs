//! The wanted part of the film, for all streams.

use super::{Frames, Timeline};
use crate::media::params::{Profile, Span};

impl Timeline {
    /// The wanted part. With the last of a wanted number of frames, ffmpeg ends all other streams too.
    pub(super) fn span(&self) -> Span {
        let is_reached = self.span.frames == Some(self.frames());
        let Some(length) = self.last_shown().filter(|_| is_reached) else { return self.span };
        let end_us = self.time_us(self.frames() - 1) + self.time_base().micros(length);
        let until_us = (end_us - self.span.start_us).max(1);
        let length_us = self.span.length_us.map_or(until_us, |length_us| length_us.min(until_us));
        Span { length_us: Some(length_us), ..self.span }
    }

    /// The parameters with that part.
    pub fn profile(&self, profile: &Profile) -> Profile {
        Profile { span: self.span(), ..profile.clone() }
    }

    /// How long the last frame of the result is shown, in its ticks; None if only filters know.
    pub(super) fn last_shown(&self) -> Option<i64> {
        let last = match &self.frames {
            Frames::Own(_) => return None,
            Frames::Made(made) => made.last_length,
            Frames::Source(part) if part.end < self.index.frames() => {
                self.index.time(part.end) - self.index.time(part.end - 1)
            }
            Frames::Source(_) => self.last_length(),
        };
        Some(self.even.as_ref().map_or(last, |even| even.lay.step))
    }
}
