use super::*;
use crate::frames::{FrameTimes, Rational};
use crate::time::Millis;

fn plan() -> MediaSegments {
    let times = FrameTimes { base: Rational { num: 1, den: 25 }, ticks: (0..125).collect() };
    MediaSegments::of_pictures(&times, 1, Millis::secs(2)).unwrap()
}

fn set(segments: &MediaSegments, label: Option<&str>) -> String {
    let form = Form::Picture { width: 1280, height: 720 };
    let rendition = OneOfSet { name: "720p".into(), peak: 2_500_000, codecs: "avc1.64001f".into(), form };
    let set = RenditionSet {
        folder: "v",
        language: label,
        label,
        is_main: true,
        segments,
        renditions: vec![rendition],
    };
    Manifest { sets: vec![set], texts: Vec::new() }.to_string()
}

#[test]
fn a_manifest_as_players_read_it() {
    let text = set(&plan(), None);
    for line in [
        r#"type="static" mediaPresentationDuration="PT5.000000S" minBufferTime="PT2S">"#,
        r#"<BaseURL>v/</BaseURL>"#,
        r#"timescale="1000" startNumber="0" initialization="$RepresentationID$/init.mp4""#,
        "<SegmentTimeline>\n          <S t=\"0\" d=\"2000\" r=\"1\"/>\n          <S d=\"1000\"/>\n",
        r#"<Representation id="720p" bandwidth="2500000" codecs="avc1.64001f" width="1280" height="720" sar="1:1"/>"#,
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
}

#[test]
fn no_name_of_a_sound_breaks_the_manifest() {
    let text = set(&plan(), Some("<a> & \"b\"\u{0}\n</Label>\u{ffff}"));
    assert!(text.contains("<Label>&lt;a&gt; &amp; &quot;b&quot;\\u{0}\\n&lt;/Label&gt;?</Label>"), "{text}");
    assert!(text.contains("lang=\"&lt;a&gt; &amp; &quot;b&quot;"), "{text}");
}
