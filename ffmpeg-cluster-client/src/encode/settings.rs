//! The owner's settings of how this machine encodes.

use std::path::PathBuf;

use ffmpeg_cluster_common::media::params::Allowed;
use ffmpeg_cluster_common::media::source::formats::Formats;
use ffmpeg_cluster_common::time::Millis;
use ffmpeg_cluster_common::tools::builds::Wish;

/// The checked settings of the encoding client.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) work_dir: PathBuf,
    pub(crate) benchmark_secs: u32,
    pub(crate) reconnect_delay: Millis,
    pub(crate) persistent: bool,
    /// When asked to stop, finish the segment that is being encoded.
    pub(crate) drain: bool,
    /// Install another release of this program from a server that needs it.
    pub(crate) self_update: bool,
    pub(crate) hw_accel: HwAccel,
    pub(crate) hw_slots: u32,
    /// How ffmpeg is found or fetched.
    pub(crate) ffmpeg: Wish,
    pub(crate) name: Option<String>,
    /// The file for `--trace`.
    pub(crate) trace: Option<PathBuf>,
    /// Encoder options that the owner accepts beyond our tables.
    pub(crate) allowed: Allowed,
    pub(crate) formats: Formats,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HwAccel {
    Auto,
    None,
    Nvenc,
    Qsv,
    Vaapi,
    Videotoolbox,
    Amf,
}

impl HwAccel {
    pub(crate) const WORDS: [(&str, Self); 7] = [
        ("auto", Self::Auto),
        ("none", Self::None),
        ("nvenc", Self::Nvenc),
        ("qsv", Self::Qsv),
        ("vaapi", Self::Vaapi),
        ("videotoolbox", Self::Videotoolbox),
        ("amf", Self::Amf),
    ];
}
