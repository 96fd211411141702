//! A film with a stream of every kind, for tests.

use std::collections::BTreeMap;

use crate::frames::Rational;
use crate::media::source::{Picture, Sound, Source, Stream, StreamKind};

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn stream(index: u32, kind: StreamKind, codec: &str, pairs: &[(&str, &str)]) -> Stream {
    Stream {
        index,
        id: Some(0x100 + index),
        kind,
        codec: codec.to_owned(),
        tags: tags(pairs),
        dispositions: Vec::new(),
        start_us: None,
        picture: None,
        sound: (kind == StreamKind::Audio).then_some(Sound {
            channels: 2,
            layout: None,
            sample_rate: 48_000,
            silent: false,
            heard: false,
            own_clock: false,
        }),
    }
}

fn picture() -> Picture {
    let rate = Rational { num: 25, den: 1 };
    Picture { time_base: Rational { num: 1, den: 1000 }, ..Picture::plain(1280, 720, rate) }
}

/// Picture, two tracks of sound, subtitles, a font, a cover and data; two chapters.
pub(super) fn film() -> Source {
    let mut streams = vec![
        stream(
            0,
            StreamKind::Video,
            "h264",
            &[("title", "Bild"), ("DURATION", "00:00:04"), ("ENCODER", "x")],
        ),
        stream(1, StreamKind::Audio, "aac", &[("language", "ger")]),
        stream(2, StreamKind::Audio, "ac3", &[("language", "fre"), ("title", "Commentaire")]),
        stream(3, StreamKind::Subtitle, "subrip", &[("language", "eng")]),
        stream(4, StreamKind::Attachment, "ttf", &[("filename", "f.ttf")]),
        stream(5, StreamKind::Video, "png", &[("filename", "front.png"), ("mimetype", "image/png")]),
        stream(6, StreamKind::Data, "bin_data", &[]),
    ];
    streams[0].picture = Some(picture());
    streams[5].picture = Some(picture());
    streams[1].dispositions = vec!["default".into()];
    streams[3].dispositions = vec!["default".into(), "forced".into()];
    streams[5].dispositions = vec!["attached_pic".into()];
    Source {
        format: "matroska,webm".into(),
        start_us: -7_000,
        duration_us: Some(4_000_000),
        bytes: 1,
        streams,
        chapters: 2,
        tags: tags(&[("title", "Der Film")]),
        clock_set_back: false,
        chosen: None,
    }
}
