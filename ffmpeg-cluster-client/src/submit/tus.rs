//! The sender's side of tus 1.0: creation, offset, chunks with checksums, termination.

use anyhow::{Context, anyhow};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ffmpeg_cluster_common::ids::UploadId;
use ffmpeg_cluster_common::protocol::transfer::{UPLOAD_OFFSET, upload_path};
use ffmpeg_cluster_common::time::Millis;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::server::api::{Api, refusal};
use crate::server::retries::Stopped;

const CHUNK_TYPE: &str = "application/offset+octet-stream";
/// tus: the checksum does not match the chunk.
const CHECKSUM_MISMATCH: u16 = 460;

/// The size of a chunk. The server keeps a whole chunk or nothing, so chunks are small on a bad line and large on a
/// good one.
#[derive(Debug)]
pub(crate) struct ChunkSize(u64);

impl Default for ChunkSize {
    fn default() -> Self {
        Self(1 << 20)
    }
}

impl ChunkSize {
    const LEAST: u64 = 64 << 10;
    const MOST: u64 = 8 << 20;
    const QUICK: Millis = Millis::secs(1);
    const SLOW: Millis = Millis::secs(8);

    pub(crate) fn bytes(&self) -> u64 {
        self.0
    }
    pub(crate) fn arrived(&mut self, took: Millis) {
        if took <= Self::QUICK {
            self.0 = (self.0 * 2).min(Self::MOST);
        } else if took >= Self::SLOW {
            self.broke();
        }
    }
    pub(crate) fn broke(&mut self) {
        self.0 = (self.0 / 2).max(Self::LEAST);
    }
}

fn request(api: &Api, method: Method, path: &str) -> RequestBuilder {
    api.http.request(method, api.server.url(path)).header("tus-resumable", "1.0.0")
}

async fn send(api: &Api, request: RequestBuilder) -> Result<Response, Stopped> {
    Ok(request.send().await.map_err(|error| api.trouble(&error))?)
}

pub(crate) async fn create(api: &Api, file_name: &str, bytes: u64) -> Result<UploadId, Stopped> {
    let name = STANDARD.encode(file_name);
    let request = request(api, Method::POST, "/api/v1/uploads").header("upload-length", bytes);
    let answer = send(api, request.header("upload-metadata", format!("filename {name}"))).await?;
    if answer.status() != StatusCode::CREATED {
        return Err(refused(answer, "the server refuses the upload").await);
    }
    let place = answer.headers().get("location").and_then(|place| place.to_str().ok()).unwrap_or_default();
    let id = place.rsplit('/').next().unwrap_or_default().parse();
    id.context("the server does not say where the upload is").map_err(Stopped::ForGood)
}

/// The number of bytes that the server has; none if it does not know the upload, or expects another length.
pub(crate) async fn offset(api: &Api, upload: &UploadId, bytes: u64) -> Result<Option<u64>, Stopped> {
    let answer = send(api, request(api, Method::HEAD, &upload_path(upload))).await?;
    match answer.status() {
        StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
        StatusCode::OK | StatusCode::NO_CONTENT => {
            let at = told(&answer, UPLOAD_OFFSET)?;
            Ok((told(&answer, "upload-length")? == bytes && at <= bytes).then_some(at))
        }
        _ => Err(refused(answer, "asking how far the upload is").await),
    }
}

/// The new offset.
pub(crate) async fn append(api: &Api, upload: &UploadId, at: u64, chunk: Vec<u8>) -> Result<u64, Stopped> {
    let checksum = STANDARD.encode(Sha256::digest(&chunk));
    let request = request(api, Method::PATCH, &upload_path(upload))
        .header(UPLOAD_OFFSET, at)
        .header("content-type", CHUNK_TYPE)
        .header("upload-checksum", format!("sha256 {checksum}"));
    let answer = send(api, request.body(chunk)).await?;
    if answer.status() == StatusCode::NO_CONTENT {
        return told(&answer, UPLOAD_OFFSET);
    }
    Err(refused(answer, "the server refuses more of the upload").await)
}

/// Discards an unwanted upload; otherwise the server's housekeeping would.
pub(crate) async fn terminate(api: &Api, upload: &UploadId) {
    let _ = send(api, request(api, Method::DELETE, &upload_path(upload))).await;
}

fn told(answer: &Response, header: &str) -> Result<u64, Stopped> {
    let value = answer.headers().get(header).and_then(|value| value.to_str().ok());
    let value = value.and_then(|value| value.parse().ok());
    value.ok_or_else(|| Stopped::ForNow(anyhow!("the server's answer lacks {header}")))
}

/// A conflict or a busy upload is left over from a broken connection; the next request finds the right offset.
fn is_passing(status: StatusCode) -> bool {
    const PASSING: [StatusCode; 6] = [
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::CONFLICT,
        StatusCode::PAYLOAD_TOO_LARGE,
        StatusCode::LOCKED,
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::BAD_GATEWAY,
    ];
    PASSING.contains(&status)
        || status.as_u16() == CHECKSUM_MISMATCH
        || status == StatusCode::INTERNAL_SERVER_ERROR
        || status == StatusCode::SERVICE_UNAVAILABLE
        || status == StatusCode::GATEWAY_TIMEOUT
}

async fn refused(answer: Response, doing: &'static str) -> Stopped {
    let status = answer.status();
    let body: Option<Value> = answer.json().await.ok();
    let error = match body.as_ref().and_then(refusal) {
        Some(words) => anyhow!(words),
        None => anyhow!("the server answered {status}"),
    };
    let error = error.context(doing);
    if is_passing(status) { Stopped::ForNow(error) } else { Stopped::ForGood(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_grow_on_a_good_line_and_shrink_on_a_bad_one() {
        let mut size = ChunkSize::default();
        (0..10).for_each(|_| size.arrived(Millis(100)));
        assert_eq!(size.bytes(), ChunkSize::MOST);
        size.arrived(Millis::secs(4));
        assert_eq!(size.bytes(), ChunkSize::MOST);
        size.arrived(Millis::secs(20));
        assert_eq!(size.bytes(), ChunkSize::MOST / 2);
        (0..20).for_each(|_| size.broke());
        assert_eq!(size.bytes(), ChunkSize::LEAST);
    }

    #[test]
    fn a_full_disk_and_an_unknown_upload_are_final() {
        for status in [404, 410, 412, 415, 507] {
            assert!(!is_passing(StatusCode::from_u16(status).unwrap()), "{status}");
        }
        for status in [409, 423, 460, 503] {
            assert!(is_passing(StatusCode::from_u16(status).unwrap()), "{status}");
        }
    }
}
