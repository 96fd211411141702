//! What a job tells of its own seams, and of damage that only pieces from the middle of a film meet; through real clusters.

use harness::cluster::Cluster;
use harness::films::zoo;
use serde_json::Value;

use crate::run::run;

/// A cluster whose neighbours never agree makes exact films, too, but each in one piece.
#[tokio::test]
async fn every_seam_is_compared_and_a_piece_is_decoded_twice() {
    let films =
        ["h264-open-gop.mp4", "h264-plain.mkv", "h264-plain.ts", "mpeg4-b.avi", "hevc-closed-gop.mp4"];
    for film in films {
        let report = report(film, &[]).await;
        let number = |key: &str| report[key].as_u64().unwrap_or(0);
        assert!(number("pieces") > 1, "{report:#}");
        assert_eq!(number("seams_compared"), number("pieces") - 1, "{report:#}");
        assert!(number("pieces_decoded_twice") > 0, "{report:#}");
        assert!(!report.to_string().contains("in one piece"), "{report:#}");
    }
}

/// One such frame anywhere in a film left all its seams without proof.
#[tokio::test]
async fn seams_away_from_frames_that_share_a_time_are_compared() {
    for film in ["h264-same-times.mkv", "h264-same-times.ts"] {
        let report = report(film, &[]).await;
        let number = |key: &str| report[key].as_u64().unwrap_or(0);
        assert!(number("pieces") > 1 && number("seams_compared") > 0, "{report:#}");
    }
}

/// All that a decoder says of these lost frames sounds like what it says where it begins in the middle of a film.
/// They are lost behind the first piece, whose decoder has no excuse.
#[tokio::test]
async fn damage_that_sounds_like_a_beginning_in_the_middle_is_told() {
    let report = report("h264-plain.mp4", &["-bsf:v", "noise=drop='gt(n,900)*eq(mod(n,17),9)'"]).await;
    assert!(report["pieces"].as_u64() > Some(1), "{report:#}");
    assert!(report["damage"].as_array().is_some_and(|places| !places.is_empty()), "{report:#}");
}

/// Of the film eight times over, which is long enough for several pieces, and then copied with these options.
async fn report(film: &str, options: &[&str]) -> Value {
    let cluster = Cluster::new().clients(2).start();
    let [long, copy] = ["long", "copy"].map(|name| cluster.scratch.path().join(format!("{name}-{film}")));
    let (short, long, copied) = (zoo(film).display().to_string(), long.display().to_string(), copy.display());
    ffmpeg(&["-stream_loop", "7", "-i", &short, "-map", "0:v", "-c", "copy", &long]);
    ffmpeg(&[&["-i", &long, "-c", "copy"], options, &[&copied.to_string()]].concat());
    let job = cluster.ask.submit(&copy, Value::Null).await;
    cluster.ask.completed(&job).await["report"].clone()
}

fn ffmpeg(words: &[&str]) {
    let words: Vec<String> = ["-v", "error"].iter().chain(words).map(|&word| word.to_owned()).collect();
    run("ffmpeg", &words).expect("a copy");
}
