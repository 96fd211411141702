//! What random films found, in its smallest form.

use super::film::{Case, Codec, Container, Film, Groups, Times};
use super::{comes_back, film_and_sound_come_back};

const PLAIN: Film = Film {
    codec: Codec::H264,
    container: Container::Mp4,
    times: Times::Rate(25, 1),
    frames: 1,
    group: 1,
    groups: Groups::Closed,
    b_frames: 0,
    offset_ms: 0,
    sound_ms: None,
    trimmed_ms: 0,
};

/// Whether the sound must begin where it did. Random films leave trimmed ones alone: what an edit list hides of the sound's first packets, a copy shows, in one run of ffmpeg too.
pub fn keeps_sound(film: &Film) -> bool {
    film.sound_ms.is_some() && film.trimmed_ms == 0
}

/// For formats whose times may jump, ffmpeg counts from the first time of the streams that are used, not of the file.
/// Where a run used only the source's sound, and that begins later than the picture, it came too early.
#[test]
fn sound_that_begins_later_in_a_transport_stream() {
    let film = Film { container: Container::Ts, sound_ms: Some(200), ..PLAIN };
    assert_eq!(film_and_sound_come_back(&Case { film, cuts: vec![] }).map(drop), Ok(()));
}

/// A piece that ffprobe can't open is as bad as one with other frames: the film is indexed again by decoding.
#[test]
fn a_trimmed_stream_with_an_open_group_at_its_beginning() {
    let film = Film {
        container: Container::Ts,
        frames: 62,
        group: 20,
        groups: Groups::Open,
        b_frames: 3,
        trimmed_ms: 91,
        ..PLAIN
    };
    assert_eq!(comes_back(&Case { film, cuts: vec![41] }).map(|effort| effort.decoded), Ok(1));
}

/// A refresh takes its time: one key frame before a piece is not enough. Every piece here begins within one.
#[test]
fn pieces_that_begin_within_a_refresh() {
    let film = Film { container: Container::Mkv, frames: 50, group: 20, groups: Groups::Refresh, ..PLAIN };
    assert_eq!(comes_back(&Case { film, cuts: (20..30).collect() }).map(|effort| effort.again), Ok(0));
}

/// FFV1 (VP9 and AV1 too) does not take `yuvj420p`: ffmpeg squeezed it into limited range on the way, and the join said
/// what the source said, full range.
#[test]
fn full_range_into_an_encoder_that_does_not_take_it() {
    let film = Film { codec: Codec::MjpegFull, container: Container::Mkv, ..PLAIN };
    assert_eq!(comes_back(&Case { film, cuts: vec![] }).map(drop), Ok(()));
}
