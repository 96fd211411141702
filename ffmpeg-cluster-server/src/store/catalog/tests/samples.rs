//! What the promises are about: one busy job, a client, the changes of a life.

use ffmpeg_cluster_common::cluster::change::{Attempt, Change, FailureHistory, RememberedPiece};
use ffmpeg_cluster_common::cluster::event::{CheckedPiece, JobSpec, LOCAL, SourceAt};
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId, UploadId};
use ffmpeg_cluster_common::media::params;
use ffmpeg_cluster_common::media::plan::piece::PieceFacts;
use ffmpeg_cluster_common::media::plan::track::{Segment, WorkKind};
use ffmpeg_cluster_common::media::proof::report::Report;
use ffmpeg_cluster_common::media::words::container::Container;
use ffmpeg_cluster_common::protocol::command::JobState;
use ffmpeg_cluster_common::time::WallMillis;

use super::Fresh;
use crate::samples::{SOUND, film, pictures, spec};
use crate::store::catalog::{Catalog, UploadRow};

pub(crate) const DAY_MS: u64 = 86_400_000;

pub(crate) fn id(job: &str) -> JobId {
    job.parse().unwrap()
}

pub(crate) fn upload_id(upload: &str) -> UploadId {
    upload.parse().unwrap()
}

pub(crate) fn client() -> ClientId {
    "c1".parse().unwrap()
}

pub(crate) const fn lease(seq: u64) -> LeaseId {
    LeaseId { boot: 1, seq }
}

pub(crate) fn local() -> SourceAt {
    SourceAt::LocalFile("/films/a.mkv".into())
}

pub(crate) fn added(job: &str, owner: &str, source: SourceAt, at: u64) -> Change {
    let words = params::words("-c:v libx264 -crf 20").unwrap();
    let spec = JobSpec {
        source,
        file_name: "a.mkv".into(),
        output_name: "b.mp4".into(),
        profile: params::parse(&words, Container::Mp4).unwrap(),
        params_text: "-c:v libx264 -crf 20".into(),
        required_clients: 2,
        priority: Default::default(),
        ladder: None,
        owner: owner.into(),
        ..spec()
    };
    Change::JobAdded { job: id(job), spec: Box::new(spec), at: WallMillis(at) }
}

pub(crate) fn job(name: &str) -> Change {
    added(name, LOCAL, local(), 1_000)
}

pub(crate) fn ended(job: &str, state: JobState, at: u64) -> Change {
    Change::JobEnded { job: id(job), state, at: WallMillis(at), error: None, report: None }
}

/// Completed, with a result of so many bytes.
pub(crate) fn completed(job: &str, result_bytes: u64, at: u64) -> Change {
    let report = Some(Box::new(Report { result_bytes, ..Report::default() }));
    Change::JobEnded { job: id(job), state: JobState::Completed, at: WallMillis(at), error: None, report }
}

pub(crate) fn upload(name: &str, owner: &str, bytes: u64) -> UploadRow {
    UploadRow {
        upload: upload_id(name),
        bytes,
        file_name: name.into(),
        metadata: String::new(),
        created_at: WallMillis(1),
        owner: owner.into(),
        read_until: None,
    }
}

pub(crate) fn kept(seq: u64, segment: Segment) -> Change {
    let facts = PieceFacts {
        frames: 250,
        params: Vec::new(),
        findings: Default::default(),
        encoder: None,
        begins: None,
    };
    let piece = CheckedPiece { bytes: 9, sha256: "ab".into(), facts };
    let piece = RememberedPiece { lease: lease(seq), segment, client: client(), piece, encode_ms: 70 };
    Change::PieceKept { job: id("j1"), piece: Box::new(piece) }
}

pub(crate) fn leased(seq: u64, segment: Segment) -> Change {
    Change::Leased { job: id("j1"), lease: lease(seq), segment, client: client(), seat: None }
}

pub(crate) fn lease_ended(seq: u64, segment: Segment, attempt: Option<Attempt>) -> Change {
    Change::LeaseEnded { job: id("j1"), lease: lease(seq), segment, client: client(), attempt }
}

/// In the middle of a job.
pub(crate) fn busy(place: &dyn Fresh) -> Box<dyn Catalog> {
    let mut catalog = place.open();
    assert_eq!(catalog.load(WallMillis(1)).unwrap().boot, 1);
    let (first, second) = (pictures(0, 250), pictures(250, 500));
    let fault = Fault::new(FaultCode::EncoderFailed, "it broke");
    let failed_on = vec![client()];
    let past = FailureHistory { count: 1, failed_on, fault, on_device: false, audit_failed: None };
    let attempt = Some(Attempt { segment: second, past });
    let changes = [
        job("j1"),
        Change::FilmKnown { job: id("j1"), film: Box::new(film(500, true)) },
        Change::JobMoved { job: id("j1"), state: JobState::Processing },
        Change::ClientSeen { client: client(), name: "box".into(), at: WallMillis(5) },
        leased(1, first),
        kept(1, first),
        leased(2, second),
        lease_ended(2, second, attempt),
        leased(3, SOUND),
        Change::SpeedMeasured { client: client(), kind: WorkKind("k".into()), fps: 31.5 },
    ];
    catalog.commit(&changes).unwrap();
    catalog
}
