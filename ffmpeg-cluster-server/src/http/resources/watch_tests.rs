//! A watcher misses nothing and hears nothing twice, whenever it comes and however slow it is.

use ffmpeg_cluster_common::io::clock;
use ffmpeg_cluster_common::time::WallMillis;
use tokio_util::sync::CancellationToken;

use super::super::events;
use super::*;
use crate::samples::Scratch;
use crate::store::catalog::{BEHIND_MAX, Catalog, NewEvent, Told, Writer};

/// A store in its first start.
fn store() -> Scratch {
    Scratch::new(|mut catalog| {
        let boot = catalog.load(clock::wall()).unwrap().boot;
        let writer = Writer::start(catalog).unwrap();
        writer.live().begin(boot, 0);
        writer
    })
}

fn event(kind: &'static str, owner: Option<&str>, job: Option<&str>) -> NewEvent {
    let (job, owner) = (job.map(|job| job.parse().unwrap()), owner.map(str::to_owned));
    NewEvent { kind, job, client: None, owner, data: "{}".into() }
}

async fn tell(scratch: &Scratch, events: Vec<NewEvent>) {
    let told = Told { at: WallMillis(1), events, ..Told::default() };
    scratch.writer.commit(Vec::new(), told, &CancellationToken::new()).await.unwrap();
}

async fn tell_some(scratch: &Scratch, count: usize) {
    tell(scratch, vec![event("job.state", None, None); count]).await;
}

async fn watcher(scratch: &Scratch, wanted: Wanted, after: Option<&str>) -> Watcher {
    let after = after.map(|after| after.parse().unwrap());
    let (live, reader) = (scratch.writer.live().clone(), scratch.store.reader.clone());
    Watcher::begin(live, reader, wanted, after).await.unwrap()
}

async fn next(watcher: &mut Watcher) -> Seen {
    let within = std::time::Duration::from_secs(20);
    tokio::time::timeout(within, watcher.next()).await.expect("an event").unwrap().unwrap()
}

async fn number(watcher: &mut Watcher) -> u64 {
    match next(watcher).await {
        Seen::Event(row) => row.seq,
        Seen::Reset(at) => panic!("reset at {at}"),
    }
}

#[tokio::test]
async fn stored_and_new_events_join_without_a_gap() {
    let scratch = store();
    tell_some(&scratch, 2 * PAGE + 3).await;
    let mut watching = watcher(&scratch, Wanted::default(), Some("1.5")).await;
    let last = (2 * PAGE + 3) as u64;
    for wanted in 6..=100 {
        assert_eq!(number(&mut watching).await, wanted);
    }
    // More than a watcher may be behind comes while it still reads what is stored.
    tell_some(&scratch, BEHIND_MAX + 2).await;
    let last = last + BEHIND_MAX as u64 + 2;
    for wanted in 101..=last {
        assert_eq!(number(&mut watching).await, wanted);
    }
    let shortly = std::time::Duration::from_millis(50);
    tokio::time::timeout(shortly, watching.next()).await.expect_err("there is no more");
    tell_some(&scratch, 1).await;
    assert_eq!(number(&mut watching).await, last + 1);
    assert_eq!(watching.id(), format!("1.{}", last + 1));
}

#[tokio::test]
async fn who_names_no_number_hears_what_comes() {
    let scratch = store();
    tell_some(&scratch, 3).await;
    let mut watching = watcher(&scratch, Wanted::default(), None).await;
    tell_some(&scratch, 1).await;
    assert_eq!(number(&mut watching).await, 4);
}

#[tokio::test]
async fn a_slow_watcher_starts_over_and_holds_up_nobody() {
    let scratch = store();
    let mut watching = watcher(&scratch, Wanted::default(), None).await;
    for _ in 0..3 {
        tell_some(&scratch, BEHIND_MAX).await;
    }
    let last = 3 * BEHIND_MAX as u64;
    assert_eq!(next(&mut watching).await, Seen::Reset(last));
    tell_some(&scratch, 1).await;
    assert_eq!(number(&mut watching).await, last + 1);
}

#[tokio::test]
async fn a_number_that_can_not_be_followed_starts_over() {
    let scratch = store();
    tell_some(&scratch, 9).await;
    for unknown in ["2.3", "1.10", "10"] {
        let mut watching = watcher(&scratch, Wanted::default(), Some(unknown)).await;
        assert_eq!(next(&mut watching).await, Seen::Reset(9), "{unknown}");
    }
    for known in ["1.8", "8"] {
        assert_eq!(number(&mut watcher(&scratch, Wanted::default(), Some(known)).await).await, 9);
    }
    // All are forgotten.
    scratch.writer.forget_events(clock::wall()).await.unwrap();
    let mut watching = watcher(&scratch, Wanted::default(), Some("1.8")).await;
    assert_eq!(next(&mut watching).await, Seen::Reset(9));
    tell_some(&scratch, 2).await;
    let mut watching = watcher(&scratch, Wanted::default(), Some("1.8")).await;
    assert_eq!(next(&mut watching).await, Seen::Reset(11), "9 is forgotten");
    assert_eq!(number(&mut watcher(&scratch, Wanted::default(), Some("1.9")).await).await, 10);
}

/// After a power loss, an older start has left less behind than it told.
#[tokio::test]
async fn what_an_older_start_did_not_leave_behind_is_not_followed() {
    let scratch = store();
    tell_some(&scratch, 5).await;
    let path = scratch.store.folders.database();
    let boot = crate::store::catalog::Sqlite::open(&path).unwrap().load(clock::wall()).unwrap().boot;
    scratch.writer.live().begin(boot, 5);
    tell_some(&scratch, 4).await;
    assert_eq!(number(&mut watcher(&scratch, Wanted::default(), Some("1.5")).await).await, 6);
    let mut watching = watcher(&scratch, Wanted::default(), Some("1.6")).await;
    assert_eq!(next(&mut watching).await, Seen::Reset(9));
    assert_eq!(number(&mut watcher(&scratch, Wanted::default(), Some("2.6")).await).await, 7);
}

#[tokio::test]
async fn a_watcher_hears_what_is_theirs_and_what_they_want() {
    let scratch = store();
    let wanted = |owner: Option<&str>, types: &str, job: Option<&str>| Wanted {
        owner: owner.map(str::to_owned),
        types: types.split(',').filter(|text| !text.is_empty()).map(|text| text.parse().unwrap()).collect(),
        job: job.map(|job| job.parse().unwrap()),
    };
    let all = [
        wanted(None, "", None),
        wanted(Some("a1"), "", None),
        wanted(None, "segment.*", None),
        wanted(None, "job.state,client.*", None),
        wanted(Some("b2"), "*", Some("k")),
    ];
    let mut watching = Vec::new();
    for wanted in all {
        watching.push((watcher(&scratch, wanted, None).await, Vec::new()));
    }
    let told = vec![
        event("job.state", Some("a1"), Some("j")),
        event("segment.kept", Some("b2"), Some("k")),
        event("client.gone", None, None),
        event("job.created", Some("b2"), Some("l")),
        event("system.last", Some("a1"), Some("j")),
    ];
    tell(&scratch, told).await;
    for (watcher, heard) in &mut watching {
        while let Ok(seen) = tokio::time::timeout(std::time::Duration::from_millis(100), watcher.next()).await
        {
            let Some(Seen::Event(row)) = seen.unwrap() else { panic!() };
            heard.push(row.seq);
        }
    }
    let heard: Vec<_> = watching.iter().map(|(_, heard)| heard.as_slice()).collect();
    assert_eq!(heard, [&[1, 2, 3, 4, 5][..], &[1, 5], &[2], &[1, 3], &[2]]);
}

#[test]
fn what_is_asked_is_read_or_refused() {
    let read = |text| Asked::read(&Query::read(text, events::PARAMETERS).map_err(|problem| problem.message)?);
    let asked = read("types=job.*%2Csegment.lost&job=abc&after=12.5").unwrap();
    assert_eq!(asked.types, ["job.*", "segment.lost"].map(|text| text.parse().unwrap()));
    assert_eq!((asked.job.as_deref(), asked.after), (Some("abc"), Some(After { boot: Some(12), seq: 5 })));
    assert_eq!(read("").unwrap(), Asked::default());
    for bad in
        ["after=x", "after=1.x", "after=-1", "types=", "types=Job.*", "types=%ff", "tpyes=job.*", "after"]
    {
        assert!(read(bad).is_err(), "{bad}");
    }
}
