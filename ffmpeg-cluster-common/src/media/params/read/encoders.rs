//! Reads encoders and filters: `-c:v`, `-c:a`, `-c:s`, `-an`, `-sn`, `-vf`, `-af`.

use super::draft::{Draft, refuse};
use super::nearest::{did_you_mean, nearest_encoder};
use super::typed_option::TypedOption;
use crate::media::params::filters::{self, FilterTable};
use crate::media::params::rows::encoders;
use crate::media::params::{PictureProfile, Refusal, SubtitleProfile};
use crate::media::source::StreamKind;
use crate::media::words::container::Container;

type Done = Result<(), Vec<Refusal>>;

impl Draft {
    pub(crate) fn video_encoder(&mut self, said: &TypedOption<'_>, value: &str) -> Done {
        self.picture = if value == "copy" { PictureProfile::Copy } else { PictureProfile::Encode };
        if self.picture == PictureProfile::Copy {
            self.encoder_is_wrong = false;
            return Ok(());
        }
        self.encoder = encoders::video(value);
        self.encoder_is_wrong = self.encoder.is_none();
        if self.encoder_is_wrong {
            let near = did_you_mean(nearest_encoder(value, encoders::video_names()));
            return Err(vec![Refusal::unknown_encoder(
                format!("{} {value}", said.word),
                format!("unknown encoder of pictures{near}"),
            )]);
        }
        Ok(())
    }

    /// `-c` without a specifier
    pub(crate) fn codec_of_all(&mut self, said: &TypedOption<'_>, value: &str) -> Done {
        if value != "copy" {
            return refuse(said.word, "name the stream: -c:v, -c:a or -c:s; only -c copy may mean all");
        }
        self.picture = PictureProfile::Copy;
        self.sound.copy = true;
        self.keep_subtitles(SubtitleProfile::Copy);
        Ok(())
    }

    pub(crate) fn sound_encoder(&mut self, said: &TypedOption<'_>, value: &str) -> Done {
        if said.track().is_some() {
            return refuse(said.word, "all tracks of sound are encoded alike; use -c:a");
        }
        self.sound.copy = value == "copy";
        if self.sound.copy {
            return Ok(());
        }
        let Some(encoder) = encoders::sound(value) else {
            let unknown = || {
                format!(
                    "unknown encoder of sound{}",
                    did_you_mean(nearest_encoder(value, encoders::sound_names()))
                )
            };
            let why = encoders::sound_left_out(value).map_or_else(unknown, str::to_owned);
            return Err(vec![Refusal::unknown_encoder(format!("{} {value}", said.word), why)]);
        };
        self.sound.encoder = Some(encoder);
        self.fits(StreamKind::Audio, &format!("{} {value}", said.word), encoder.codec)
    }

    pub(crate) fn subtitle_encoder(&mut self, said: &TypedOption<'_>, value: &str) -> Done {
        if value == "copy" {
            self.keep_subtitles(SubtitleProfile::Copy);
            return Ok(());
        }
        let Some(encoder) = encoders::subtitle(value) else {
            let near = did_you_mean(nearest_encoder(value, encoders::subtitle_names()));
            return Err(vec![Refusal::unknown_encoder(
                format!("{} {value}", said.word),
                format!("unknown encoder of subtitles{near}"),
            )]);
        };
        self.keep_subtitles(SubtitleProfile::Encode { encoder: encoder.name.to_owned() });
        self.fits(StreamKind::Subtitle, &format!("{} {value}", said.word), encoder.codec)
    }

    /// As in ffmpeg, `-sn` drops them whatever else is said.
    fn keep_subtitles(&mut self, how: SubtitleProfile) {
        if self.subtitles != SubtitleProfile::Drop {
            self.subtitles = how;
        }
    }

    /// Refuses an encoder whose codec the container can't hold.
    pub(super) fn fits(&self, kind: StreamKind, typed: &str, codec: &str) -> Done {
        if self.container.holds(kind, codec) {
            return Ok(());
        }
        let others: Vec<&str> = Container::ALL
            .into_iter()
            .filter(|other| other.holds(kind, codec))
            .map(|other| other.suffixes()[0])
            .collect();
        let hint = if others.is_empty() {
            String::new()
        } else {
            format!("; a result named .{} can", others.join(" or ."))
        };
        refuse(typed, format!("{} can't hold {codec}{hint}", self.container.title()))
    }

    pub(crate) fn drop_sound(&mut self, _: &TypedOption<'_>, _: &str) -> Done {
        self.sound.drop = true;
        Ok(())
    }

    pub(crate) fn drop_subtitles(&mut self, _: &TypedOption<'_>, _: &str) -> Done {
        self.subtitles = SubtitleProfile::Drop;
        Ok(())
    }

    pub(crate) fn video_filters(&mut self, said: &TypedOption<'_>, value: &str) -> Done {
        self.filters = Some(filters::read(FilterTable::Video, said.word, value)?);
        Ok(())
    }

    pub(crate) fn sound_filters(&mut self, said: &TypedOption<'_>, value: &str) -> Done {
        self.sound.filters = Some(filters::read(FilterTable::Sound, said.word, value)?);
        self.sound.said.get_or_insert_with(|| said.word.to_owned());
        Ok(())
    }
}
