//! Rows → the domain's types.

use anyhow::Context;
use ffmpeg_cluster_common::cluster::change::{RememberedPiece, Strike};
use ffmpeg_cluster_common::cluster::event::JobSpec;
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::ids::{JobId, LeaseId, UploadId};
use ffmpeg_cluster_common::media::plan::film::Film;
use ffmpeg_cluster_common::media::plan::track::{Segment, TrackNo};
use ffmpeg_cluster_common::media::proof::report::Report;
use ffmpeg_cluster_common::protocol::command::JobState;
use ffmpeg_cluster_common::time::WallMillis;
use rusqlite::Row;
use serde::de::DeserializeOwned;

/// A job as it is remembered, ended or not.
#[derive(Debug, Clone)]
pub struct JobRow {
    pub job: JobId,
    pub file_name: String,
    pub output_name: String,
    pub state: JobState,
    pub created_at: WallMillis,
    pub completed_at: Option<WallMillis>,
    pub error: Option<String>,
    pub report: Option<Report>,
    pub film: Option<Film>,
    pub spec: JobSpec,
    pub owner: String,
    /// Its result was there until then.
    pub result_removed_at: Option<WallMillis>,
    /// Of the server, while it worked on the job itself.
    pub crashes: u32,
}

/// A file on its way in, or arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRow {
    pub upload: UploadId,
    pub bytes: u64,
    /// For people.
    pub file_name: String,
    /// As the uploader said it.
    pub metadata: String,
    pub created_at: WallMillis,
    pub owner: String,
}

pub(super) const JOB_COLUMNS: &str = "job_id, file_name, output_name, state, created_at_ms, completed_at_ms, error, report, film, spec, \
     owner, result_removed_ms, crashes";

pub(super) fn job(row: &Row<'_>) -> anyhow::Result<JobRow> {
    let optional = |n: usize| -> anyhow::Result<Option<String>> { Ok(row.get(n)?) };
    Ok(JobRow {
        job: id(row, 0)?,
        file_name: row.get(1)?,
        output_name: row.get(2)?,
        state: json(&format!("\"{}\"", row.get::<_, String>(3)?))?,
        created_at: WallMillis(number(row, 4)?),
        completed_at: moment(row, 5)?,
        error: row.get(6)?,
        report: optional(7)?.map(|text| json(&text)).transpose()?,
        film: optional(8)?.map(|text| json(&text)).transpose()?,
        spec: json(&row.get::<_, String>(9)?)?,
        owner: row.get(10)?,
        result_removed_at: moment(row, 11)?,
        crashes: u32::try_from(number(row, 12)?)?,
    })
}

fn moment(row: &Row<'_>, column: usize) -> anyhow::Result<Option<WallMillis>> {
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

pub(super) const UPLOAD_COLUMNS: &str = "upload_id, bytes, file_name, metadata, created_at_ms, owner";
/// Columns `at_ms, why, job_id` behind the client.
pub(super) fn strike(row: &Row<'_>) -> anyhow::Result<Strike> {
    let job = row.get::<_, Option<String>>(3)?.map(|_| id(row, 3)).transpose()?;
    Ok(Strike { at: WallMillis(number(row, 1)?), why: row.get(2)?, job })
}

pub(super) fn upload(row: &Row<'_>) -> anyhow::Result<UploadRow> {
    Ok(UploadRow {
        upload: id(row, 0)?,
        bytes: number(row, 1)?,
        file_name: row.get(2)?,
        metadata: row.get(3)?,
        created_at: WallMillis(number(row, 4)?),
        owner: row.get(5)?,
    })
}

/// Columns `boot, seq` at the row's start.
pub(super) fn lease(row: &Row<'_>) -> anyhow::Result<LeaseId> {
    Ok(LeaseId { boot: u32::try_from(number(row, 0)?)?, seq: number(row, 1)? })
}

/// Columns `track, frame_start, frame_end` from this one on.
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

pub(super) fn number(row: &Row<'_>, column: usize) -> anyhow::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?)?)
}

pub(super) fn json<T: DeserializeOwned>(text: &str) -> anyhow::Result<T> {
    serde_json::from_str(text)
        .with_context(|| format!("reading {} from the database", std::any::type_name::<T>()))
}
