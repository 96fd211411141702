//! Options with an effect of their own, each with its action.

use super::row::{Action, Names, OptionEffect, OptionRow, Place};
use super::values::Value;
use crate::media::params::read::Draft;

const fn run(names: Names, place: Place, then: Action) -> OptionRow {
    OptionRow { then: OptionEffect::Run(then), ..OptionRow::own(names, place, Value::Any) }
}
const fn suggested(row: OptionRow) -> OptionRow {
    OptionRow { suggested: true, ..row }
}
const fn flag(name: Names, then: Action) -> OptionRow {
    OptionRow { value: Value::None, ..suggested(run(name, Place::Alone, then)) }
}
/// An option that is known only with a specifier, typed without one.
const fn stream_of(name: &'static str, specifiers: &'static str) -> OptionRow {
    let row = OptionRow::plain(name, Place::Muxer, Value::Any);
    OptionRow { then: OptionEffect::NeedsSpecifier(specifiers), suggested: false, ..row }
}

pub(super) const OWN: &[OptionRow] = &[
    suggested(run(&["c:v", "codec:v", "vcodec"], Place::Video, Draft::video_encoder)),
    suggested(run(&["c:a", "codec:a", "acodec"], Place::Sound, Draft::sound_encoder)),
    suggested(run(&["c:s", "codec:s", "scodec"], Place::Subtitle, Draft::subtitle_encoder)),
    suggested(run(&["filter:v", "vf"], Place::Video, Draft::video_filters)),
    suggested(run(&["filter:a", "af"], Place::Sound, Draft::sound_filters)),
    flag(&["an"], Draft::drop_sound),
    flag(&["sn"], Draft::drop_subtitles),
    suggested(run(&["metadata"], Place::Any, Draft::metadata)),
    run(&["disposition"], Place::Any, Draft::disposition),
    run(&["ss"], Place::Any, Draft::start),
    run(&["t"], Place::Any, Draft::length),
    run(&["to"], Place::Any, Draft::end),
    run(&["frames:v", "vframes"], Place::Alone, Draft::frames),
    run(&["r"], Place::Video, Draft::rate),
    run(&["fps_mode", "vsync"], Place::Any, Draft::frame_mode),
    run(&["map_metadata"], Place::Any, Draft::source_tags),
    run(&["map_chapters"], Place::Any, Draft::chapters),
    run(&["f"], Place::Any, Draft::format),
    run(&["strict", "strict:s"], Place::Muxer, Draft::strict_of_all),
    suggested(run(&["map"], Place::Alone, Draft::map)),
    OptionRow {
        then: OptionEffect::Ignore,
        ..OptionRow::own(
            &["y", "dn", "hide_banner", "nostdin", "stats", "nostats"],
            Place::Alone,
            Value::None,
        )
    },
    // People paste whole lines; ffmpeg's messages and queue sizes do not affect the result.
    OptionRow {
        then: OptionEffect::Ignore,
        ..OptionRow::own(
            &["loglevel", "v", "max_muxing_queue_size", "thread_queue_size"],
            Place::Any,
            Value::Any,
        )
    },
    run(&["c", "codec"], Place::Muxer, Draft::codec_of_all),
    stream_of("filter", "-vf or -af"),
    stream_of("b", "-b:a"),
    stream_of("q", "-q:v or -q:a"),
    stream_of("qscale", "-q:v or -q:a"),
    stream_of("profile", "-profile:v or -profile:a"),
    stream_of("tag", "-tag:v or -tag:a"),
];
