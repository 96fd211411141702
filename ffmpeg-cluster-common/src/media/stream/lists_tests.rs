use super::super::entry::{Entry, Media};
use super::super::playlist::master::GROUP;
use super::super::prove::Found;
use super::super::segments::MediaSegments;
use super::super::sound::SoundPackets;
use super::*;
use crate::frames::{FrameTimes, Rational};
use crate::time::Millis;

/// Plans, and what was found of them, for a picture and a sound of ten seconds.
struct Film {
    picture: MediaSegments,
    sound: MediaSegments,
    found: Vec<Found>,
    entries: [Entry; 3],
}

fn film() -> Film {
    let times = FrameTimes { base: Rational { num: 1001, den: 30_000 }, ticks: (0..300).collect() };
    let picture = MediaSegments::of_pictures(&times, 1, Millis::secs(5)).unwrap();
    let packets = SoundPackets { rate: 48_000, lengths: vec![1024; 470], priming: 1024, begins_us: 0 };
    let sound = picture.beside(&packets).unwrap();
    let entry = |codecs: &str, media| Entry { codecs: codecs.into(), media };
    let seen = |width, height| Media::Picture { width, height, colors: None };
    let entries = [
        entry("avc1.64001f", seen(1280, 720)),
        entry("avc1.64000d", seen(320, 180)),
        entry("mp4a.40.2", Media::Sound { channels: 2, rate: 48_000 }),
    ];
    let found = [1_000_000, 500_000].map(|bytes| Found { bytes, key: 28..100_028 });
    Film { picture, sound, found: found.to_vec(), entries }
}

impl Film {
    fn rendition(&self, name: &str, entry: usize, heard: Option<Label>) -> Rendition<'_> {
        let segments = if heard.is_some() { &self.sound } else { &self.picture };
        Rendition { name: name.into(), entry: &self.entries[entry], segments, found: &self.found, heard }
    }

    fn heard(&self, name: &str, group: &str, is_default: bool) -> Rendition<'_> {
        let language = Some("eng".to_owned());
        let heard = Label { group: group.into(), title: name.into(), language, is_default, is_forced: false };
        self.rendition(name, 2, Some(heard))
    }

    fn stream(&self) -> Stream<'_> {
        let pictures = [self.rendition("720p", 0, None), self.rendition("180p", 1, None)];
        let sounds = [self.heard("eng-0", "low", true), self.heard("eng-1", "high", false)];
        let label = Label {
            group: GROUP.into(),
            title: "Français".into(),
            language: Some("fre".into()),
            ..Label::default()
        };
        let (segments, parts) = (&self.picture, &[40, 0][..]);
        let subtitles = vec![Subtitles { name: "fre-0".into(), label, segments, parts, whole_bytes: 60 }];
        Stream { renditions: pictures.into_iter().chain(sounds).collect(), subtitles }
    }
}

fn text<'a>(files: &'a [ListFile], path: &str) -> &'a str {
    &files.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("{path}")).text
}

#[test]
fn every_rendition_is_listed_and_every_list_passes_its_check() {
    let film = film();
    let (stream, files) = (film.stream(), film.stream().files());
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "v/720p/index.m3u8",
            "v/720p/iframes.m3u8",
            "v/180p/index.m3u8",
            "v/180p/iframes.m3u8",
            "a/eng-0/index.m3u8",
            "a/eng-1/index.m3u8",
            "s/fre-0/index.m3u8",
            "manifest.mpd",
            "master.m3u8",
        ]
    );
    for file in &files {
        stream.check(file).unwrap();
        let changed = file.text.replacen("1", "2", 1);
        assert!(stream.check(&ListFile { text: changed, ..file.clone() }).is_err(), "{}", file.path);
    }
    let lost = ListFile { path: "v/240p/index.m3u8".into(), text: files[0].text.clone() };
    assert!(stream.check(&lost).is_err());
    let keys_for_all = ListFile { text: files[1].text.clone(), ..files[0].clone() };
    assert!(stream.check(&keys_for_all).is_err());
}

#[test]
fn a_picture_is_offered_with_each_group_of_sounds_at_the_rate_of_both() {
    let film = film();
    let files = film.stream().files();
    let master = text(&files, "master.m3u8");
    assert_eq!(master.matches("#EXT-X-STREAM-INF").count(), 4);
    // 1,000,000 bytes in 5.005 s, for the picture; the sound's first media segment is a little longer.
    let first = master.lines().find(|line| line.starts_with("#EXT-X-STREAM-INF")).unwrap();
    assert!(first.contains("FRAME-RATE=29.970,AUDIO=\"low\",SUBTITLES=\"subtitles\""), "{first}");
    let rate = |name: &str| -> f64 {
        let (_, rest) =
            first.split_once(&format!(":{name}=")).or(first.split_once(&format!(",{name}="))).unwrap();
        rest.split(',').next().unwrap().parse().unwrap()
    };
    assert!((rate("BANDWIDTH") / (2.0 * 1_598_402.0) - 1.0).abs() < 0.005, "{first}");
    assert!((rate("AVERAGE-BANDWIDTH") / (2.0 * 1_198_802.0) - 1.0).abs() < 0.005, "{first}");
    assert_eq!(master.matches("#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=159841,").count(), 2);
}

#[test]
fn a_silent_film_has_pictures_alone() {
    let film = film();
    let stream = Stream { renditions: vec![film.rendition("720p", 0, None)], subtitles: Vec::new() };
    let files = stream.files();
    let master = text(&files, "master.m3u8");
    assert!(!master.contains("AUDIO") && master.contains("CODECS=\"avc1.64001f\""), "{master}");
    assert_eq!(text(&files, "manifest.mpd").matches("<AdaptationSet").count(), 1);
}

#[test]
fn pictures_of_one_codec_are_one_set_and_each_sound_is_its_own() {
    let film = film();
    let files = film.stream().files();
    let manifest = text(&files, "manifest.mpd");
    assert_eq!(manifest.matches("<AdaptationSet").count(), 4);
    assert_eq!(manifest.matches("<Representation ").count(), 5);
    assert_eq!(manifest.matches("value=\"alternate\"").count(), 1);
}
