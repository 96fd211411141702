//! What a job tells of its own seams, and of damage that only pieces from the middle of a film meet; through real clusters.

use std::path::Path;

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
        let report = report_of_zoo(film).await;
        let number = |key: &str| report[key].as_u64().unwrap_or(0);
        assert!(number("pieces") > 1, "{report:#}");
        assert_eq!(number("seams_compared"), number("pieces") - 1, "{report:#}");
        assert!(number("pieces_decoded_twice") > 0, "{report:#}");
        assert!(!report.to_string().contains("in one piece"), "{report:#}");
    }
}

/// One such frame anywhere in a film left all its seams without proof. It is near the beginning, where no cut comes close.
#[tokio::test]
async fn seams_away_from_frames_that_share_a_time_are_compared() {
    let shared = ["-bsf:v", "setts=pts=PTS+if(eq(N\\,16)\\,0.04/TB\\,0):dts=DTS"];
    for suffix in ["mkv", "ts"] {
        let report = report_of_copy(suffix, &shared).await;
        let number = |key: &str| report[key].as_u64().unwrap_or(0);
        assert!(report["warnings"].to_string().contains("had no distinct time"), "{report:#}");
        assert!(number("pieces") > 1 && number("seams_compared") > 0, "{report:#}");
    }
}

/// All that a decoder says of these lost frames sounds like what it says where it begins in the middle of a film.
/// They are lost behind the first piece, whose decoder has no excuse.
#[tokio::test]
async fn damage_that_sounds_like_a_beginning_in_the_middle_is_told() {
    let report = report_of_copy("mp4", &["-bsf:v", "noise=drop='gt(n,900)*eq(mod(n,17),9)'"]).await;
    assert!(report["pieces"].as_u64() > Some(1), "{report:#}");
    assert!(report["damage"].as_array().is_some_and(|places| !places.is_empty()), "{report:#}");
}

/// Of the film eight times over, which is long enough for several pieces.
async fn report_of_zoo(film: &str) -> Value {
    let cluster = Cluster::new().clients(2).start();
    let long = cluster.scratch.path().join(format!("long-{film}"));
    let (short, whole) = (zoo(film).display().to_string(), long.display().to_string());
    ffmpeg(&["-stream_loop", "7", "-i", &short, "-map", "0:v", "-c", "copy", &whole]);
    report(&cluster, &long).await
}

/// Of a film of 40 s that was copied with these options.
/// Not of a short film over and over: packets are lost at its ends, and a cut there leaves the film in one piece.
async fn report_of_copy(suffix: &str, options: &[&str]) -> Value {
    let cluster = Cluster::new().clients(2).start();
    let [long, copy] = ["long", "copy"].map(|name| cluster.scratch.path().join(format!("{name}.{suffix}")));
    let (whole, copied) = (long.display().to_string(), copy.display().to_string());
    let source = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=40", "-c:v", "libx264"];
    ffmpeg(&[&source[..], &["-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "25", &whole]].concat());
    ffmpeg(&[&["-i", &whole, "-c", "copy"], options, &[&copied]].concat());
    report(&cluster, &copy).await
}

async fn report(cluster: &Cluster, film: &Path) -> Value {
    let job = cluster.ask.submit(film, Value::Null).await;
    cluster.ask.completed(&job).await["report"].clone()
}

fn ffmpeg(words: &[&str]) {
    let words: Vec<String> = ["-v", "error"].iter().chain(words).map(|&word| word.to_owned()).collect();
    run("ffmpeg", &words).expect("a copy");
}
