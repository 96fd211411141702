//! What the parameters of the film may say beside a ladder, whose rungs say how it is encoded.

use super::rung::plain;
use super::{FittedRung, Ladder, LadderRefusal};
use crate::media::params::{Chain, Filter, Profile, SoundProfile, VideoProfile};
use crate::media::source::Picture;

/// Those that make one frame of each, or two.
const DEINTERLACERS: [&str; 2] = ["bwdif", "yadif"];

impl Ladder {
    /// The parameters of a job with this ladder: the part, the streams and the filters that `film`
    /// names, with the encoders of the ladder.
    pub fn profile(&self, film: Profile) -> Result<Profile, LadderRefusal> {
        let refused = |why: String| LadderRefusal::parameters("", why);
        let of_film =
            VideoProfile { filters: film.video.filters.clone(), pace: film.video.pace, ..plain().video };
        let is_silent = film.sound == SoundProfile::Drop;
        let sound = if is_silent { SoundProfile::Drop } else { plain().sound };
        let (selection, span) = (film.selection.clone(), film.span);
        let beside =
            Profile { video: of_film, sound, subtitles: film.subtitles.clone(), selection, span, ..plain() };
        if film.copies_picture() {
            return Err(refused(
                "-c:v copy: rungs are encoded, because the film has key frames elsewhere".into(),
            ));
        }
        if film != beside {
            let why = "its rungs and its sounds say how the film is encoded; ffmpeg_params may have -vf, -r, -map, -an, -ss, -to and -t";
            return Err(refused(why.into()));
        }
        if let Some(own) =
            film.video.filters.iter().flat_map(Chain::filters).find(|filter| makes_own_frames(filter))
        {
            return Err(refused(format!("the filter {} makes frames of its own", own.name())));
        }
        let video = VideoProfile {
            filters: film.video.filters.clone(),
            pace: film.video.pace,
            ..self.rungs[0].video.clone()
        };
        let sound = self.sounds.first().filter(|_| !is_silent).cloned().unwrap_or(SoundProfile::Drop);
        Ok(Profile { video, sound, ..film })
    }

    /// The parameters of each rung that the film gets, as if it were a file, for trials.
    pub fn profiles(&self, film: &Profile, picture: &Picture) -> Result<Vec<Profile>, LadderRefusal> {
        Ok(self.fit(picture)?.rungs.iter().map(|rung| rung.profile(film)).collect())
    }

    /// The same with whole frames instead of fields: players of streams show no fields.
    pub fn in_whole_frames(profile: Profile, picture: &Picture) -> Profile {
        let filters = profile.video.filters.as_ref();
        if !picture.is_interlaced() || filters.is_some_and(|chain| chain.has(&DEINTERLACERS)) {
            return profile;
        }
        let first = Filter::new("bwdif").with("mode", "send_frame");
        let filters =
            Chain::of(std::iter::once(first).chain(filters.into_iter().flat_map(Chain::filters).cloned()));
        Profile { video: VideoProfile { filters, ..profile.video }, ..profile }
    }
}

impl FittedRung {
    fn profile(&self, film: &Profile) -> Profile {
        let before = film.video.filters.iter().flat_map(Chain::filters).cloned();
        let filters = Chain::of(before.chain(self.filters()));
        Profile {
            video: VideoProfile { filters, pace: film.video.pace, ..self.video.clone() },
            ..film.clone()
        }
    }

    fn filters(&self) -> [Filter; 3] {
        [
            Filter::new("scale").with("w", self.width).with("h", self.height).with("flags", "bicubic"),
            Filter::new("setsar").with("sar", "1"),
            Filter::new("format").with("pix_fmts", &self.pix_fmt),
        ]
    }
}

fn makes_own_frames(filter: &Filter) -> bool {
    Chain::of([filter.clone()]).is_some_and(|chain| chain.needs().own)
}
