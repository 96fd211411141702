//! The lists of the encoders' own parameters, key by key: ffmpeg takes each that we take.

use std::process::Command;

use ffmpeg_cluster_common::media::params::grammar;
use harness::judge;

struct List {
    name: &'static str,
    encoder: &'static str,
    option: &'static str,
    /// Values of keys that do not take a 1.
    values: &'static [(&'static str, &'static str)],
}

const LISTS: &[List] = &[
    List {
        name: "x264",
        encoder: "libx264",
        option: "-x264-params",
        values: &[
            ("analyse partitions", "all"),
            ("colormatrix colorprim transfer", "bt709"),
            ("cqm", "flat"),
            ("deblock psy-rd", "1,1"),
            ("direct", "auto"),
            ("fullrange", "on"),
            ("keyint", "50"),
            ("level", "4"),
            ("me", "hex"),
            ("overscan", "show"),
            ("range", "pc"),
            ("sar", "1/1"),
            ("videoformat", "pal"),
        ],
    },
    List {
        name: "x265",
        encoder: "libx265",
        option: "-x265-params",
        values: &[
            ("colormatrix colorprim transfer", "bt709"),
            ("ctu max-tu-size qg-size", "32"),
            ("deblock", "1,1"),
            ("keyint", "50"),
            ("level-idc", "5"),
            ("log-level", "error"),
            ("log2-max-poc-lsb min-cu-size", "8"),
            ("master-display", "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,500)"),
            ("max-cll", "1000,400"),
            ("me", "hex"),
            ("overscan", "show"),
            ("range", "full"),
            ("rc-lookahead", "20"),
            ("rd", "3"),
            ("uhd-bd interlace", "0"),
            ("videoformat", "pal"),
        ],
    },
    List {
        name: "svtav1",
        encoder: "libsvtav1",
        option: "-svtav1-params",
        values: &[
            ("chroma-sample-position", "left"),
            ("color-range enable-overlays lossless pin tile-columns tile-rows", "0"),
            ("content-light", "1000,400"),
            ("crf qp", "30"),
            ("hierarchical-levels", "3"),
            ("keyint", "50"),
            ("level", "40"),
            (
                "mastering-display",
                "G(0.2650,0.6900)B(0.1500,0.0600)R(0.6800,0.3200)WP(0.3127,0.3290)L(1000.0,0.0001)",
            ),
            ("max-qp", "60"),
            ("max-tx-size", "64"),
            ("preset", "10"),
            ("variance-octile", "6"),
        ],
    },
    List {
        name: "aom",
        encoder: "libaom-av1",
        option: "-aom-params",
        values: &[
            ("chroma-sample-position", "vertical"),
            ("color-primaries matrix-coefficients transfer-characteristics", "bt709"),
            ("cpu-used min-partition-size", "8"),
            ("denoise-block-size", "32"),
            ("max-gf-interval", "16"),
            ("min-gf-interval", "4"),
            ("max-partition-size sb-size", "64"),
            ("tune", "psnr"),
            ("tune-content", "default"),
        ],
    },
];

/// Keys that only newer versions of a library know; another one says that it does not.
const NEWER: &[(&str, &str)] = &[(
    "svtav1",
    "ac-bias enable-alt-cdef enable-variance-boost fast-decode lossless max-tx-size noise-norm-strength photon-noise \
     psy-rd qm-max qm-min sharpness startup-mg-size tf-strength variance-boost-strength variance-octile",
)];

fn listed(names: &str, key: &str) -> bool {
    names.split_whitespace().any(|name| name == key)
}

/// What ffmpeg says against it.
fn refusal(list: &List, key: &str) -> Option<String> {
    let value = list.values.iter().find(|(names, _)| listed(names, key)).map_or("1", |(_, value)| value);
    let pair = format!("{key}={value}");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=64x64:r=25", "-frames:v", "1"]);
    ffmpeg.args(["-c:v", list.encoder, list.option, &pair, "-f", "null", "-"]);
    let ended = ffmpeg.output().expect("ffmpeg runs");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    let complains = said.contains("Error setting option") || said.contains("Error parsing option");
    (complains || !ended.status.success()).then_some(format!("{pair}: {said}"))
}

#[test]
fn ffmpeg_takes_each_key_of_the_lists() {
    for list in LISTS {
        if !judge::has_encoder(list.encoder) {
            judge::not_checked(list.name, "this ffmpeg lacks the encoder");
            continue;
        }
        let table = grammar::LISTS.into_iter().find(|one| one.name == list.name).expect("a list of ours");
        for key in table.keys.split_whitespace() {
            let Some(refusal) = refusal(list, key) else { continue };
            let newer = NEWER.iter().any(|(name, keys)| *name == list.name && listed(keys, key));
            assert!(newer, "{} {refusal}", list.option);
            judge::not_checked(key, "this library is older than it");
        }
    }
}
