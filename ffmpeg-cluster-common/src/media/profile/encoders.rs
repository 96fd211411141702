//! The encoders that may be named, what they make, and what they must be told so that every piece comes
//! out at the same quality without knowing the whole film.

/// One encoder of pictures.
#[derive(Debug)]
pub struct VideoEncoder {
    pub name: &'static str,
    /// ffprobe's name of what it makes.
    pub codec: &'static str,
    /// Encoders of one family know the same options.
    pub family: &'static str,
    pub hardware: bool,
    /// One of these must be given: without, the encoder aims at a mean bit rate. Empty: constant quality
    /// is what it does by itself.
    pub quality: &'static [&'static str],
}

const fn soft(name: &'static str, codec: &'static str, family: &'static str) -> VideoEncoder {
    VideoEncoder { name, codec, family, hardware: false, quality: &[] }
}
const fn rated(
    name: &'static str,
    codec: &'static str,
    family: &'static str,
    quality: &'static [&'static str],
) -> VideoEncoder {
    VideoEncoder { name, codec, family, hardware: false, quality }
}
const fn hard(
    name: &'static str,
    codec: &'static str,
    family: &'static str,
    quality: &'static [&'static str],
) -> VideoEncoder {
    VideoEncoder { name, codec, family, hardware: true, quality }
}

const Q: &[&str] = &["q:v"];
const NVENC: &[&str] = &["cq", "qp"];
const QSV: &[&str] = &["global_quality", "q:v"];
const AMF: &[&str] = &["qp_i"];
const VAAPI: &[&str] = &["qp", "global_quality"];

const VIDEO: &[VideoEncoder] = &[
    soft("libx264", "h264", "x264"),
    soft("libx264rgb", "h264", "x264"),
    soft("libx265", "hevc", "x265"),
    soft("libsvtav1", "av1", "svtav1"),
    soft("libaom-av1", "av1", "aom"),
    soft("librav1e", "av1", "rav1e"),
    soft("libvpx-vp9", "vp9", "vpx"),
    rated("libvpx", "vp8", "vpx", &["crf"]),
    soft("ffv1", "ffv1", "ffv1"),
    soft("ffvhuff", "ffvhuff", "huff"),
    soft("huffyuv", "huffyuv", "huff"),
    soft("utvideo", "utvideo", "huff"),
    soft("magicyuv", "magicyuv", "huff"),
    soft("prores", "prores", "prores"),
    soft("prores_aw", "prores", "prores"),
    soft("prores_ks", "prores", "prores"),
    soft("dnxhd", "dnxhd", "dnxhd"),
    soft("cfhd", "cfhd", "cfhd"),
    soft("rawvideo", "rawvideo", "raw"),
    soft("v210", "v210", "raw"),
    soft("png", "png", "png"),
    rated("mpeg4", "mpeg4", "mpeg", Q),
    rated("libxvid", "mpeg4", "mpeg", Q),
    rated("mpeg2video", "mpeg2video", "mpeg", Q),
    rated("mpeg1video", "mpeg1video", "mpeg", Q),
    rated("msmpeg4", "msmpeg4v3", "mpeg", Q),
    rated("msmpeg4v2", "msmpeg4v2", "mpeg", Q),
    rated("wmv1", "wmv1", "mpeg", Q),
    rated("wmv2", "wmv2", "mpeg", Q),
    rated("mjpeg", "mjpeg", "mpeg", Q),
    rated("snow", "snow", "mpeg", Q),
    rated("libtheora", "theora", "theora", Q),
    hard("h264_nvenc", "h264", "nvenc", NVENC),
    hard("hevc_nvenc", "hevc", "nvenc", NVENC),
    hard("av1_nvenc", "av1", "nvenc", NVENC),
    hard("h264_qsv", "h264", "qsv", QSV),
    hard("hevc_qsv", "hevc", "qsv", QSV),
    hard("av1_qsv", "av1", "qsv", QSV),
    hard("vp9_qsv", "vp9", "qsv", QSV),
    hard("h264_amf", "h264", "amf", AMF),
    hard("hevc_amf", "hevc", "amf", AMF),
    hard("av1_amf", "av1", "amf", AMF),
    hard("h264_vaapi", "h264", "vaapi", VAAPI),
    hard("hevc_vaapi", "hevc", "vaapi", VAAPI),
    hard("av1_vaapi", "av1", "vaapi", VAAPI),
    hard("vp9_vaapi", "vp9", "vaapi", VAAPI),
    hard("h264_videotoolbox", "h264", "videotoolbox", Q),
    hard("hevc_videotoolbox", "hevc", "videotoolbox", Q),
    hard("prores_videotoolbox", "prores", "videotoolbox", &[]),
];

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
    match family {
        "x264" | "x265" => Some(&[
            "ultrafast",
            "superfast",
            "veryfast",
            "faster",
            "fast",
            "medium",
            "slow",
            "slower",
            "veryslow",
            "placebo",
        ]),
        _ => None,
    }
}
pub fn tunes(family: &str) -> Option<&'static [&'static str]> {
    match family {
        "x264" => {
            Some(&["film", "animation", "grain", "stillimage", "psnr", "ssim", "fastdecode", "zerolatency"])
        }
        "x265" => Some(&["psnr", "ssim", "grain", "fastdecode", "zerolatency", "animation"]),
        _ => None,
    }
}
