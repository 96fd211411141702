//! The wanted part of the film, for all streams.

use super::{Frames, Timeline, steps::Times};
use crate::frames::FrameNo;
use crate::media::params::{Profile, Span};

impl Timeline {
    /// The wanted part. With the last of a wanted number of frames, ffmpeg ends all other streams too.
    pub(super) fn span(&self) -> Span {
        let is_reached = self.span.frames == Some(self.frames()) && !self.is_own();
        let Some(last) = self.frames().checked_sub(1).filter(|_| is_reached) else { return self.span };
        let end_us = self.time_us(last) + self.frames_base().micros(self.length(last));
        let until_us = (end_us - self.span.start_us).max(1);
        let length_us = self.span.length_us.map_or(until_us, |length_us| length_us.min(until_us));
        Span { length_us: Some(length_us), ..self.span }
    }

    /// The parameters with that part.
    pub fn profile(&self, profile: &Profile) -> Profile {
        Profile { span: self.span(), ..profile.clone() }
    }

    /// How long a frame of the result is shown, in its ticks.
    fn length(&self, frame: FrameNo) -> i64 {
        match &self.frames {
            Frames::Source(part) | Frames::Own(part) => {
                match self.index.times.get((part.start + frame + 1) as usize) {
                    Some(next) => next - self.index.time(part.start + frame),
                    None => self.last_length(),
                }
            }
            Frames::Made(made) => match &made.times {
                Times::Ticks { .. } => 1,
                Times::Listed(times) => {
                    let gap = times.windows(2).last().map(|pair| pair[1] - pair[0]);
                    gap.unwrap_or(made.last_length)
                }
            },
        }
    }
}
