//! The containers of result files, and what each can hold.
//!
//! The tables list codecs that survived a copy into the container and back.
//! They omit codecs that ffmpeg writes but no reader recognises,
//! such as private data in a transport stream.

mod holds;
mod suffix;

use serde::{Deserialize, Serialize};

use crate::frames::Rational;
use crate::media::words::kind::StreamKind;
use holds::{AVI, Holds, MATROSKA, MOV, MP4, MPEG_TS, MXF, MXF_RATES, WEBM, lists};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    Mp4,
    Mov,
    Matroska,
    WebM,
    MpegTs,
    Avi,
    Mxf,
}

impl Container {
    pub const ALL: [Self; 7] =
        [Self::Mp4, Self::Mov, Self::Matroska, Self::WebM, Self::MpegTs, Self::Avi, Self::Mxf];

    /// The name of ffmpeg's muxer.
    pub const fn muxer(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Mov => "mov",
            Self::Matroska => "matroska",
            Self::WebM => "webm",
            Self::MpegTs => "mpegts",
            Self::Avi => "avi",
            Self::Mxf => "mxf",
        }
    }

    /// The name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Mp4 => "MP4",
            Self::Mov => "QuickTime",
            Self::Matroska => "Matroska",
            Self::WebM => "WebM",
            Self::MpegTs => "MPEG-TS",
            Self::Avi => "AVI",
            Self::Mxf => "MXF",
        }
    }

    const fn table(self) -> &'static Holds {
        match self {
            Self::Mp4 => &MP4,
            Self::Mov => &MOV,
            Self::Matroska => &MATROSKA,
            Self::WebM => &WEBM,
            Self::MpegTs => &MPEG_TS,
            Self::Avi => &AVI,
            Self::Mxf => &MXF,
        }
    }

    /// Whether a stream of this codec survives a copy into the container;
    /// for covers see [`Self::holds_cover`].
    pub fn holds(self, kind: StreamKind, codec: &str) -> bool {
        let table = self.table();
        match kind {
            StreamKind::Video => lists(table.video, codec),
            StreamKind::Audio => lists(table.audio, codec),
            StreamKind::Subtitle => lists(table.subtitle, codec),
            StreamKind::Attachment => table.attachments,
            StreamKind::Data => false,
        }
    }

    /// Whether a picture of this codec can be a cover.
    pub(crate) fn holds_cover(self, codec: &str) -> bool {
        lists(self.table().cover, codec)
    }

    pub(crate) const fn holds_chapters(self) -> bool {
        match self {
            Self::Mp4 | Self::Mov | Self::Matroska | Self::WebM => true,
            Self::MpegTs | Self::Avi | Self::Mxf => false,
        }
    }

    /// Whether the container only counts frames and stores no times.
    pub const fn wants_constant_rate(self) -> bool {
        match self {
            Self::Avi | Self::Mxf => true,
            Self::Mp4 | Self::Mov | Self::Matroska | Self::WebM | Self::MpegTs => false,
        }
    }

    /// The frame rates that it can hold; None for any.
    pub(crate) const fn frame_rates(self) -> Option<&'static [Rational]> {
        match self {
            Self::Mxf => Some(MXF_RATES),
            Self::Mp4 | Self::Mov | Self::Matroska | Self::WebM | Self::MpegTs | Self::Avi => None,
        }
    }

    /// The only sample rate that it can hold; None for any.
    pub(crate) const fn sound_rate(self) -> Option<u32> {
        match self {
            Self::Mxf => Some(48_000),
            Self::Mp4 | Self::Mov | Self::Matroska | Self::WebM | Self::MpegTs | Self::Avi => None,
        }
    }

    /// Whether it holds only one picture, before all other streams,
    /// and ends with its shortest stream.
    pub(crate) const fn is_one_picture(self) -> bool {
        match self {
            Self::Mxf => true,
            Self::Mp4 | Self::Mov | Self::Matroska | Self::WebM | Self::MpegTs | Self::Avi => false,
        }
    }

    /// ffmpeg's default if the parameters name no encoder.
    pub(crate) const fn default_video_encoder(self) -> &'static str {
        match self {
            Self::Mp4 | Self::Mov | Self::Matroska => "libx264",
            Self::WebM => "libvpx-vp9",
            Self::MpegTs | Self::Mxf => "mpeg2video",
            Self::Avi => "mpeg4",
        }
    }

    /// ffmpeg's default if the parameters name no encoder.
    pub(crate) const fn default_sound_encoder(self) -> &'static str {
        self.default_sound_encoders()[0]
    }

    /// ffmpeg's default, followed by the one that a build without that default uses.
    pub(crate) const fn default_sound_encoders(self) -> &'static [&'static str] {
        match self {
            Self::Mp4 | Self::Mov => &["aac"],
            Self::Matroska => &["libvorbis", "ac3"],
            Self::WebM => &["libopus", "libvorbis"],
            Self::MpegTs => &["mp2"],
            Self::Avi => &["libmp3lame", "ac3"],
            Self::Mxf => &["pcm_s16le"],
        }
    }

    /// The codec into which text subtitles are converted if they can't be copied; None if the container holds no text.
    pub(crate) const fn text_subtitle_codec(self) -> Option<&'static str> {
        match self {
            Self::Mp4 | Self::Mov => Some("mov_text"),
            Self::Matroska => Some("srt"),
            Self::WebM => Some("webvtt"),
            Self::MpegTs | Self::Avi | Self::Mxf => None,
        }
    }

    /// The largest error that the container itself makes in a frame's time, in milliseconds.
    /// `frame_rate` is the film's: in AVI and MXF, time has no finer unit than the frame.
    pub fn time_error_ms(self, frame_rate: Rational) -> f64 {
        match self {
            Self::Matroska | Self::WebM => 1.0,
            Self::Mp4 | Self::Mov => 0.1,
            Self::MpegTs => 0.02,
            Self::Avi | Self::Mxf if frame_rate.is_positive() => 500.0 / frame_rate.as_f64(),
            Self::Avi | Self::Mxf => 20.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_chooses_the_container() {
        for (name, want) in [
            ("output.mp4", Some(Container::Mp4)),
            ("a.M4V", Some(Container::Mp4)),
            ("a.b.mov", Some(Container::Mov)),
            ("film.mkv", Some(Container::Matroska)),
            ("film.webm", Some(Container::WebM)),
            ("film.m2ts", Some(Container::MpegTs)),
            ("film.avi", Some(Container::Avi)),
            ("film.MXF", Some(Container::Mxf)),
            ("film.mp4.exe", None),
            ("mp4", None),
            (".mp4", None),
            ("film.", None),
            ("", None),
        ] {
            assert_eq!(Container::of_name(name), want, "{name}");
        }
    }

    #[test]
    fn a_container_holds_its_own_defaults() {
        for container in Container::ALL {
            assert!(
                container.holds(StreamKind::Video, codec_of(container.default_video_encoder())),
                "{container:?}"
            );
            for encoder in container.default_sound_encoders() {
                assert!(container.holds(StreamKind::Audio, codec_of(encoder)), "{container:?} {encoder}");
            }
        }
    }

    fn codec_of(encoder: &str) -> &str {
        match encoder {
            "libx264" => "h264",
            "libvpx-vp9" => "vp9",
            "libvorbis" => "vorbis",
            "libopus" => "opus",
            "libmp3lame" => "mp3",
            other => other,
        }
    }

    #[test]
    fn what_it_can_not_hold() {
        assert!(!Container::Mp4.holds(StreamKind::Video, "ffv1"));
        assert!(!Container::WebM.holds(StreamKind::Video, "h264"));
        assert!(Container::Mov.holds(StreamKind::Audio, "pcm_s16be"));
        assert!(!Container::Mp4.holds(StreamKind::Attachment, "ttf"));
        assert!(!Container::Mov.holds_cover("png"));
        assert!(!Container::Matroska.holds(StreamKind::Data, "bin_data"));
        assert!(!Container::MpegTs.holds(StreamKind::Subtitle, "subrip"));
        assert!(!Container::Mxf.holds(StreamKind::Video, "h264"));
        assert!(!Container::Mxf.holds(StreamKind::Audio, "pcm_s32le"));
    }
}
