//! What a restart finds, and what a commit is.

use ffmpeg_cluster_common::cluster::change::{
    Attempt, Change, FailureHistory, Memory, RememberedLease, Strike,
};
use ffmpeg_cluster_common::cluster::event::{LOCAL, SourceAt};
use ffmpeg_cluster_common::cluster::place::Place;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::ids::ClientId;
use ffmpeg_cluster_common::media::plan::film::{Film, IndexedBy};
use ffmpeg_cluster_common::media::plan::track::WorkKind;
use ffmpeg_cluster_common::media::proof::report::Report;
use ffmpeg_cluster_common::protocol::command::{JobState, Priority};
use ffmpeg_cluster_common::time::WallMillis;

use super::Fresh;
use super::samples::{
    DAY_MS, added, busy, client, ended, id, job, kept, lease, lease_ended, leased, local, upload, upload_id,
};
use crate::samples::{SOUND, film, pictures};
use crate::store::catalog::Page;

pub(crate) fn a_boot_number_is_never_used_twice(place: &dyn Fresh) {
    let boots: Vec<_> = (1..4).map(|at| place.open().load(WallMillis(at)).unwrap().boot).collect();
    assert_eq!(boots, [1, 2, 3]);
}

pub(crate) fn everything_that_is_remembered_comes_back(place: &dyn Fresh) {
    drop(busy(place));
    let memory = place.open().load(WallMillis(2)).unwrap();
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

pub(crate) fn a_batch_is_all_or_nothing(place: &dyn Fresh) {
    let mut catalog = busy(place);
    let twice = kept(9, pictures(0, 250));
    catalog.commit(&[leased(4, pictures(250, 500)), twice]).unwrap_err();
    drop(catalog);
    let memory = place.open().load(WallMillis(2)).unwrap();
    assert_eq!(memory.jobs[0].leases.len(), 1, "half of a refused batch was kept");
    assert_eq!(memory.jobs[0].pieces.len(), 1, "the same frames were kept twice");
}

pub(crate) fn changes_are_made_in_their_order(place: &dyn Fresh) {
    let mut catalog = busy(place);
    let moved = |state| Change::JobMoved { job: id("j1"), state };
    catalog.commit(&[moved(JobState::Combining), moved(JobState::Processing)]).unwrap();
    assert_eq!(catalog.load(WallMillis(2)).unwrap().jobs[0].state, JobState::Processing);
}

pub(crate) fn what_was_written_is_read_by_others_at_once(place: &dyn Fresh) {
    let mut catalog = place.open();
    let reads = catalog.reads().unwrap();
    assert!(reads.job(&id("j1")).unwrap().is_none());
    catalog.commit(&[job("j1")]).unwrap();
    assert!(reads.job(&id("j1")).unwrap().is_some());
    drop(catalog);
    assert!(reads.job(&id("j1")).unwrap().is_some(), "it reads on when nobody writes any more");
}

pub(crate) fn an_ended_job_is_listed_and_not_taken_up_again(place: &dyn Fresh) {
    let mut catalog = busy(place);
    let (state, at, error) = (JobState::Failed, WallMillis(9), Some("no encoder".to_owned()));
    catalog
        .commit(&[Change::JobEnded { job: id("j1"), state, at, error: error.clone(), report: None }])
        .unwrap();
    assert!(catalog.load(WallMillis(2)).unwrap().jobs.is_empty());
    let reads = catalog.reads().unwrap();
    let row = reads.job(&id("j1")).unwrap().unwrap();
    assert_eq!((row.state, row.completed_at, row.error), (state, Some(at), error.clone()));
    let listed = reads.jobs(None, &Page::first()).unwrap();
    assert_eq!((listed[0].state, listed[0].completed_at, listed[0].error.clone()), (state, Some(at), error));
    assert!(reads.pieces(&row.job).unwrap().is_empty());
}

pub(crate) fn an_upload_is_forgotten_with_the_last_job_that_needs_it(place: &dyn Fresh) {
    let mut catalog = place.open();
    for name in ["u1", "u2"] {
        catalog.add_upload(&upload(name, LOCAL, 1)).unwrap();
    }
    let reads = catalog.reads().unwrap();
    let left = || {
        let rows = reads.uploads(&Page::first()).unwrap();
        rows.iter().map(|row| row.upload.to_string()).collect::<Vec<_>>().join(" ")
    };
    let from_upload = |name: &str| added(name, LOCAL, SourceAt::Upload(upload_id("u1")), 1);
    catalog.commit(&[from_upload("j1"), from_upload("j2"), job("j3")]).unwrap();
    catalog.commit(&[ended("j1", JobState::Completed, 9), ended("j3", JobState::Failed, 9)]).unwrap();
    assert_eq!(left(), "u1 u2", "j2 still needs it");
    catalog.commit(&[ended("j2", JobState::Cancelled, 9)]).unwrap();
    assert_eq!(left(), "u2", "nobody made a job of the other one yet");
}

pub(crate) fn the_upload_of_a_failed_job_stays_for_another_try(place: &dyn Fresh) {
    let mut catalog = place.open();
    catalog.add_upload(&upload("u1", LOCAL, 1)).unwrap();
    let reads = catalog.reads().unwrap();
    let from_upload = |name: &str| added(name, LOCAL, SourceAt::Upload(upload_id("u1")), 1);
    catalog.commit(&[from_upload("j1"), ended("j1", JobState::Failed, 500)]).unwrap();
    let idle = reads.idle_uploads(&Page::first()).unwrap();
    let idle: Vec<_> = idle.into_iter().map(|row| (row.upload, row.read_until)).collect();
    assert_eq!(idle, [(upload_id("u1"), Some(WallMillis(500)))], "since its job failed");
    assert_eq!(reads.used(LOCAL).unwrap().waiting_uploads, 0, "it waits for nothing");
    catalog.commit(&[from_upload("j2")]).unwrap();
    assert!(reads.idle_uploads(&Page::first()).unwrap().is_empty(), "the second try reads it");
    catalog.commit(&[ended("j2", JobState::Completed, 900)]).unwrap();
    assert_eq!(reads.upload(&upload_id("u1")).unwrap(), None);
}

pub(crate) fn a_second_index_forgets_the_work_that_stood_on_the_first(place: &dyn Fresh) {
    let mut catalog = busy(place);
    let by_decoding = Film { indexed_by: IndexedBy::Decoding, ..film(499, true) };
    catalog.commit(&[Change::FilmKnown { job: id("j1"), film: Box::new(by_decoding.clone()) }]).unwrap();
    let job = catalog.load(WallMillis(2)).unwrap().jobs.remove(0);
    assert_eq!(job.film, Some(by_decoding));
    assert_eq!((job.pieces.len(), job.leases.len(), job.attempts.len()), (0, 0, 0));
}

/// After a restart the film was given to all kinds of clients, and found once more that they disagree.
pub(crate) fn a_film_is_left_to_one_kind_and_its_pieces_stay(place: &dyn Fresh) {
    let mut catalog = busy(place);
    let kind = "ffmpeg 8's on linux-x86_64".to_owned();
    let (id, track) = (id("j1"), Film::PICTURES);
    catalog.commit(&[Change::KeptToOneKind { job: id, track, kind: kind.clone() }]).unwrap();
    let job = catalog.load(WallMillis(2)).unwrap().jobs.remove(0);
    let mut left = film(500, true);
    left.track_mut(Film::PICTURES).one_kind = Some(kind);
    assert_eq!(job.film, Some(left));
    assert_eq!(job.pieces.len(), 1);
}

pub(crate) fn a_track_that_is_given_up_stays_given_up_and_its_work_is_forgotten(place: &dyn Fresh) {
    let mut catalog = busy(place);
    let (id, why) = (id("j1"), "it failed on client 'box', again and again".to_owned());
    let given_up = Change::TrackGivenUp { job: id, track: SOUND.track, why: why.clone() };
    catalog.commit(&[kept(3, SOUND), given_up]).unwrap();
    let job = catalog.load(WallMillis(2)).unwrap().jobs.remove(0);
    assert_eq!(job.film.unwrap().track(SOUND.track).given_up, Some(why));
    let segments: Vec<_> = job.pieces.iter().map(|piece| piece.segment).collect();
    assert_eq!((segments, job.leases.len(), job.attempts.len()), (vec![pictures(0, 250)], 0, 1));
}

pub(crate) fn a_kept_piece_ends_its_lease_and_forgets_what_went_wrong_before(place: &dyn Fresh) {
    let mut catalog = busy(place);
    catalog.commit(&[leased(6, pictures(250, 500))]).unwrap();
    catalog.commit(&[kept(6, pictures(250, 500)), kept(3, SOUND)]).unwrap();
    let job = catalog.load(WallMillis(2)).unwrap().jobs.remove(0);
    let segments: Vec<_> = job.pieces.iter().map(|piece| piece.segment).collect();
    assert_eq!(segments, [pictures(0, 250), pictures(250, 500), SOUND]);
    assert_eq!((job.leases.len(), job.attempts.len()), (0, 0));
    assert_eq!(job.pieces[0].piece.sha256, "ab");
}

pub(crate) fn a_job_that_was_started_early_waits_for_no_more_clients(place: &dyn Fresh) {
    let mut catalog = busy(place);
    let wanted = |memory: Memory| {
        let jobs = memory.jobs.into_iter();
        jobs.map(|job| (job.job.to_string(), job.spec.required_clients)).collect::<Vec<_>>()
    };
    let before = wanted(catalog.load(WallMillis(2)).unwrap());
    let job = before[0].0.parse().unwrap();
    catalog.commit(&[Change::ClientsWanted { job, clients: 1 }]).unwrap();
    let now = wanted(catalog.load(WallMillis(3)).unwrap());
    assert_eq!((now[0].1, &now[1..]), (1, &before[1..]));
}

pub(crate) fn a_job_keeps_its_place_and_its_pause(place: &dyn Fresh) {
    let mut catalog = busy(place);
    let last = |memory: Memory| memory.jobs.into_iter().map(|job| job.job).last().unwrap();
    let job = last(catalog.load(WallMillis(2)).unwrap());
    let at = Place::new(Priority::High, 77);
    let paused = Change::Paused { job: job.clone(), paused: true };
    catalog.commit(&[Change::Placed { job: job.clone(), place: at }, paused]).unwrap();
    let first = catalog.load(WallMillis(3)).unwrap().jobs.remove(0);
    assert_eq!((&first.job, first.place, first.paused), (&job, at, true), "it is served first now");
    catalog.commit(&[Change::Paused { job, paused: false }]).unwrap();
    assert!(!catalog.load(WallMillis(4)).unwrap().jobs[0].paused);
}

pub(crate) fn lies_are_remembered_for_a_day_or_until_they_are_forgiven(place: &dyn Fresh) {
    let mut catalog = busy(place);
    let at = |ms| Strike { at: WallMillis(ms), why: "forged".into(), job: None };
    let day = DAY_MS;
    let struck = |name: &str, ms| Change::Struck { client: name.parse().unwrap(), strike: at(ms) };
    catalog.commit(&[struck("c1", 10), struck("c2", 20), struck("c1", day), struck("c1", day + 10)]).unwrap();
    let memory = catalog.load(WallMillis(2)).unwrap();
    assert_eq!(memory.strikes[&client()], [at(day), at(day + 10)]);
    assert_eq!(memory.strikes.len(), 2);
    catalog.commit(&[Change::Forgiven { client: client() }]).unwrap();
    let left: Vec<_> = catalog.load(WallMillis(3)).unwrap().strikes.into_keys().collect();
    assert_eq!(left, ["c2".parse().unwrap()]);
}

pub(crate) fn strikes_of_one_job_are_taken_back_and_others_stay(place: &dyn Fresh) {
    let mut catalog = busy(place);
    let strike = |job: Option<&str>| {
        let job = job.map(|job| job.parse().unwrap());
        Strike { at: WallMillis(5), why: "forged".into(), job }
    };
    let struck = |job| Change::Struck { client: client(), strike: strike(job) };
    catalog.commit(&[struck(Some("j1")), struck(Some("j2")), struck(None)]).unwrap();
    assert_eq!(catalog.load(WallMillis(6)).unwrap().strikes[&client()].len(), 3);
    catalog.commit(&[Change::StrikesTakenBack { job: id("j1") }]).unwrap();
    let left = catalog.load(WallMillis(6)).unwrap().strikes.remove(&client()).unwrap();
    assert_eq!(left, [strike(Some("j2")), strike(None)]);
}

pub(crate) fn a_doubted_piece_is_gone_and_its_frames_may_be_kept_anew(place: &dyn Fresh) {
    let mut catalog = busy(place);
    let (job, first) = (id("j1"), pictures(0, 250));
    catalog.commit(&[Change::PieceDoubted { job, lease: lease(1) }]).unwrap();
    assert!(catalog.load(WallMillis(2)).unwrap().jobs[0].pieces.is_empty());
    catalog.commit(&[leased(8, first), kept(8, first)]).unwrap();
    assert_eq!(catalog.load(WallMillis(3)).unwrap().jobs[0].pieces[0].lease, lease(8));
}

pub(crate) fn the_sound_has_attempts_of_its_own(place: &dyn Fresh) {
    let mut catalog = busy(place);
    let fault = Fault::new(FaultCode::EncoderFailed, "no aac").with_tail(vec!["last words".into()]);
    let audit_failed = Some(FrameRange::new(3, 11));
    let past = FailureHistory { count: 2, failed_on: vec![client()], fault, on_device: true, audit_failed };
    let attempt = Attempt { segment: SOUND, past };
    catalog.commit(&[lease_ended(3, SOUND, Some(attempt.clone()))]).unwrap();
    let job = catalog.load(WallMillis(2)).unwrap().jobs.remove(0);
    assert_eq!(job.attempts.len(), 2);
    assert!(job.attempts.contains(&attempt), "{:?}", job.attempts);
}

pub(crate) fn the_latest_name_and_speed_count(place: &dyn Fresh) {
    let mut catalog = busy(place);
    let kind = WorkKind("k".into());
    let seen = Change::ClientSeen { client: client(), name: "new name".into(), at: WallMillis(7) };
    let measured = Change::SpeedMeasured { client: client(), kind: kind.clone(), fps: 40.25 };
    catalog.commit(&[seen, measured]).unwrap();
    let memory = catalog.load(WallMillis(2)).unwrap();
    assert_eq!(memory.names[&client()], "new name");
    assert_eq!(memory.speeds[&(client(), kind)].to_bits(), 40.25_f64.to_bits());
}

pub(crate) fn the_proof_is_kept_with_the_job(place: &dyn Fresh) {
    let mut catalog = busy(place);
    let report = Report {
        frames_source: 500,
        frames_result: 500,
        time_error_max_ms: 0.25,
        streams_dropped: vec!["0:3 data bin_data: mp4 can't hold it".into()],
        result_sha256: "cd".into(),
        ..Report::default()
    };
    let job = id("j1");
    let (state, at, kept) = (JobState::Completed, WallMillis(9), Some(Box::new(report.clone())));
    catalog.commit(&[Change::JobEnded { job, state, at, error: None, report: kept }]).unwrap();
    let row = catalog.reads().unwrap().job(&id("j1")).unwrap().unwrap();
    assert_eq!((row.state, row.report, row.error), (JobState::Completed, Some(report), None));
}

pub(crate) fn a_client_that_nobody_saw_for_three_months_is_forgotten(place: &dyn Fresh) {
    let mut catalog = busy(place);
    let seen = |name: &str, at| Change::ClientSeen { client: name.parse().unwrap(), name: name.into(), at };
    let measured = |name: &str| Change::SpeedMeasured {
        client: name.parse().unwrap(),
        kind: WorkKind("k".into()),
        fps: 9.0,
    };
    let day = DAY_MS;
    let changes =
        [seen("old", WallMillis(0)), measured("old"), seen("new", WallMillis(5 * day)), measured("new")];
    catalog.commit(&changes).unwrap();
    for name in ["old", "new"] {
        assert!(catalog.claim_key(&name.parse().unwrap(), "key", WallMillis(0)).unwrap());
    }
    let memory = catalog.load(WallMillis(91 * day)).unwrap();
    let known: Vec<_> = memory.names.keys().map(ClientId::as_str).collect();
    assert_eq!(known, ["new"]);
    assert_eq!(memory.speeds.len(), 1);
    let reads = catalog.reads().unwrap();
    let keys = ["old", "new"].map(|name| reads.client_key(&name.parse().unwrap()).unwrap().is_some());
    assert_eq!(keys, [false, true]);
}

pub(crate) fn open_jobs_come_back_the_oldest_first(place: &dyn Fresh) {
    let mut catalog = place.open();
    let at = |name: &str, at| added(name, LOCAL, local(), at);
    catalog
        .commit(&[at("b", 7), at("a", 9), at("d", 7), at("c", 3), ended("d", JobState::Failed, 8)])
        .unwrap();
    let jobs = catalog.load(WallMillis(10)).unwrap().jobs;
    assert_eq!(jobs.iter().map(|job| job.job.as_str()).collect::<Vec<_>>(), ["c", "b", "a"]);
}

pub(crate) fn crashes_are_remembered_with_the_job(place: &dyn Fresh) {
    let mut catalog = busy(place);
    catalog.commit(&[Change::CrashesTold { job: id("j1"), crashes: 2 }]).unwrap();
    assert_eq!(catalog.load(WallMillis(2)).unwrap().jobs[0].crashes, 2);
}
