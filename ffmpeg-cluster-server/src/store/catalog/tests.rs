use ffmpeg_cluster_common::cluster::change::{Attempt, Past, RememberedLease, RememberedPiece, Strike};
use ffmpeg_cluster_common::cluster::event::{CheckedPiece, JobSpec, SourceAt};
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::ids::{ClientId, LeaseId};
use ffmpeg_cluster_common::media::params;
use ffmpeg_cluster_common::media::plan::film::{Film, IndexedBy};
use ffmpeg_cluster_common::media::plan::piece::PieceFacts;
use ffmpeg_cluster_common::media::plan::track::{Segment, WorkKind};
use ffmpeg_cluster_common::media::proof::report::Report;
use ffmpeg_cluster_common::media::words::container::Container;
use ffmpeg_cluster_common::protocol::command::JobState;

use super::*;
use crate::samples::{SOUND, film, pictures, spec};

fn job(id: &str) -> Change {
    let words = params::words("-c:v libx264 -crf 20").unwrap();
    let spec = JobSpec {
        source: SourceAt::LocalFile("/films/a.mkv".into()),
        file_name: "a.mkv".into(),
        output_name: "b.mp4".into(),
        profile: params::parse(&words, Container::Mp4).unwrap(),
        params_text: "-c:v libx264 -crf 20".into(),
        required_clients: 2,
        ..spec()
    };
    Change::JobAdded { job: id.parse().unwrap(), spec: Box::new(spec), at: WallMillis(1_000) }
}

const fn lease(seq: u64) -> LeaseId {
    LeaseId { boot: 1, seq }
}

fn client() -> ClientId {
    "c1".parse().unwrap()
}

fn kept(seq: u64, segment: Segment) -> Change {
    let facts = PieceFacts {
        frames: 250,
        params: Vec::new(),
        findings: Default::default(),
        encoder: None,
        begins: None,
    };
    let piece = CheckedPiece { bytes: 9, sha256: "ab".into(), facts };
    let piece = RememberedPiece { lease: lease(seq), segment, client: client(), piece, encode_ms: 70 };
    Change::PieceKept { job: "j1".parse().unwrap(), piece: Box::new(piece) }
}

fn leased(seq: u64, segment: Segment) -> Change {
    Change::Leased { job: "j1".parse().unwrap(), lease: lease(seq), segment, client: client(), seat: None }
}

fn scratch(name: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("ffmpeg-cluster-{}-{name}.db", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

/// A database in the middle of a job.
fn busy(path: &Path) -> Sqlite {
    let mut catalog = Sqlite::open(path).unwrap();
    assert_eq!(catalog.load(WallMillis(1)).unwrap().boot, 1);
    let (first, second) = (pictures(0, 250), pictures(250, 500));
    let fault = Fault::new(FaultCode::EncoderFailed, "it broke");
    let failed_on = vec![client()];
    let past = Past { count: 1, failed_on, fault, on_device: false, audit_failed: None };
    let attempt = Attempt { segment: second, past };
    let (id, film) = ("j1".parse().unwrap(), Box::new(film(500, true)));
    let changes = vec![
        job("j1"),
        Change::FilmKnown { job: id, film },
        Change::JobMoved { job: "j1".parse().unwrap(), state: JobState::Processing },
        Change::ClientSeen { client: client(), name: "box".into(), at: WallMillis(5) },
        leased(1, first),
        kept(1, first),
        leased(2, second),
        Change::LeaseEnded { job: "j1".parse().unwrap(), lease: lease(2), attempt: Some(attempt) },
        leased(3, SOUND),
        Change::SpeedMeasured { client: client(), kind: WorkKind("k".into()), fps: 31.5 },
    ];
    catalog.commit(&changes).unwrap();
    catalog
}

#[test]
fn everything_that_is_remembered_comes_back() {
    let path = scratch("all");
    drop(busy(&path));
    let memory = Sqlite::open(&path).unwrap().load(WallMillis(2)).unwrap();
    assert_eq!(memory.boot, 2, "a boot number is never used twice");
    let job = &memory.jobs[0];
    assert_eq!(
        (job.state, job.film.as_ref().unwrap().first().units, job.spec.required_clients),
        (JobState::Processing, 500, 2)
    );
    assert_eq!(job.pieces.len(), 1);
    assert_eq!((job.pieces[0].segment, job.pieces[0].encode_ms), (pictures(0, 250), 70));
    let held = RememberedLease { lease: lease(3), segment: SOUND, client: client(), seat: None };
    assert_eq!(job.leases, [held]);
    assert_eq!((job.attempts.len(), job.attempts[0].past.fault.message.as_str()), (1, "it broke"));
    assert_eq!(memory.speeds.values().copied().collect::<Vec<_>>(), [31.5]);
    assert_eq!(memory.names[&client()], "box");
}

#[test]
fn a_batch_is_all_or_nothing() {
    let path = scratch("batch");
    let mut catalog = busy(&path);
    let twice = kept(9, pictures(0, 250));
    catalog.commit(&[leased(4, pictures(250, 500)), twice]).unwrap_err();
    drop(catalog);
    let memory = Sqlite::open(&path).unwrap().load(WallMillis(2)).unwrap();
    assert_eq!(memory.jobs[0].leases.len(), 1, "half of a refused batch was kept");
    assert_eq!(memory.jobs[0].pieces.len(), 1, "the same frames were kept twice");
}

#[test]
fn an_ended_job_is_listed_and_not_taken_up_again() {
    let path = scratch("ended");
    let mut catalog = busy(&path);
    let error = Some("no encoder".into());
    let (id, state) = ("j1".parse().unwrap(), JobState::Failed);
    catalog.commit(&[Change::JobEnded { job: id, state, at: WallMillis(9), error, report: None }]).unwrap();
    assert!(catalog.load(WallMillis(2)).unwrap().jobs.is_empty());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let reader = Reader::open(&path, Writer::start(catalog).unwrap()).unwrap();
        let row = reader.job(&"j1".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(
            (row.state, row.completed_at, row.error.as_deref()),
            (state, Some(WallMillis(9)), Some("no encoder"))
        );
        assert_eq!(reader.jobs().await.unwrap().len(), 1);
        assert!(reader.pieces(&row.job).await.unwrap().is_empty());
    });
}

fn from_upload(id: &str) -> Change {
    let Change::JobAdded { job, mut spec, at } = job(id) else { unreachable!() };
    spec.source = SourceAt::Upload("u1".parse().unwrap());
    Change::JobAdded { job, spec, at }
}

fn ended(id: &str, state: JobState) -> Change {
    Change::JobEnded { job: id.parse().unwrap(), state, at: WallMillis(9), error: None, report: None }
}

#[test]
fn an_upload_is_forgotten_with_the_last_job_that_needs_it() {
    let mut catalog = Sqlite::open(&scratch("spent")).unwrap();
    for name in ["u1", "u2"] {
        let upload = name.parse().unwrap();
        let (file_name, metadata) = (String::new(), String::new());
        catalog
            .add_upload(&UploadRow {
                upload,
                bytes: 1,
                file_name,
                metadata,
                created_at: WallMillis(3),
                owner: "local".into(),
            })
            .unwrap();
    }
    let left = |catalog: &mut Sqlite| {
        catalog.uploads().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    catalog.commit(&[from_upload("j1"), from_upload("j2"), job("j3")]).unwrap();
    catalog.commit(&[ended("j1", JobState::Completed), ended("j3", JobState::Failed)]).unwrap();
    assert_eq!(left(&mut catalog), "u1 u2", "j2 still needs it");
    catalog.commit(&[ended("j2", JobState::Cancelled)]).unwrap();
    assert_eq!(left(&mut catalog), "u2", "nobody made a job of the other one yet");
}

#[test]
fn a_second_index_forgets_the_work_that_stood_on_the_first() {
    let mut catalog = busy(&scratch("again"));
    let by_decoding = Film { indexed_by: IndexedBy::Decoding, ..film(499, true) };
    catalog
        .commit(&[Change::FilmKnown { job: "j1".parse().unwrap(), film: Box::new(by_decoding.clone()) }])
        .unwrap();
    let job = catalog.load(WallMillis(2)).unwrap().jobs.remove(0);
    assert_eq!(job.film, Some(by_decoding));
    assert_eq!((job.pieces.len(), job.leases.len(), job.attempts.len()), (0, 0, 0));
}

/// After a restart the film was given to all kinds of clients, and found once more that they disagree.
#[test]
fn a_film_is_left_to_one_kind_and_its_pieces_stay() {
    let mut catalog = busy(&scratch("kind"));
    let kind = "ffmpeg 8's on linux-x86_64".to_owned();
    let (id, track) = ("j1".parse().unwrap(), Film::PICTURES);
    catalog.commit(&[Change::KeptToOneKind { job: id, track, kind: kind.clone() }]).unwrap();
    let job = catalog.load(WallMillis(2)).unwrap().jobs.remove(0);
    let mut left = film(500, true);
    left.track_mut(Film::PICTURES).one_kind = Some(kind);
    assert_eq!(job.film, Some(left));
    assert_eq!(job.pieces.len(), 1);
}

#[test]
fn a_track_that_is_given_up_stays_given_up_and_its_work_is_forgotten() {
    let mut catalog = busy(&scratch("given-up"));
    let (id, why) = ("j1".parse().unwrap(), "it failed on client 'box', again and again".to_owned());
    let given_up = Change::TrackGivenUp { job: id, track: SOUND.track, why: why.clone() };
    catalog.commit(&[kept(3, SOUND), given_up]).unwrap();
    let job = catalog.load(WallMillis(2)).unwrap().jobs.remove(0);
    assert_eq!(job.film.unwrap().track(SOUND.track).given_up, Some(why));
    let segments: Vec<_> = job.pieces.iter().map(|piece| piece.segment).collect();
    assert_eq!((segments, job.leases.len(), job.attempts.len()), (vec![pictures(0, 250)], 0, 1));
}

#[test]
fn a_kept_piece_ends_its_lease_and_forgets_what_went_wrong_before() {
    let mut catalog = busy(&scratch("kept"));
    catalog.commit(&[leased(6, pictures(250, 500))]).unwrap();
    catalog.commit(&[kept(6, pictures(250, 500)), kept(3, SOUND)]).unwrap();
    let job = catalog.load(WallMillis(2)).unwrap().jobs.remove(0);
    let segments: Vec<_> = job.pieces.iter().map(|piece| piece.segment).collect();
    assert_eq!(segments, [pictures(0, 250), pictures(250, 500), SOUND]);
    assert_eq!((job.leases.len(), job.attempts.len()), (0, 0));
    assert_eq!(job.pieces[0].piece.sha256, "ab");
}

#[test]
fn lies_are_remembered_for_a_day_or_until_they_are_forgiven() {
    let mut catalog = busy(&scratch("lies"));
    let at = |ms| Strike { at: WallMillis(ms), why: "forged".into(), job: None };
    let day = 86_400_000;
    let struck = |name: &str, ms| Change::Struck { client: name.parse().unwrap(), strike: at(ms) };
    catalog.commit(&[struck("c1", 10), struck("c2", 20), struck("c1", day), struck("c1", day + 10)]).unwrap();
    let memory = catalog.load(WallMillis(2)).unwrap();
    assert_eq!(memory.strikes[&client()], [at(day), at(day + 10)]);
    assert_eq!(memory.strikes.len(), 2);
    catalog.commit(&[Change::Forgiven { client: client() }]).unwrap();
    let left: Vec<_> = catalog.load(WallMillis(3)).unwrap().strikes.into_keys().collect();
    assert_eq!(left, ["c2".parse().unwrap()]);
}

#[test]
fn strikes_of_one_job_are_taken_back_and_others_stay() {
    let mut catalog = busy(&scratch("taken-back"));
    let strike = |job: Option<&str>| {
        let job = job.map(|job| job.parse().unwrap());
        Strike { at: WallMillis(5), why: "forged".into(), job }
    };
    let struck = |job| Change::Struck { client: client(), strike: strike(job) };
    catalog.commit(&[struck(Some("j1")), struck(Some("j2")), struck(None)]).unwrap();
    assert_eq!(catalog.load(WallMillis(6)).unwrap().strikes[&client()].len(), 3);
    catalog.commit(&[Change::StrikesTakenBack { job: "j1".parse().unwrap() }]).unwrap();
    let left = catalog.load(WallMillis(6)).unwrap().strikes.remove(&client()).unwrap();
    assert_eq!(left, [strike(Some("j2")), strike(None)]);
}

#[test]
fn a_doubted_piece_is_gone_and_its_frames_may_be_kept_anew() {
    let mut catalog = busy(&scratch("doubted"));
    let (job, first) = ("j1".parse().unwrap(), pictures(0, 250));
    catalog.commit(&[Change::PieceDoubted { job, lease: lease(1) }]).unwrap();
    assert!(catalog.load(WallMillis(2)).unwrap().jobs[0].pieces.is_empty());
    catalog.commit(&[leased(8, first), kept(8, first)]).unwrap();
    assert_eq!(catalog.load(WallMillis(3)).unwrap().jobs[0].pieces[0].lease, lease(8));
}

#[test]
fn the_sound_has_attempts_of_its_own() {
    let mut catalog = busy(&scratch("sound"));
    let fault = Fault::new(FaultCode::EncoderFailed, "no aac").with_tail(vec!["last words".into()]);
    let audit_failed = Some(FrameRange::new(3, 11));
    let past = Past { count: 2, failed_on: vec![client()], fault, on_device: true, audit_failed };
    let attempt = Attempt { segment: SOUND, past };
    let ended =
        Change::LeaseEnded { job: "j1".parse().unwrap(), lease: lease(3), attempt: Some(attempt.clone()) };
    catalog.commit(&[ended]).unwrap();
    let job = catalog.load(WallMillis(2)).unwrap().jobs.remove(0);
    assert_eq!(job.attempts.len(), 2);
    assert!(job.attempts.contains(&attempt), "{:?}", job.attempts);
}

#[test]
fn the_latest_name_and_speed_count() {
    let mut catalog = busy(&scratch("latest"));
    let kind = WorkKind("k".into());
    let seen = Change::ClientSeen { client: client(), name: "new name".into(), at: WallMillis(7) };
    let measured = Change::SpeedMeasured { client: client(), kind: kind.clone(), fps: 40.25 };
    catalog.commit(&[seen, measured]).unwrap();
    let memory = catalog.load(WallMillis(2)).unwrap();
    assert_eq!(memory.names[&client()], "new name");
    assert_eq!(memory.speeds[&(client(), kind)].to_bits(), 40.25_f64.to_bits());
}

#[test]
fn the_proof_is_kept_with_the_job() {
    let path = scratch("proof");
    let mut catalog = busy(&path);
    let report = Report {
        frames_source: 500,
        frames_result: 500,
        time_error_max_ms: 0.25,
        streams_dropped: vec!["0:3 data bin_data: mp4 can't hold it".into()],
        result_sha256: "cd".into(),
        ..Report::default()
    };
    let job = "j1".parse().unwrap();
    let (state, at, kept) = (JobState::Completed, WallMillis(9), Some(Box::new(report.clone())));
    catalog.commit(&[Change::JobEnded { job, state, at, error: None, report: kept }]).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let reader = Reader::open(&path, Writer::start(catalog).unwrap()).unwrap();
        let row = reader.job(&"j1".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!((row.state, row.report, row.error), (JobState::Completed, Some(report), None));
    });
}

#[test]
fn uploads_are_remembered_until_they_are_forgotten() {
    let path = scratch("uploads");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let writer = Writer::start(Sqlite::open(&path).unwrap()).unwrap();
        let reader = Reader::open(&path, writer).unwrap();
        let upload: UploadId = "u1".parse().unwrap();
        let row = UploadRow {
            upload: upload.clone(),
            bytes: 5_000_000_000,
            file_name: "'); DROP TABLE jobs;--".into(),
            metadata: String::new(),
            created_at: WallMillis(3),
            owner: "local".into(),
        };
        reader.add_upload(row.clone()).await.unwrap();
        assert_eq!(reader.upload(&upload).await.unwrap(), Some(row));
        reader.forget_upload(&upload).await.unwrap();
        assert_eq!(reader.upload(&upload).await.unwrap(), None);
    });
}

#[test]
fn a_client_that_nobody_saw_for_three_months_is_forgotten() {
    let path = scratch("forgotten");
    let mut catalog = busy(&path);
    let seen = |name: &str, at| Change::ClientSeen { client: name.parse().unwrap(), name: name.into(), at };
    let measured = |name: &str| Change::SpeedMeasured {
        client: name.parse().unwrap(),
        kind: WorkKind("k".into()),
        fps: 9.0,
    };
    let day = 86_400_000;
    let changes =
        [seen("old", WallMillis(0)), measured("old"), seen("new", WallMillis(5 * day)), measured("new")];
    catalog.commit(&changes).unwrap();
    let memory = catalog.load(WallMillis(91 * day)).unwrap();
    let known: Vec<_> = memory.names.keys().map(ClientId::as_str).collect();
    assert_eq!(known, ["new"]);
    assert_eq!(memory.speeds.len(), 1);
}

#[test]
fn a_damaged_database_is_refused_and_left_alone() {
    let path = scratch("damaged");
    let bytes =
        b"this is no database, whatever its name says, and it is long enough to be looked at".repeat(20);
    std::fs::write(&path, &bytes).unwrap();
    let error = format!("{:#}", Sqlite::open(&path).unwrap_err());
    assert!(error.contains("left as it is"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

/// For making the sample of a new migration: what today's server writes.
#[test]
#[ignore = "writes a database to make sample rows from"]
fn make_a_sample() {
    let path = std::env::temp_dir().join("ffmpeg-cluster-sample.db");
    let _ = std::fs::remove_file(&path);
    let mut catalog = busy(&path);
    let upload = "u1".parse().unwrap();
    let (file_name, metadata) = ("film.mov".into(), "filename ZmlsbS5tb3Y=".into());
    catalog
        .add_upload(&UploadRow {
            upload,
            bytes: 7,
            file_name,
            metadata,
            created_at: WallMillis(3),
            owner: "local".into(),
        })
        .unwrap();
    let report = Some(Box::new(Report { frames_source: 500, frames_result: 500, ..Report::default() }));
    let (job, state, at) = ("j3".parse().unwrap(), JobState::Completed, WallMillis(9));
    let completed = Change::JobEnded { job, state, at, error: None, report };
    let (at, job) = (WallMillis(5), Some("j1".parse().unwrap()));
    let strike = Strike { at, why: "frames 0..8 of the piece are not those of the source".into(), job };
    let struck = Change::Struck { client: client(), strike };
    catalog.commit(&[from_upload("j2"), self::job("j3"), completed, struck]).unwrap();
}
