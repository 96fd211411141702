//! The table of encoders of sound: one row each, with all that is known of it.

/// One encoder of sound.
#[derive(Debug)]
pub struct SoundEncoder {
    pub name: &'static str,
    /// ffprobe's name of what it makes.
    pub codec: &'static str,
    pub(crate) rests: Rests,
    /// The layouts that it takes; none where it takes any.
    pub layouts: Option<&'static [&'static str]>,
}

/// The files in which sound can rest until it is joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    Nut,
    Matroska,
    Mp4,
}

/// Where the encoder's sound rests on its way into each kind of container.
#[derive(Debug)]
pub(crate) struct Rests {
    /// Into Matroska and WebM.
    pub matroska: Rest,
    /// Into MP4 and MOV.
    pub mp4: Rest,
    /// Into any other.
    pub others: Rest,
}

const ANY: Rests = Rests { matroska: Rest::Matroska, mp4: Rest::Mp4, others: Rest::Nut };
/// Of an encoder that is unknown, too.
pub(super) const PLAIN: SoundEncoder = sound("", "");

const fn sound(name: &'static str, codec: &'static str) -> SoundEncoder {
    SoundEncoder { name, codec, rests: ANY, layouts: None }
}
/// MP4 has no place for it.
const fn pcm(name: &'static str) -> SoundEncoder {
    SoundEncoder { rests: Rests { mp4: Rest::Nut, ..ANY }, ..sound(name, name) }
}
/// Without the size of its blocks, which NUT forgets, it can't be decoded.
const fn wma(name: &'static str) -> SoundEncoder {
    SoundEncoder { rests: Rests { others: Rest::Matroska, ..ANY }, ..sound(name, name) }
}

/// In the order in which a client proves them: what most films are encoded with stands first.
pub(super) const SOUND: &[SoundEncoder] = &[
    sound("aac", "aac"),
    SoundEncoder {
        // Matroska would take its priming away twice.
        rests: Rests { matroska: Rest::Mp4, ..ANY },
        // 5.1 with its rear channels called side ones, as AC-3 has it, it refuses.
        layouts: Some(&["mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1"]),
        ..sound("libopus", "opus")
    },
    sound("libmp3lame", "mp3"),
    sound("libvorbis", "vorbis"),
    sound("flac", "flac"),
    sound("ac3", "ac3"),
    // NUT has one name for it and for AC-3.
    SoundEncoder { rests: Rests { others: Rest::Mp4, ..ANY }, ..sound("eac3", "eac3") },
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

/// Encoders of sound that are left out, with the reason.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[(
    "tta",
    "ffmpeg reads TTA out of Matroska by the length of the whole film and loses up to a second at its end; flac loses nothing",
)];
/// Names of codecs for which ffmpeg takes this encoder.
pub(super) const ALIASES: &[(&str, &str)] = &[("mp3", "libmp3lame")];
