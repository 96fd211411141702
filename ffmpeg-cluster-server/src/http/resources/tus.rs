//! tus 1.0: versions, metadata, checksums, and the headers of its answers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::text::safe;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use warp::http::{HeaderMap, HeaderValue, StatusCode};
use warp::reply::Response;

use crate::http::answer::{Failure, plain};
use crate::http::call::Call;

const VERSION: &str = "1.0.0";
const EXTENSIONS: &str = "creation,checksum,termination";
const ALGORITHMS: &str = "sha1,sha256";
/// The longest file name that is shown.
const NAME_CHARS_MAX: usize = 200;
pub(super) const CHUNK_TYPE: &str = "application/offset+octet-stream";

pub(in crate::http) fn options(_: &Call) -> Result<Response, Failure> {
    let said =
        [("tus-version", VERSION), ("tus-extension", EXTENSIONS), ("tus-checksum-algorithm", ALGORITHMS)];
    said_by_tus(Ok(plain(StatusCode::NO_CONTENT, &said.map(|(name, value)| (name, value.to_owned())))))
}

/// Every answer names the version, including a refusal.
pub(super) fn said_by_tus(answer: Result<Response, Failure>) -> Result<Response, Failure> {
    let mut answer = answer.unwrap_or_else(Failure::answer);
    answer.headers_mut().insert("tus-resumable", HeaderValue::from_static(VERSION));
    Ok(answer)
}

/// A caller with another version learns ours.
pub(super) fn check_version(call: &Call) -> Result<(), Failure> {
    if call.text("tus-resumable") == Some(VERSION) {
        return Ok(());
    }
    let message = format!("Tus-Resumable: {VERSION} is required");
    let failure = Failure::at(StatusCode::PRECONDITION_FAILED, ErrorCode::InvalidRequest, message);
    Err(failure.saying("tus-version", VERSION))
}

/// The value of `filename` in `Upload-Metadata`, stripped to one safe line.
pub(crate) fn file_name(metadata: &str) -> Option<String> {
    let pairs = metadata.split(',').map(|pair| pair.trim().split_once(' ').unwrap_or((pair.trim(), "")));
    let value = pairs.into_iter().find(|(key, _)| *key == "filename")?.1;
    let name = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let tidy = safe::stripped(last, NAME_CHARS_MAX);
    (!tidy.is_empty()).then_some(tidy)
}

/// The checksum that the sender gave for a chunk.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Checksum {
    None,
    Sha1(Vec<u8>),
    Sha256(Vec<u8>),
    Unknown,
}

impl Checksum {
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let Some(said) = headers.get("upload-checksum") else { return Self::None };
        // The sender wanted a check: an unreadable checksum must not let the chunk in unchecked.
        let Some((algorithm, value)) = said.to_str().ok().and_then(|text| text.split_once(' ')) else {
            return Self::Unknown;
        };
        match (algorithm, STANDARD.decode(value.trim())) {
            ("sha1", Ok(digest)) => Self::Sha1(digest),
            ("sha256", Ok(digest)) => Self::Sha256(digest),
            (_, Ok(_) | Err(_)) => Self::Unknown,
        }
    }

    pub(crate) fn fits(&self, chunk: &[u8]) -> bool {
        match self {
            Self::None => true,
            Self::Sha1(digest) => Sha1::digest(chunk).as_slice() == digest,
            Self::Sha256(digest) => Sha256::digest(chunk).as_slice() == digest,
            Self::Unknown => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_metadata() {
        let name = |text: &str| file_name(&format!("filetype dmlkZW8=,filename {}", STANDARD.encode(text)));
        assert_eq!(name("film.mkv").as_deref(), Some("film.mkv"));
        assert_eq!(name("../../etc/x\ny.mkv").as_deref(), Some("xy.mkv"));
        assert_eq!(file_name("filename"), None);
        assert_eq!(file_name("filename ***"), None);
    }

    #[test]
    fn checksums_of_both_kinds() {
        let read = |text: String| {
            let mut headers = HeaderMap::new();
            headers.insert("upload-checksum", text.parse().unwrap());
            Checksum::read(&headers)
        };
        let sha1 = read("sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=".into());
        assert!(sha1.fits(b"abc") && !sha1.fits(b"abd"));
        let sha256 = read(format!("sha256 {}", STANDARD.encode(Sha256::digest(b"abc"))));
        assert!(sha256.fits(b"abc") && !sha256.fits(b""));
        assert_eq!(read("md5 xx".into()), Checksum::Unknown);
    }
}
