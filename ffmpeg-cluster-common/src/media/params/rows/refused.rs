//! Options of ffmpeg that are refused, each with a reason for the user.

use super::row::{OptionEffect, OptionRow, Place};
use super::values::Value;

const fn refused(names: &'static [&'static str], reason: &'static str) -> OptionRow {
    OptionRow { then: OptionEffect::Refuse(reason), ..OptionRow::own(names, Place::Any, Value::Any) }
}
const fn refused_flag(names: &'static [&'static str], reason: &'static str) -> OptionRow {
    OptionRow { value: Value::None, ..refused(names, reason) }
}

/// Refused with any specifier, or none.
pub(super) const REFUSED: &[OptionRow] = &[
    refused(&["i"], "a job has one input, the film itself; a second one can't be given"),
    refused(
        &["sseof", "itsoffset", "itsscale", "stream_loop", "timestamp", "output_ts_offset", "start_at_zero"],
        "sound and picture keep their places; -ss, -to and -t take a part of the film",
    ),
    refused(
        &["filter_complex", "lavfi", "filter_complex_script", "filter_script", "/filter", "/filter_complex"],
        "only single chains of filters (-vf, -af) can be run in pieces",
    ),
    refused(
        &["reserve_index_space"],
        "where too little is reserved, the result fails at its very end; -cues_to_front 1 puts the index in front at its own size",
    ),
    refused(
        &["pass", "passlogfile", "stats", "fastfirstpass", "rc_init_occupancy"],
        "two passes need the whole film in one place; use -crf for constant quality",
    ),
    refused(
        &[
            "maxrate",
            "minrate",
            "bufsize",
            "bt",
            "nal-hrd",
            "undershoot-pct",
            "overshoot-pct",
            "rc_eq",
            "rc_override",
        ],
        "control of the bit rate needs the whole film in one place; use -crf for constant quality",
    ),
    refused(
        &["fpsmax", "enc_time_base", "frame_drop_threshold"],
        "every frame keeps its own time; -r or the filter fps change the frame rate",
    ),
    refused(&["force_key_frames"], "key frames at chosen times are not possible in pieces yet; use -g"),
    refused(&["map"], "it takes no specifier; -map 0:a:1 names streams in its value"),
    refused(&["map_channel"], "-af pan and -af channelmap choose channels"),
    refused_flag(&["shortest"], "every stream keeps its own length"),
    refused_flag(&["vn"], "without the picture there is nothing to encode in pieces"),
    refused(
        &["frames", "vframes", "aframes", "dframes", "fs", "timelimit", "shortest_buf_duration"],
        "a job encodes the whole film, from its first frame to its last",
    ),
    refused(
        &[
            "attach",
            "dump_attachment",
            "progress",
            "vstats_file",
            "sdp_file",
            "report_file",
            "stats_enc_pre",
            "stats_enc_post",
            "stats_mux_pre",
        ],
        "parameters can't read or write files",
    ),
    refused_flag(
        &[
            "vstats",
            "report",
            "psnr",
            "copyts",
            "isync",
            "re",
            "dump",
            "hex",
            "benchmark",
            "benchmark_all",
            "qphist",
            "accurate_seek",
            "noautorotate",
            "autorotate",
        ],
        "this changes how ffmpeg itself runs, which the cluster decides",
    ),
    refused(
        &[
            "protocol_whitelist",
            "protocol_blacklist",
            "format_whitelist",
            "codec_whitelist",
            "max_alloc",
            "cpuflags",
            "init_hw_device",
            "filter_hw_device",
            "hwaccel",
            "hwaccel_device",
            "vaapi_device",
            "qsv_device",
            "max_error_rate",
            "readrate",
            "avoid_negative_ts",
        ],
        "this changes how ffmpeg itself runs, which the cluster decides",
    ),
    refused(
        &["fpre", "pre", "vpre", "apre", "spre", "target"],
        "preset files are not read; give the options themselves",
    ),
    refused(&["bsf", "absf", "vbsf"], "bitstream filters are not supported yet"),
    refused(&["canvas_size", "fix_sub_duration"], "options of subtitles are not supported yet"),
];
