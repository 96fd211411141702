//! The known encoders, their codecs, and the options without which pieces would differ in quality.
//! A new encoder is a new row.
//!
//! - [`row`]: a row of the table of picture encoders
//! - [`pictures`]: the table of picture encoders
//! - [`sound`]: the table of sound encoders
//! - [`subtitles`]: the table of encoders of text subtitles

mod pictures;
mod row;
mod sound;
mod subtitles;

use crate::media::source::StreamKind;
use crate::media::words::container::Container;
use pictures::VIDEO;
pub use row::VideoEncoder;
pub(crate) use row::{BitRate, HdrNames, InHardware, Levels, OwnList, Paces};
use sound::SOUND;
pub(crate) use sound::{SoundEncoder, SoundPieceFormat};
use subtitles::{SUBTITLES, SubtitleEncoder};

/// Names of codecs for which ffmpeg uses this encoder.
const VIDEO_ALIASES: &[(&str, &str)] = &[
    ("h264", "libx264"),
    ("hevc", "libx265"),
    ("vp9", "libvpx-vp9"),
    ("vp8", "libvpx"),
    ("theora", "libtheora"),
];

fn unalias<'a>(aliases: &[(&'a str, &'a str)], name: &'a str) -> &'a str {
    aliases.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, encoder)| encoder)
}

/// The row of an encoder; an empty row for an unknown one.
pub(crate) fn video_or_plain(name: &str) -> &'static VideoEncoder {
    video(name).unwrap_or(&row::PLAIN)
}

pub fn video(name: &str) -> Option<&'static VideoEncoder> {
    let name = unalias(VIDEO_ALIASES, name);
    VIDEO.iter().find(|encoder| encoder.name == name)
}

/// The encoder that most films get.
pub fn usual() -> &'static VideoEncoder {
    &VIDEO[0]
}

/// The encoder that most sound gets.
pub fn usual_sound() -> &'static SoundEncoder {
    &SOUND[0]
}

/// An encoder that fits the container and needs no other option.
pub(crate) fn of_container(container: Container) -> &'static str {
    let fits = |row: &&VideoEncoder| {
        let shown_in_order = !(row.reorders && container == Container::Avi);
        container.holds(StreamKind::Video, row.codec) && !row.rate_control.needs_quality && shown_in_order
    };
    VIDEO.iter().find(fits).unwrap_or_else(|| usual()).name
}

pub(crate) fn sound(name: &str) -> Option<&'static SoundEncoder> {
    let name = unalias(sound::ALIASES, name);
    SOUND.iter().find(|encoder| encoder.name == name)
}

/// The row of an encoder; an empty row for an unknown one.
pub(crate) fn sound_or_plain(name: &str) -> &'static SoundEncoder {
    SOUND.iter().find(|encoder| encoder.name == name).unwrap_or(&sound::PLAIN)
}

/// Why a sound encoder is left out, if it is.
pub(crate) fn sound_left_out(name: &str) -> Option<&'static str> {
    sound::LEFT_OUT.iter().find(|(encoder, _)| *encoder == name).map(|&(_, why)| why)
}

/// ffprobe's name for the codec of a sound encoder.
pub(crate) fn sound_codec(encoder: &str) -> Option<&'static str> {
    sound(encoder).map(|encoder| encoder.codec)
}

pub(crate) fn subtitle(name: &str) -> Option<&'static SubtitleEncoder> {
    SUBTITLES.iter().find(|encoder| encoder.name == name)
}

pub(crate) fn is_hardware(encoder: &str) -> bool {
    video_or_plain(encoder).hardware
}

pub fn all_of_pictures() -> impl Iterator<Item = &'static VideoEncoder> {
    VIDEO.iter()
}
/// Encoders that need no device.
pub fn software() -> impl Iterator<Item = &'static str> {
    VIDEO.iter().filter(|encoder| !encoder.hardware).map(|encoder| encoder.name)
}
pub(crate) fn video_names() -> impl Iterator<Item = &'static str> + Clone {
    VIDEO.iter().map(|encoder| encoder.name)
}
pub fn sound_names() -> impl Iterator<Item = &'static str> + Clone {
    SOUND.iter().map(|encoder| encoder.name)
}
pub(crate) fn subtitle_names() -> impl Iterator<Item = &'static str> + Clone {
    SUBTITLES.iter().map(|encoder| encoder.name)
}

/// Presets and tunes by family; a family without them accepts any plain word.
pub fn presets(family: &str) -> Option<&'static [&'static str]> {
    VIDEO.iter().find(|encoder| encoder.family == family)?.presets
}
pub fn tunes(family: &str) -> Option<&'static [&'static str]> {
    VIDEO.iter().find(|encoder| encoder.family == family)?.tunes
}

/// The software encoder that hardware encoders of this codec imitate.
pub(crate) fn software_of(codec: &str) -> Option<&'static str> {
    let encoder = VIDEO.iter().find(|encoder| encoder.in_hardware.is_some() && encoder.codec == codec)?;
    Some(encoder.name)
}

/// Whether the option is an encoder's own parameter list.
pub(crate) fn is_parameter_list(name: &str) -> bool {
    VIDEO.iter().filter_map(|encoder| encoder.list).any(|list| list.names.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::super::super::{parse, words};
    use super::*;
    use crate::media::words::container::Container;
    use crate::media::words::device::{CODECS, Method};

    #[test]
    fn frames_that_are_reordered_are_refused_where_they_would_be_lost() {
        let refused = |line: &str, container| parse(&words(line).unwrap(), container).is_err();
        assert!(refused("-c:v libxvid -q:v 3 -bf 4", Container::Matroska));
        assert!(!refused("-c:v libxvid -q:v 3 -bf 0", Container::Matroska));
        assert!(refused("-c:v libx264", Container::Avi), "x264 makes them where nothing is said");
        assert!(!refused("-c:v libx264 -bf 0", Container::Avi));
        assert!(refused("-c:v mpeg4 -q:v 3 -bf 2", Container::Avi));
        assert!(!refused("-c:v mpeg4 -q:v 3", Container::Avi));
    }

    #[test]
    fn each_encoder_has_one_row_and_each_codec_of_devices_its_software() {
        for (nth, encoder) in VIDEO.iter().enumerate() {
            assert_eq!(VIDEO.iter().position(|one| one.name == encoder.name), Some(nth), "{}", encoder.name);
            assert_eq!(encoder.hardware, Method::of_encoder(encoder.name).is_some(), "{}", encoder.name);
        }
        assert!(VIDEO_ALIASES.iter().all(|(_, name)| VIDEO.iter().any(|encoder| encoder.name == *name)));
        let software = CODECS.map(software_of);
        assert_eq!(software, [Some("libx264"), Some("libx265"), Some("libsvtav1")]);
        assert_eq!(software_of("vp9"), None);
    }

    #[test]
    fn every_container_has_an_encoder_that_needs_no_other_word() {
        for container in Container::ALL {
            let line = ["-c:v", of_container(container)].map(str::to_owned);
            assert!(parse(&line, container).is_ok(), "{line:?}");
        }
        assert_eq!(usual().name, "libx264");
    }
}
