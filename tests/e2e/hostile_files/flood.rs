//! Many announcements at once: who may have ten megabytes gets ten, whatever the order.

use futures_util::StreamExt;
use futures_util::stream;
use serde_json::Value;

use super::place::{Place, local};
use super::uploads::send;

/// How many were taken, and the codes of the others.
async fn announce(place: &Place, count: usize, bytes: u64) -> (usize, Vec<String>) {
    let length = bytes.to_string();
    let one = |_| {
        let length = length.clone();
        async move {
            let answer = send(place, "POST", "/api/v1/uploads", &[("upload-length", &length)], b"").await;
            if answer.status() == 201 {
                return None;
            }
            let reply: Value = answer.json().await.unwrap();
            Some(reply["Error"]["code"].as_str().unwrap_or_default().to_owned())
        }
    };
    let answers: Vec<_> = stream::iter(0..count).map(one).buffer_unordered(24).collect().await;
    let taken = answers.iter().filter(|answer| answer.is_none()).count();
    (taken, answers.into_iter().flatten().collect())
}

#[tokio::test]
async fn a_thousand_films_are_announced_and_the_quota_holds_to_the_byte() {
    let place = Place::start(&["--quota", "10M"]);
    let (taken, refused) = announce(&place, 1000, 1 << 20).await;
    assert_eq!(taken, 10);
    assert!(refused.iter().all(|code| code == "QUOTA_EXCEEDED"), "{refused:?}");
    assert_eq!(place.left().await.0.len(), 10, "an upload that was refused left a file");
    let (taken, _) = announce(&place, 1, 10 << 30).await;
    assert_eq!(taken, 0);
}

#[tokio::test]
async fn a_hundred_may_wait_and_the_total_binds_all() {
    let place = Place::start(&["--quota-total", "1M"]);
    let (taken, refused) = announce(&place, 130, 0).await;
    assert_eq!((taken, refused.len()), (100, 30));
    let mut place = place;
    place.restart(&["--quota-total", "1M"]);
    let (taken, _) = announce(&place, 1, 0).await;
    assert_eq!(taken, 0, "a restart forgets nothing");
}

#[tokio::test]
async fn jobs_under_way_are_counted_too() {
    let place = Place::start(&["--jobs-max", "2"]);
    let asked = (0..6).map(|_| place.ask.raw_owned(local("film.mp4", Value::Null)));
    let answers: Vec<(u16, Value)> = stream::iter(asked).buffer_unordered(6).collect().await;
    let created = answers.iter().filter(|(status, _)| *status == 201).count();
    assert_eq!(created, 2, "{answers:?}");
    for (status, reply) in answers.iter().filter(|(status, _)| *status != 201) {
        assert_eq!((*status, reply["Error"]["code"].as_str()), (429, Some("QUOTA_EXCEEDED")), "{reply}");
    }
}
