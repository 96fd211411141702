//! What the parameters of the film may say beside a ladder, whose rungs say how it is encoded.

use super::rung::plain;
use super::{FittedRung, Ladder, LadderRefusal};
use crate::media::params::{Chain, Filter, Profile, SoundProfile, SubtitleProfile, VideoProfile};
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
        let subtitles = match film.subtitles {
            SubtitleProfile::Drop => SubtitleProfile::Drop,
            _ => plain().subtitles,
        };
        let beside = Profile { video: of_film, sound, subtitles, selection, span, ..plain() };
        if film.copies_picture() {
            return Err(refused(
                "-c:v copy: rungs are encoded, because the film has key frames elsewhere".into(),
            ));
        }
        if film != beside {
            let why = "its rungs and its sounds say how the film is encoded; ffmpeg_params may have -vf, -r, -map, -an, -sn, -ss, -to and -t";
            return Err(refused(why.into()));
        }
        if let Some(own) = film.video.filters.as_ref().and_then(Chain::makes_own) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::params::{parse, words};
    use crate::media::sample::film;
    use crate::media::words::container::Container;

    fn of(line: &str) -> Result<Profile, String> {
        let ladder = serde_json::from_str(r#"{"rungs": ["720p"], "ffmpeg_params": "-c:v libx265"}"#).unwrap();
        let typed = parse(&words(line).unwrap(), Container::Mp4).unwrap();
        Ladder::read(&ladder).unwrap().profile(typed).map_err(|why| why.to_string())
    }

    fn chain(profile: &Profile) -> String {
        profile.video.filters.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    #[test]
    fn the_film_says_its_part_its_streams_and_filters_and_the_ladder_the_rest() {
        let profile = of("-vf hflip -r 25 -map 0:v -map 0:a:1 -ss 1 -t 2 -frames:v 20").unwrap();
        assert_eq!((profile.video.encoder.as_str(), chain(&profile)), ("libx265", "hflip".to_owned()));
        assert_eq!((profile.span.start_us, profile.span.frames), (1_000_000, Some(20)));
        assert!(profile.video.pace.is_some() && !profile.selection.is_all());
        let encoder = |profile: Profile| profile.sound_encoder().map(str::to_owned);
        assert_eq!((encoder(profile), encoder(of("-an").unwrap())), (Some("aac".to_owned()), None));
    }

    #[test]
    fn what_belongs_to_the_ladder_is_refused_beside_it() {
        for (line, said) in [
            ("-c:v libvpx-vp9", "say how the film is encoded"),
            ("-crf 20", "say how the film is encoded"),
            ("-c:a copy", "say how the film is encoded"),
            ("-c:s mov_text", "say how the film is encoded"),
            ("-metadata title=a", "say how the film is encoded"),
            ("-c:v copy", "rungs are encoded"),
            ("-vf scale=64:64,mpdecimate", "mpdecimate makes frames of its own"),
        ] {
            let why = of(line).expect_err(line);
            assert!(why.starts_with("products.ladder: ") && why.contains(said), "{line}: {why}");
        }
    }

    #[test]
    fn fields_become_frames_unless_the_film_says_how() {
        let told = |line: &str, order: &str| {
            let picture =
                Picture { field_order: Some(order.into()), ..film().film_stream().unwrap().1.clone() };
            chain(&Ladder::in_whole_frames(of(line).unwrap(), &picture))
        };
        assert_eq!(told("-vf hflip", "tt"), "bwdif=mode=send_frame,hflip");
        assert_eq!(told("-vf yadif,hflip", "tt"), "yadif,hflip");
        assert_eq!(told("-vf hflip", "progressive"), "hflip");
    }
}
