//! A film whose clock is set back: the index lays out its picture;
//! this module lays out its sound and reports the setbacks to people.

use super::Timeline;
use crate::media::plan::work::SoundWork;
use crate::media::source::clock::{ClockSetBack, Layout, SoundClock};
use crate::media::source::{Picture, Source};

impl Timeline {
    pub const fn is_laid_out(&self) -> bool {
        !self.index.setbacks.is_empty()
    }

    /// Why a laid-out film must not be cut.
    pub(super) fn ambiguous(&self) -> Option<String> {
        let is_back = self.index.setbacks.iter().any(|setback| setback.by > 0);
        let why = if is_back {
            "its clock is set back, so one time may be that of two frames"
        } else {
            "its clock leaps ahead, and what follows is moved to follow what precedes it"
        };
        self.is_laid_out().then(|| why.to_owned())
    }

    /// Marks the source, and each of its sounds that has its own clock.
    /// `told` returns the clock of a sound, found from its packets;
    /// a sound without packets counts as one with its own clock.
    pub fn mark(&self, source: &mut Source, told: impl Fn(u32) -> SoundClock) {
        let base = source.film_stream().map(|(_, picture)| picture.time_base);
        let by_us = |by: i64| base.map_or(0, |base| base.micros(by));
        let picture_us: Vec<i64> = self.index.setbacks.iter().map(|setback| by_us(setback.by)).collect();
        source.clock_set_back = self.is_laid_out();
        for stream in &mut source.streams {
            if let Some(sound) = &mut stream.sound {
                sound.own_clock = !told(stream.index).goes_with(&picture_us);
            }
        }
    }

    /// Makes the sound follow the picture, and end with it if it must;
    /// if any sound has its own clock, ffmpeg itself times all of them.
    pub fn with_sound(&self, work: SoundWork, source: &Source) -> SoundWork {
        let work = SoundWork { span: self.span(), ..work };
        let Some((_, picture)) = source.film_stream().filter(|_| self.is_laid_out()) else { return work };
        let last = self.index.times.last().map_or(0, |&last| last.saturating_add(self.last_length()));
        let duration_us = self.index.time_base.micros(last).saturating_sub(self.start_us);
        let layout = sounds_with_own_clock(&work, source).is_empty().then(|| Box::new(self.layout(picture)));
        SoundWork { duration_us: work.duration_us.max(Some(duration_us)), layout, ..work }
    }

    fn layout(&self, picture: &Picture) -> Layout {
        let shifts = self.index.setbacks.iter().map(|setback| picture.time_base.micros(setback.shift));
        Layout { zero_us: self.start_us, shifts_us: shifts.collect() }
    }

    /// The setbacks for people, on the film's clock that starts at zero.
    pub fn clock_set_back(&self, source: &Source) -> Vec<ClockSetBack> {
        let Some((_, picture)) = source.film_stream() else { return Vec::new() };
        let millis = |us: i64| us as f64 / 1000.0;
        let told = self.index.setbacks.iter().map(|setback| ClockSetBack {
            at_ms: millis(self.index.time_base.micros(self.index.time(setback.first)) - self.start_us),
            by_ms: millis(picture.time_base.micros(setback.by)),
        });
        told.collect()
    }
}

/// The sounds of this work that have their own clock, by their streams' numbers.
pub fn sounds_with_own_clock(work: &SoundWork, source: &Source) -> Vec<u32> {
    let of_work = source.streams.iter().filter(|stream| work.streams.contains(&stream.index));
    let own = of_work.filter(|stream| stream.sound.as_ref().is_some_and(|sound| sound.own_clock));
    own.map(|stream| stream.index).collect()
}

#[cfg(test)]
#[path = "laid_tests.rs"]
mod tests;
