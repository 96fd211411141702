//! This program's own readers of words from outside, fed with good ones gone bad; the mind's are in its `tests/outside`.

use warp::http::{HeaderMap, HeaderValue};

use crate::bytes::range::{Asked, asked};
use crate::bytes::tus::{Checksum, file_name};
use crate::media::probe;

#[path = "../../ffmpeg-cluster-common/tests/outside/mutate.rs"]
mod mutate;

const CASES: u64 = 8_000;

fn feed(name: &str, seeds: &[&str], read: impl Fn(&str)) {
    let good: Vec<Vec<u8>> = seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect();
    let mut mutator = mutate::Mutator::new(name);
    for _ in 0..CASES {
        read(&String::from_utf8_lossy(&mutator.from(&good)));
    }
}

fn with(name: &'static str, value: &str) -> HeaderMap {
    let value = HeaderValue::from_str(value).ok();
    value.into_iter().map(|value| (name.parse().expect("a header's name"), value)).collect()
}

#[test]
fn ranges_stay_within_the_file() {
    feed("range", &["bytes=0-99", "bytes=5-", "bytes=-7", "bytes=1-2,4-5"], |text| {
        for length in [0, 100, u64::MAX] {
            if let Asked::Part { start, end } = asked(&with("range", text), length, "e") {
                assert!(start < end && end <= length, "{text:?}");
            }
        }
    });
}

#[test]
fn names_and_sums_of_uploads_are_plain_or_none() {
    let seeds = [
        "filename ZmlsbS5ta3Y=,filetype dmlkZW8=",
        "filename Li4vLi4veA==",
        "sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00=",
    ];
    feed("tus", &seeds, |text| {
        if let Some(name) = file_name(text) {
            assert!(name.chars().count() <= 200 && !name.contains(['/', '\\', '\0', '\n']), "{name:?}");
        }
        assert!(!Checksum::read(&with("upload-checksum", text)).fits(b"another chunk"), "{text:?}");
    });
}

const FILM: &str = r#"{"streams":[{"index":0,"codec_name":"h264","codec_type":"video","width":64,"height":36,
    "pix_fmt":"yuv420p","r_frame_rate":"25/1","avg_frame_rate":"25/1","time_base":"1/12800","start_pts":0,
    "sample_aspect_ratio":"1:1","field_order":"progressive","disposition":{"default":1},"tags":{"a":"b"},
    "side_data_list":[{"side_data_type":"Display Matrix","rotation":-90}]},
    {"index":1,"codec_name":"aac","codec_type":"audio","r_frame_rate":"0/0","avg_frame_rate":"0/0","time_base":"1/48000",
    "channels":2,"sample_rate":"48000","disposition":{}}],"chapters":[],"format":{"filename":"x","nb_streams":2,
    "nb_programs":0,"format_name":"mov,mp4","format_long_name":"x","start_time":"0.0","duration":"4.0","size":"99",
    "bit_rate":"1","probe_score":100,"tags":{}}}"#;

#[test]
fn what_ffprobe_says_of_a_film_is_a_film_or_none() {
    assert!(probe::read(FILM).is_ok_and(|source| source.film_stream().is_some()));
    feed("probe", &[FILM], |text| {
        let Ok(source) = probe::read(text) else { return };
        let _ = source.within_bounds();
        if let Some((_, picture)) = source.film_stream() {
            assert!(picture.base_rate.den != 0 && picture.time_base.den != 0, "{text}");
        }
    });
}
