//! This program's own readers of words from outside, fed with good ones gone bad; those of the core are in its `tests/outside`.

use warp::http::{HeaderMap, HeaderValue};

use crate::http::{Checksum, file_name, ranged};
use crate::work::answers;

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
    let value = HeaderValue::from_bytes(value.as_bytes()).ok();
    value.into_iter().map(|value| (name.parse().expect("a header's name"), value)).collect()
}

#[test]
fn ranges_stay_within_the_file() {
    feed("range", &["bytes=0-99", "bytes=5-", "bytes=-7", "bytes=1-2,4-5"], |text| {
        for length in [0, 100, u64::MAX] {
            let bytes = ranged(&with("range", text), length, "e").bytes;
            assert!(bytes.start <= bytes.end && bytes.end <= length, "{text:?}");
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
        let headers = with("upload-checksum", text);
        assert!(headers.is_empty() || !Checksum::read(&headers).fits(b"another chunk"), "{text:?}");
    });
}

const FILM: &str = r#"{"streams":[{"index":0,"codec_name":"h264","codec_long_name":"x","profile":"High 4:4:4 Predictive",
    "codec_type":"video","codec_tag_string":"avc1","codec_tag":"0x31637661","width":64,"height":36,
    "coded_width":64,"coded_height":36,"closed_captions":0,"film_grain":0,"has_b_frames":2,
    "sample_aspect_ratio":"1:1","display_aspect_ratio":"16:9","pix_fmt":"yuv444p","level":10,
    "chroma_location":"left","field_order":"progressive","refs":1,"is_avc":"true","nal_length_size":"4",
    "id":"0x1","r_frame_rate":"25/1","avg_frame_rate":"25/1","time_base":"1/12800","start_pts":0,
    "start_time":"0.000000","duration_ts":2560,"duration":"0.200000","bit_rate":"52280",
    "bits_per_raw_sample":"8","nb_frames":"5","disposition":{"default":1,"dub":0,"original":0,
    "comment":0,"lyrics":0,"karaoke":0,"forced":0,"hearing_impaired":0,"visual_impaired":0,
    "clean_effects":0,"attached_pic":0,"timed_thumbnails":0,"captions":0,"descriptions":0,"metadata":0,
    "dependent":0,"still_image":0},"tags":{"language":"und","handler_name":"VideoHandler",
    "vendor_id":"[0][0][0][0]","encoder":"Lavc59.37.100 libx264"}},{"index":1,"codec_name":"aac",
    "codec_long_name":"x","profile":"LC","codec_type":"audio","codec_tag_string":"mp4a",
    "codec_tag":"0x6134706d","sample_fmt":"fltp","sample_rate":"44100","channels":1,
    "channel_layout":"mono","bits_per_sample":0,"id":"0x2","r_frame_rate":"0/0","avg_frame_rate":"0/0",
    "time_base":"1/44100","start_pts":0,"start_time":"0.000000","duration_ts":8820,"duration":"0.200000",
    "bit_rate":"73541","nb_frames":"10","disposition":{"default":1,"dub":0,"original":0,"comment":0,
    "lyrics":0,"karaoke":0,"forced":0,"hearing_impaired":0,"visual_impaired":0,"clean_effects":0,
    "attached_pic":0,"timed_thumbnails":0,"captions":0,"descriptions":0,"metadata":0,"dependent":0,
    "still_image":0},"tags":{"language":"und","handler_name":"SoundHandler",
    "vendor_id":"[0][0][0][0]"}}],"chapters":[],"format":{"filename":"x","nb_streams":2,"nb_programs":0,
    "format_name":"mov,mp4,m4a,3gp,3g2,mj2","format_long_name":"x","start_time":"0.000000",
    "duration":"0.200000","size":"4930","bit_rate":"197200","probe_score":100,
    "tags":{"major_brand":"isom","minor_version":"512","compatible_brands":"isomiso2avc1mp41",
    "encoder":"Lavf59.27.100"}}}"#;

#[test]
fn what_ffprobe_says_of_a_film_is_a_film_or_none() {
    assert!(answers::read(FILM).expect("a film").film_stream().is_some());
    feed("probe", &[FILM], |text| {
        let Ok(source) = answers::read(text) else { return };
        let _ = source.within_bounds();
        if let Some((_, picture)) = source.film_stream() {
            assert!(picture.base_rate.den != 0 && picture.time_base.den != 0, "{text}");
        }
    });
}
