use super::*;
use proptest::prelude::*;

fn picture(name: &str, sounds: Option<&str>) -> PictureEntry {
    PictureEntry {
        uri: format!("v/{name}/index.m3u8"),
        rates: Rates { peak: 2_500_000, mean: 1_800_000 },
        codecs: vec!["avc1.64001f".into(), "mp4a.40.2".into()],
        width: 1280,
        height: 720,
        frames_per_1000_s: 29_970,
        range: "SDR".into(),
        sounds: sounds.map(str::to_owned),
        has_subtitles: true,
    }
}

fn sound(name: &str, language: Option<&str>) -> SoundEntry {
    SoundEntry {
        uri: "a/eng-0/index.m3u8".into(),
        group: "sound".into(),
        name: name.into(),
        language: language.map(str::to_owned),
        is_default: language.is_some(),
        channels: 2,
    }
}

fn list() -> MasterPlaylist {
    let keys = PictureEntry {
        uri: "v/720p/iframes.m3u8".into(),
        codecs: vec!["avc1.64001f".into()],
        frames_per_1000_s: 0,
        has_subtitles: false,
        ..picture("720p", None)
    };
    let subtitles = SubtitlesEntry {
        uri: "s/fre-0/index.m3u8".into(),
        name: "Français".into(),
        language: Some("fre".into()),
        is_default: false,
        is_forced: true,
    };
    let sounds = vec![sound("English", Some("eng")), sound("Comments", None)];
    let pictures = vec![picture("720p", Some("sound"))];
    MasterPlaylist { sounds, subtitles: vec![subtitles], pictures, keys: vec![keys] }
}

#[test]
fn a_master_playlist_as_players_read_it() {
    let text = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n\
        #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"English\",LANGUAGE=\"eng\",DEFAULT=YES,AUTOSELECT=YES,\
        CHANNELS=\"2\",URI=\"a/eng-0/index.m3u8\"\n\
        #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"Comments\",DEFAULT=NO,AUTOSELECT=YES,\
        CHANNELS=\"2\",URI=\"a/eng-0/index.m3u8\"\n\
        #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"subtitles\",NAME=\"Français\",LANGUAGE=\"fre\",DEFAULT=NO,AUTOSELECT=YES,\
        FORCED=YES,URI=\"s/fre-0/index.m3u8\"\n\
        #EXT-X-STREAM-INF:BANDWIDTH=2500000,AVERAGE-BANDWIDTH=1800000,CODECS=\"avc1.64001f,mp4a.40.2\",\
        RESOLUTION=1280x720,VIDEO-RANGE=SDR,FRAME-RATE=29.970,AUDIO=\"sound\",SUBTITLES=\"subtitles\",CLOSED-CAPTIONS=NONE\n\
        v/720p/index.m3u8\n\
        #EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=2500000,AVERAGE-BANDWIDTH=1800000,CODECS=\"avc1.64001f\",\
        RESOLUTION=1280x720,VIDEO-RANGE=SDR,URI=\"v/720p/iframes.m3u8\"\n";
    assert_eq!(list().to_string(), text);
    assert_eq!(MasterPlaylist::read(text), Ok(list()));
}

#[test]
fn what_players_would_misread_is_refused() {
    let good = list().to_string();
    for (word, bad) in [
        ("AUDIO=\"sound\"", "AUDIO=\"other\""),
        (",SUBTITLES=\"subtitles\"", ""),
        ("GROUP-ID=\"subtitles\"", "GROUP-ID=\"others\""),
        ("s/fre-0", "../fre-0"),
        (",RESOLUTION=1280x720", ""),
        ("1280x720", "1280"),
        ("FRAME-RATE=29.970", "FRAME-RATE=29.97"),
        ("BANDWIDTH=2500000", "BANDWIDTH=fast"),
        ("v/720p/index.m3u8", "../index.m3u8"),
        ("a/eng-0", "file:///a"),
        ("DEFAULT=YES", "DEFAULT=1"),
        ("TYPE=AUDIO", "TYPE=VIDEO"),
        ("CLOSED-CAPTIONS=NONE", "CLOSED-CAPTIONS=NONE,SCORE=1"),
        ("#EXT-X-INDEPENDENT-SEGMENTS\n", ""),
        ("#EXT-X-MEDIA", "#EXT-X-OTHER"),
    ] {
        let told = good.replacen(word, bad, 1);
        assert!(told != good && MasterPlaylist::read(&told).is_err(), "{bad}");
    }
}

proptest! {
    /// Films name their sounds as they like.
    #[test]
    fn no_name_breaks_the_playlist(name in any::<String>(), language in prop::option::of(any::<String>())) {
        let told = MasterPlaylist { sounds: vec![sound(&name, language.as_deref())], ..list() }.to_string();
        let read = MasterPlaylist::read(&told).unwrap();
        prop_assert_eq!(read.sounds.len(), 1);
        prop_assert_eq!(read.to_string(), told);
    }
}
