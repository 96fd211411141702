//! Tables: the usual rungs, the encoders of rungs, and the options about which a ladder decides itself.

use super::cap::Cap;

/// A usual rung: the height in its name, and the most kilobits a second that H.264 needs for it.
pub(super) struct Usual {
    pub(super) height: u32,
    kilobits: u64,
}

const fn usual(height: u32, kilobits: u64) -> Usual {
    Usual { height, kilobits }
}

/// From the largest.
pub(super) const USUAL: [Usual; 7] = [
    usual(2160, 16_000),
    usual(1440, 9_000),
    usual(1080, 5_000),
    usual(720, 2_800),
    usual(480, 1_400),
    usual(360, 800),
    usual(240, 400),
];

/// An encoder that begins media segments exactly where it is told to, and nowhere else.
pub(super) struct Encoder {
    pub(super) name: &'static str,
    pub(super) quality: &'static str,
    /// Of the kilobits that H.264 needs, in percent; None if it takes no bound.
    pub(super) bound: Option<u64>,
    pub(super) keys: KeyFrames,
}

/// What an encoder must be told to make key frames where they are forced, and nowhere else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct KeyFrames {
    /// Options with their values.
    pub(crate) options: &'static [(&'static str, &'static str)],
    /// What to add to the encoder's own list of parameters.
    pub(crate) list: &'static str,
}

pub(super) const ENCODERS: [Encoder; 3] = [
    Encoder {
        name: "libx264",
        quality: "-crf 21",
        bound: Some(100),
        keys: KeyFrames {
            options: &[("forced-idr", "1"), ("sc_threshold", "0"), ("flags", "+cgop")],
            list: "",
        },
    },
    Encoder {
        name: "libx265",
        quality: "-crf 23",
        bound: Some(60),
        // The settings that it writes into the stream differ between machines of one kind, and so
        // would the heads.
        keys: KeyFrames { options: &[("forced-idr", "1")], list: "info=0:wpp=1:open-gop=0:scenecut=0" },
    },
    Encoder {
        name: "libvpx-vp9",
        quality: "-crf 31",
        bound: None,
        keys: KeyFrames { options: &[], list: "" },
    },
];

/// Options about which the ladder decides itself, with the reason.
pub(super) const REFUSED: [(&[&str], &str); 4] = [
    (
        &["g", "keyint_min", "sc_threshold", "intra-refresh", "forced-idr"],
        "key frames are at the beginnings of media segments",
    ),
    (&["s", "aspect"], "the rung's height says the size"),
    (&["flags"], "the ladder sets them"),
    (&["x264opts"], "-x264-params takes the same keys"),
];
/// The same within lists of an encoder's own parameters.
pub(super) const KEYS_REFUSED: [&str; 9] = [
    "keyint",
    "min-keyint",
    "scenecut",
    "no-scenecut",
    "open-gop",
    "intra-refresh",
    "interlace",
    "tff",
    "bff",
];

impl Encoder {
    pub(super) fn of(name: &str) -> Option<&'static Self> {
        ENCODERS.iter().find(|encoder| encoder.name == name)
    }

    /// What the smallest usual rung needs that is not smaller.
    pub(super) fn cap(&self, height: u32) -> Option<Cap> {
        let enough = USUAL.iter().rev().find(|usual| usual.height >= height).unwrap_or(&USUAL[0]);
        let rate = enough.kilobits * self.bound? / 100;
        Some(Cap { rate, buffer: rate })
    }
}
