//! Pieces that are not what they should be, over real sockets: none is accepted. `CORRUPTIONS=10000` sends as many.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::media::encode::{Start, picture_arguments};
use ffmpeg_cluster_common::media::work::{PictureWork, Work};
use ffmpeg_cluster_common::protocol::to_client::{Offer, ToClient};
use harness::chance::Chance;
use harness::cluster::{Cluster, Setup};
use harness::judge;
use serde_json::Value;

use crate::fake_worker::{FakeWorker, announced};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Bad {
    /// On the way: announced as it was before.
    Flipped,
    Truncated(u64),
    WrongDigest,
    /// Announced truthfully as what they are.
    TruncatedAndSaidSo(u64),
    FrameLess,
    FrameMore,
    OtherFrames,
    Garbage,
    Nothing,
    /// A good piece, under a number that is not this worker's any more, or never was anybody's.
    StaleLease,
    NobodysLease,
}

const KINDS: &[Bad] = &[
    Bad::Flipped,
    Bad::Flipped,
    Bad::Truncated(99),
    Bad::Truncated(90),
    Bad::Truncated(60),
    Bad::Truncated(30),
    Bad::WrongDigest,
    Bad::TruncatedAndSaidSo(99),
    Bad::TruncatedAndSaidSo(90),
    Bad::TruncatedAndSaidSo(60),
    Bad::TruncatedAndSaidSo(30),
    Bad::FrameLess,
    Bad::FrameMore,
    Bad::OtherFrames,
    Bad::Garbage,
    Bad::Nothing,
    Bad::StaleLease,
    Bad::NobodysLease,
];

/// Pieces that differ from the wanted one in a way of their own, made once.
struct Pieces {
    good: Vec<u8>,
    less: Vec<u8>,
    more: Vec<u8>,
    other_frames: Vec<u8>,
    other_film: Vec<u8>,
}

fn film(folder: &Path, name: &str, size: &str, frames: u32) -> PathBuf {
    let film = folder.join(name);
    let picture = format!("testsrc2=size={size}:rate=25,noise=alls=20:allf=t:all_seed={}", size.len());
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", &picture, "-frames:v"])
        .arg(frames.to_string())
        .args("-c:v libx264 -preset ultrafast -pix_fmt yuv420p -threads 1".split(' '))
        .arg(&film)
        .status();
    assert!(made.unwrap().success());
    film
}

/// As an honest client would make it of this film.
fn piece(work: &PictureWork, film: &Path, frames: &str, folder: &Path) -> Vec<u8> {
    let to = folder.join("piece.nut");
    let input = ["-i".to_owned(), film.display().to_string()];
    let mut words = picture_arguments(work, &input, &to.display().to_string(), Start::Beginning);
    let graph = words.iter().position(|word| word == "-vf").unwrap() + 1;
    // The window's own cut is replaced: these frames, beginning at zero.
    words[graph] = format!("trim={frames},setpts=PTS-STARTPTS");
    let done = Command::new("ffmpeg").args(["-v", "error", "-nostdin", "-y"]).args(words).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    std::fs::read(to).unwrap()
}

impl Pieces {
    fn of(work: &PictureWork, source: &Path, folder: &Path) -> Self {
        let FrameRange { start, end } = work.range;
        let make = |film: &Path, start: u64, end: u64| {
            piece(work, film, &format!("start_frame={start}:end_frame={end}"), folder)
        };
        Self {
            good: make(source, start, end),
            less: make(source, start, end - 1),
            more: make(&film(folder, "longer.mkv", "64x48", 200), start, end + 1),
            other_frames: make(source, start, end / 2),
            other_film: make(&film(folder, "other.mkv", "80x48", 200), start, end),
        }
    }

    /// The bytes that are sent, and those that are announced.
    fn spoiled(&self, bad: Bad, chance: &mut Chance) -> (Vec<u8>, Vec<u8>) {
        let mut sent = self.good.clone();
        let cut = |percent: u64| self.good[..self.good.len() * percent as usize / 100].to_vec();
        match bad {
            Bad::Flipped => {
                let at = chance.index(sent.len());
                sent[at] ^= 1 << chance.index(8);
                (sent, self.good.clone())
            }
            Bad::Truncated(percent) => (cut(percent), self.good.clone()),
            Bad::WrongDigest => (sent, cut(50)),
            Bad::TruncatedAndSaidSo(percent) => (cut(percent), cut(percent)),
            Bad::FrameLess => (self.less.clone(), self.less.clone()),
            Bad::FrameMore => (self.more.clone(), self.more.clone()),
            Bad::OtherFrames => (self.other_frames.clone(), self.other_frames.clone()),
            Bad::Garbage => {
                sent.iter_mut().for_each(|byte| *byte = chance.number() as u8);
                (sent.clone(), sent)
            }
            Bad::Nothing => (Vec::new(), Vec::new()),
            Bad::StaleLease | Bad::NobodysLease => (sent.clone(), sent),
        }
    }
}

fn picture(offer: &Offer) -> PictureWork {
    match &offer.work {
        Work::Picture(work) => (**work).clone(),
        Work::Sound(_) => panic!("there is no sound"),
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
        let cluster = Cluster::start(Setup::lossless(0).with(&flags));
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

#[tokio::test]
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

#[tokio::test]
async fn a_piece_of_another_film_is_refused_where_a_kept_one_sets_the_measure() {
    let flags = ["--required-clients", "1", "--max-retries", "2", "--retry-delay", "0"];
    let cluster = Cluster::start(Setup::lossless(0).with(&flags));
    let folder = cluster.scratch.path();
    let source = film(folder, "source.mkv", "64x48", 190);
    let mut worker = FakeWorker::join(cluster.ask.port(), "fake-worker", &["ffv1"]).await;
    // Two, so that a film of this length is cut.
    let _other = FakeWorker::join(cluster.ask.port(), "idle-worker", &["ffv1"]).await;
    cluster.ask.submit(&source, Value::Null).await;
    for (number, other_film) in [false, true].into_iter().enumerate() {
        let offer = worker.offer().await;
        let pieces = Pieces::of(&picture(&offer), &source, folder);
        let piece = if other_film { &pieces.other_film } else { &pieces.good };
        assert_eq!(worker.put(offer.lease, piece).await, 204);
        worker.announce(offer.lease, announced(piece)).await;
        match worker.heard().await {
            ToClient::Kept { .. } => assert_eq!(number, 0),
            ToClient::Revoke { reason, .. } => assert!(other_film && reason.contains("size"), "{reason}"),
            other => panic!("{other:?}"),
        }
    }
}
