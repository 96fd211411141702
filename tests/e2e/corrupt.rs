//! Pieces that are not what they should be, over real sockets: none is accepted. `CORRUPTIONS=10000` sends as many.

pub mod pieces;

use std::collections::BTreeMap;
use std::path::PathBuf;

use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::media::plan::work::{PictureWork, Work};
use ffmpeg_cluster_common::protocol::to_client::{Offer, ToClient};
use harness::chance::Chance;
use harness::cluster::Cluster;
use harness::judge;
use serde_json::{Value, json};

use self::pieces::{Bad, KINDS, Pieces, film};
use crate::fake_worker::{FakeWorker, announced};

pub fn picture(offer: &Offer) -> PictureWork {
    match &offer.work {
        Work::Picture(work) => (**work).clone(),
        Work::List(_) | Work::Sound(_) => panic!("only pictures are made"),
    }
}

/// What the server made of one: the lease to go on with, or none where a new one comes.
async fn answer(worker: &mut FakeWorker, lease: LeaseId, bad: Bad) -> Option<LeaseId> {
    match worker.heard().await {
        ToClient::SendAgain { lease: again, .. } if again == lease => Some(lease),
        ToClient::Revoke { lease: lost, reason } if lost == lease => {
            assert!(!reason.is_empty(), "{bad:?}: refused without a word");
            None
        }
        other => panic!("{bad:?} was answered with {other:?}"),
    }
}

/// A number that is not the worker's: the byte plane and the word are both refused, and the lease stays as it is.
async fn misnumbered(worker: &mut FakeWorker, lease: LeaseId, good: &[u8]) {
    assert_eq!(worker.put(lease, good).await, 410);
    worker.announce(lease, announced(good)).await;
    assert_eq!(answer(worker, lease, Bad::StaleLease).await, None);
}

/// A job whose only worker sends so many bad pieces, and then a good one.
struct Siege {
    cluster: Cluster,
    worker: FakeWorker,
    source: PathBuf,
    chance: Chance,
    refused: BTreeMap<Bad, u64>,
    stale: LeaseId,
}

impl Siege {
    async fn begin() -> Self {
        let flags = ["--required-clients", "1", "--max-retries", "1000", "--retry-delay", "0"];
        let cluster = Cluster::new().with(&flags).start();
        let source = film(cluster.scratch.path(), "source.mkv", "64x48", 30);
        let worker = FakeWorker::join(cluster.ask.port(), "fake-worker", &["ffv1"]).await;
        let stale = LeaseId { boot: 0, seq: 1 };
        Self { cluster, worker, source, chance: Chance::new(1), refused: BTreeMap::new(), stale }
    }

    /// No more than the attempts that a job has.
    async fn of_one_job(&mut self, count: usize) {
        let job = self.cluster.ask.submit(&self.source, Value::Null).await;
        let mut offer = self.worker.offer().await;
        let pieces = Pieces::of(&picture(&offer), &self.source, self.cluster.scratch.path());
        for number in 0..count {
            let bad = KINDS[number % KINDS.len()];
            *self.refused.entry(bad).or_default() += 1;
            offer = self.send_bad(bad, offer, &pieces).await;
        }
        assert_eq!(self.cluster.server.log.count(&format!("checked job={job}")), 0);
        self.send_good(&job, &offer, &pieces).await;
    }

    /// The offer to go on with.
    async fn send_bad(&mut self, bad: Bad, offer: Offer, pieces: &Pieces) -> Offer {
        let lease = match bad {
            Bad::StaleLease => Some(self.stale),
            Bad::NobodysLease => Some(LeaseId { boot: 7, seq: self.chance.number() }),
            _ => None,
        };
        if let Some(lease) = lease {
            misnumbered(&mut self.worker, lease, &pieces.good).await;
            return offer;
        }
        let (sent, told) = pieces.spoiled(bad, &mut self.chance);
        if !sent.is_empty() {
            assert_eq!(self.worker.put(offer.lease, &sent).await, 204, "{bad:?}");
        }
        self.worker.announce(offer.lease, announced(&told)).await;
        if answer(&mut self.worker, offer.lease, bad).await.is_some() {
            return offer;
        }
        self.stale = offer.lease;
        // Three false pieces would set it aside for a day.
        self.cluster.ask.command(json!({"ForgiveClient": {"client_id": "fake-worker"}})).await;
        self.worker.offer().await
    }

    /// The good one was good all the time.
    async fn send_good(&mut self, job: &str, offer: &Offer, pieces: &Pieces) {
        // What the last bad one left there is thrown away with its refusal.
        assert_eq!(self.worker.put(offer.lease, &pieces.good).await, 204);
        self.worker.announce(offer.lease, announced(&pieces.good)).await;
        assert_eq!(self.worker.heard().await, ToClient::Kept { lease: offer.lease });
        let status = self.cluster.ask.completed(job).await;
        let result = self.cluster.scratch.path().join("out.mkv");
        self.cluster.ask.fetch(status["output_url"].as_str().unwrap(), &result).await;
        judge::same_film(&self.source, &result, true, 1.1);
    }
}

/// A job has a thousand attempts; not all of these cost one.
const OF_ONE_JOB: usize = 1_000;

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::print_stderr, reason = "a table that a person reads")]
async fn corrupted_pieces_are_never_accepted() {
    let count = std::env::var("CORRUPTIONS").map_or(200, |text| text.parse().expect("a number"));
    let mut siege = Siege::begin().await;
    let mut left: usize = count;
    while left > 0 {
        let now = left.min(OF_ONE_JOB);
        siege.of_one_job(now).await;
        left -= now;
    }
    eprintln!("REFUSED {count} of {count}: {:?}", siege.refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_client_does_not_set_the_measure() {
    let flags = ["--required-clients", "2", "--max-retries", "2", "--retry-delay", "0"];
    let cluster = Cluster::new().with(&flags).start();
    let folder = cluster.scratch.path();
    let source = film(folder, "source.mkv", "64x48", 190);
    let liar = FakeWorker::join(cluster.ask.port(), "lying-worker", &["ffv1"]).await;
    let honest = FakeWorker::join(cluster.ask.port(), "honest-worker", &["ffv1"]).await;
    cluster.ask.submit(&source, Value::Null).await;
    for (number, mut worker) in [liar, honest].into_iter().enumerate() {
        let offer = worker.offer().await;
        let pieces = Pieces::of(&picture(&offer), &source, folder);
        let piece = if number == 1 { &pieces.good } else { &pieces.other_film };
        assert_eq!(worker.put(offer.lease, piece).await, 204);
        worker.announce(offer.lease, announced(piece)).await;
        match worker.verdict(offer.lease).await {
            ToClient::Kept { .. } => assert_eq!(number, 1),
            ToClient::Revoke { reason, .. } => assert!(number == 0 && reason.contains("size"), "{reason}"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(cluster.server.log.count("one piece"), 0, "one client's word is not the film's");
}
