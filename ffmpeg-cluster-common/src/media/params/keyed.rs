//! `-x264-params` and its like: lists of `key=value` that go straight to a library. A library's list also
//! knows files, statistics and second passes; so only keys that concern the picture are taken.

use super::Refusal;
use super::values::is_name;

const X264: &str = "8x8dct aq-mode aq-strength analyse aud b-adapt b-bias b-pyramid bff bframes bluray-compat cabac \
    chroma-me chroma-qp-offset chromaloc colormatrix colorprim cplxblur cqm crf crf-max dct-decimate deadzone-inter \
    deadzone-intra deblock direct fast-pskip fullrange intra-refresh ipratio keyint level lookahead-threads mbtree me \
    merange min-keyint mixed-refs mvrange no-8x8dct no-cabac no-chroma-me no-dct-decimate no-deblock no-fast-pskip \
    no-mbtree no-mixed-refs no-psy no-scenecut no-weightb non-deterministic nr open-gop overscan partitions pbratio \
    psy psy-rd qblur qcomp qp qpmax qpmin qpstep range rc-lookahead ref repeat-headers sar scenecut sliced-threads \
    slices slices-max stitchable subme subq sync-lookahead tff threads transfer trellis videoformat weightb weightp";
const X265: &str = "amp aq-mode aq-motion aq-strength aud b-adapt b-intra b-pyramid bframes bframe-bias \
    bpyramid cbqpoffs chromaloc chroma-qp-offset cll colormatrix colorprim constrained-intra copy-pic crf crf-max \
    crf-min crqpoffs ctu cu-lossless cutree deblock dynamic-rd dynamic-refine early-skip fades fast-intra \
    frame-threads gop-lookahead hdr hdr10 hdr10-opt hevc-aq high-tier idr-recovery-sei interlace \
    intra-refresh ipratio keyint level-idc limit-modes limit-refs limit-tu log-level log2-max-poc-lsb lookahead-slices \
    lookahead-threads lossless lowpass-dct master-display max-ausize-factor max-cll max-luma max-merge max-tu-size me \
    merange min-cu-size min-keyint min-luma no-amp no-b-intra no-cutree no-deblock \
    no-early-skip no-fast-intra no-hdr10-opt no-info no-open-gop no-psy-rd no-psy-rdoq no-rect no-rskip \
    no-sao no-scenecut no-signhide no-strong-intra-smoothing no-tskip no-weightb no-weightp no-wpp nr-inter nr-intra \
    open-gop overscan pbratio pmode pme pools psy-rd psy-rdoq qblur qcomp qg-size qp qpmax qpmin qpstep range rc-grain \
    rc-lookahead rd rd-refine rdoq rdoq-level rdpenalty rect ref refine-ctu-distortion repeat-headers rskip \
    rskip-edge-threshold sao sao-non-deblock sar scenecut scenecut-bias selective-sao signhide slices splitrd-skip \
    ssim-rd strong-intra-smoothing subme temporal-mvp transfer tskip tskip-fast tu-inter-depth tu-intra-depth \
    uhd-bd videoformat vui-timing-info weightb weightp wpp";
const SVTAV1: &str = "ac-bias aq-mode chroma-sample-position color-primaries color-range content-light crf \
    enable-alt-cdef enable-cdef enable-dlf enable-mfmv enable-overlays enable-qm enable-restoration enable-tf \
    enable-variance-boost fast-decode film-grain film-grain-denoise hierarchical-levels irefresh-type keyint level \
    lookahead lossless lp mastering-display matrix-coefficients max-qp max-tx-size min-qp noise-norm-strength \
    photon-noise pin preset psy-rd qm-max qm-min qp scd scm sharpness startup-mg-size tf-strength tile-columns tile-rows \
    transfer-characteristics tune variance-boost-strength variance-octile";
/// What libaom's own program also knows of sizes, threads and groups of pictures is no option of the library's list.
const AOM: &str = "aq-mode arnr-maxframes arnr-strength auto-alt-ref cdf-update-mode chroma-sample-position \
    color-primaries cpu-used cq-level deltaq-mode denoise-noise-level denoise-block-size disable-trellis-quant \
    enable-cdef enable-chroma-deltaq enable-dnl-denoising enable-keyframe-filtering enable-qm \
    enable-restoration enable-tpl-model error-resilient film-grain-test gf-max-pyr-height gf-min-pyr-height \
    lossless matrix-coefficients max-gf-interval max-partition-size min-gf-interval min-partition-size qm-max \
    qm-min quant-b-adapt row-mt sb-size sharpness static-thresh tile-columns tile-rows \
    transfer-characteristics tune tune-content";

pub fn keys(list: &str) -> &'static str {
    match list {
        "x264" => X264,
        "x265" => X265,
        "svtav1" => SVTAV1,
        _ => AOM,
    }
}

/// Reads `key=value:key:no-key` and prints it again. `option` is what the person typed.
pub(super) fn params(list: &str, option: &str, text: &str) -> Result<String, Refusal> {
    let mut out = Vec::new();
    for pair in text.split(':') {
        let (key, value) = pair.split_once('=').map_or((pair, None), |(key, value)| (key, Some(value)));
        let plain = key.replace('_', "-");
        if !keys(list).split_whitespace().any(|known| known == plain) {
            return Err(Refusal::new(
                format!("{option} {key}"),
                "this key of the list is not taken: it is unknown, or reads or writes files, or needs the whole film",
            ));
        }
        if let Some(value) = value {
            judged(list, &plain, value).map_err(|why| Refusal::new(format!("{option} {pair}"), why))?;
        }
        out.push(pair);
    }
    Ok(out.join(":"))
}

/// Keys by which a library holds pictures or starts threads: the most that may be asked for.
pub const MOST: &[(&str, &str, u32)] = &[
    ("x264", "threads lookahead-threads", 128),
    ("x264", "bframes ref", 16),
    ("x264", "rc-lookahead sync-lookahead", 250),
    ("x264", "slices slices-max", 1024),
    ("x265", "bframes ref frame-threads lookahead-slices", 16),
    ("x265", "lookahead-threads", 32),
    ("x265", "rc-lookahead gop-lookahead", 250),
    ("x265", "slices", 256),
    ("svtav1", "lookahead", 120),
    ("svtav1", "lp", 128),
];
/// Keys that take a word or the name of a file: the words.
const WORDS: &[(&str, &[&str])] = &[("cqm", &["flat", "jvt"])];

fn judged(list: &str, key: &str, value: &str) -> Result<(), String> {
    let listed = |names: &str| names.split_whitespace().any(|known| known == key);
    if let Some((_, words)) = WORDS.iter().find(|(known, _)| *known == key) {
        let holds = words.contains(&value);
        return if holds {
            Ok(())
        } else {
            Err(format!("this value is not taken; {} is", words.join(" or ")))
        };
    }
    if let Some((_, _, most)) = MOST.iter().find(|(known, names, _)| *known == list && listed(names)) {
        let number =
            value.bytes().all(|b| b.is_ascii_digit()) && value.parse::<u32>().is_ok_and(|n| n <= *most);
        return if number || value == "auto" { Ok(()) } else { Err(format!("at most {most} is taken")) };
    }
    if is_plain(value) || plain_numbers(value) { Ok(()) } else { Err("this value is not taken".to_owned()) }
}

/// A word, or numbers with `,` and `/` between them. What has a `/` and anything else is a path.
fn is_plain(value: &str) -> bool {
    let numbers = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b','));
    if value.contains('/') {
        return value.len() <= 64 && value.split('/').all(|part| !part.is_empty() && numbers(part));
    }
    is_name(&value.replace([',', '(', ')'], "+"))
}

/// A mastering display, `G(13250,34500)B(…)…`, is longer than a name.
fn plain_numbers(value: &str) -> bool {
    value.len() <= 160
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'(' | b')' | b',' | b'.'))
}
