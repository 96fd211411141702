//! What each change writes; all changes of a batch share one transaction.

use ffmpeg_cluster_common::cluster::change::{Attempt, Change, RememberedPiece};
use ffmpeg_cluster_common::cluster::event::JobSpec;
use ffmpeg_cluster_common::cluster::place::Place;
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId};
use ffmpeg_cluster_common::media::plan::film::Film;
use ffmpeg_cluster_common::media::plan::track::{Segment, TrackNo, WorkKind};
use ffmpeg_cluster_common::media::proof::report::Report;
use ffmpeg_cluster_common::media::words::device::Seat;
use ffmpeg_cluster_common::protocol::command::JobState;
use ffmpeg_cluster_common::time::WallMillis;
use rusqlite::{Transaction, params};

use super::query::IS_OPEN;
use super::{days, trust};

/// The tables with the work of a job.
const WORK: [&str; 3] = ["leases", "pieces", "attempts"];

/// Columns `track, frame_start, frame_end`.
fn columns(segment: Segment) -> (u8, i64, i64) {
    let Segment { track, units } = segment;
    (track.0, units.start as i64, units.end as i64)
}

pub(super) fn apply(db: &Transaction<'_>, change: &Change) -> anyhow::Result<()> {
    match change {
        Change::JobAdded { job, spec, at } => add_job(db, job, spec, *at),
        Change::JobMoved { job, state } => move_job(db, job, *state),
        Change::ClientsWanted { job, clients } => want_clients(db, job, *clients),
        Change::Placed { job, place } => put_at(db, job, *place),
        Change::Paused { job, paused } => pause(db, job, *paused),
        Change::CrashesTold { job, crashes } => tell_crashes(db, job, *crashes),
        Change::FilmKnown { job, film } => know_film(db, job, film),
        Change::KeptToOneKind { job, track, kind } => tell_film(db, job, &place(*track, "one_kind"), kind),
        Change::TrackGivenUp { job, track, why } => give_up(db, job, *track, why),
        Change::JobEnded { job, state, at, error, report } => {
            let (error, report) = (error.as_deref(), report.as_deref());
            end_job(db, job, &End { state: *state, at: *at, error, report })
        }
        Change::Leased { job, lease, segment, client, seat } => {
            add_lease(db, job, &Lease { lease: *lease, segment: *segment, client, seat: seat.as_ref() })
        }
        Change::LeaseEnded { job, lease, attempt, .. } => {
            end_lease(db, *lease)?;
            attempt.as_ref().map_or(Ok(()), |attempt| keep_attempt(db, job, attempt))
        }
        Change::PieceKept { job, piece } => keep_piece(db, job, piece),
        Change::PieceDoubted { job, lease } => trust::doubt(db, job, *lease),
        Change::Struck { client, strike } => trust::strike(db, client, strike),
        Change::Forgiven { client } => trust::forgive(db, client),
        Change::StrikesTakenBack { job } => trust::take_back(db, job),
        Change::ClientSeen { client, name, at } => see_client(db, client, name, *at),
        Change::SpeedMeasured { client, kind, fps } => measure(db, client, kind, *fps),
    }
}

/// How a job ended.
struct End<'a> {
    state: JobState,
    at: WallMillis,
    error: Option<&'a str>,
    report: Option<&'a Report>,
}

/// What a client was leased.
struct Lease<'a> {
    lease: LeaseId,
    segment: Segment,
    client: &'a ClientId,
    seat: Option<&'a Seat>,
}

fn add_job(db: &Transaction<'_>, job: &JobId, spec: &JobSpec, at: WallMillis) -> anyhow::Result<()> {
    let sql = "INSERT INTO jobs (job_id, created_at_ms, file_name, output_name, state, spec, owner) \
               VALUES (?1, ?2, ?3, ?4, 'Queued', ?5, ?6)";
    let (id, text, at) = (job.as_str(), serde_json::to_string(spec)?, at.0 as i64);
    db.execute(sql, params![id, at, spec.file_name, spec.output_name, text, spec.owner])?;
    Ok(())
}

fn move_job(db: &Transaction<'_>, job: &JobId, state: JobState) -> anyhow::Result<()> {
    db.execute("UPDATE jobs SET state = ?2 WHERE job_id = ?1", [job.as_str(), state.as_str()])?;
    Ok(())
}

fn want_clients(db: &Transaction<'_>, job: &JobId, clients: u32) -> anyhow::Result<()> {
    let sql = "UPDATE jobs SET spec = json_set(spec, '$.required_clients', ?2) WHERE job_id = ?1";
    db.execute(sql, params![job.as_str(), clients])?;
    Ok(())
}

fn put_at(db: &Transaction<'_>, job: &JobId, place: Place) -> anyhow::Result<()> {
    let sql = "UPDATE jobs SET priority = ?2, rank = ?3 WHERE job_id = ?1";
    db.execute(sql, params![job.as_str(), place.priority() as u8, place.rank() as i64])?;
    Ok(())
}

fn pause(db: &Transaction<'_>, job: &JobId, paused: bool) -> anyhow::Result<()> {
    db.execute("UPDATE jobs SET paused = ?2 WHERE job_id = ?1", params![job.as_str(), paused])?;
    Ok(())
}

fn end_job(db: &Transaction<'_>, job: &JobId, end: &End<'_>) -> anyhow::Result<()> {
    forget_work(db, job)?;
    let End { state, at, error, report } = end;
    let bytes = report.map(|report| report.result_bytes as i64);
    let report = report.map(serde_json::to_string).transpose()?;
    let sql = "UPDATE jobs SET state = ?2, completed_at_ms = ?3, error = ?4, report = ?5, result_bytes = ?6 \
               WHERE job_id = ?1";
    db.execute(sql, params![job.as_str(), state.as_str(), at.0 as i64, error, report, bytes])?;
    if *state == JobState::Completed {
        days::completed(db, job, *at)?;
    }
    // The upload of a failed job stays for another try.
    if *state == JobState::Failed { Ok(()) } else { forget_spent_upload(db, job) }
}

fn know_film(db: &Transaction<'_>, job: &JobId, film: &Film) -> anyhow::Result<()> {
    forget_work(db, job)?;
    let text = serde_json::to_string(film)?;
    db.execute("UPDATE jobs SET film = ?2 WHERE job_id = ?1", [job.as_str(), &text])?;
    Ok(())
}

/// The JSON path of a track's field in a film.
fn place(track: TrackNo, name: &str) -> String {
    format!("$.tracks[{}].{name}", track.0)
}

fn tell_film(db: &Transaction<'_>, job: &JobId, place: &str, value: &str) -> anyhow::Result<()> {
    let sql = "UPDATE jobs SET film = json_set(film, ?2, ?3) WHERE job_id = ?1";
    db.execute(sql, [job.as_str(), place, value])?;
    Ok(())
}

fn give_up(db: &Transaction<'_>, job: &JobId, track: TrackNo, why: &str) -> anyhow::Result<()> {
    tell_film(db, job, &place(track, "given_up"), why)?;
    for table in WORK {
        let sql = format!("DELETE FROM {table} WHERE job_id = ?1 AND track = ?2");
        db.execute(&sql, params![job.as_str(), track.0])?;
    }
    Ok(())
}

fn add_lease(db: &Transaction<'_>, job: &JobId, given: &Lease<'_>) -> anyhow::Result<()> {
    let Lease { lease, segment, client, seat } = given;
    let (track, start, end) = columns(*segment);
    let seat = seat.map(serde_json::to_string).transpose()?;
    let sql = "INSERT INTO leases (boot, seq, job_id, track, frame_start, frame_end, client_id, seat) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let (seq, client) = (lease.seq as i64, client.as_str());
    db.execute(sql, params![lease.boot, seq, job.as_str(), track, start, end, client, seat])?;
    Ok(())
}

fn keep_piece(db: &Transaction<'_>, job: &JobId, kept: &RememberedPiece) -> anyhow::Result<()> {
    let RememberedPiece { lease, segment, client, piece, encode_ms } = kept;
    end_lease(db, *lease)?;
    let (track, start, end) = columns(*segment);
    let sql = "INSERT INTO pieces (boot, seq, job_id, track, frame_start, frame_end, client_id, piece, encode_ms) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let (text, seq, ms) = (serde_json::to_string(piece)?, lease.seq as i64, *encode_ms as i64);
    db.execute(sql, params![lease.boot, seq, job.as_str(), track, start, end, client.as_str(), text, ms])?;
    let sql = "DELETE FROM attempts WHERE job_id = ?1 AND track = ?2 AND frame_start = ?3";
    db.execute(sql, params![job.as_str(), track, start])?;
    Ok(())
}

fn keep_attempt(db: &Transaction<'_>, job: &JobId, attempt: &Attempt) -> anyhow::Result<()> {
    let (track, start, _) = columns(attempt.segment);
    let sql = "INSERT INTO attempts (job_id, track, frame_start, attempt) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT DO UPDATE SET attempt = excluded.attempt";
    db.execute(sql, params![job.as_str(), track, start, serde_json::to_string(attempt)?])?;
    Ok(())
}

fn see_client(db: &Transaction<'_>, client: &ClientId, name: &str, at: WallMillis) -> anyhow::Result<()> {
    let sql = "INSERT INTO clients (client_id, name, first_seen_ms, last_seen_ms) VALUES (?1, ?2, ?3, ?3) \
               ON CONFLICT DO UPDATE SET name = excluded.name, last_seen_ms = excluded.last_seen_ms";
    db.execute(sql, params![client.as_str(), name, at.0 as i64])?;
    Ok(())
}

fn measure(db: &Transaction<'_>, client: &ClientId, kind: &WorkKind, fps: f64) -> anyhow::Result<()> {
    let sql = "INSERT INTO speeds (client_id, kind, fps) VALUES (?1, ?2, ?3) \
               ON CONFLICT DO UPDATE SET fps = excluded.fps";
    db.execute(sql, params![client.as_str(), kind.0, fps])?;
    Ok(())
}

fn tell_crashes(db: &Transaction<'_>, job: &JobId, crashes: u32) -> anyhow::Result<()> {
    db.execute("UPDATE jobs SET crashes = ?2 WHERE job_id = ?1", params![job.as_str(), crashes])?;
    Ok(())
}

fn end_lease(db: &Transaction<'_>, lease: LeaseId) -> anyhow::Result<()> {
    db.execute("DELETE FROM leases WHERE boot = ?1 AND seq = ?2", params![lease.boot, lease.seq as i64])?;
    Ok(())
}

/// Runs in the transaction of the job's end: otherwise a crash in between would keep the upload for ever.
fn forget_spent_upload(db: &Transaction<'_>, ended: &JobId) -> anyhow::Result<()> {
    let sql = format!(
        "DELETE FROM uploads \
         WHERE upload_id = (SELECT upload_id FROM jobs WHERE job_id = ?1) \
         AND NOT EXISTS (SELECT 1 FROM jobs WHERE {IS_OPEN} AND jobs.upload_id = uploads.upload_id)"
    );
    db.execute(&sql, [ended.as_str()])?;
    Ok(())
}

fn forget_work(db: &Transaction<'_>, job: &JobId) -> anyhow::Result<()> {
    for table in WORK {
        db.execute(&format!("DELETE FROM {table} WHERE job_id = ?1"), [job.as_str()])?;
    }
    Ok(())
}
