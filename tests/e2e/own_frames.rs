//! Films whose filters alone know their frames: the server runs the filters itself and counts, and believes no client.

use harness::cluster::Cluster;
use harness::films::film;
use serde_json::{Value, json};

use crate::fake_tools::fake_ffmpeg;

/// ffmpeg itself, told to make no more frames than that: it ends well, and its piece is well-formed.
const STOPS_EARLY: &str = "n=$#; i=0; for a do i=$((i+1)); \
    if [ $i -eq $((n-2)) ]; then set -- \"$@\" -frames:v 125; fi; set -- \"$@\" \"$a\"; done; shift $n";

/// Completed, with a picture of 5 s and a sound of 30 s, whatever was verified and audited; there was a warning only.
#[tokio::test(flavor = "multi_thread")]
async fn a_fake_ffmpeg_that_stops_early_and_says_that_all_is_well_is_found_out() {
    let flags = ["--required-clients", "1", "--audit", "100"];
    let mut cluster = Cluster::new().with(&flags).start();
    let folder = cluster.scratch.path().to_owned();
    let tools = fake_ffmpeg(&folder, "select=1*\"-f nut\"", STOPS_EARLY);
    cluster.add_client_with(&["--ffmpeg-dir", &tools]);
    let config = json!({"ffmpeg_params": "-c:v ffv1 -vf select=1", "verify": "full"});
    let job = cluster.ask.submit(&film("rate-2997.mp4"), config).await;
    let status = cluster.ask.ended(&job).await;
    assert_eq!(status["status"], "Failed", "{status:#}");
    let error = status["error"].as_str().unwrap();
    assert!(error.contains("the result has 125 frames and should have "), "{error}");
    assert!(error.contains("as the server's own run of the filters counts them"), "{error}");
    cluster.leaves_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn honest_films_of_such_filters_are_counted_and_no_warning_is_left() {
    let cluster = Cluster::new().clients(1).start();
    let chains = [
        "mpdecimate",
        r#""select='not(mod(n,3))'""#,
        "minterpolate=fps=40:mi_mode=blend",
        "telecine",
        "tinterlace",
        // A part of the film: the piece went on to the film's end, and the result did not.
        "mpdecimate -ss 1.1 -t 0.9",
    ];
    for chain in chains {
        let config = json!({"ffmpeg_params": format!("-c:v ffv1 -vf {chain}"), "verify": "full"});
        let job = cluster.ask.submit(&film("rate-2997.mp4"), config).await;
        let report = cluster.ask.completed(&job).await["report"].clone();
        assert!(report["frames_counted"].as_u64() > Some(0), "{chain}: {report:#}");
        assert_eq!(report["frames_counted"], report["frames_result"], "{chain}");
        assert!(!report["warnings"].to_string().contains("nobody knows"), "{chain}: {report:#}");
    }
    let plain = cluster.ask.submit(&film("rate-2997.mp4"), Value::Null).await;
    let report = cluster.ask.completed(&plain).await["report"].clone();
    assert_eq!(report["frames_counted"], Value::Null, "every other film has its frames from the index");
    cluster.leaves_nothing().await;
}
