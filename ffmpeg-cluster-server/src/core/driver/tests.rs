//! Commit before performing; what a client is told keeps its order.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ffmpeg_cluster_common::cluster;
use ffmpeg_cluster_common::cluster::change::{Change, Memory};
use ffmpeg_cluster_common::cluster::effect::{Answer, Effect, Promised, Who};
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId, SessionNo, UploadId};
use ffmpeg_cluster_common::io::clock;
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::io::tools::Tools;
use ffmpeg_cluster_common::limits::OUTBOX_MESSAGES_MAX;
use ffmpeg_cluster_common::media::params;
use ffmpeg_cluster_common::media::plan::track::Content;
use ffmpeg_cluster_common::media::plan::witness::Lead;
use ffmpeg_cluster_common::media::plan::work::{SoundWork, SourceRef, Work};
use ffmpeg_cluster_common::media::words::container::Container;
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::protocol::to_client::{Offer, ToClient};
use ffmpeg_cluster_common::time::WallMillis;

use super::*;
use crate::admission::new_job;
use crate::core::incoming::Core;
use crate::samples::Scratch;
use crate::samples::{SOUND, pictures, spec};
use crate::store::catalog::{
    Catalog, EventRow, Given, LinkRow, Named, Page, Reads, SignInRow, Sqlite, TokenRow, Told, Tried,
    UploadRow, WatchLinkRow, WebhookRow,
};
use crate::work::Runner;

/// Remembers nothing: each commit fails, as on a full disk.
struct FailingCatalog;

impl Catalog for FailingCatalog {
    fn load(&mut self, _: WallMillis) -> anyhow::Result<Memory> {
        Ok(Memory::default())
    }
    fn commit_told(&mut self, _: &[Change], _: &Told) -> anyhow::Result<Vec<EventRow>> {
        anyhow::bail!("the disk is full")
    }
    fn answered(&mut self, _: &JobId, _: Option<&str>) -> anyhow::Result<()> {
        Ok(())
    }
    fn rename(&mut self, _: &JobId, _: [&Named; 2], _: WallMillis) -> anyhow::Result<Option<EventRow>> {
        Ok(None)
    }
    fn add_upload(&mut self, _: &UploadRow) -> anyhow::Result<EventRow> {
        anyhow::bail!("the disk is full")
    }
    fn upload_completed(&mut self, _: &UploadId, _: WallMillis) -> anyhow::Result<Option<EventRow>> {
        Ok(None)
    }
    fn forget_events(&mut self, _: WallMillis) -> anyhow::Result<()> {
        Ok(())
    }
    fn forget_upload(&mut self, _: &UploadId) -> anyhow::Result<bool> {
        Ok(true)
    }
    fn forget_job(&mut self, _: &JobId, _: bool, _: WallMillis) -> anyhow::Result<Option<EventRow>> {
        Ok(None)
    }
    fn result_removed(&mut self, _: &JobId, _: WallMillis) -> anyhow::Result<()> {
        Ok(())
    }
    fn claim_key(&mut self, _: &ClientId, _: &str, _: WallMillis) -> anyhow::Result<bool> {
        Ok(true)
    }
    fn add_token(&mut self, _: &TokenRow) -> anyhow::Result<()> {
        Ok(())
    }
    fn revoke_token(&mut self, _: &str, _: WallMillis) -> anyhow::Result<bool> {
        Ok(true)
    }
    fn tokens_used(&mut self, _: &BTreeMap<String, WallMillis>) -> anyhow::Result<()> {
        Ok(())
    }
    fn add_sign_in(&mut self, _: &SignInRow, _: usize) -> anyhow::Result<()> {
        Ok(())
    }
    fn sign_in_seen(&mut self, _: &str, _: WallMillis) -> anyhow::Result<()> {
        Ok(())
    }
    fn end_sign_in(&mut self, _: &str) -> anyhow::Result<bool> {
        Ok(true)
    }
    fn add_link(&mut self, _: &LinkRow) -> anyhow::Result<()> {
        Ok(())
    }
    fn use_link(&mut self, _: &str, _: WallMillis) -> anyhow::Result<Option<String>> {
        Ok(None)
    }
    fn add_watch_link(&mut self, _: &WatchLinkRow, _: usize) -> anyhow::Result<bool> {
        Ok(true)
    }
    fn end_watch_link(&mut self, _: &str) -> anyhow::Result<bool> {
        Ok(true)
    }
    fn put_webhook(&mut self, _: &WebhookRow) -> anyhow::Result<()> {
        Ok(())
    }
    fn remove_webhook(&mut self, _: &str) -> anyhow::Result<bool> {
        Ok(true)
    }
    fn delivery_tried(&mut self, _: &Tried) -> anyhow::Result<Vec<EventRow>> {
        Ok(Vec::new())
    }
    fn repeat_delivery(&mut self, _: &str, _: WallMillis) -> anyhow::Result<bool> {
        Ok(true)
    }
    fn reads(&self) -> anyhow::Result<Box<dyn Reads>> {
        anyhow::bail!("nothing is remembered")
    }
}

/// A driver that nobody reaches by the network, and those who would ask it. No program is ever found where its tools lie.
fn driver(writer: impl FnOnce(Sqlite) -> Writer) -> (Driver, Core, Runner) {
    let nowhere = PathBuf::from("/no/such/program");
    let tools = Tools { ffmpeg: nowhere.clone(), ffprobe: nowhere, version: "5".into(), ..Tools::default() };
    let scratch = Scratch::new(writer);
    let (incoming, incoming_end) = mpsc::channel(16);
    let (view, view_end) = watch::channel(Arc::default());
    let core = Core::new(incoming, view_end);
    let settings = Arc::new(crate::samples::settings());
    let runner = Runner::new(settings, tools, scratch.store, Background::default());
    let clock = Clock::start();
    let settings = cluster::Settings {
        max_retries: 3,
        retry_delay: Millis(0),
        benchmark_secs: 1,
        audit_percent: 0,
        crashes_max: 2,
    };
    let cluster = Cluster::new(settings, 1, clock.now(), clock::wall());
    let performer = Performer::new(core.clone(), runner.clone(), &Memory::default());
    let (viewed_at, unseen) = (Millis(0), false);
    let writer = scratch.writer;
    (
        Driver { cluster, clock, incoming: incoming_end, writer, performer, view, viewed_at, unseen },
        core,
        runner,
    )
}

fn durable() -> (Driver, Core, Runner) {
    driver(|catalog| Writer::start(catalog).unwrap())
}

#[tokio::test]
async fn nothing_is_performed_when_the_commit_fails() {
    let (driver, core, _) = driver(|_| Writer::start(FailingCatalog).unwrap());
    let running = tokio::spawn(driver.run(Effects::default(), CancellationToken::new()));
    let answer = core.submit(new_job(), spec(), Given::default()).await;
    assert!(
        matches!(answer, Answer::Error { code: ErrorCode::Busy, .. }),
        "told {answer:?}, which is not durable"
    );
    let error = format!("{:#}", running.await.unwrap().unwrap_err());
    assert!(error.contains("no effect was performed") && error.contains("the disk is full"), "{error}");
    assert!(core.view.borrow().jobs.is_empty(), "a job is shown that is not durable");
}

#[tokio::test]
async fn a_job_is_durable_and_shown_when_its_submitter_is_told() {
    let (driver, core, runner) = durable();
    // The film does not exist, and the job would be over before it could be looked at.
    runner.background.stop().cancel();
    let stop = CancellationToken::new();
    let running = tokio::spawn(driver.run(Effects::default(), stop.clone()));
    let Answer::JobCreated(job) = core.submit(new_job(), spec(), Given::default()).await else {
        panic!("no job")
    };
    assert!(runner.store.reader.job(&job).await.unwrap().is_some());
    assert!(core.view.borrow().jobs.contains_key(&job));
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn who_asks_after_the_drain_has_begun_is_told_to_come_back() {
    let (driver, core, runner) = durable();
    let stop = CancellationToken::new();
    stop.cancel();
    let running = tokio::spawn(driver.run(Effects::default(), stop));
    let answer = core.submit(new_job(), spec(), Given::default()).await;
    assert!(matches!(answer, Answer::Error { code: ErrorCode::Busy, .. }), "{answer:?}");
    running.await.unwrap().unwrap();
    assert!(runner.store.reader.jobs(None, &Page::first()).await.unwrap().is_empty());
}

const SESSION: SessionNo = SessionNo(5);
const LEASE: LeaseId = LeaseId { boot: 1, seq: 1 };

fn names() -> (JobId, ClientId) {
    ("j1".parse().unwrap(), "c1".parse().unwrap())
}

/// Connects a client of which only the outbox is looked at.
fn connected(performer: &mut Performer) -> mpsc::Receiver<ToClient> {
    let (outbox, told) = mpsc::channel(OUTBOX_MESSAGES_MAX);
    assert!(performer.admit(Incoming::Session { session: SESSION, outbox, event: Event::Tick }).is_some());
    told
}

fn worked_out() -> Incoming {
    let source =
        SourceRef { path: "/s".into(), bytes: 1, etag: "e".into(), format: "mov".into(), codecs: Vec::new() };
    let sound = params::parse(&params::words("-c:v libx264").unwrap(), Container::Mp4).unwrap().sound;
    let work = Work::Sound(SoundWork {
        streams: vec![1],
        profile: sound,
        container: Container::Mp4,
        duration_us: None,
        conform: false,
        together: false,
        untold: Vec::new(),
        layout: None,
        span: Default::default(),
    });
    let (job, device, beside) = (names().0, None, None);
    let offer = Offer { lease: LEASE, job, source, work, measure: false, device, beside };
    Incoming::Offer { session: SESSION, offer: Box::new(offer) }
}

#[tokio::test]
async fn a_lease_that_was_taken_back_is_not_offered_afterwards() {
    let (mut driver, ..) = durable();
    let (job, client) = names();
    let mut told = connected(&mut driver.performer);
    let leased =
        Change::Leased { job: job.clone(), lease: LEASE, segment: SOUND, client: client.clone(), seat: None };
    driver.performer.remember(&[leased]);
    assert!(driver.performer.admit(worked_out()).is_none());
    assert!(matches!(told.try_recv(), Ok(ToClient::Offer(offer)) if offer.lease == LEASE));

    let (segment, by) = (SOUND, client.clone());
    let ended = Change::LeaseEnded { job, lease: LEASE, segment, client: by, attempt: None };
    driver.performer.remember(&[ended]);
    let message = ToClient::Revoke { lease: LEASE, reason: "the job has ended".to_owned() };
    driver.performer.perform(vec![Effect::Say { client, session: SESSION, message }]);
    assert!(driver.performer.admit(worked_out()).is_none());
    assert!(matches!(told.try_recv(), Ok(ToClient::Revoke { .. })));
    assert!(told.try_recv().is_err(), "the client would work on what nobody wants");
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_let_go_and_others_are_not() {
    let (mut driver, ..) = durable();
    let mut told = connected(&mut driver.performer);
    let (outbox, mut other) = mpsc::channel(OUTBOX_MESSAGES_MAX);
    driver.performer.admit(Incoming::Session { session: SessionNo(6), outbox, event: Event::Tick });
    let kept = |session| Effect::Say { client: names().1, session, message: ToClient::Kept { lease: LEASE } };
    driver.performer.perform((0..=OUTBOX_MESSAGES_MAX).map(|_| kept(SESSION)).collect());
    driver.performer.perform(vec![kept(SessionNo(6))]);
    assert!(matches!(other.try_recv(), Ok(ToClient::Kept { .. })));
    for _ in 0..OUTBOX_MESSAGES_MAX {
        assert!(told.try_recv().is_ok());
    }
    assert_eq!(told.recv().await, None, "its session would go on without what it missed");
}

#[tokio::test]
async fn bytes_find_their_folder_before_their_lease_is_offered() {
    let (mut driver, core, _) = durable();
    let (job, client) = names();
    let lease = Change::Leased {
        job: job.clone(),
        lease: LEASE,
        segment: pictures(0, 9),
        client: client.clone(),
        seat: None,
    };
    driver.performer.remember(&[Change::JobAdded {
        job: job.clone(),
        spec: Box::new(spec()),
        at: WallMillis(1),
    }]);
    driver.performer.remember(&[lease]);
    assert!(!core.leases.is_theirs(LEASE, &client), "shown before the commit");
    let promised = Promised {
        lease: LEASE,
        job: job.clone(),
        segment: pictures(0, 9),
        content: Content::Picture,
        streams: Vec::new(),
        measure: false,
        seat: None,
        beside: 1,
        lead: Lead::Usual,
        twice: None,
    };
    let offer = Effect::Offer { client: client.clone(), session: SESSION, promised };
    driver.performer.perform(vec![offer]);
    assert!(core.leases.is_theirs(LEASE, &client) && core.leases.has_one_of(&job, &client));
}

/// Found by a test that read the log, asked for the clients at once, and was shown the picture before.
#[test]
fn who_reads_in_the_log_that_a_client_is_set_aside_is_shown_it() {
    let (_, id) = names();
    let (client, why) = (Who { id, name: "bad".to_owned() }, "everything fails on it".to_owned());
    let aside = Notice::SetAside { client: client.clone(), why: why.clone() };
    let back = Notice::TakenBack { client, why };
    for notice in [aside, back] {
        let out = Effects { effects: vec![Effect::Notice(notice)], ..Effects::default() };
        assert!(is_seen_at_once(&out));
    }
    assert!(!is_seen_at_once(&Effects::default()));
}
