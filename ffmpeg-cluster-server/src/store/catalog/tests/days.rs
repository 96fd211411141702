//! What came of each day.

use ffmpeg_cluster_common::cluster::change::Change;
use ffmpeg_cluster_common::media::proof::report::Report;
use ffmpeg_cluster_common::protocol::command::JobState;
use ffmpeg_cluster_common::time::WallMillis;

use super::Fresh;
use super::samples::{DAY_MS, added, busy, client, ended, id, kept, lease, leased, local};
use crate::samples::{SOUND, pictures};
use crate::store::catalog::{Given, Moments, Told};

fn made(job: &str, frames: u64, bytes: u64, at: u64) -> Change {
    let report = Report { frames_result: frames, result_bytes: bytes, ..Report::default() };
    let report = Some(Box::new(report));
    Change::JobEnded { job: id(job), state: JobState::Completed, at: WallMillis(at), error: None, report }
}

pub(crate) fn each_day_says_what_was_made_for_whom(place: &dyn Fresh) {
    let mut catalog = place.open();
    let jobs = [("a", "a1"), ("b", "a1"), ("c", "b2"), ("d", "a1"), ("e", "a1")];
    let jobs: Vec<_> = jobs.map(|(job, owner)| added(job, owner, local(), 1)).into();
    let given = Given { source_bytes: Some(1_000), ..Given::default() };
    let given = ["a", "b"].map(|job| (id(job), given.clone())).into();
    catalog.commit_told(&jobs, &Told { given, ..Told::default() }).unwrap();
    let day = 20 * DAY_MS;
    let ends = [
        made("a", 10, 100, day),
        made("b", 5, 50, day + 9),
        made("c", 7, 70, day),
        made("d", 1, 10, day + DAY_MS),
    ];
    catalog.commit(&ends).unwrap();
    catalog.commit(&[ended("e", JobState::Failed, day)]).unwrap();
    let reads = catalog.reads().unwrap();
    let told = |owner: Option<&str>, first: u64| -> Vec<[u64; 5]> {
        let days = reads.days(owner, first).unwrap();
        days.iter().map(|day| [day.day, day.films, day.frames, day.bytes_in, day.bytes_out]).collect()
    };
    assert_eq!(told(None, 0), [[20, 3, 22, 2_000, 220], [21, 1, 1, 0, 10]]);
    assert_eq!(told(Some("a1"), 0), [[20, 2, 15, 2_000, 150], [21, 1, 1, 0, 10]]);
    assert_eq!((told(Some("b2"), 21), told(None, 21).len()), (vec![], 1));
    catalog.forget_events(WallMillis(day + 401 * DAY_MS)).unwrap();
    assert_eq!(catalog.reads().unwrap().days(None, 0).unwrap().len(), 1, "the older day is forgotten");
}

pub(crate) fn each_day_says_how_long_each_client_encoded(place: &dyn Fresh) {
    let mut catalog = busy(place);
    let frames = pictures(250, 500);
    let at = |ms| Some(WallMillis(DAY_MS + ms));
    let told = |seq, began, encoded, end| {
        let moments = Moments { began, encoded, ..Moments::default() };
        Told { at: WallMillis(DAY_MS + end), moments: [(lease(seq), moments)].into(), ..Told::default() }
    };
    catalog.commit_told(&[leased(4, frames)], &Told::default()).unwrap();
    catalog.commit_told(&[kept(4, frames)], &told(4, at(100), at(900), 1_000)).unwrap();
    catalog.commit_told(&[kept(3, SOUND)], &told(3, at(0), at(50), 60)).unwrap();
    let reads = catalog.reads().unwrap();
    let days = reads.days(None, 1).unwrap();
    let all: Vec<_> = days[0]
        .clients
        .iter()
        .map(|one| (one.client.clone(), one.name.as_str(), one.frames, one.busy_ms))
        .collect();
    assert_eq!((all, days[0].films), (vec![(client(), "box", 250, 850)], 0), "the sound has no frames");
    assert!(reads.days(Some("local"), 0).unwrap().iter().all(|day| day.clients.is_empty()));
}
