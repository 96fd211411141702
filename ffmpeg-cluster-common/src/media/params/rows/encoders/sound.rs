//! The table of sound encoders, one row each.

/// A sound encoder.
#[derive(Debug)]
pub struct SoundEncoder {
    pub name: &'static str,
    /// ffprobe's name for its codec.
    pub codec: &'static str,
    pub(crate) piece_formats: SoundPieceFormats,
    /// The channel layouts that it accepts; None for any.
    pub layouts: Option<&'static [&'static str]>,
}

/// The formats of intermediate sound files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SoundPieceFormat {
    Nut,
    Matroska,
    Mp4,
}

/// The intermediate format of the encoder's sound, by the container of the result.
#[derive(Debug)]
pub(crate) struct SoundPieceFormats {
    /// For Matroska and WebM.
    pub matroska: SoundPieceFormat,
    /// For MP4 and MOV.
    pub mp4: SoundPieceFormat,
    /// For all other containers.
    pub others: SoundPieceFormat,
}

const ANY: SoundPieceFormats = SoundPieceFormats {
    matroska: SoundPieceFormat::Matroska,
    mp4: SoundPieceFormat::Mp4,
    others: SoundPieceFormat::Nut,
};
/// Also for unknown encoders.
pub(super) const PLAIN: SoundEncoder = sound("", "");

const fn sound(name: &'static str, codec: &'static str) -> SoundEncoder {
    SoundEncoder { name, codec, piece_formats: ANY, layouts: None }
}
/// MP4 can't store PCM.
const fn pcm(name: &'static str) -> SoundEncoder {
    SoundEncoder {
        piece_formats: SoundPieceFormats { mp4: SoundPieceFormat::Nut, ..ANY },
        ..sound(name, name)
    }
}
/// NUT loses WMA's block size, which the decoder needs.
const fn wma(name: &'static str) -> SoundEncoder {
    SoundEncoder {
        piece_formats: SoundPieceFormats { others: SoundPieceFormat::Matroska, ..ANY },
        ..sound(name, name)
    }
}

/// In the order in which a client tests them: the most common first.
pub(super) const SOUND: &[SoundEncoder] = &[
    sound("aac", "aac"),
    SoundEncoder {
        // Matroska would subtract its priming twice.
        piece_formats: SoundPieceFormats { matroska: SoundPieceFormat::Mp4, ..ANY },
        // It refuses 5.1 with side instead of rear channels, the layout of AC-3.
        layouts: Some(&["mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1"]),
        ..sound("libopus", "opus")
    },
    sound("libmp3lame", "mp3"),
    sound("libvorbis", "vorbis"),
    sound("flac", "flac"),
    sound("ac3", "ac3"),
    // NUT uses the same name for it and for AC-3.
    SoundEncoder {
        piece_formats: SoundPieceFormats { others: SoundPieceFormat::Mp4, ..ANY },
        ..sound("eac3", "eac3")
    },
    sound("mp2", "mp2"),
    sound("alac", "alac"),
    pcm("pcm_s16le"),
    pcm("pcm_s24le"),
    pcm("pcm_s32le"),
    pcm("pcm_f32le"),
    pcm("pcm_s16be"),
    pcm("pcm_s24be"),
    pcm("pcm_u8"),
    pcm("pcm_alaw"),
    pcm("pcm_mulaw"),
    sound("libfdk_aac", "aac"),
    sound("aac_at", "aac"),
    sound("libtwolame", "mp2"),
    sound("wavpack", "wavpack"),
    wma("wmav1"),
    wma("wmav2"),
];

/// Sound encoders that are left out, with the reason.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[(
    "tta",
    "ffmpeg reads TTA out of Matroska by the length of the whole film and loses up to a second at its end; flac loses nothing",
)];
/// Names of codecs for which ffmpeg uses this encoder.
pub(super) const ALIASES: &[(&str, &str)] = &[("mp3", "libmp3lame")];
