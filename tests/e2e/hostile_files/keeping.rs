//! What is removed, when, and what is said of it then.

use std::time::{Duration, Instant, SystemTime};

use harness::cluster::Cluster;
use harness::films::film;
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use super::place::Place;
use super::uploads::{announced, send};

const DAY_MS: i64 = 86_400_000;

/// As if it had happened so many days ago; the server does not run meanwhile.
fn age(database: &std::path::Path, sql: &str, days: i64) {
    let db = Connection::open(database).unwrap();
    assert!(db.execute(sql, params![days * DAY_MS]).unwrap() > 0, "{sql}");
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds().await {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_result_goes_when_it_is_old_and_says_so() {
    let mut cluster = Cluster::new().clients(1).with(&["--keep-results", "2"]).start();
    let source = film("half-second.mp4");
    let (old, young) =
        (cluster.ask.submit(&source, Value::Null).await, cluster.ask.submit(&source, Value::Null).await);
    for job in [&old, &young] {
        cluster.ask.completed(job).await;
    }
    odd_ranges(&cluster, &young).await;
    cluster.kill_server();
    let database = cluster.work().join("db/server.db");
    let sql = format!("UPDATE jobs SET completed_at_ms = completed_at_ms - ?1 WHERE job_id = '{old}'");
    age(&database, &sql, 3);
    cluster.restart_server();
    let path = format!("/api/v1/jobs/{old}/result");
    until("the result is still there", async || cluster.ask.get(&path).await.0 == 410).await;
    let (_, reply) = cluster.ask.get(&path).await;
    assert_eq!(reply["Error"]["code"], "RESULT_REMOVED", "{reply}");
    let status = cluster.ask.status(&old).await;
    assert!(status["output_url"].is_null() && status["result_removed_at"].is_string(), "{status}");
    assert_eq!(
        (&status["status"], &status["report"]["frames_source"]),
        (&json!("Completed"), &json!(13)),
        "{status}"
    );
    let jobs = cluster.ask.command(json!("ListJobs")).await;
    assert_eq!(jobs["JobsList"].as_array().unwrap().len(), 2, "the job stays in the list");
    assert!(!cluster.work().join("server").join(&old).exists());
    assert!(cluster.ask.status(&young).await["output_url"].is_string(), "a younger one is kept");
}

/// However many ranges are asked for, one answer is sent, and never more than the film.
async fn odd_ranges(cluster: &Cluster, job: &str) {
    let url = cluster.ask.url(&format!("/api/v1/jobs/{job}/result"));
    let http = reqwest::Client::new();
    let whole = http.get(&url).send().await.unwrap().bytes().await.unwrap().len();
    let many = (0..2000).map(|n| format!("{n}-")).collect::<Vec<_>>().join(",");
    for (range, status) in [
        (format!("bytes={many}"), 200),
        ("bytes=0-,1-,2-".into(), 200),
        ("bytes=9-3".into(), 200),
        ("bytes=-".into(), 200),
        ("bytes=0x10-".into(), 200),
        ("bytes=18446744073709551616-".into(), 200),
        ("bytes=18446744073709551615-".into(), 416),
        ("bytes=-0".into(), 416),
        ("bytes=0-18446744073709551615".into(), 206),
        ("frames=0-9".into(), 200),
    ] {
        let answer = http.get(&url).header("range", &range).send().await.unwrap();
        assert_eq!(answer.status(), status, "{range:.60}");
        assert!(answer.bytes().await.unwrap().len() <= whole, "{range:.60}");
    }
}

#[tokio::test]
async fn an_upload_that_nobody_uses_goes_and_one_that_a_job_reads_stays() {
    let mut place = Place::start(&[]);
    let film = std::fs::read(place.path("media/film.mp4")).unwrap();
    let length = film.len() as u64;
    let mut ids = Vec::new();
    for bytes in [&film[..], &film[..100], b"", &film[..]] {
        let path = announced(&place, length, "").await;
        let chunk = [("content-type", "application/offset+octet-stream"), ("upload-offset", "0")];
        assert_eq!(send(&place, "PATCH", &path, &chunk, bytes).await.status(), 204);
        ids.push(path.rsplit('/').next().unwrap().to_owned());
    }
    let reply = place.ask.command(json!({"ProcessUpload": {"upload_id": ids[3]}})).await;
    assert!(reply["JobCreated"]["job_id"].is_string(), "{reply}");
    let in_use = send(&place, "DELETE", &format!("/api/v1/uploads/{}", ids[3]), &[], b"").await;
    assert_eq!(in_use.status(), 409, "a job reads it");
    // A job at which the server dies twice ends.
    place.server.log.wait("source indexed");

    let there = |place: &Place| {
        let all = ids.iter().map(|id| place.path("work/server/uploads").join(id).exists());
        all.collect::<Vec<_>>()
    };
    let ago = |place: &mut Place, days: i64| {
        place.server.kill();
        age(&place.path("work/db/server.db"), "UPDATE uploads SET created_at_ms = created_at_ms - ?1", days);
        for entry in std::fs::read_dir(place.path("work/server/uploads")).unwrap() {
            let file = std::fs::File::options().write(true).open(entry.unwrap().path()).unwrap();
            let seconds = u64::try_from(days * DAY_MS / 1000).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).unwrap();
        }
        place.restart(&[]);
    };
    ago(&mut place, 2);
    until("an empty upload is still there", async || there(&place) == [true, true, false, true]).await;
    ago(&mut place, 8);
    until("unused uploads are still there", async || there(&place) == [false, false, false, true]).await;
}
