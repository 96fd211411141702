//! Columns → domain types. Each function stands below the list of columns that it reads.

use anyhow::Context;
use ffmpeg_cluster_common::cluster::change::{RememberedPiece, Strike};
use ffmpeg_cluster_common::cluster::place::Place;
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::media::plan::track::{Segment, TrackNo};
use ffmpeg_cluster_common::protocol::command::{JobState, Priority};
use ffmpeg_cluster_common::time::WallMillis;
use rusqlite::Row;
use serde::de::DeserializeOwned;

use crate::store::catalog::events::{EventRow, ServerSpan, SpanRow};
use crate::store::catalog::given::Named;
use crate::store::catalog::rows::{JobRow, ListedJob, TokenRow, UploadRow};
use crate::store::retention::Kept;

pub(super) const JOB_COLUMNS: &str = "job_id, file_name, output_name, state, created_at_ms, completed_at_ms, error, report, film, spec, \
     owner, result_removed_ms, crashes, name, labels, preset, priority, rank, paused, retry_of";

pub(super) fn job(row: &Row<'_>) -> anyhow::Result<JobRow> {
    let optional = |n: usize| -> anyhow::Result<Option<String>> { Ok(row.get(n)?) };
    Ok(JobRow {
        job: id(row, 0)?,
        file_name: row.get(1)?,
        output_name: row.get(2)?,
        state: state(row, 3)?,
        created_at: WallMillis(number(row, 4)?),
        completed_at: moment(row, 5)?,
        error: row.get(6)?,
        report: optional(7)?.map(|text| json(&text)).transpose()?,
        film: optional(8)?.map(|text| json(&text)).transpose()?,
        spec: json(&row.get::<_, String>(9)?)?,
        owner: row.get(10)?,
        result_removed_at: moment(row, 11)?,
        crashes: u32::try_from(number(row, 12)?)?,
        named: named(row, 13)?,
        preset: row.get(15)?,
        place: place(row, 16)?,
        paused: row.get(18)?,
        retry_of: optional_id(row, 19)?,
    })
}

/// Columns `priority, rank` from this one on.
fn place(row: &Row<'_>, first: usize) -> anyhow::Result<Place> {
    let level = number(row, first)? as usize;
    let priority = Priority::ALL.get(level).with_context(|| format!("there is no priority {level}"))?;
    Ok(Place::new(*priority, number(row, first + 1)?))
}

/// Columns `name, labels`, starting at `column`.
fn named(row: &Row<'_>, column: usize) -> anyhow::Result<Named> {
    Ok(Named { name: row.get(column)?, labels: json(&row.get::<_, String>(column + 1)?)? })
}

pub(super) const LISTED_COLUMNS: &str =
    "job_id, file_name, state, created_at_ms, completed_at_ms, error, owner, name, labels, output_name";

pub(super) fn listed(row: &Row<'_>) -> anyhow::Result<ListedJob> {
    Ok(ListedJob {
        job: id(row, 0)?,
        file_name: row.get(1)?,
        state: state(row, 2)?,
        created_at: WallMillis(number(row, 3)?),
        completed_at: moment(row, 4)?,
        error: row.get(5)?,
        owner: row.get(6)?,
        named: named(row, 7)?,
        output_name: row.get(9)?,
    })
}

pub(super) const RESULT_COLUMNS: &str = "job_id, result_bytes, completed_at_ms, output_name";

pub(super) fn result(row: &Row<'_>) -> anyhow::Result<Kept> {
    Ok(Kept {
        job: id(row, 0)?,
        bytes: number(row, 1)?,
        at: WallMillis(number(row, 2)?),
        output_name: row.get(3)?,
    })
}

pub(super) const TOKEN_COLUMNS: &str =
    "id, role, name, hash, created_at_ms, revoked_at_ms, expires_ms, used_ms";

pub(super) fn token(row: &Row<'_>) -> anyhow::Result<TokenRow> {
    Ok(TokenRow {
        id: row.get(0)?,
        role: row.get::<_, String>(1)?.parse().map_err(anyhow::Error::msg)?,
        name: row.get(2)?,
        hash: row.get(3)?,
        created_at: WallMillis(number(row, 4)?),
        revoked_at: moment(row, 5)?,
        expires_at: moment(row, 6)?,
        used_at: moment(row, 7)?,
    })
}

fn state(row: &Row<'_>, column: usize) -> anyhow::Result<JobState> {
    json(&format!("\"{}\"", row.get::<_, String>(column)?))
}

pub(super) fn moment(row: &Row<'_>, column: usize) -> anyhow::Result<Option<WallMillis>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(|ms| WallMillis(ms.unsigned_abs())))
}

pub(super) const PIECE_COLUMNS: &str =
    "boot, seq, track, frame_start, frame_end, client_id, piece, encode_ms";

pub(super) fn piece(row: &Row<'_>) -> anyhow::Result<RememberedPiece> {
    Ok(RememberedPiece {
        lease: lease(row)?,
        segment: segment(row, 2)?,
        client: id(row, 5)?,
        piece: json(&row.get::<_, String>(6)?)?,
        encode_ms: number(row, 7)?,
    })
}

/// Columns `at_ms, why, job_id` after the client.
pub(super) fn strike(row: &Row<'_>) -> anyhow::Result<Strike> {
    Ok(Strike { at: WallMillis(number(row, 1)?), why: row.get(2)?, job: optional_id(row, 3)? })
}

pub(super) const UPLOAD_COLUMNS: &str = "upload_id, bytes, file_name, metadata, created_at_ms, owner, \
     (SELECT max(completed_at_ms) FROM jobs WHERE jobs.upload_id = uploads.upload_id)";

pub(super) fn upload(row: &Row<'_>) -> anyhow::Result<UploadRow> {
    Ok(UploadRow {
        upload: id(row, 0)?,
        bytes: number(row, 1)?,
        file_name: row.get(2)?,
        metadata: row.get(3)?,
        created_at: WallMillis(number(row, 4)?),
        owner: row.get(5)?,
        read_until: moment(row, 6)?,
    })
}

pub(super) const EVENT_COLUMNS: &str = "seq, at_ms, type, job_id, client_id, owner, data";

pub(super) fn event(row: &Row<'_>) -> anyhow::Result<EventRow> {
    Ok(EventRow {
        seq: number(row, 0)?,
        at: WallMillis(number(row, 1)?),
        kind: row.get(2)?,
        job: optional_id(row, 3)?,
        client: optional_id(row, 4)?,
        owner: row.get(5)?,
        data: row.get(6)?,
    })
}

pub(super) const SPAN_COLUMNS: &str = "boot, seq, track, frame_start, frame_end, client_id, ifnull(name, ''), seat, leased_ms, \
     began_ms, encoded_ms, sent_ms, ended_ms, outcome, code, bytes, encode_ms, earlier";

pub(super) fn span(row: &Row<'_>) -> anyhow::Result<SpanRow> {
    let ms = |column| moment(row, column).map(|at| at.map(|at| at.0));
    Ok(SpanRow {
        lease: lease(row)?,
        segment: segment(row, 2)?,
        client: id(row, 5)?,
        name: row.get(6)?,
        seat: row.get::<_, Option<String>>(7)?.map(|text| json(&text)).transpose()?,
        leased_ms: number(row, 8)?,
        began_ms: ms(9)?,
        encoded_ms: ms(10)?,
        sent_ms: ms(11)?,
        ended_ms: ms(12)?,
        outcome: row.get(13)?,
        code: row.get(14)?,
        bytes: ms(15)?,
        encode_ms: ms(16)?,
        earlier: row.get(17)?,
    })
}

/// Columns `what, began_ms, ended_ms`.
pub(super) fn server_span(row: &Row<'_>) -> anyhow::Result<ServerSpan> {
    Ok(ServerSpan { what: row.get(0)?, began_ms: number(row, 1)?, ended_ms: number(row, 2)? })
}

/// Columns `boot, seq` at the row's start.
pub(super) fn lease(row: &Row<'_>) -> anyhow::Result<LeaseId> {
    Ok(LeaseId { boot: u32::try_from(number(row, 0)?)?, seq: number(row, 1)? })
}

/// Columns `track, frame_start, frame_end`, starting at `column`.
pub(super) fn segment(row: &Row<'_>, column: usize) -> anyhow::Result<Segment> {
    let units = FrameRange::new(number(row, column + 1)?, number(row, column + 2)?);
    Ok(Segment::new(TrackNo(row.get(column)?), units))
}

pub(super) fn id<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    row: &Row<'_>,
    column: usize,
) -> anyhow::Result<T> {
    Ok(row.get::<_, String>(column)?.parse()?)
}

fn optional_id<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    row: &Row<'_>,
    column: usize,
) -> anyhow::Result<Option<T>> {
    row.get::<_, Option<String>>(column)?.map(|_| id(row, column)).transpose()
}

pub(super) fn number(row: &Row<'_>, column: usize) -> anyhow::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?)?)
}

pub(super) fn json<T: DeserializeOwned>(text: &str) -> anyhow::Result<T> {
    serde_json::from_str(text)
        .with_context(|| format!("reading {} from the database", std::any::type_name::<T>()))
}
