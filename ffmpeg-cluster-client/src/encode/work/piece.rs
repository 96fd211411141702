//! Sends a piece to the server in checked chunks, and resumes after any error for as long as the lease is wanted.
//! Drop the future to give up.

use std::io::SeekFrom;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::io::{crash, digest};
use ffmpeg_cluster_common::limits::CLIENT_CHUNK_BYTES_MAX;
use ffmpeg_cluster_common::protocol::transfer::{CHUNK_SHA256, UPLOAD_OFFSET, piece_path};
use reqwest::StatusCode;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use crate::server::address::Server;
use crate::server::retries;

/// A finished piece on our disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) file: PathBuf,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

impl Piece {
    /// Reads the whole file; blocks the thread.
    pub(crate) fn of(file: &Path) -> std::io::Result<Self> {
        let (bytes, sha256) = digest::of_file(file)?;
        Ok(Self { file: file.to_owned(), bytes, sha256 })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    /// The server has all bytes.
    Whole,
    /// The lease is no longer current, and the server does not want the piece.
    Unwanted,
}

#[derive(Debug, Clone)]
pub(crate) struct PieceSender {
    http: reqwest::Client,
    server: Server,
    chunk_bytes: u64,
}

enum Step {
    At(u64),
    Unwanted,
}

impl PieceSender {
    pub(crate) fn new(http: reqwest::Client, server: Server, chunk_bytes: u64) -> Self {
        Self { http, server, chunk_bytes: chunk_bytes.clamp(1, CLIENT_CHUNK_BYTES_MAX) }
    }

    /// Retries without limit; fails only if our own file can't be read.
    pub(crate) async fn send(&self, lease: LeaseId, piece: &Piece) -> Result<Sent, Fault> {
        let broken = |error: std::io::Error| {
            Fault::new(FaultCode::Internal, format!("the finished piece can't be read: {error}"))
        };
        let mut file = tokio::fs::File::open(&piece.file).await.map_err(broken)?;
        // What the server has is unknown at first and after every error.
        let (mut known, mut attempt) = (None, 0);
        loop {
            let step = match known {
                None => self.offset(lease).await,
                Some(at) if at == piece.bytes => return Ok(Sent::Whole),
                Some(at) => {
                    let chunk =
                        read_chunk(&mut file, at, piece.bytes, self.chunk_bytes).await.map_err(broken)?;
                    self.append(lease, at, chunk).await
                }
            };
            known = match step {
                Ok(Step::Unwanted) => return Ok(Sent::Unwanted),
                Ok(Step::At(at)) if at <= piece.bytes => {
                    if known.is_some() {
                        attempt = 0;
                        let whole = at == piece.bytes;
                        crash::point(if whole { "client.piece.sent" } else { "client.piece.partly_sent" });
                    }
                    Some(at)
                }
                Ok(Step::At(at)) => {
                    self.pause(lease, &mut attempt, &anyhow::anyhow!("the server has {at} bytes")).await;
                    None
                }
                Err(error) => {
                    self.pause(lease, &mut attempt, &error).await;
                    None
                }
            };
        }
    }

    async fn offset(&self, lease: LeaseId) -> anyhow::Result<Step> {
        let answer = self.http.head(self.server.url(&piece_path(lease))).send().await?;
        step(&answer)
    }

    async fn append(&self, lease: LeaseId, at: u64, chunk: Vec<u8>) -> anyhow::Result<Step> {
        let request = self.http.patch(self.server.url(&piece_path(lease)));
        let request = request.header(UPLOAD_OFFSET, at).header(CHUNK_SHA256, digest::of_bytes(&chunk));
        let request = request.header("content-type", "application/offset+octet-stream");
        step(&request.body(chunk).send().await?)
    }

    async fn pause(&self, lease: LeaseId, attempt: &mut u32, error: &anyhow::Error) {
        if *attempt == 1 {
            tracing::warn!(%lease, "the piece can't be sent now; the client keeps trying: {error:#}");
        } else {
            tracing::debug!(%lease, attempt, "sending failed: {error:#}");
        }
        retries::pause(*attempt).await;
        *attempt = attempt.saturating_add(1);
    }
}

fn step(answer: &reqwest::Response) -> anyhow::Result<Step> {
    let status = answer.status();
    if status == StatusCode::GONE {
        return Ok(Step::Unwanted);
    }
    if !status.is_success() {
        bail!("the server answered {status}");
    }
    let offset = answer.headers().get(UPLOAD_OFFSET).and_then(|value| value.to_str().ok());
    let offset = offset.and_then(|text| text.parse().ok());
    offset.map(Step::At).with_context(|| format!("the server's answer lacks {UPLOAD_OFFSET}"))
}

async fn read_chunk(
    file: &mut tokio::fs::File,
    at: u64,
    bytes: u64,
    chunk_bytes: u64,
) -> std::io::Result<Vec<u8>> {
    let length = usize::try_from((bytes - at).min(chunk_bytes)).map_err(std::io::Error::other)?;
    let mut chunk = vec![0; length];
    file.seek(SeekFrom::Start(at)).await?;
    file.read_exact(&mut chunk).await?;
    Ok(chunk)
}

#[cfg(test)]
#[path = "piece_tests.rs"]
mod tests;
