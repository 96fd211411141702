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
    intra-refresh ipratio keyint level-idc limit-modes limit-refs limit-tu log2-max-poc-lsb lookahead-slices \
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
const AOM: &str = "aq-mode arnr-maxframes arnr-strength auto-alt-ref bit-depth cdf-update-mode chroma-sample-position \
    color-primaries cpu-used cq-level deltaq-mode denoise-noise-level denoise-block-size disable-trellis-quant \
    enable-cdef enable-chroma-deltaq enable-dnl-denoising enable-fwd-kf enable-keyframe-filtering enable-qm \
    enable-restoration enable-tpl-model end-usage error-resilient film-grain-test gf-max-pyr-height gf-min-pyr-height \
    kf-max-dist kf-min-dist lag-in-frames loopfilter-sharpness lossless matrix-coefficients max-gf-interval \
    max-partition-size min-gf-interval min-partition-size qm-max qm-min quant-b-adapt row-mt sb-size sharpness \
    static-thresh superblock-size threads tile-columns tile-rows transfer-characteristics tune tune-content";

fn keys(list: &str) -> &'static str {
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
        let value_is_plain = value.is_none_or(|value| {
            (is_name(&value.replace([',', '(', ')', '/'], "+")) && !value.starts_with('/'))
                || plain_numbers(value)
        });
        if !value_is_plain || (plain == "end-usage" && !matches!(value, Some("q" | "3"))) {
            return Err(Refusal::new(format!("{option} {pair}"), "this value is not taken"));
        }
        out.push(pair);
    }
    Ok(out.join(":"))
}

/// A mastering display, `G(13250,34500)B(…)…`, is longer than a name.
fn plain_numbers(value: &str) -> bool {
    value.len() <= 160
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'(' | b')' | b',' | b'.'))
}
