//! What the scheduler knows about a source and its job.

use serde::{Deserialize, Serialize};

use crate::frames::{FrameRange, Rational};
use crate::limits::{self, FRAMES_MAX, PIXELS_MAX, STREAMS_MAX};
use crate::media::plan::piece::StreamParams;
use crate::media::plan::track::{Content, Segment, Track, TrackNo};

/// How the frame list was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexedBy {
    /// From packets alone, by demuxing.
    Packets,
    /// Clients decoded the film in parts, because the packets do not determine the frames.
    Clients,
    /// The server decoded every frame, because clients could not,
    /// or because their times contradicted the packets.
    Decoding,
}

/// A source as the scheduler sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Film {
    /// Never empty; the first holds the pictures, or the packets to list.
    /// If the picture is copied, the first holds the sound, or nothing.
    pub tracks: Vec<Track>,
    /// Mean frames per second, to convert between seconds and frames.
    pub frame_rate: Rational,
    pub indexed_by: IndexedBy,
    /// The number of frames of a picture that the join copies, which no track makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copied: Option<u64>,
}

impl Film {
    pub const PICTURES: TrackNo = TrackNo::FIRST;

    pub fn first(&self) -> &Track {
        self.track(TrackNo::FIRST)
    }

    pub fn track(&self, number: TrackNo) -> &Track {
        &self.tracks[usize::from(number.0)]
    }

    pub fn track_mut(&mut self, number: TrackNo) -> &mut Track {
        &mut self.tracks[usize::from(number.0)]
    }

    pub(crate) fn has(&self, number: TrackNo) -> bool {
        usize::from(number.0) < self.tracks.len()
    }

    pub fn numbers(&self) -> impl Iterator<Item = TrackNo> + use<> {
        (0..self.tracks.len()).map(|number| TrackNo(u8::try_from(number).unwrap_or(u8::MAX)))
    }

    pub(crate) fn sounds(&self) -> impl Iterator<Item = TrackNo> {
        self.numbers().filter(|number| self.track(*number).content == Content::Sound)
    }

    /// Whether clients must list its frames first, by decoding it.
    pub fn is_to_list(&self) -> bool {
        self.first().content == Content::List
    }

    /// The frames of the result, or the packets to list.
    pub(crate) fn frames(&self) -> u64 {
        self.copied.unwrap_or(self.first().units)
    }

    /// The length of the film in seconds.
    pub(crate) fn seconds(&self) -> f64 {
        self.frames() as f64 / self.frame_rate.as_f64().max(0.01)
    }

    /// `frames 0..240`, `packets 0..240`, `the sound` or, if there are several, `the sound of 0:1, 0:2`.
    pub fn name(&self, segment: Segment) -> String {
        self.name_in(self.track(segment.track), segment.units)
    }

    pub(crate) fn name_in(&self, track: &Track, units: FrameRange) -> String {
        match track.content {
            Content::Picture => format!("frames {units}"),
            Content::List => format!("packets {units}"),
            Content::Sound if self.sounds().count() > 1 => {
                let streams: Vec<String> = track.streams.iter().map(|stream| format!("0:{stream}")).collect();
                format!("the sound of {}", streams.join(", "))
            }
            Content::Sound => "the sound".to_owned(),
        }
    }

    /// A whole track in words, for people.
    pub fn all_of(&self, track: &Track) -> String {
        self.name_in(track, FrameRange::new(0, track.units))
    }

    /// The most bytes that a piece of this segment may have.
    pub(crate) fn piece_bytes_max(&self, segment: Segment) -> u64 {
        let (track, units) = (self.track(segment.track), segment.units);
        match track.content {
            Content::Sound => {
                let streams = if track.streams.is_empty() { STREAMS_MAX } else { track.streams.len() };
                limits::sound_bytes_max(self.seconds().ceil() as u64, streams as u64)
            }
            Content::List => limits::list_bytes_max(units.len()),
            Content::Picture => {
                let picture = |params: &StreamParams| u64::from(params.width) * u64::from(params.height);
                let of_all = track.pixels.or_else(|| track.expected.as_ref().map(picture));
                let pixels = of_all.unwrap_or(PIXELS_MAX);
                limits::piece_bytes_max(pixels, if track.frames_own { FRAMES_MAX } else { units.len() })
            }
        }
    }
}
