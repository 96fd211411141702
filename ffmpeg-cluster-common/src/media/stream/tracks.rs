//! A ladder of one film: its rungs, its media segments, and its track.

use super::segments::MediaSegments;
use crate::fault::{Fault, FaultCode};
use crate::limits::FORCED_KEYS_MAX;
use crate::media::params::WorkKind;
use crate::media::params::ladder::{FittedRung, Ladder};
use crate::media::plan::film::Film;
use crate::media::plan::timeline::Timeline;
use crate::media::plan::track::{Cuts, Track};
use crate::media::plan::work::PictureWork;
use crate::media::source::Source;

/// A ladder, fitted to a film whose frames are known.
#[derive(Debug, Clone, PartialEq)]
pub struct LadderPlan {
    pub segments: MediaSegments,
    /// In the order of a piece's streams.
    pub rungs: Vec<FittedRung>,
    /// What the submitter should know.
    pub warnings: Vec<String>,
}

impl LadderPlan {
    /// Fails, by name, if players could not be shown this film in these rungs.
    pub fn new(ladder: &Ladder, timeline: &Timeline, source: &Source) -> Result<Self, Fault> {
        let refused = |why: String| Fault::new(FaultCode::Unsupported, format!("the ladder: {why}"));
        let (_, picture) = source.film_stream().ok_or_else(|| refused("the source has no picture".into()))?;
        let fitted = ladder.fit(picture).map_err(|why| refused(why.to_string()))?;
        let segments = MediaSegments::of_film(timeline, ladder.segment).map_err(refused)?;
        if timeline.is_laid_out() {
            let why =
                "the film's clock is set back midway; make one file of the film first, and a ladder of that";
            return Err(refused(why.into()));
        }
        let forced = segments.forced_in_one_piece();
        if let Some(why) = timeline.one_piece().filter(|_| forced > FORCED_KEYS_MAX) {
            return Err(refused(format!(
                "the film is one piece ({why}), in which at most {} media segments can begin, and it has {}; \
                 segment_seconds makes them longer",
                FORCED_KEYS_MAX + 1,
                segments.count()
            )));
        }
        let mut warnings = fitted.warnings;
        if let Some(chain) = timeline.chain().filter(|_| picture.is_interlaced()) {
            warnings.push(format!("the film is interlaced, and streams are not: it went through {chain}"));
        }
        Ok(Self { segments, rungs: fitted.rungs, warnings })
    }

    /// The film with these rungs as its pictures.
    pub fn film(&self, film: Film, timeline: &Timeline) -> Film {
        let mut tracks = film.tracks;
        let pixels = self.rungs.iter().map(FittedRung::pixels).sum();
        tracks[0] = Track {
            cuts: timeline
                .one_piece()
                .map_or_else(|| Cuts::Only(self.segments.starts().to_vec()), Cuts::Never),
            kind: Some(self.kind(timeline)),
            one_head: true,
            pixels: Some(pixels),
            ..tracks[0].clone()
        };
        Film { tracks, ..film }
    }

    /// The work on these frames, in all rungs.
    pub fn work(&self, work: PictureWork) -> PictureWork {
        self.segments.in_rungs(work, self.rungs.clone())
    }

    /// Frames of all rungs together take about the same time on the same machine.
    fn kind(&self, timeline: &Timeline) -> WorkKind {
        let pace = |rung: &FittedRung| {
            let named = rung.video.row().pace.iter().find_map(|name| rung.video.option(name));
            named.unwrap_or("default").to_owned()
        };
        let rung = |rung: &FittedRung| format!("{}@{}x{}", pace(rung), rung.width, rung.height);
        let sizes: Vec<String> = self.rungs.iter().map(rung).collect();
        let filters = timeline.chain().map(|chain| format!("/{chain}")).unwrap_or_default();
        WorkKind(format!("ladder/{}/{}{filters}", self.rungs[0].video.encoder, sizes.join("+")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::Rational;
    use crate::media::params::{parse, words};
    use crate::media::plan::film::IndexedBy;
    use crate::media::plan::timeline::tests::plain;
    use crate::media::sample::film;
    use crate::media::source::index::Index;
    use crate::media::words::container::Container;

    fn timeline() -> Timeline {
        plain(Index {
            time_base: Rational { num: 1, den: 25 },
            times: (0..100).collect(),
            keys: vec![0],
            doubled: vec![],
            leading: false,
            resets: vec![],
            setbacks: vec![],
            last_length: 1,
        })
    }

    const TWO: &str = r#"{"rungs": ["720p", {"name": "small", "height": 360, "ffmpeg_params": "-preset fast"}], "segment_seconds": 1}"#;

    fn ladder(json: &str) -> Ladder {
        Ladder::read(&serde_json::from_str(json).unwrap()).unwrap()
    }

    fn planned(timeline: &Timeline) -> Film {
        let (ladder, source) = (ladder(TWO), film());
        let profile = ladder.profile(parse(&words("-an").unwrap(), Container::Mp4).unwrap()).unwrap();
        let known = timeline.film(&source, &profile, IndexedBy::Packets, &[]);
        LadderPlan::new(&ladder, timeline, &source).unwrap().film(known, timeline)
    }

    #[test]
    fn all_rungs_are_one_track_that_is_cut_where_media_segments_begin() {
        let planned = planned(&timeline());
        let track = planned.first();
        assert_eq!((planned.tracks.len(), track.units, track.one_head), (1, 100, true));
        assert_eq!(
            (&track.encoders[..], track.pixels),
            (&["libx264".to_owned()][..], Some(1280 * 720 + 640 * 360))
        );
        assert_eq!(track.cuts, Cuts::Only(vec![0, 25, 50, 75]));
        let kind = &track.kind.as_ref().unwrap().0;
        assert_eq!(kind, "ladder/libx264/default@1280x720+fast@640x360");
    }

    #[test]
    fn a_film_that_must_not_be_cut_is_one_segment() {
        let whole = timeline().in_one_piece(Some("its decoders disagree".into()));
        assert_eq!(planned(&whole).first().whole(), Some("its decoders disagree"));
    }

    #[test]
    fn one_run_is_not_told_more_key_frames_than_fit_into_its_arguments() {
        let index = Index { times: (0..25 * 9_000).collect(), ..timeline().index };
        let long = plain(index);
        let (ladder, source) = (ladder(TWO), film());
        assert!(LadderPlan::new(&ladder, &long, &source).is_ok());
        let whole = long.in_one_piece(Some("its decoders disagree".into()));
        let fault = LadderPlan::new(&ladder, &whole, &source).unwrap_err();
        assert!(
            fault.message.contains("at most 8193 media segments can begin, and it has 9000"),
            "{}",
            fault.message
        );
    }
}
