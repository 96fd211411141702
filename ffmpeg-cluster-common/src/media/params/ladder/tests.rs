use super::config::{OwnRung, RungConfig};
use super::*;
use crate::frames::Rational;
use crate::media::sample::film;
use crate::media::source::Picture;

fn config(json: &str) -> Result<LadderConfig, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

fn ladder(json: &str) -> Result<Ladder, String> {
    let told =
        |all: Vec<LadderRefusal>| all.iter().map(LadderRefusal::to_string).collect::<Vec<_>>().join("\n");
    Ladder::read(&config(json)?).map_err(told)
}

/// A film of this size, with square pixels and 25 frames a second.
fn picture(width: u32, height: u32) -> Picture {
    let (sample_aspect, frame_rate) = (None, Rational { num: 25, den: 1 });
    Picture {
        width,
        height,
        sample_aspect,
        frame_rate,
        rotation: 0,
        ..film().film_stream().unwrap().1.clone()
    }
}

fn sizes(ladder: &Ladder, picture: &Picture) -> Vec<String> {
    let rungs = ladder.fit(picture).unwrap().rungs;
    rungs.iter().map(|rung| format!("{} {}x{}", rung.name, rung.width, rung.height)).collect()
}

const THREE: &str = r#"{"rungs": ["1080p", "720p", "360p"]}"#;

#[test]
fn a_ladder_by_names_alone() {
    let ladder = ladder(THREE).unwrap();
    assert_eq!(ladder.segment, Millis::secs(6));
    assert_eq!(ladder.formats, [Format::Hls, Format::Dash]);
    assert_eq!(ladder.sounds.len(), 1);
    let first = &ladder.rungs[0];
    assert_eq!(first.video.encoder, "libx264");
    assert_eq!(first.video.option("crf"), Some("21"));
    let caps = ladder.rungs.iter().map(|rung| rung.cap.unwrap().rate).collect::<Vec<_>>();
    assert_eq!(caps, [5000, 2800, 800]);
}

#[test]
fn a_rung_of_ones_own() {
    let ladder = ladder(
        r#"{"rungs": ["720p", {"name": "small", "height": 300, "ffmpeg_params": "-crf 24 -maxrate 0.8M -bufsize 1600k"},
            {"name": "480p", "ffmpeg_params": "-preset slow"}],
            "ffmpeg_params": "-c:v libx265 -preset fast", "sound": ["-c:a aac -b:a 96k"], "segment_seconds": 4,
            "formats": ["dash"]}"#,
    )
    .unwrap();
    let [usual, small, known] = &ladder.rungs[..] else { panic!("three rungs") };
    assert_eq!((small.height, small.video.option("crf")), (300, Some("24")));
    assert_eq!(small.cap, Some(Cap { rate: 800, buffer: 1600 }));
    assert_eq!((usual.cap.unwrap().rate, usual.video.option("crf")), (1680, Some("23")));
    assert_eq!((known.height, known.video.option("preset")), (480, Some("slow")));
    assert_eq!((ladder.segment, &ladder.formats[..]), (Millis::secs(4), &[Format::Dash][..]));
}

#[test]
fn a_quality_of_ones_own_stays_alone() {
    for params in ["-qp 30", "-x264-params crf=30", "-crf 30"] {
        let json = format!(r#"{{"rungs": ["720p"], "ffmpeg_params": "-c:v libx264 {params}"}}"#);
        assert_ne!(ladder(&json).unwrap().rungs[0].video.option("crf"), Some("21"), "{params}");
    }
    let vp9 = ladder(r#"{"rungs": ["720p"], "ffmpeg_params": "-c:v libvpx-vp9"}"#).unwrap();
    assert_eq!((vp9.rungs[0].video.option("crf"), vp9.rungs[0].cap), (Some("31"), None));
}

fn refused(json: &str, said: &str) {
    let why = ladder(json).unwrap_err();
    assert!(why.contains(said), "{why}\nsays no {said:?}");
}

fn rung_refused(params: &str, said: &str) {
    let json = format!(r#"{{"rungs": ["720p", {{"name": "360p", "ffmpeg_params": {params:?}}}]}}"#);
    refused(&json, &format!("products.ladder.rungs[1]: {said}"));
}

#[test]
fn an_unknown_rung() {
    refused(
        r#"{"rungs": ["720p", "1080x"]}"#,
        "products.ladder.rungs[1]: \"1080x\" is no rung; 2160p, 1440p, 1080p",
    );
    refused(r#"{"rungs": [{"name": "small"}]}"#, "rungs[0]: \"small\" is no rung");
}

#[test]
fn a_name_that_is_no_folder() {
    for name in ["../etc", "a/b", "", ".", "a\\u0000", "é", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
        refused(&format!(r#"{{"rungs": [{{"name": "{name}", "height": 360}}]}}"#), "is no name for a folder");
    }
}

#[test]
fn a_rung_twice() {
    refused(r#"{"rungs": ["720p", "720p"]}"#, "rungs[1]: \"720p\" is named twice");
    refused(r#"{"rungs": ["720p", {"name": "720P", "height": 360}]}"#, "is named twice");
}

#[test]
fn too_many_rungs_or_none() {
    let rung =
        |n: u32| RungConfig::Own(OwnRung { name: format!("r{n}"), height: Some(360), ffmpeg_params: None });
    let of = |count| LadderConfig { rungs: (0..count).map(rung).collect(), ..LadderConfig::default() };
    assert!(Ladder::read(&of(12)).is_ok());
    for count in [0, 13] {
        assert!(Ladder::read(&of(count)).unwrap_err()[0].to_string().contains("a ladder has 1 to 12"));
    }
}

#[test]
fn a_height_out_of_range() {
    for height in [0, 8, 4321] {
        refused(&format!(r#"{{"rungs": [{{"name": "a", "height": {height}}}]}}"#), "rungs[0]: height: ");
    }
}

#[test]
fn too_many_sounds() {
    let sounds = ["\"-c:a aac\""; 9].join(",");
    refused(
        &format!(r#"{{"rungs": ["720p"], "sound": [{sounds}]}}"#),
        "products.ladder.sound: 9 are more than 8",
    );
}

#[test]
fn sound_that_players_do_not_all_decode() {
    refused(
        r#"{"rungs": ["720p"], "sound": ["-c:a aac", "-c:a libmp3lame"]}"#,
        "products.ladder.sound[1]: libmp3lame: streams carry sound",
    );
    refused(r#"{"rungs": ["720p"], "sound": ["-c:a copy"]}"#, "sound[0]: -c:a copy");
    refused(r#"{"rungs": ["720p"], "sound": ["-an"]}"#, "an empty list makes a stream without sound");
    assert_eq!(ladder(r#"{"rungs": ["720p"], "sound": []}"#).unwrap().sounds, []);
}

#[test]
fn options_of_the_picture_among_those_of_the_sound() {
    refused(r#"{"rungs": ["720p"], "sound": ["-c:a aac -crf 20"]}"#, "sound[0]: options of the sound alone");
    refused(r#"{"rungs": ["720p"], "sound": ["-c:a aac -ss 5"]}"#, "sound[0]: options of the sound alone");
}

#[test]
fn filters_in_a_rung() {
    rung_refused("-vf hflip", "-vf, -r: filters and rates are those of the film");
    rung_refused("-r 25", "-vf, -r: filters and rates are those of the film");
}

#[test]
fn key_frames_in_a_rung() {
    rung_refused("-g 50", "-g: key frames are at the beginnings of media segments");
    rung_refused("-sc_threshold 40", "-sc_threshold: key frames are at the beginnings");
    rung_refused("-force_key_frames 1,2", "-force_key_frames: ");
    rung_refused("-x264-params keyint=50", "keyint: key frames and fields are for the ladder");
    rung_refused("-x264-params ref=2:open_gop=1", "open-gop: key frames and fields are for the ladder");
    rung_refused("-intra-refresh 1", "-intra-refresh: key frames");
}

#[test]
fn what_belongs_to_the_film_in_a_rung() {
    for params in
        ["-ss 5", "-t 10", "-an", "-c:a aac", "-map 0:v", "-movflags +faststart", "-metadata title=x"]
    {
        rung_refused(params, "options of the picture alone stand here");
    }
    rung_refused("-s 640x360", "-s: the rung's height says the size");
    rung_refused("-c:v copy", "-c:v copy: ");
}

#[test]
fn encoders_that_streams_do_not_carry() {
    for encoder in ["mpeg2video -q:v 5", "prores_ks", "libsvtav1"] {
        rung_refused(&format!("-c:v {encoder}"), "-c:v ");
    }
    rung_refused("-c:v libx999", "-c:v");
}

#[test]
fn a_bound_that_is_none() {
    rung_refused("-maxrate fast", "-maxrate: \"fast\" is not bits in a second");
    rung_refused("-maxrate 900", "-maxrate: \"900\" is not at least 1k");
    rung_refused("-bufsize 800k", "-bufsize: it bounds nothing without -maxrate");
    rung_refused("-maxrate", "-maxrate: \"\" is not");
}

#[test]
fn media_segments_of_an_impossible_length() {
    for seconds in ["0", "0.9", "30.5", "-1", "1e9"] {
        refused(&format!(r#"{{"rungs": ["720p"], "segment_seconds": {seconds}}}"#), "segment_seconds: ");
    }
    let short = ladder(r#"{"rungs": ["360p"], "segment_seconds": 1}"#).unwrap();
    let slow = Picture { frame_rate: Rational { num: 10, den: 1 }, ..picture(640, 360) };
    let why = short.fit(&slow).unwrap_err().to_string();
    assert!(
        why.contains("products.ladder.segment_seconds: a media segment of this film would have 10 frames"),
        "{why}"
    );
}

#[test]
fn formats_that_are_none() {
    refused(r#"{"rungs": ["720p"], "formats": []}"#, "formats: none is named");
    assert!(config(r#"{"rungs": ["720p"], "formats": ["smooth"]}"#).is_err());
}

#[test]
fn unknown_keys() {
    assert!(config(r#"{"rungs": ["720p"], "segments": "ts"}"#).is_err());
    assert!(config(r#"{"rungs": [{"name": "720p", "width": 5}]}"#).is_err());
    assert!(config("{}").is_err(), "rungs are needed");
}

#[test]
fn all_mistakes_are_named_at_once() {
    let why = ladder(
        r#"{"rungs": ["x", {"name": "360p", "ffmpeg_params": "-g 5"}], "sound": ["-an"], "segment_seconds": 99}"#,
    );
    assert_eq!(why.unwrap_err().lines().count(), 4);
}

#[test]
fn rungs_fit_into_their_boxes() {
    let ladder = ladder(THREE).unwrap();
    assert_eq!(sizes(&ladder, &picture(1920, 1080)), ["1080p 1920x1080", "720p 1280x720", "360p 640x360"]);
    assert_eq!(sizes(&ladder, &picture(3840, 1600)), ["1080p 1920x800", "720p 1280x534", "360p 640x266"]);
    assert_eq!(sizes(&ladder, &picture(1440, 1080)), ["1080p 1440x1080", "720p 960x720", "360p 480x360"]);
    assert_eq!(
        sizes(&ladder, &picture(1080, 1920)),
        ["1080p 1080x1920", "720p 720x1280", "360p 360x640"],
        "upright"
    );
}

#[test]
fn rotation_and_pixels_that_are_not_square_are_undone() {
    let ladder = ladder(r#"{"rungs": ["360p"]}"#).unwrap();
    let turned = Picture { rotation: -90, ..picture(1920, 1080) };
    assert_eq!(sizes(&ladder, &turned), ["360p 360x640"]);
    let wide = Picture { sample_aspect: Some(Rational { num: 64, den: 45 }), ..picture(720, 576) };
    assert_eq!(sizes(&ladder, &wide), ["360p 640x360"]);
}

#[test]
fn nothing_is_enlarged() {
    let ladder = ladder(THREE).unwrap();
    let fitted = ladder.fit(&picture(1280, 720)).unwrap();
    assert_eq!(fitted.warnings, ["the ladder has no rung 1080p, because the film is smaller"]);
    assert_eq!(sizes(&ladder, &picture(1280, 720)), ["720p 1280x720", "360p 640x360"]);
    // Bars were cut off; the film is still one of 1080 lines.
    assert_eq!(sizes(&ladder, &picture(1916, 796))[0], "1080p 1916x796");
    let small = ladder.fit(&picture(161, 121)).unwrap();
    assert_eq!((small.rungs.len(), small.warnings.len()), (1, 2));
    assert_eq!(sizes(&ladder, &picture(161, 121)), ["360p 162x122"], "its own size, but even");
}

#[test]
fn a_film_of_high_dynamic_range_needs_a_codec_that_shows_it() {
    let high = Picture { color_transfer: Some("smpte2084".into()), ..picture(1920, 1080) };
    let why = ladder(THREE).unwrap().fit(&high).unwrap_err();
    assert!(why.is_of_parameters && why.to_string().contains("-c:v libx265"), "{why}");
    let hevc = ladder(r#"{"rungs": ["720p"], "ffmpeg_params": "-c:v libx265"}"#).unwrap();
    assert_eq!(hevc.fit(&high).unwrap().rungs[0].pix_fmt, "yuv420p10le");
    assert_eq!(hevc.fit(&picture(1920, 1080)).unwrap().rungs[0].pix_fmt, "yuv420p");
    let eight = ladder(r#"{"rungs": ["720p"], "ffmpeg_params": "-c:v libx265 -pix_fmt yuv420p"}"#).unwrap();
    assert!(eight.fit(&high).is_err());
}
