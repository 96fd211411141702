//! The table of picture encoders, one row each.

use super::row::{
    BitRate, CONSTANT, HdrNames, InHardware, Levels, OwnList, PLAIN, Paces, RateControl, VideoEncoder,
};

type Words = &'static [&'static str];

const fn soft(name: &'static str, codec: &'static str, family: &'static str) -> VideoEncoder {
    VideoEncoder { name, codec, family, ..PLAIN }
}
/// An encoder of the MPEG family, with quality set by `-q:v`.
const fn rated(name: &'static str, codec: &'static str, family: &'static str) -> VideoEncoder {
    VideoEncoder { rate_control: told(Q), ..soft(name, codec, family) }
}
/// A lossless encoder that keeps RGB.
const fn lossless(name: &'static str, codec: &'static str, family: &'static str) -> VideoEncoder {
    VideoEncoder { keeps_rgb: true, ..soft(name, codec, family) }
}
const fn x264(name: &'static str) -> VideoEncoder {
    VideoEncoder {
        presets: X26_PRESETS,
        tunes: Some(&[
            "film",
            "animation",
            "grain",
            "stillimage",
            "psnr",
            "ssim",
            "fastdecode",
            "zerolatency",
        ]),
        rate_control: may_be_told(CRF_QP),
        pace: PRESET,
        reorders: true,
        looks_ahead: 60,
        ..soft(name, "h264", "x264")
    }
}
const fn vpx(name: &'static str, codec: &'static str) -> VideoEncoder {
    VideoEncoder {
        levels: Levels::Said,
        looks_ahead: 48,
        rate_control: may_be_told(&["crf"]),
        pace: &["cpu-used", "speed", "deadline"],
        ..soft(name, codec, "vpx")
    }
}
const fn hard(name: &'static str, codec: &'static str, family: &'static str, quality: Words) -> VideoEncoder {
    VideoEncoder {
        hardware: true,
        rate_control: told(quality),
        pace: PRESET,
        leaves_range_unsaid: true,
        ..soft(name, codec, family)
    }
}
/// One of these options must set the quality.
const fn told(quality: Words) -> RateControl {
    RateControl { quality, needs_quality: !quality.is_empty(), ..CONSTANT }
}
/// One of these options may set the quality; the default is constant quality too.
const fn may_be_told(quality: Words) -> RateControl {
    RateControl { quality, ..CONSTANT }
}

const PRESET: Words = &["preset"];
const CRF_QP: Words = &["crf", "qp"];
const Q: Words = &["q:v"];
const NVENC: Words = &["cq", "qp"];
const QSV: Words = &["global_quality", "q:v"];
const AMF: Words = &["qp_i"];
const VAAPI: Words = &["qp", "global_quality"];

const X26_PRESETS: Option<Words> = Some(&[
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
]);
const X264_LIST: OwnList = OwnList {
    names: &["x264-params", "x264opts"],
    hdr: HdrNames { display: "mastering-display", light: "cll", chromaticity: 50_000, luminance: 10_000 },
    lower_first: "bff=1",
};
const X265_LIST: OwnList = OwnList {
    names: &["x265-params"],
    hdr: HdrNames { display: "master-display", light: "max-cll", chromaticity: 50_000, luminance: 10_000 },
    lower_first: "",
};
/// This list takes the HDR numbers unscaled.
const SVT_LIST: OwnList = OwnList {
    names: &["svtav1-params"],
    hdr: HdrNames { display: "mastering-display", light: "content-light", chromaticity: 1, luminance: 1 },
    lower_first: "",
};
const fn x26(crf: f64) -> Option<InHardware> {
    Some(InHardware { crf: Some(crf), crf_end: 51.0, qp_end: 51.0, paces: Paces::Words })
}
const fn av1(qp_end: f64, steps: [i64; 6]) -> Option<InHardware> {
    Some(InHardware { crf: None, crf_end: 63.0, qp_end, paces: Paces::Steps(steps) })
}

/// In the order in which a client tests them: the most common first.
pub(super) const VIDEO: &[VideoEncoder] = &[
    VideoEncoder {
        levels: Levels::SaidByFormat,
        codes_fields: true,
        leaves_range_unsaid: true,
        list: Some(&X264_LIST),
        in_hardware: x26(23.0),
        ..x264("libx264")
    },
    VideoEncoder {
        presets: X26_PRESETS,
        tunes: Some(&["psnr", "ssim", "grain", "fastdecode", "zerolatency", "animation"]),
        levels: Levels::SaidByFormat,
        leaves_range_unsaid: true,
        looks_ahead: 60,
        list: Some(&X265_LIST),
        rate_control: may_be_told(CRF_QP),
        pace: PRESET,
        in_hardware: x26(28.0),
        ..soft("libx265", "hevc", "x265")
    },
    VideoEncoder {
        levels: Levels::Said,
        looks_ahead: 120,
        list: Some(&SVT_LIST),
        rate_control: may_be_told(CRF_QP),
        pace: PRESET,
        in_hardware: av1(63.0, [1, 3, 5, 7, 9, 10]),
        ..soft("libsvtav1", "av1", "svtav1")
    },
    vpx("libvpx-vp9", "vp9"),
    VideoEncoder {
        levels: Levels::UnsaidInPlain,
        slices_by_machine: true,
        ..lossless("ffv1", "ffv1", "ffv1")
    },
    VideoEncoder { rate_control: told(&["crf"]), ..vpx("libvpx", "vp8") },
    VideoEncoder {
        levels: Levels::Said,
        looks_ahead: 48,
        rate_control: may_be_told(&["crf"]),
        pace: &["cpu-used"],
        in_hardware: av1(63.0, [0, 1, 2, 4, 5, 7]),
        tried_with: "-cpu-used 8",
        ..soft("libaom-av1", "av1", "aom")
    },
    VideoEncoder {
        levels: Levels::Said,
        looks_ahead: 120,
        rate_control: may_be_told(&["qp"]),
        pace: &["speed"],
        in_hardware: av1(255.0, [0, 2, 4, 6, 8, 9]),
        ..soft("librav1e", "av1", "rav1e")
    },
    VideoEncoder { keeps_rgb: true, ..x264("libx264rgb") },
    VideoEncoder { constant_rate: true, codes_fields: true, ..rated("mpeg4", "mpeg4", "mpeg") },
    VideoEncoder { constant_rate: true, codes_fields: true, ..rated("mpeg2video", "mpeg2video", "mpeg") },
    soft("prores_ks", "prores", "prores"),
    soft("prores", "prores", "prores"),
    soft("prores_aw", "prores", "prores"),
    VideoEncoder {
        rate_control: RateControl { bit_rate: BitRate::Profile("b:v"), ..CONSTANT },
        constant_rate: true,
        // The encoder knows only the sizes and rates of its standard,
        // and derives the profile from the bit rate.
        tried_with: "-vf scale=1280:720,format=yuv422p10le -profile:v dnxhr_hqx",
        ..soft("dnxhd", "dnxhd", "dnxhd")
    },
    VideoEncoder { rows: 8, ..soft("cfhd", "cfhd", "cfhd") },
    lossless("ffvhuff", "ffvhuff", "huff"),
    lossless("huffyuv", "huffyuv", "huff"),
    lossless("utvideo", "utvideo", "huff"),
    lossless("magicyuv", "magicyuv", "huff"),
    VideoEncoder { levels: Levels::Stretched, ..rated("mjpeg", "mjpeg", "mpeg") },
    rated("libtheora", "theora", "theora"),
    VideoEncoder {
        constant_rate: true,
        no_b_frames: Some(
            "libxvid never writes its last frames if it makes B-frames; use mpeg4 instead, or add -bf 0",
        ),
        ..rated("libxvid", "mpeg4", "mpeg")
    },
    VideoEncoder { constant_rate: true, ..rated("mpeg1video", "mpeg1video", "mpeg") },
    lossless("rawvideo", "rawvideo", "raw"),
    lossless("png", "png", "png"),
    rated("snow", "snow", "mpeg"),
    soft("v210", "v210", "raw"),
    VideoEncoder { constant_rate: true, ..rated("msmpeg4", "msmpeg4v3", "mpeg") },
    rated("msmpeg4v2", "msmpeg4v2", "mpeg"),
    rated("wmv1", "wmv1", "mpeg"),
    rated("wmv2", "wmv2", "mpeg"),
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
