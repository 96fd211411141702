//! The encoders that may be named, what they make, and what they must be told so that every piece comes
//! out at the same quality without knowing the whole film. `row` what is told of one · `pictures` the table.

mod pictures;
mod row;

use pictures::VIDEO;
pub use row::{HdrNames, InHardware, Levels, OwnList, Paces, VideoEncoder};

/// Names of codecs for which ffmpeg takes this encoder.
const VIDEO_ALIASES: &[(&str, &str)] = &[
    ("h264", "libx264"),
    ("hevc", "libx265"),
    ("vp9", "libvpx-vp9"),
    ("vp8", "libvpx"),
    ("theora", "libtheora"),
];

/// Encoders of sound and ffprobe's names of what they make.
const SOUND: &[(&str, &str)] = &[
    ("aac", "aac"),
    ("libfdk_aac", "aac"),
    ("aac_at", "aac"),
    ("libmp3lame", "mp3"),
    ("libopus", "opus"),
    ("libvorbis", "vorbis"),
    ("flac", "flac"),
    ("alac", "alac"),
    ("ac3", "ac3"),
    ("eac3", "eac3"),
    ("mp2", "mp2"),
    ("libtwolame", "mp2"),
    ("wavpack", "wavpack"),
    ("wmav1", "wmav1"),
    ("wmav2", "wmav2"),
    ("pcm_s16le", "pcm_s16le"),
    ("pcm_s24le", "pcm_s24le"),
    ("pcm_s32le", "pcm_s32le"),
    ("pcm_f32le", "pcm_f32le"),
    ("pcm_s16be", "pcm_s16be"),
    ("pcm_s24be", "pcm_s24be"),
    ("pcm_u8", "pcm_u8"),
    ("pcm_alaw", "pcm_alaw"),
    ("pcm_mulaw", "pcm_mulaw"),
];
/// Encoders of sound that are left out, with the reason.
const SOUND_LEFT_OUT: &[(&str, &str)] = &[(
    "tta",
    "ffmpeg reads TTA out of Matroska by the length of the whole film and loses up to a second at its end; flac loses nothing",
)];
const SOUND_ALIASES: &[(&str, &str)] = &[("mp3", "libmp3lame")];

/// Encoders of text subtitles and ffprobe's names of what they make.
const SUBTITLE: &[(&str, &str)] = &[
    ("mov_text", "mov_text"),
    ("srt", "subrip"),
    ("subrip", "subrip"),
    ("ass", "ass"),
    ("ssa", "ass"),
    ("webvtt", "webvtt"),
];

fn unalias<'a>(aliases: &[(&'a str, &'a str)], name: &'a str) -> &'a str {
    aliases.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, encoder)| encoder)
}

/// The row of an encoder; of one that is unknown, a row that says nothing.
pub(super) fn video_or_plain(name: &str) -> &'static VideoEncoder {
    video(name).unwrap_or(&row::PLAIN)
}

pub(super) fn video(name: &str) -> Option<&'static VideoEncoder> {
    let name = unalias(VIDEO_ALIASES, name);
    VIDEO.iter().find(|encoder| encoder.name == name)
}

/// The encoder's own name, and what it makes.
pub(super) fn sound(name: &str) -> Option<(&'static str, &'static str)> {
    let name = unalias(SOUND_ALIASES, name);
    SOUND.iter().copied().find(|(encoder, _)| *encoder == name)
}

pub(super) fn sound_left_out(name: &str) -> Option<&'static str> {
    SOUND_LEFT_OUT.iter().find(|(encoder, _)| *encoder == name).map(|&(_, why)| why)
}

pub(super) fn subtitle(name: &str) -> Option<(&'static str, &'static str)> {
    SUBTITLE.iter().copied().find(|(encoder, _)| *encoder == name)
}

pub fn all_of_pictures() -> impl Iterator<Item = &'static VideoEncoder> {
    VIDEO.iter()
}
pub(super) fn video_names() -> impl Iterator<Item = &'static str> + Clone {
    VIDEO.iter().map(|encoder| encoder.name)
}
pub fn sound_names() -> impl Iterator<Item = &'static str> + Clone {
    SOUND.iter().map(|(name, _)| *name)
}
pub fn subtitle_names() -> impl Iterator<Item = &'static str> + Clone {
    SUBTITLE.iter().map(|(name, _)| *name)
}

/// Presets and tunes by family; a family that is not here takes any plain word.
pub fn presets(family: &str) -> Option<&'static [&'static str]> {
    VIDEO.iter().find(|encoder| encoder.family == family)?.presets
}
pub fn tunes(family: &str) -> Option<&'static [&'static str]> {
    VIDEO.iter().find(|encoder| encoder.family == family)?.tunes
}

/// The software encoder whose likeness hardware makes of this codec.
pub fn software_of(codec: &str) -> Option<&'static str> {
    let encoder = VIDEO.iter().find(|encoder| encoder.in_hardware.is_some() && encoder.codec == codec)?;
    Some(encoder.name)
}

/// Whether the option is an encoder's own list of parameters.
pub fn is_parameter_list(name: &str) -> bool {
    VIDEO.iter().filter_map(|encoder| encoder.list).any(|list| list.names.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::super::{parse, words};
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
}
