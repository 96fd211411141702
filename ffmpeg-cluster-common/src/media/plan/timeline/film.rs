//! What the scheduler knows about a film: its tracks, and where they may be cut.

use super::{Frames, Timeline};
use crate::frames::{FrameNo, Rational};
use crate::media::params::Profile;
use crate::media::plan::film::{Film, IndexedBy};
use crate::media::plan::track::{Content, Cuts, Track};
use crate::media::plan::work::SoundWork;
use crate::media::source::{Picture, Source};

impl Timeline {
    /// The film as the scheduler sees it.
    pub fn film(&self, source: &Source, profile: &Profile, by: IndexedBy, sounds: &[SoundWork]) -> Film {
        let (stream, picture) = source.film_stream().unzip();
        let (width, height) = picture.map_or((0, 0), |picture| (picture.width, picture.height));
        let pictures = Track {
            cuts: self.one_piece().map_or_else(|| Cuts::Near(self.cuts()), Cuts::Never),
            kind: Some(profile.kind(width, height)),
            frames_own: self.is_own(),
            reads: stream.map(|stream| stream.codec.clone()).into_iter().collect(),
            ..Track::new(Content::Picture, self.frames(), vec![profile.video.encoder.clone()])
        };
        let sounds: Vec<Track> = sounds.iter().map(|work| work.track(source)).collect();
        let copied = profile.copies_picture().then(|| self.frames());
        let first = match copied {
            None => Some(pictures),
            Some(_) if sounds.is_empty() => Some(Track::new(Content::Picture, 0, Vec::new())),
            Some(_) => None,
        };
        Film {
            tracks: first.into_iter().chain(sounds).collect(),
            frame_rate: self.mean_rate(picture),
            indexed_by: by,
            copied,
        }
    }

    pub(super) fn cuts(&self) -> Vec<FrameNo> {
        let keys = self.index.cuts();
        match &self.frames {
            Frames::Source(part) | Frames::Own(part) => keys
                .into_iter()
                .filter(|key| (part.start..part.end).contains(key))
                .map(|key| key - part.start)
                .collect(),
            Frames::Made(made) => {
                let told = |key: FrameNo| {
                    self.index.time_base.rescale(self.index.time(key) - self.zero, made.time_base)
                };
                let mut cuts: Vec<FrameNo> =
                    keys.into_iter().map(|key| made.at_or_after(told(key))).collect();
                cuts.dedup();
                cuts.retain(|&cut| cut < self.frames());
                cuts
            }
        }
    }

    fn mean_rate(&self, picture: Option<&Picture>) -> Rational {
        let frames = self.frames();
        let (base, span) = (self.time_base(), self.time(frames - 1) - self.time(0));
        let rate = (frames as i64 - 1)
            .checked_mul(base.den)
            .zip(span.checked_mul(base.num))
            .and_then(|(num, den)| Rational::new(num, den));
        let told = picture.map(|picture| picture.frame_rate);
        let any = Rational { num: 25, den: 1 };
        [rate, told].into_iter().flatten().find(|rate| rate.is_positive()).unwrap_or(any)
    }
}
