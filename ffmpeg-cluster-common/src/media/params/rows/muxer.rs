//! Options of the container, and of the streams in it.

use super::row::{OptionRow, Place};
use super::values::Value;

const fn muxer(name: &'static str, value: Value) -> OptionRow {
    OptionRow::plain(name, Place::Muxer, value)
}

pub(super) const MUXER: &[OptionRow] = &[
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
    muxer("tag:v", Value::Name).also(&["vtag"]),
    muxer("tag:a", Value::Name).also(&["atag"]),
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
