//! The spans of a job's work: rows while it is open, one deflated text when it has ended.

use std::io::{Read, Write};

use anyhow::Context;
use ffmpeg_cluster_common::cluster::change::{Change, RememberedPiece};
use ffmpeg_cluster_common::ids::{JobId, LeaseId};
use ffmpeg_cluster_common::time::WallMillis;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::query::{IS_OPEN, collect};
use super::{columns, days};
use crate::store::catalog::events::{Moments, ServerSpan, Spans, Told};

/// Of one job's text; far more than any job has.
const TEXT_BYTES_MAX: u64 = 256 << 20;

/// Writes what a change means for the span of its lease.
pub(super) fn note(db: &Transaction<'_>, change: &Change, told: &Told) -> anyhow::Result<()> {
    match change {
        Change::Leased { .. } => begin(db, change, told.at),
        Change::LeaseEnded { lease, attempt, .. } => {
            let code = told.moments.get(lease).and_then(|moments| moments.code.as_ref());
            let outcome = if attempt.is_some() || code.is_some() { "lost" } else { "returned" };
            end(db, *lease, outcome, told)
        }
        Change::PieceKept { piece, .. } => {
            end(db, piece.lease, "kept", told)?;
            measure(db, piece)
        }
        Change::PieceDoubted { lease, .. } => doubt(db, *lease),
        Change::FilmKnown { job, .. } => {
            let sql = "UPDATE spans SET earlier = 1 WHERE job_id = ?1";
            db.execute(sql, [job.as_str()])?;
            Ok(())
        }
        Change::JobEnded { job, .. } => fold(db, job),
        _ => Ok(()),
    }
}

fn begin(db: &Transaction<'_>, change: &Change, at: WallMillis) -> anyhow::Result<()> {
    let Change::Leased { job, lease, segment, client, seat } = change else { return Ok(()) };
    let sql = "INSERT INTO spans (boot, seq, job_id, track, frame_start, frame_end, client_id, seat, leased_ms) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let seat = seat.as_ref().map(serde_json::to_string).transpose()?;
    let (start, end) = (segment.units.start as i64, segment.units.end as i64);
    let (job, client, track) = (job.as_str(), client.as_str(), segment.track.0);
    let row = params![lease.boot, lease.seq as i64, job, track, start, end, client, seat, at.0 as i64];
    db.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

fn end(db: &Transaction<'_>, lease: LeaseId, outcome: &str, told: &Told) -> anyhow::Result<()> {
    let nothing = Moments::default();
    let Moments { began, encoded, sent, code } = told.moments.get(&lease).unwrap_or(&nothing);
    let [began, encoded, sent] = [began, encoded, sent].map(|at| at.map(|at| at.0 as i64));
    let sql = "UPDATE spans SET outcome = ?3, began_ms = ?4, encoded_ms = ?5, sent_ms = ?6, ended_ms = ?7, code = ?8 \
               WHERE boot = ?1 AND seq = ?2";
    let (seq, at) = (lease.seq as i64, told.at.0 as i64);
    db.prepare_cached(sql)?.execute(params![lease.boot, seq, outcome, began, encoded, sent, at, code])?;
    days::worked(db, lease, told.at)
}

fn measure(db: &Transaction<'_>, kept: &RememberedPiece) -> anyhow::Result<()> {
    let sql = "UPDATE spans SET bytes = ?3, encode_ms = ?4 WHERE boot = ?1 AND seq = ?2";
    let (LeaseId { boot, seq }, bytes) = (kept.lease, kept.piece.bytes as i64);
    db.prepare_cached(sql)?.execute(params![boot, seq as i64, bytes, kept.encode_ms as i64])?;
    Ok(())
}

fn doubt(db: &Transaction<'_>, lease: LeaseId) -> anyhow::Result<()> {
    let sql = "UPDATE spans SET outcome = 'doubted' WHERE boot = ?1 AND seq = ?2";
    db.execute(sql, params![lease.boot, lease.seq as i64])?;
    Ok(())
}

/// Work that ends after its job does is not remembered.
pub(super) fn add_server(db: &Transaction<'_>, job: &JobId, span: &ServerSpan) -> anyhow::Result<()> {
    let sql = format!(
        "INSERT INTO server_spans (job_id, what, began_ms, ended_ms) \
         SELECT job_id, ?2, ?3, ?4 FROM jobs WHERE job_id = ?1 AND {IS_OPEN}"
    );
    let ServerSpan { what, began_ms, ended_ms } = span;
    db.execute(&sql, params![job.as_str(), what, *began_ms as i64, *ended_ms as i64])?;
    Ok(())
}

fn fold(db: &Transaction<'_>, job: &JobId) -> anyhow::Result<()> {
    let spans = rows(db, job)?;
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::default());
    packed.write_all(&serde_json::to_vec(&spans)?)?;
    let sql = "INSERT OR REPLACE INTO timelines (job_id, spans) VALUES (?1, ?2)";
    db.execute(sql, params![job.as_str(), packed.finish()?])?;
    for table in ["spans", "server_spans"] {
        db.execute(&format!("DELETE FROM {table} WHERE job_id = ?1"), [job.as_str()])?;
    }
    Ok(())
}

pub(super) fn of_job(db: &Connection, job: &JobId) -> anyhow::Result<Spans> {
    let sql = "SELECT spans FROM timelines WHERE job_id = ?1";
    let packed: Option<Vec<u8>> = db.query_row(sql, [job.as_str()], |row| row.get(0)).optional()?;
    let Some(packed) = packed else { return rows(db, job) };
    let mut text = Vec::new();
    DeflateDecoder::new(packed.as_slice()).take(TEXT_BYTES_MAX).read_to_end(&mut text)?;
    serde_json::from_slice(&text).context("reading a timeline from the database")
}

fn rows(db: &Connection, job: &JobId) -> anyhow::Result<Spans> {
    let leases = format!(
        "SELECT {} FROM spans LEFT JOIN clients USING (client_id) WHERE job_id = ?1 ORDER BY leased_ms, boot, seq",
        columns::SPAN_COLUMNS
    );
    let server =
        "SELECT what, began_ms, ended_ms FROM server_spans WHERE job_id = ?1 ORDER BY began_ms, rowid";
    Ok(Spans {
        leases: collect(db, &leases, [job.as_str()], columns::span)?,
        server: collect(db, server, [job.as_str()], columns::server_span)?,
    })
}
