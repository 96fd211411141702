//! Parameter lists such as `-x264-params`: the allowed keys of each, and bounds on their values.
//! A library's list also has keys for files, statistics
//! and second passes, so we allow only keys that concern the picture.

/// The parameter list of one encoder.
#[derive(Debug)]
pub struct List {
    pub name: &'static str,
    /// All allowed keys.
    pub keys: &'static str,
    /// Keys that make the library hold pictures or start threads,
    /// with the largest value that they may have.
    pub(crate) most: &'static [KeyLimit],
}

/// The largest value that some keys may have.
#[derive(Debug)]
pub(crate) struct KeyLimit {
    pub keys: &'static str,
    pub most: u32,
}

const fn most(keys: &'static str, most: u32) -> KeyLimit {
    KeyLimit { keys, most }
}

pub(super) const X264: List = List {
    name: "x264",
    keys: X264_KEYS,
    most: &[
        most("threads lookahead-threads", 128),
        most("bframes ref", 16),
        most("rc-lookahead sync-lookahead", 250),
        most("slices slices-max", 1024),
    ],
};
pub(super) const X265: List = List {
    name: "x265",
    keys: X265_KEYS,
    most: &[
        most("bframes ref frame-threads lookahead-slices", 16),
        most("lookahead-threads", 32),
        most("rc-lookahead gop-lookahead", 250),
        most("slices", 256),
    ],
};
pub(super) const SVTAV1: List =
    List { name: "svtav1", keys: SVTAV1_KEYS, most: &[most("lookahead", 120), most("lp", 128)] };
pub(super) const AOM: List = List { name: "aom", keys: AOM_KEYS, most: &[] };

/// All lists.
pub const LISTS: [&List; 4] = [&X264, &X265, &SVTAV1, &AOM];

/// Keys that take a word or a file name, with the allowed words.
pub(crate) const WORDS: &[(&str, &[&str])] = &[("cqm", &["flat", "jvt"])];

impl List {
    pub(crate) fn knows(&self, key: &str) -> bool {
        listed(self.keys, key)
    }
    /// The largest value that the key may have, if it is bounded.
    pub fn most(&self, key: &str) -> Option<u32> {
        self.most.iter().find(|row| listed(row.keys, key)).map(|row| row.most)
    }
}

fn listed(keys: &str, key: &str) -> bool {
    keys.split_whitespace().any(|known| known == key)
}

const X264_KEYS: &str = "8x8dct aq-mode aq-strength analyse aud b-adapt b-bias b-pyramid bff bframes bluray-compat cabac \
    chroma-me chroma-qp-offset chromaloc colormatrix colorprim cplxblur cqm crf crf-max dct-decimate deadzone-inter \
    deadzone-intra deblock direct fast-pskip fullrange intra-refresh ipratio keyint level lookahead-threads mbtree me \
    merange min-keyint mixed-refs mvrange no-8x8dct no-cabac no-chroma-me no-dct-decimate no-deblock no-fast-pskip \
    no-mbtree no-mixed-refs no-psy no-scenecut no-weightb non-deterministic nr open-gop overscan partitions pbratio \
    psy psy-rd qblur qcomp qp qpmax qpmin qpstep range rc-lookahead ref repeat-headers sar scenecut sliced-threads \
    slices slices-max stitchable subme subq sync-lookahead tff threads transfer trellis videoformat weightb weightp";
const X265_KEYS: &str = "amp aq-mode aq-motion aq-strength aud b-adapt b-intra b-pyramid bframes bframe-bias \
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
const SVTAV1_KEYS: &str = "ac-bias aq-mode chroma-sample-position color-primaries color-range content-light crf \
    enable-alt-cdef enable-cdef enable-dlf enable-mfmv enable-overlays enable-qm enable-restoration enable-tf \
    enable-variance-boost fast-decode film-grain film-grain-denoise hierarchical-levels irefresh-type keyint level \
    lookahead lossless lp mastering-display matrix-coefficients max-qp max-tx-size min-qp noise-norm-strength \
    photon-noise pin preset psy-rd qm-max qm-min qp scd scm sharpness startup-mg-size tf-strength tile-columns tile-rows \
    transfer-characteristics tune variance-boost-strength variance-octile";
/// Sizes, threads and groups of pictures are missing:
/// only libaom's own program has options for them, not the library's list.
const AOM_KEYS: &str = "aq-mode arnr-maxframes arnr-strength auto-alt-ref cdf-update-mode chroma-sample-position \
    color-primaries cpu-used cq-level deltaq-mode denoise-noise-level denoise-block-size disable-trellis-quant \
    enable-cdef enable-chroma-deltaq enable-dnl-denoising enable-keyframe-filtering enable-qm \
    enable-restoration enable-tpl-model error-resilient film-grain-test gf-max-pyr-height gf-min-pyr-height \
    lossless matrix-coefficients max-gf-interval max-partition-size min-gf-interval min-partition-size qm-max \
    qm-min quant-b-adapt row-mt sb-size sharpness static-thresh tile-columns tile-rows \
    transfer-characteristics tune tune-content";
