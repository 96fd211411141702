//! Which streams of a film each `-map` chooses, and what it says of those that it does not know.

use super::*;
use crate::media::sample::film;

fn selection(maps: &[&str]) -> Selection {
    Selection(maps.iter().map(|map| Map::read(map).expect(map)).collect())
}

fn chosen(maps: &[&str]) -> Result<Vec<u32>, String> {
    let (film, selection) = (film(), selection(maps));
    let choices = selection.choose(&film).map_err(|refusal| refusal.to_string())?;
    Ok(choices.iter().map(|choice| choice.stream.index).collect())
}

#[test]
fn each_form_chooses_what_ffmpeg_does() {
    for (maps, streams) in [
        (&["0"][..], &[0, 1, 2, 3, 4, 5, 6][..]),
        (&[], &[0, 1, 2, 3, 4, 5, 6]),
        (&["0:2"], &[2]),
        (&["0:v"], &[0, 5]),
        (&["0:V"], &[0]),
        (&["0:a:1", "0:v:0"], &[2, 0]),
        (&["0:s?", "0:t", "0:d"], &[3, 4, 6]),
        (&["0:m:language:fre"], &[2]),
        (&["0:a:m:language"], &[1, 2]),
        (&["0:m:LANGUAGE:eng"], &[3]),
        (&["0:s:7?", "V"], &[0]),
        (&["0:v:1"], &[5]),
        (&["0:i:0x101", "0:#256"], &[1, 0]),
        (&["0", "-0:a:1", "-0:d", "-0:9"], &[0, 1, 3, 4, 5]),
        (&["0:a", "-0:1", "0:1"], &[2, 1]),
    ] {
        assert_eq!(chosen(maps).as_deref(), Ok(streams), "{maps:?}");
    }
}

#[test]
fn what_is_not_there_or_there_already_is_named() {
    let said = |maps: &[&str]| chosen(maps).unwrap_err();
    assert_eq!(
        said(&["0:s:1"]),
        "-map 0:s:1: no stream of the film matches; it has 0:0 video h264, 0:1 audio aac (ger), 0:2 audio ac3 (fre), \
         0:3 subtitle subrip (eng), 0:4 attachment ttf, 0:5 cover png, 0:6 data bin_data; with ? at its end the option may match nothing"
    );
    assert_eq!(
        said(&["0:v", "0:V"]),
        "-map 0:V: 0:0 is chosen already by -map 0:v; a job keeps each stream once; -map -0:0 before this option takes it back"
    );
}

#[test]
fn what_is_no_stream_of_the_film_is_refused_with_advice() {
    for (value, told) in [
        ("1:v", "a job has one input"),
        ("-2", "a job has one input"),
        ("[out]", "labels belong to -filter_complex"),
        ("", "expected streams"),
        ("-", "expected streams"),
        ("0:x", "expected streams"),
        ("0v", "expected streams"),
        ("0:a:-1", "expected streams"),
        ("0:a:01", "expected streams"),
        ("0:p:1", "expected streams"),
        ("0:v,0:a", "expected streams"),
        ("0:m:", "expected streams"),
        ("0:m:a\u{202e}:b", "expected streams"),
        ("-an", "expected streams"),
    ] {
        let said = Map::read(value).expect_err(value);
        assert!(said.starts_with(told), "{value}: {said}");
    }
}

#[test]
fn it_is_recorded_as_it_is_typed() {
    let maps = ["0", "0:v", "0:a:1?", "-0:s:m:language:ger", "0:i:0x1100", "0:3"];
    let text = serde_json::to_string(&selection(&maps)).unwrap();
    assert_eq!(text, r#"["0","0:v","0:a:1?","-0:s:m:language:ger","0:i:0x1100","0:3"]"#);
    assert_eq!(serde_json::from_str::<Selection>(&text).unwrap(), selection(&maps));
    assert_eq!(selection(&["v", "-a:1"]).to_string(), "-map 0:v -map -0:a:1");
}
