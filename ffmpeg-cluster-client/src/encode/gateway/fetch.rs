//! Fetches one range of a source: asks for the source's version, checks length and digest, and retries for as long as
//! a reader wants the range.

use anyhow::{Context, bail, ensure};
use bytes::{Bytes, BytesMut};
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::io::digest::Digester;
use ffmpeg_cluster_common::media::plan::work::SourceRef;
use ffmpeg_cluster_common::protocol::transfer::CHUNK_SHA256;
use reqwest::StatusCode;
use reqwest::header::{IF_MATCH, RANGE};

use crate::server::address::Server;
use crate::server::retries;

#[derive(Debug, Clone)]
pub(super) struct Fetcher {
    http: reqwest::Client,
    server: Server,
}

/// Why an attempt failed.
enum Trouble {
    /// No further attempt can succeed.
    Final(Fault),
    /// The next attempt may succeed.
    Passing(anyhow::Error),
}

impl Fetcher {
    pub(super) fn new(http: reqwest::Client, server: Server) -> Self {
        Self { http, server }
    }

    /// Returns bytes `start..end`, and retries until it has them. Drop the future to give up.
    pub(super) async fn range(&self, source: &SourceRef, start: u64, end: u64) -> Result<Bytes, Fault> {
        let mut attempt = 0;
        loop {
            match self.attempt(source, start, end).await {
                Ok(bytes) if attempt == 0 => return Ok(bytes),
                Ok(bytes) => {
                    tracing::info!(source = source.path, "bytes of the source arrive again");
                    return Ok(bytes);
                }
                Err(Trouble::Final(fault)) => return Err(fault),
                Err(Trouble::Passing(error)) => {
                    say(source, start, attempt, &error);
                    retries::pause(attempt).await;
                    attempt = attempt.saturating_add(1);
                }
            }
        }
    }

    async fn attempt(&self, source: &SourceRef, start: u64, end: u64) -> Result<Bytes, Trouble> {
        let url = self.server.url(&source.path);
        let request = self.http.get(url).header(IF_MATCH, &source.etag);
        let request = request.header(RANGE, format!("bytes={start}-{}", end - 1));
        let answer = request.send().await.map_err(|e| Trouble::Passing(e.into()))?;
        if answer.status() == StatusCode::PRECONDITION_FAILED {
            let message = format!("the source {} has changed since the job began", source.path);
            return Err(Trouble::Final(Fault::new(FaultCode::SourceChanged, message)));
        }
        body(answer, source, start, end).await.map_err(Trouble::Passing)
    }
}

/// The answer's bytes, if they are exactly the requested range.
async fn body(
    mut answer: reqwest::Response,
    source: &SourceRef,
    start: u64,
    end: u64,
) -> anyhow::Result<Bytes> {
    let whole = start == 0 && end == source.bytes && answer.status() == StatusCode::OK;
    ensure!(
        whole || answer.status() == StatusCode::PARTIAL_CONTENT,
        "the server answered {}",
        answer.status()
    );
    let wanted = answer.headers().get(CHUNK_SHA256).and_then(|value| value.to_str().ok());
    let wanted = wanted.with_context(|| format!("the server's answer lacks {CHUNK_SHA256}"))?.to_owned();
    let length = usize::try_from(end - start).context("a range larger than memory")?;
    let (mut bytes, mut digester) = (BytesMut::with_capacity(length), Digester::default());
    while let Some(some) = answer.chunk().await? {
        ensure!(bytes.len() + some.len() <= length, "more than the {length} bytes asked for");
        digester.update(&some);
        bytes.extend_from_slice(&some);
    }
    ensure!(bytes.len() == length, "{} bytes instead of {length}", bytes.len());
    if !digester.finish().eq_ignore_ascii_case(&wanted) {
        bail!("the bytes do not have the SHA-256 that the server announced");
    }
    Ok(bytes.freeze())
}

/// Warns once, so that a long outage does not flood the log.
fn say(source: &SourceRef, start: u64, attempt: u32, error: &anyhow::Error) {
    if attempt == 1 {
        tracing::warn!(
            source = source.path,
            start,
            "bytes of the source do not arrive: {error:#}; the encoder waits, and the client keeps trying"
        );
    } else {
        tracing::debug!(source = source.path, start, attempt, "fetching failed: {error:#}");
    }
}
