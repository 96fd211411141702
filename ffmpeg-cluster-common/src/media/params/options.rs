//! Every option that is taken: its name, where it belongs, what its value must be, which encoders know it.

use super::values::{SIDE_MAX, Value};

/// What an option concerns; told by its stream specifier, or by the option itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Video,
    Sound,
    /// Said where the result is written.
    Muxer,
}

#[derive(Debug)]
pub struct Known {
    pub name: &'static str,
    pub place: Place,
    pub value: Value,
    /// Families of encoders that know it; empty: all.
    pub families: &'static [&'static str],
}

const fn video(name: &'static str, value: Value) -> Known {
    Known { name, place: Place::Video, value, families: &[] }
}
const fn of(families: &'static [&'static str], name: &'static str, value: Value) -> Known {
    Known { name, place: Place::Video, value, families }
}
const fn sound(name: &'static str, value: Value) -> Known {
    Known { name, place: Place::Sound, value, families: &[] }
}
const fn muxer(name: &'static str, value: Value) -> Known {
    Known { name, place: Place::Muxer, value, families: &[] }
}

const STRICT: Value = Value::IntOr(-2, 2, &["very", "strict", "normal", "unofficial", "experimental"]);
const X264: &[&str] = &["x264"];
const X26: &[&str] = &["x264", "x265"];
const VPX: &[&str] = &["vpx"];
const AOM: &[&str] = &["aom"];
const AV1: &[&str] = &["aom", "vpx"];
const SVT: &[&str] = &["svtav1"];
const MPEG: &[&str] = &["mpeg"];
const HARD: &[&str] = &["nvenc", "qsv", "amf", "vaapi", "videotoolbox"];

/// Options of the picture. Names that ffmpeg also knows for sound carry their specifier.
const VIDEO: &[Known] = &[
    video("pix_fmt", Value::Name),
    video("aspect", Value::Ratio),
    video("s", Value::Size),
    video("sws_flags", Value::Name),
    video("g", Value::Int(-1, 100_000)),
    video("keyint_min", Value::Int(-1, 100_000)),
    video("bf", Value::Int(-1, 16)),
    video("refs", Value::Int(0, 16)),
    video("qmin", Value::Int(-1, 69)),
    video("qmax", Value::Int(-1, 1024)),
    video("qdiff", Value::Int(-1, 1024)),
    video("qcomp", Value::Float(0.0, 10.0)),
    video("qblur", Value::Float(0.0, 100.0)),
    video("i_qfactor", Value::Float(-10.0, 10.0)),
    video("b_qfactor", Value::Float(-10.0, 10.0)),
    video("i_qoffset", Value::Float(-100.0, 100.0)),
    video("b_qoffset", Value::Float(-100.0, 100.0)),
    video("trellis", Value::Int(-1, 2)),
    video("me_range", Value::Int(-1, 1024)),
    video("subq", Value::Int(-1, 11)),
    video("cmp", Value::Name),
    video("subcmp", Value::Name),
    video("mbcmp", Value::Name),
    video("mbd", Value::IntOr(0, 2, &["simple", "bits", "rd"])),
    video("slices", Value::Int(0, 1024)),
    video("threads", Value::IntOr(0, 256, &["auto"])),
    video("thread_type", Value::Flags(&["frame", "slice"])),
    video(
        "flags",
        Value::Flags(&["ilme", "ildct", "cgop", "bitexact", "qpel", "loop", "mv4", "aic", "low_delay"]),
    ),
    video("field_order", Value::Words(&["progressive", "tt", "bb", "tb", "bt"])),
    video("color_primaries", Value::Name),
    video("color_trc", Value::Name),
    video("colorspace", Value::Name),
    video("color_range", Value::Name),
    video("chroma_sample_location", Value::Name),
    video("bits_per_raw_sample", Value::Int(0, 16)),
    video("compression_level", Value::Int(-1, 100)),
    video("level", Value::Name),
    video("profile:v", Value::Name),
    video("q:v", Value::Float(0.0, 255.0)),
    video("b:v", Value::Rate),
    video("strict:v", STRICT),
    video("sc_threshold", Value::Int(-1_000_000_000, 1_000_000_000)),
    video(
        "coder",
        Value::IntOr(-1, 2, &["default", "cavlc", "cabac", "vlc", "ac", "rice", "range_def", "range_tab"]),
    ),
    of(&["x264", "x265", "svtav1", "aom", "vpx"], "crf", Value::Float(-1.0, 63.0)),
    of(X264, "crf_max", Value::Float(-1.0, 51.0)),
    of(&["x264", "x265", "svtav1", "rav1e", "nvenc", "vaapi"], "qp", Value::Int(-1, 255)),
    of(&["x264", "x265", "svtav1", "nvenc", "qsv", "amf"], "preset", Value::Name),
    of(&["x264", "x265", "aom", "vpx", "nvenc"], "tune", Value::Names),
    of(X26, "forced-idr", Value::Bool),
    of(X26, "udu_sei", Value::Bool),
    of(X264, "aq-strength", Value::Float(-1.0, 10.0)),
    of(
        &["x264", "vpx", "aom"],
        "aq-mode",
        Value::IntOr(
            -1,
            4,
            &[
                "none",
                "variance",
                "autovariance",
                "autovariance-biased",
                "complexity",
                "cyclic",
                "equator360",
            ],
        ),
    ),
    of(X264, "psy", Value::Bool),
    of(X264, "psy-rd", Value::Numbers),
    of(&["x264", "nvenc"], "rc-lookahead", Value::Int(-1, 250)),
    of(X264, "weightb", Value::Bool),
    of(X264, "weightp", Value::IntOr(-1, 2, &["none", "simple", "smart"])),
    of(X264, "intra-refresh", Value::Bool),
    of(X264, "b-bias", Value::Int(-100, 100)),
    of(X264, "b-pyramid", Value::IntOr(-1, 2, &["none", "strict", "normal"])),
    of(X264, "b_strategy", Value::Int(-1, 2)),
    of(X264, "mixed-refs", Value::Bool),
    of(X264, "8x8dct", Value::Bool),
    of(X264, "fast-pskip", Value::Bool),
    of(X264, "aud", Value::Bool),
    of(X264, "mbtree", Value::Bool),
    of(X264, "deblock", Value::Numbers),
    of(X264, "cplxblur", Value::Float(-1.0, 1000.0)),
    of(X264, "partitions", Value::Name),
    of(X264, "direct-pred", Value::IntOr(-1, 3, &["none", "spatial", "temporal", "auto"])),
    of(X264, "slice-max-size", Value::Int(-1, 1_000_000)),
    of(X264, "me_method", Value::Words(&["dia", "hex", "umh", "esa", "tesa"])),
    of(X264, "motion-est", Value::Words(&["dia", "hex", "umh", "esa", "tesa"])),
    of(X264, "chromaoffset", Value::Int(-100, 100)),
    of(&["x264", "mpeg"], "noise_reduction", Value::Int(-1, 1_000_000)),
    of(X264, "a53cc", Value::Bool),
    of(X264, "x264-params", Value::Keyed("x264")),
    of(X264, "x264opts", Value::Keyed("x264")),
    of(&["x265"], "x265-params", Value::Keyed("x265")),
    of(SVT, "svtav1-params", Value::Keyed("svtav1")),
    of(AOM, "aom-params", Value::Keyed("aom")),
    of(SVT, "la_depth", Value::Int(-1, 120)),
    of(SVT, "tier", Value::Words(&["main", "high"])),
    of(SVT, "sc_detection", Value::Bool),
    of(SVT, "tile_columns", Value::Int(0, 4)),
    of(SVT, "tile_rows", Value::Int(0, 6)),
    of(AV1, "cpu-used", Value::Int(-16, 16)),
    of(AOM, "usage", Value::Words(&["good", "realtime", "allintra"])),
    of(AV1, "row-mt", Value::Bool),
    of(&["aom", "rav1e"], "tiles", Value::Name),
    of(&["aom", "vpx"], "tile-columns", Value::Int(-1, 6)),
    of(&["aom", "vpx"], "tile-rows", Value::Int(-1, 6)),
    of(AV1, "frame-parallel", Value::Bool),
    of(AV1, "auto-alt-ref", Value::Int(-1, 6)),
    of(AV1, "lag-in-frames", Value::Int(-1, 250)),
    of(AV1, "static-thresh", Value::Int(0, 1_000_000)),
    of(AOM, "arnr-max-frames", Value::Int(-1, 15)),
    of(AV1, "arnr-strength", Value::Int(-1, 6)),
    of(AOM, "denoise-noise-level", Value::Int(-1, 100)),
    of(AOM, "denoise-block-size", Value::Int(-1, 1024)),
    of(AOM, "enable-cdef", Value::Bool),
    of(AOM, "enable-restoration", Value::Bool),
    of(AOM, "enable-intrabc", Value::Bool),
    of(AOM, "enable-palette", Value::Bool),
    of(VPX, "deadline", Value::Words(&["best", "good", "realtime"])),
    of(VPX, "quality", Value::Words(&["best", "good", "realtime"])),
    of(VPX, "speed", Value::Int(-16, 16)),
    of(VPX, "arnr-maxframes", Value::Int(-1, 15)),
    of(VPX, "arnr-type", Value::IntOr(-1, 3, &["backward", "forward", "centered"])),
    of(VPX, "noise-sensitivity", Value::Int(0, 6)),
    of(VPX, "lossless", Value::Bool),
    of(VPX, "tune-content", Value::IntOr(-1, 2, &["default", "screen", "film"])),
    of(VPX, "enable-tpl", Value::Bool),
    of(VPX, "sharpness", Value::Int(-1, 7)),
    of(VPX, "error-resilient", Value::Flags(&["default", "partitions"])),
    of(&["rav1e"], "speed", Value::Int(-1, 10)),
    of(&["ffv1"], "context", Value::Int(0, 1)),
    of(&["ffv1"], "slicecrc", Value::Int(-1, 1)),
    of(&["huff"], "pred", Value::Name),
    of(&["prores"], "vendor", Value::Name),
    of(&["prores"], "bits_per_mb", Value::Int(0, 8192)),
    of(&["prores"], "mbs_per_slice", Value::Int(1, 8)),
    of(&["prores"], "quant_mat", Value::Words(&["auto", "proxy", "lt", "standard", "hq", "default"])),
    of(&["prores"], "alpha_bits", Value::Int(0, 16)),
    of(&["dnxhd"], "nitris_compat", Value::Bool),
    of(MPEG, "intra_vlc", Value::Bool),
    of(MPEG, "alternate_scan", Value::Bool),
    of(MPEG, "non_linear_quant", Value::Bool),
    of(MPEG, "dc", Value::Int(0, 8)),
    of(MPEG, "mpeg_quant", Value::Bool),
    of(MPEG, "huffman", Value::Words(&["default", "optimal"])),
    of(&["nvenc"], "cq", Value::Float(0.0, 51.0)),
    of(&["nvenc"], "rc", Value::Words(&["constqp", "vbr"])),
    of(&["nvenc"], "spatial-aq", Value::Bool),
    of(&["nvenc"], "temporal-aq", Value::Bool),
    of(&["nvenc"], "b_ref_mode", Value::Words(&["disabled", "each", "middle"])),
    of(HARD, "global_quality", Value::Int(0, 255)),
    of(&["amf"], "rc", Value::Words(&["cqp"])),
    of(&["amf"], "quality", Value::Words(&["speed", "balanced", "quality"])),
    of(&["amf"], "qp_i", Value::Int(-1, 255)),
    of(&["amf"], "qp_p", Value::Int(-1, 255)),
    of(&["amf"], "qp_b", Value::Int(-1, 51)),
    of(&["vaapi"], "rc_mode", Value::Words(&["CQP"])),
    of(&["videotoolbox"], "allow_sw", Value::Bool),
];

/// Options of the sound, which is encoded whole: a bit rate is welcome here.
const SOUND: &[Known] = &[
    sound("b:a", Value::Rate),
    sound("q:a", Value::Float(-10.0, 255.0)),
    sound("ac", Value::Int(1, 64)),
    sound("ar", Value::Int(4_000, 768_000)),
    sound("sample_fmt", Value::Name),
    sound("channel_layout", Value::Name),
    sound("profile:a", Value::Name),
    sound("strict:a", STRICT),
    sound("compression_level:a", Value::Int(-1, 100)),
    sound("cutoff", Value::Int(0, 96_000)),
    sound("aac_coder", Value::Words(&["anmr", "twoloop", "fast"])),
    sound("aac_ms", Value::Bool),
    sound("aac_is", Value::Bool),
    sound("aac_pns", Value::Bool),
    sound("aac_tns", Value::Bool),
    sound("application", Value::Words(&["voip", "audio", "lowdelay"])),
    sound("frame_duration", Value::Float(2.5, 120.0)),
    sound("packet_loss", Value::Int(0, 100)),
    sound("fec", Value::Bool),
    sound("vbr", Value::IntOr(0, 5, &["on", "off", "constrained"])),
    sound("mapping_family", Value::Int(-1, 255)),
    sound("apply_phase_inv", Value::Bool),
    sound("afterburner", Value::Bool),
    sound("iblock", Value::Float(-15.0, 0.0)),
    sound("reservoir", Value::Bool),
    sound("joint_stereo", Value::Bool),
    sound("abr", Value::Bool),
    sound("dialnorm", Value::Int(-31, -1)),
    sound("center_mixlev", Value::Float(0.0, 1.0)),
    sound("surround_mixlev", Value::Float(0.0, 1.0)),
    sound("lpc_type", Value::Words(&["none", "fixed", "levinson", "cholesky"])),
    sound("lpc_passes", Value::Int(1, 100)),
    sound("ch_mode", Value::Words(&["auto", "indep", "left_side", "right_side", "mid_side"])),
];

const MUXER: &[Known] = &[
    muxer(
        "movflags",
        Value::Flags(&[
            "faststart",
            "use_metadata_tags",
            "write_colr",
            "prefer_icc",
            "write_gama",
            "disable_chpl",
            "negative_cts_offsets",
        ]),
    ),
    muxer("brand", Value::Name),
    muxer("tag:v", Value::Name),
    muxer("tag:a", Value::Name),
    muxer("video_track_timescale", Value::Int(1, 1_000_000)),
    muxer("movie_timescale", Value::Int(1, 1_000_000)),
    muxer("cues_to_front", Value::Bool),
    muxer("cluster_size_limit", Value::Int(-1, 1_000_000_000)),
    muxer("cluster_time_limit", Value::Int(-1, 1_000_000)),
    muxer("default_mode", Value::Words(&["infer", "infer_no_subs", "passthrough"])),
    muxer(
        "mpegts_flags",
        Value::Flags(&["resend_headers", "latm", "pat_pmt_at_frames", "system_b", "initial_discontinuity"]),
    ),
    muxer("mpegts_service_id", Value::Int(1, 65_535)),
    muxer("mpegts_m2ts_mode", Value::Bool),
    muxer("muxrate", Value::Rate),
    muxer("fflags", Value::Flags(&["bitexact"])),
    muxer("max_interleave_delta", Value::Int(0, 100_000_000)),
];

const _: () = assert!(SIDE_MAX >= 8192, "8K must be possible");

/// Other ways to write an option: what people type, without the dash → our name.
const ALIASES: &[(&str, &str)] = &[
    ("vcodec", "c:v"),
    ("acodec", "c:a"),
    ("scodec", "c:s"),
    ("vf", "filter:v"),
    ("af", "filter:a"),
    ("vb", "b:v"),
    ("ab", "b:a"),
    ("aq", "q:a"),
    ("vtag", "tag:v"),
    ("atag", "tag:a"),
    ("vprofile", "profile:v"),
    ("aprofile", "profile:a"),
    ("ch_layout", "channel_layout"),
    ("x265params", "x265-params"),
    ("row_mt", "row-mt"),
];
/// The same for the part before the specifier.
const BASES: &[(&str, &str)] = &[("codec", "c"), ("qscale", "q")];

/// An option as typed, taken apart: `-b:a:1` is `b`, sound, track 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) base: String,
    pub(super) spec: Option<Place>,
    /// `s` for subtitles, which have no options of their own but the codec.
    pub(super) subtitle: bool,
    pub(super) track: Option<u32>,
}

/// `None` where the specifier is none that we know.
pub(super) fn name(typed: &str) -> Option<Name> {
    let typed = ALIASES.iter().find(|(alias, _)| *alias == typed).map_or(typed, |(_, name)| name);
    let (base, spec) = typed.split_once(':').map_or((typed, None), |(base, spec)| (base, Some(spec)));
    let base = BASES.iter().find(|(alias, _)| *alias == base).map_or(base, |(_, name)| name).to_owned();
    let Some(spec) = spec else { return Some(Name { base, spec: None, subtitle: false, track: None }) };
    let (letter, track) = spec.split_once(':').map_or((spec, None), |(letter, track)| (letter, Some(track)));
    let track = match track {
        None => None,
        Some(text) => Some(self::track(text)?),
    };
    let spec = match letter {
        "v" | "V" => Some(Place::Video),
        "a" => Some(Place::Sound),
        "s" => None,
        _ => return None,
    };
    Some(Name { base, spec, subtitle: letter == "s", track })
}

/// The number of a stream of its kind.
pub(super) fn track(text: &str) -> Option<u32> {
    let digits = matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// What we know under this name. A table's name with a specifier is known only with it; one without,
/// with its own kind of specifier or none.
pub(super) fn find<'a>(name: &'a Name) -> impl Iterator<Item = &'static Known> + use<'a> {
    VIDEO.iter().chain(SOUND).chain(MUXER).filter(move |known| {
        let (base, letter) =
            known.name.split_once(':').map_or((known.name, None), |(base, l)| (base, Some(l)));
        let place = match letter {
            Some("a") => Some(Place::Sound),
            Some(_) => Some(Place::Video),
            None => None,
        };
        base == name.base
            && !name.subtitle
            && match (place, name.spec) {
                (Some(wanted), said) => said == Some(wanted),
                (None, None) => true,
                (None, Some(said)) => said == known.place,
            }
    })
}

/// True where the option is known with a specifier and needs it said: `-b` is `-b:v` or `-b:a`.
pub(super) fn needs_specifier(base: &str) -> Option<&'static str> {
    match base {
        "c" => Some("-c:v, -c:a or -c:s"),
        "filter" => Some("-vf or -af"),
        "b" => Some("-b:a"),
        "q" => Some("-q:v or -q:a"),
        "profile" => Some("-profile:v or -profile:a"),
        "tag" => Some("-tag:v or -tag:a"),
        _ => None,
    }
}

/// The whole table.
pub fn all() -> impl Iterator<Item = &'static Known> {
    VIDEO.iter().chain(SOUND).chain(MUXER)
}

/// All names that can be meant, for "did you mean".
pub(super) fn all_names() -> impl Iterator<Item = &'static str> {
    let aliases = ALIASES.iter().map(|(alias, _)| *alias);
    let known = VIDEO.iter().chain(SOUND).chain(MUXER).map(|known| known.name);
    known.chain(aliases).chain(["c:v", "c:a", "c:s", "filter:v", "filter:a", "an", "sn", "metadata"])
}
