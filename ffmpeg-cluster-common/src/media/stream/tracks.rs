//! The tracks of a ladder, as the scheduler sees them.

use super::segments::MediaSegments;
use crate::media::params::WorkKind;
use crate::media::params::ladder::FittedRung;
use crate::media::plan::timeline::Timeline;
use crate::media::plan::track::{Content, Cuts, Track};
use crate::media::source::Source;

/// A track, and the rungs that each piece of it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct LadderTrack {
    pub track: Track,
    /// In the order of the piece's streams.
    pub rungs: Vec<FittedRung>,
}

impl MediaSegments {
    /// One track for all rungs of one encoder, so that a client without the other encoder does these.
    pub fn tracks(&self, timeline: &Timeline, source: &Source, rungs: &[FittedRung]) -> Vec<LadderTrack> {
        let mut all: Vec<Vec<FittedRung>> = Vec::new();
        for rung in rungs {
            match all.iter_mut().find(|same| same[0].video.encoder == rung.video.encoder) {
                Some(same) => same.push(rung.clone()),
                None => all.push(vec![rung.clone()]),
            }
        }
        let track =
            |rungs: Vec<FittedRung>| LadderTrack { track: self.track(timeline, source, &rungs), rungs };
        all.into_iter().map(track).collect()
    }

    fn track(&self, timeline: &Timeline, source: &Source, rungs: &[FittedRung]) -> Track {
        let encoder = rungs[0].video.encoder.clone();
        let stream = source.film_stream().map(|(stream, _)| stream);
        Track {
            cuts: timeline.one_piece().map_or_else(|| Cuts::Only(self.starts().to_vec()), Cuts::Never),
            kind: Some(kind(timeline, rungs)),
            reads: stream.map(|stream| stream.codec.clone()).into_iter().collect(),
            one_head: true,
            ..Track::new(Content::Picture, self.frames(), vec![encoder])
        }
    }
}

/// Frames of all rungs together take about the same time on the same machine.
fn kind(timeline: &Timeline, rungs: &[FittedRung]) -> WorkKind {
    let pace = |rung: &FittedRung| {
        let named = rung.video.row().pace.iter().find_map(|name| rung.video.option(name));
        named.unwrap_or("default").to_owned()
    };
    let rung = |rung: &FittedRung| format!("{}@{}x{}", pace(rung), rung.width, rung.height);
    let sizes: Vec<String> = rungs.iter().map(rung).collect();
    let filters = timeline.chain().map(|chain| format!("/{chain}")).unwrap_or_default();
    WorkKind(format!("ladder/{}/{}{filters}", rungs[0].video.encoder, sizes.join("+")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::Rational;
    use crate::media::params::ladder::Ladder;
    use crate::media::plan::timeline::tests::plain;
    use crate::media::sample::film;
    use crate::media::source::Picture;
    use crate::media::source::index::Index;
    use crate::time::Millis;

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

    fn tracks(timeline: &Timeline) -> Vec<LadderTrack> {
        let json = r#"{"rungs": ["720p", {"name": "hevc", "height": 480, "ffmpeg_params": "-c:v libx265 -preset fast"}, "360p"]}"#;
        let ladder = Ladder::read(&serde_json::from_str(json).unwrap()).unwrap();
        let source = film();
        let picture = source.film_stream().unwrap().1.clone();
        let picture = Picture {
            width: 1280,
            height: 720,
            sample_aspect: None,
            rotation: 0,
            color_transfer: None,
            ..picture
        };
        let rungs = ladder.fit(&picture).unwrap().rungs;
        let plan = MediaSegments::of_film(timeline, Millis::secs(1)).unwrap();
        plan.tracks(timeline, &source, &rungs)
    }

    #[test]
    fn rungs_of_one_encoder_are_one_track() {
        let all = tracks(&timeline());
        let names =
            |of: &LadderTrack| of.rungs.iter().map(|rung| rung.name.clone()).collect::<Vec<_>>().join(" ");
        assert_eq!(all.iter().map(names).collect::<Vec<_>>(), ["720p 360p", "hevc"]);
        let track = &all[0].track;
        assert_eq!(
            (track.units, &track.encoders[..], track.one_head),
            (100, &["libx264".to_owned()][..], true)
        );
        assert_eq!(track.cuts, Cuts::Only(vec![0, 25, 50, 75]));
        let kinds = all.iter().map(|of| of.track.kind.clone().unwrap().0).collect::<Vec<_>>();
        assert_eq!(kinds, ["ladder/libx264/default@1280x720+default@640x360", "ladder/libx265/fast@854x480"]);
    }

    #[test]
    fn a_film_that_must_not_be_cut_is_one_segment() {
        let whole = timeline().in_one_piece(Some("its decoders disagree".into()));
        assert!(tracks(&whole).iter().all(|of| of.track.whole() == Some("its decoders disagree")));
    }
}
