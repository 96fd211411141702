//! Names and labels of jobs, and keys of requests.

use ffmpeg_cluster_common::cluster::event::LOCAL;
use ffmpeg_cluster_common::time::WallMillis;

use super::Fresh;
use super::samples::{DAY_MS, added, id, job, local};
use crate::store::catalog::{Given, JobsWanted, Named, Reads, Request, RequestKey, Told};

fn named(name: &str, labels: &[(&str, &str)]) -> Named {
    let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Named { name: Some(name.into()), labels: labels.collect() }
}

fn key(owner: &str) -> RequestKey {
    RequestKey { owner: owner.into(), address: "POST /api/v1/jobs", key: "k1".into() }
}

fn given(named: Named, request: Option<Request>) -> Given {
    Given {
        named,
        preset: Some("phone".into()),
        source_bytes: Some(9),
        request,
        retry_of: Some(id("earlier")),
    }
}

/// What is told with one new job.
fn with(name: &str, named: Named, request: Option<Request>) -> Told {
    Told { at: WallMillis(7), given: [(id(name), given(named, request))].into(), ..Told::default() }
}

fn found(reads: &dyn Reads, wanted: JobsWanted) -> Vec<String> {
    let found = reads.jobs_wanted(&JobsWanted { limit: 9, ..wanted }).unwrap();
    assert_eq!(found.total, found.rows.len() as u64);
    found.rows.iter().map(|row| row.job.to_string()).collect()
}

pub(crate) fn a_job_is_called_what_its_submitter_said_and_found_by_it(place: &dyn Fresh) {
    let mut catalog = place.open();
    let holiday = named("Holiday 2026", &[("show", "alps"), ("a.b-c", "it's \"5 %\"")]);
    catalog.commit_told(&[job("j1")], &with("j1", holiday.clone(), None)).unwrap();
    catalog.commit_told(&[added("j2", LOCAL, local(), 2_000)], &Told::default()).unwrap();
    let reads = catalog.reads().unwrap();
    assert_eq!(reads.job(&id("j1")).unwrap().unwrap().named, holiday);
    assert_eq!(reads.job(&id("j2")).unwrap().unwrap().named, Named::default());
    let preset = |job: &str| reads.job(&id(job)).unwrap().unwrap().preset;
    assert_eq!((preset("j1").as_deref(), preset("j2")), (Some("phone"), None));
    let name = |part: &str| JobsWanted { name: Some(part.to_owned()), ..JobsWanted::default() };
    let label = |key: &str, value: &str| JobsWanted {
        label: Some([key, value].map(str::to_owned)),
        ..JobsWanted::default()
    };
    for (wanted, jobs) in [
        (name("holiday"), vec!["j1"]),
        (name("A.MKV"), vec!["j2", "j1"]),
        (label("show", "alps"), vec!["j1"]),
        (label("a.b-c", "it's \"5 %\""), vec!["j1"]),
        (label("show", "ALPS"), vec![]),
        (label("a", "alps"), vec![]),
    ] {
        assert_eq!(found(&*reads, wanted.clone()), jobs, "{wanted:?}");
    }
    assert_eq!(reads.jobs_wanted(&JobsWanted { limit: 1, ..name("holi") }).unwrap().rows[0].named, holiday);
}

pub(crate) fn a_job_is_renamed_once_by_each_who_read_it(place: &dyn Fresh) {
    let mut catalog = place.open();
    catalog.commit(&[added("j1", "a1", local(), 1)]).unwrap();
    let (none, first, second) = (Named::default(), named("a", &[]), named("b", &[("x", "1")]));
    let event = catalog.rename(&id("j1"), [&none, &first], WallMillis(5)).unwrap().unwrap();
    assert_eq!((event.kind.as_str(), event.owner.as_deref(), event.seq), ("job.renamed", Some("a1"), 1));
    assert_eq!(
        catalog.rename(&id("j1"), [&none, &second], WallMillis(6)).unwrap(),
        None,
        "it was read before"
    );
    assert!(catalog.rename(&id("j1"), [&first, &second], WallMillis(6)).unwrap().is_some());
    assert_eq!(catalog.rename(&id("j9"), [&none, &first], WallMillis(6)).unwrap(), None, "there is none");
    let reads = catalog.reads().unwrap();
    assert_eq!(reads.job(&id("j1")).unwrap().unwrap().named, second);
    assert_eq!(reads.events(0, 9).unwrap().len(), 2);
}

pub(crate) fn a_key_is_stored_with_its_job_or_not_at_all(place: &dyn Fresh) {
    let mut catalog = place.open();
    let request = Request { key: key("a1"), body: "ab".into() };
    let told = with("j1", Named::default(), Some(request));
    catalog.commit_told(&[job("j1"), job("j1")], &told).unwrap_err();
    let reads = catalog.reads().unwrap();
    let read = || reads.request(&key("a1"), WallMillis(8)).unwrap();
    assert_eq!(read(), None);
    catalog.commit_told(&[job("j1")], &told).unwrap();
    let row = read().unwrap();
    assert_eq!((row.body.as_str(), row.job, row.answer), ("ab", id("j1"), None));
    catalog.answered(&id("j1"), Some("{}")).unwrap();
    assert_eq!(read().unwrap().answer.as_deref(), Some("{}"));
    catalog.answered(&id("j1"), None).unwrap();
    assert_eq!(read(), None, "the job is nobody's");
}

pub(crate) fn a_key_is_kept_for_a_day_and_by_owner(place: &dyn Fresh) {
    let mut catalog = place.open();
    let request = |body: &str| Some(Request { key: key("a1"), body: body.into() });
    catalog.commit_told(&[job("j1")], &with("j1", Named::default(), request("ab"))).unwrap();
    let reads = catalog.reads().unwrap();
    let at = |owner: &str, at: u64| reads.request(&key(owner), WallMillis(at)).unwrap().map(|row| row.body);
    assert_eq!(at("a1", 6 + DAY_MS).as_deref(), Some("ab"));
    assert_eq!([at("a1", 7 + DAY_MS), at("b2", 8)], [None, None]);
    let later = Told { at: WallMillis(7 + DAY_MS), ..with("j2", Named::default(), request("cd")) };
    catalog.commit_told(&[job("j2")], &later).unwrap();
    assert_eq!(at("a1", 8 + DAY_MS).as_deref(), Some("cd"), "the key is free again");
}
