//! Offers as a server would make them that wants more than an encode.

use serde_json::{Value, json};

use super::*;
use crate::media::words::device::Method;

/// Of a real server, for a film with filters, look-ahead and HDR.
fn honest() -> Value {
    let base = json!({"num": 1, "den": 12_800});
    let rate = json!({"num": 25, "den": 1});
    let part = json!({"num": 13_250, "den": 50_000});
    let picture = json!({
        "width": 1920, "height": 1080, "pix_fmt": "yuv420p10le", "time_base": base, "frame_rate": rate,
        "base_rate": rate, "sample_aspect": {"num": 1, "den": 1}, "field_order": "progressive",
        "color_range": "tv", "color_space": "bt2020nc", "color_transfer": "smpte2084",
        "color_primaries": "bt2020", "chroma_location": "left", "rotation": -90,
        "hdr": {"mastering": vec![part; 10], "max_content": 1000, "max_average": 400}, "extras": ["captions"],
    });
    let result =
        json!({"time_base": base, "first": 0, "last": 99, "end": 100, "cut": {"margins": {"pad": 2}}});
    let window = json!({"time_base": base, "start": 0, "end": 100, "seek": 0, "zero": -5, "result": result});
    let profile = json!({
        "encoder": "libx264", "options": [["crf", "20"], ["x264-params", "keyint=60"], ["pix_fmt", "yuv420p"]],
        "filters": "yadif,scale=w='min(1280,iw)':h=-2,subtitles=filename=source:si=1,fps=30000/1001",
    });
    json!({
        "lease": "1-2", "job": "j-1", "measure": false,
        "source": {"path": "/api/v1/sources/j-1", "bytes": 5, "etag": "\"5-1\"", "format": "matroska,webm",
            "codecs": ["h264", "", "hdmv_pgs_subtitle"]},
        "work": {"picture": {"range": {"start": 0, "end": 100}, "window": window, "picture": picture,
            "stream": 0, "profile": profile, "container": "mp4", "constant_rate": null, "compare": true}},
    })
}

fn honest_sound() -> Value {
    let profile = json!({"Encode": {"encoder": "aac", "options": [["b:a", "96k"], ["b:a:1", "64k"]],
        "filters": "loudnorm=I=-16"}});
    let mut offer = honest();
    offer["work"] = json!({"sound": {"streams": [1, 2], "profile": profile, "container": "mp4",
        "duration_us": 4_000_000, "span": {"start_us": 5, "length_us": 900}}});
    offer
}

fn said(offer: Value) -> Result<(), Fault> {
    let mut card = Device::new(Method::Nvenc, Some("0"), 2);
    card.encoders.push("h264_nvenc".into());
    let offer = serde_json::from_value(offer).unwrap_or_else(|error| panic!("{error}"));
    check(&offer, &Settings::default(), &[card])
}

/// As the server makes it of `-c:v libx264 -crf 20`.
fn on_a_card() -> Value {
    let mut offer = honest();
    offer["device"] = json!("nvenc:0");
    let profile = &mut offer["work"]["picture"]["profile"];
    profile["encoder"] = json!("h264_nvenc");
    profile["options"] =
        json!([["rc", "vbr"], ["cq", "20"], ["b:v", "0"], ["pix_fmt", "nv12"], ["g", "250"]]);
    offer
}

#[test]
fn hardware_is_used_on_the_device_that_proved_it() {
    assert_eq!(said(on_a_card()), Ok(()));
    let refused = |change: fn(&mut Value)| {
        let mut offer = on_a_card();
        change(&mut offer);
        said(offer).unwrap_err().message
    };
    assert!(refused(|offer| offer["device"] = json!("nvenc:1")).contains("no device here has proved"));
    assert!(refused(|offer| offer["device"] = Value::Null).contains("needs a device"));
    let other = |offer: &mut Value| offer["work"]["picture"]["profile"]["encoder"] = json!("hevc_nvenc");
    assert!(refused(other).contains("no device here has proved"));
    let odd = |offer: &mut Value| offer["work"]["picture"]["profile"]["options"] = json!([["gpu", "7"]]);
    assert!(refused(odd).contains("gpu"));
    let mut soft = honest();
    soft["device"] = json!("nvenc:0");
    assert!(said(soft).unwrap_err().message.contains("without a hardware encoder"));
}

#[test]
fn honest_offers_are_taken() {
    assert_eq!(said(honest()), Ok(()));
    assert_eq!(said(honest_sound()), Ok(()));
}

const PICTURE: &str = "/work/picture";

/// Where in the offer, what stands there, and a word of the answer.
fn bad_pictures() -> Vec<(&'static str, Value, &'static str)> {
    let options = |name: &str, value: &str| json!([[name, value]]);
    vec![
        ("/profile/encoder", json!("tee"), "tee"),
        ("/profile/encoder", json!("copy"), "copy"),
        ("/profile/encoder", json!("h264"), "parameters"),
        ("/profile/encoder", json!("wrapped_avframe"), "wrapped_avframe"),
        ("/profile/encoder", json!("libx265"), "x264-params"),
        ("/profile/options", options("f", "tee"), "-f"),
        ("/profile/options", options("f", "mp4"), "parameters"),
        ("/profile/options", options("i", "/etc/passwd"), "-i"),
        ("/profile/options", options("attach", "/etc/passwd"), "-attach"),
        ("/profile/options", options("progress", "http://x/"), "-progress"),
        ("/profile/options", options("vstats_file", "/tmp/x"), "-vstats_file"),
        ("/profile/options", options("x264-params", "stats=x"), "stats"),
        ("/profile/options", options("x264-params", "cqm=x"), "cqm"),
        ("/profile/options", options("pix_fmt", "a:b"), "-pix_fmt"),
        ("/profile/options", options("preset", "../x"), "-preset"),
        ("/profile/options", options("threads", "99999"), "-threads"),
        ("/profile/options", options("b:a", "64k"), "parameters"),
        ("/profile/options", options("movflags", "faststart"), "parameters"),
        ("/profile/options", options("metadata", "a=b"), "parameters"),
        ("/profile/options", options("an", "x"), "x"),
        ("/profile/options", options("y", "-y"), "parameters"),
        ("/profile/options", options("", "/tmp/second.mp4"), "-"),
        ("/profile/options", options("crf 20 /tmp/x", "1"), "crf 20"),
        ("/profile/options", json!([["crf", "20"], ["crf", "21"]]), "parameters"),
        ("/profile/options", json!(vec![["crf", "20"]; 300]), "words"),
        ("/profile/filters", json!("movie=/etc/passwd"), "movie"),
        ("/profile/filters", json!("drawtext=textfile=/etc/passwd"), "textfile"),
        ("/profile/filters", json!("drawtext='textfile=/etc/passwd'"), "drawtext"),
        ("/profile/filters", json!("hflip[a];movie=x[a]"), "-vf"),
        ("/profile/filters", json!("metadata=print:file=x"), "metadata"),
        ("/profile/filters", json!("subtitles=filename=/etc/passwd:si=0"), "subtitles"),
        ("/profile/filters", json!("subtitles=source"), "parameters"),
        ("/profile/filters", json!("scale=99999:99999"), "scale"),
        ("/profile/filters", json!(" hflip"), "parameters"),
        ("/profile/filters", json!("drawtext=text='a"), "a quote is not closed"),
        ("/profile/filters", json!(""), "-vf"),
        ("/profile/filters", json!("fps=1000000"), "fps"),
        ("/profile/pace", json!("film"), "parameters"),
        ("/container", json!("web_m"), "WebM"),
        ("/range", json!({"start": 5, "end": 5}), "range"),
        ("/range", json!({"start": 0, "end": u64::MAX}), "range"),
        ("/stream", json!(4_000_000), "stream"),
        ("/constant_rate", json!({"num": 25, "den": 0}), "constant rate"),
        ("/window/time_base", json!({"num": 1, "den": 0}), "time base"),
        ("/window/time_base", json!({"num": i64::MAX, "den": 1}), "time base"),
        ("/window/start", json!(i64::MIN), "time"),
        ("/window/result/first", json!(i64::MAX), "time"),
        ("/window/result/cut", json!({"margins": {"pad": u32::MAX}}), "frames are added"),
        ("/window/result/cut", json!({"own": {"length_us": -1}}), "length"),
        ("/picture/width", json!(0), "size"),
        ("/picture/width", json!(u32::MAX), "size"),
        ("/picture/pix_fmt", json!("yuv420p,movie=x"), "word"),
        ("/picture/color_space", json!("a b"), "word"),
        ("/picture/field_order", json!("t;x"), "word"),
        ("/picture/rotation", json!(i32::MAX), "rotation"),
        ("/picture/hdr", json!({"mastering": vec![json!({"num": 1, "den": 0}); 10]}), "light"),
        ("/picture/base_rate", json!({"num": -5, "den": 1}), "rate"),
        ("/picture/extras", json!(vec!["captions"; 5000]), "side data"),
    ]
}

fn bad_sources() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("/source/path", json!("http://evil.example/x"), "path"),
        ("/source/path", json!("/api/v1/sources/../../x"), "path"),
        ("/source/path", json!("/api/v1/sources/j-2"), "path"),
        ("/source/path", json!("@evil.example/api/v1/sources/j-1"), "path"),
        ("/source/bytes", json!(0), "length"),
        ("/source/bytes", json!(u64::MAX), "length"),
        ("/source/etag", json!("a\r\nx: y"), "version"),
        ("/source/etag", json!(""), "version"),
        ("/source/format", json!("hls"), "format"),
        ("/source/format", json!("concat"), "format"),
        ("/source/format", json!("mov,lavfi"), "format"),
        ("/source/format", json!(""), "format"),
        ("/source/codecs", json!(["a,b"]), "codec"),
        ("/source/codecs", json!(vec!["a"; 1000]), "codec"),
    ]
}

fn bad_sounds() -> Vec<(&'static str, Value, &'static str)> {
    let of = |name: &str, value: &str| json!({"Encode": {"encoder": "aac", "options": [[name, value]], "filters": null}});
    vec![
        ("/profile", json!("Copy"), "sound"),
        ("/profile", json!("Drop"), "sound"),
        ("/profile", of("f", "tee"), "-f"),
        ("/profile", of("progress", "x"), "-progress"),
        ("/profile", of("crf", "20"), "parameters"),
        ("/profile", json!({"Encode": {"encoder": "tee", "options": [], "filters": null}}), "tee"),
        ("/profile", json!({"Encode": {"encoder": "aac", "options": [], "filters": "amovie=x"}}), "amovie"),
        ("/streams", json!([]), "tracks"),
        ("/streams", json!(vec![1; 5000]), "tracks"),
        ("/duration_us", json!(-1), "length"),
        ("/span", json!({"start_us": i64::MAX}), "part"),
    ]
}

#[test]
fn offers_that_want_more_than_an_encode_are_refused_by_name() {
    let sources =
        bad_sources().into_iter().map(|(place, value, word)| (honest(), place.to_owned(), value, word));
    let pictures =
        bad_pictures().into_iter().map(|(p, value, word)| (honest(), format!("{PICTURE}{p}"), value, word));
    let sounds = bad_sounds()
        .into_iter()
        .map(|(p, value, word)| (honest_sound(), format!("/work/sound{p}"), value, word));
    let mut wrong = Vec::new();
    for (mut offer, place, value, word) in sources.chain(pictures).chain(sounds) {
        let (parent, key) = place.rsplit_once('/').unwrap();
        offer.pointer_mut(parent).unwrap()[key] = value.clone();
        match said(offer) {
            Err(fault) if fault.code == FaultCode::OfferRefused && fault.message.contains(word) => {
                assert!(!fault.message.chars().any(char::is_control), "{fault:?}");
            }
            other => wrong.push(format!("{place} {value}: {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// It stands in few offers, so no honest one above has it.
#[test]
fn a_second_decode_beyond_all_films_is_refused() {
    let with = |name: &str, time: i64| {
        let mut offer = honest();
        let mut second = json!({ "seek": 90_000, "start": 90_000, "end": 180_000 });
        second[name] = json!(time);
        offer["work"]["picture"]["second"] = second;
        said(offer)
    };
    for name in ["seek", "start", "end"] {
        assert!(with(name, 90_000).is_ok(), "{:?}", with(name, 90_000));
        let refused = with(name, i64::MAX).expect_err("no film is so long");
        assert!(refused.message.contains("second decode"), "{refused:?}");
    }
}

#[test]
fn a_film_is_laid_out_within_bounds() {
    let refusal = |offer: Value| said(offer).unwrap_err().message;
    let picture = |shifts: Value| {
        let mut offer = honest();
        offer["work"]["picture"]["shifts"] = shifts;
        offer
    };
    assert_eq!(said(picture(json!([5, -7]))), Ok(()));
    assert!(refusal(picture(json!([i64::MAX]))).contains("of the timeline is out of range"));
    assert!(refusal(picture(json!(vec![1; 65]))).contains("set back too often"));
    let sound = |zero_us: i64, shifts_us: Value| {
        let mut offer = honest_sound();
        offer["work"]["sound"]["layout"] = json!({"zero_us": zero_us, "shifts_us": shifts_us});
        offer
    };
    assert_eq!(said(sound(-7, json!([5]))), Ok(()));
    assert!(refusal(sound(i64::MAX, json!([]))).contains("the layout's zero"));
    assert!(refusal(sound(0, json!([i64::MIN]))).contains("of the timeline is out of range"));
}

fn honest_ladder() -> Value {
    let rung = json!({"name": "720p", "width": 1280, "height": 720, "pix_fmt": "yuv420p",
        "video": {"encoder": "libx264", "options": [["crf", "21"], ["x264-params", "ref=2"]], "filters": null},
        "cap": {"rate": 2800, "buffer": 2800}});
    let mut offer = honest();
    offer["work"]["picture"]["compare"] = json!(false);
    offer["work"]["picture"]["ladder"] =
        json!({"rungs": [rung], "keys_us": [1_990_000, 3_990_000], "longest": 50});
    offer
}

#[test]
fn rungs_that_no_honest_server_offers_are_refused() {
    assert!(said(honest_ladder()).is_ok());
    for (what, path, value) in [
        ("an encoder that takes no forced key frames", "/rungs/0/video/encoder", json!("libsvtav1")),
        ("an encoder that is none", "/rungs/0/video/encoder", json!("/bin/sh")),
        ("an option that writes", "/rungs/0/video/options", json!([["stats_enc_post", "/tmp/x"]])),
        ("key frames of the rung's own", "/rungs/0/video/options", json!([["g", "12"]])),
        ("a list that writes", "/rungs/0/video/options", json!([["x264-params", "stats=/tmp/x"]])),
        ("filters", "/rungs/0/video/filters", json!("movie=/etc/passwd")),
        ("a filter in the format", "/rungs/0/pix_fmt", json!("yuv420p,movie=/etc/passwd")),
        ("no width", "/rungs/0/width", json!(0)),
        ("an odd width", "/rungs/0/width", json!(1281)),
        ("a huge height", "/rungs/0/height", json!(100_000)),
        ("no bits", "/rungs/0/cap/rate", json!(0)),
        ("too many bits", "/rungs/0/cap/buffer", json!(u64::MAX)),
        ("no rungs", "/rungs", json!([])),
        ("keys in disorder", "/keys_us", json!([5, 4])),
        ("keys before the piece", "/keys_us", json!([-5])),
        ("too many keys", "/keys_us", json!((1..10_000).collect::<Vec<_>>())),
        ("no media segments", "/longest", json!(0)),
    ] {
        let mut offer = honest_ladder();
        *offer["work"]["picture"]["ladder"].pointer_mut(path).unwrap() = value;
        let fault = said(offer).unwrap_err();
        assert_eq!(fault.code, FaultCode::OfferRefused, "{what}");
    }
    let mut many = honest_ladder();
    let rungs = many.pointer_mut("/work/picture/ladder/rungs").unwrap();
    *rungs = json!(vec![rungs[0].clone(); 13]);
    assert!(said(many).is_err(), "thirteen rungs");
    let mut own = honest_ladder();
    own["work"]["picture"]["window"]["result"]["cut"] = json!({"own": {"start_us": 0, "length_us": null}});
    assert!(said(own).is_err(), "frames of the filters' own");
}
