//! `Idempotency-Key`: a request that comes again is answered as before, and makes no other job.

use ffmpeg_cluster_common::io::{clock, digest};
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use warp::http::HeaderMap;

use super::made::{Made, Wanted};
use crate::access::Principal;
use crate::admission::internal;
use crate::http::Services;
use crate::http::answer::{Failure, refused};
use crate::http::query::Kind;
use crate::http::query::Parameter;
use crate::store::catalog::{Request, RequestKey, RequestRow};

pub(in crate::http) const HEADER: Parameter = Parameter {
    name: "Idempotency-Key",
    kind: Kind::Text,
    about: "a request with the same key and body within a day makes no other job; at most 255 bytes",
};
const KEY_BYTES_MAX: usize = 255;

/// The request that its sender may send again; None without a key.
pub(super) fn request(
    headers: &HeaderMap,
    owner: &str,
    address: &'static str,
    body: &[u8],
) -> Result<Option<Request>, Failure> {
    let mut given = headers.get_all(HEADER.name).iter();
    let (Some(key), more) = (given.next(), given.next()) else { return Ok(None) };
    let key = key.to_str().ok().filter(|_| more.is_none()).and_then(unquoted);
    let key = key.filter(|key| (1..=KEY_BYTES_MAX).contains(&key.len())).ok_or_else(|| {
        let message = format!(
            "Idempotency-Key: one key of 1 to {KEY_BYTES_MAX} letters is expected, bare or in quotation marks"
        );
        refused(ErrorCode::InvalidRequest, message)
    })?;
    let key = RequestKey { owner: owner.to_owned(), address, key };
    Ok(Some(Request { key, body: digest::of_bytes(body) }))
}

/// Bare, or a string of RFC 8941.
fn unquoted(text: &str) -> Option<String> {
    let Some(inner) = text.trim().strip_prefix('"') else {
        return Some(text.trim().to_owned()).filter(|key| !key.contains('"'));
    };
    let (mut key, mut signs) = (String::new(), inner.strip_suffix('"')?.chars());
    while let Some(sign) = signs.next() {
        match sign {
            '"' => return None,
            '\\' => key.push(signs.next().filter(|next| "\"\\".contains(*next))?),
            _ => key.push(sign),
        }
    }
    Some(key)
}

/// The job of this request, made now or before.
pub(super) async fn made(
    services: &Services,
    principal: &Principal,
    wanted: Wanted,
) -> Result<Made, Failure> {
    let Some(request) = wanted.given.request.clone() else { return wanted.make(services, principal).await };
    let Some(working) = services.at_work.begin(&request.key) else {
        let message = "a request with this Idempotency-Key is still being carried out; ask again in a moment";
        return Err(refused(ErrorCode::KeyInUse, message).saying("retry-after", "1"));
    };
    let before = services.runner.store.reader.request(&request.key, clock::wall()).await;
    if let Some(row) = before.map_err(|error| internal(&error))? {
        return again(services, principal, &request, row).await;
    }
    let (services, principal) = (services.clone(), principal.clone());
    let background = services.runner.background.clone();
    // It goes on when its caller goes away: otherwise the caller could ask again before the key is stored.
    let work = background.spawn("a request with a key", async move {
        let made = wanted.make(&services, &principal).await?;
        let kept = services.runner.store.writer.answered(made.job.clone(), Some(made.text.clone())).await;
        if let Err(error) = kept {
            tracing::warn!(job = %made.job, "the answer to a request could not be kept: {error:#}");
        }
        drop(working);
        Ok(made)
    });
    work.await.unwrap_or_else(|error| Err(internal(&error.into()).into()))
}

async fn again(
    services: &Services,
    principal: &Principal,
    request: &Request,
    row: RequestRow,
) -> Result<Made, Failure> {
    let RequestRow { body, job, answer } = row;
    if body != request.body {
        let message = format!(
            "this Idempotency-Key belongs to a request with another body, which made job {job}; take another key"
        );
        return Err(refused(ErrorCode::KeyReused, message));
    }
    let text = match answer {
        Some(text) => text,
        None => Made::now(services, principal, job.clone()).await?.text,
    };
    Ok(Made { job, text, is_again: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(all: &[&str]) -> Result<Option<String>, u16> {
        let mut headers = HeaderMap::new();
        for key in all {
            headers.append("idempotency-key", key.parse().unwrap());
        }
        let request = request(&headers, "a1", "POST /api/v1/jobs", b"{}");
        request.map(|request| request.map(|it| it.key.key)).map_err(|no| no.answer().status().as_u16())
    }

    #[test]
    fn a_key_is_read_with_and_without_quotation_marks() {
        assert_eq!(key(&[]), Ok(None));
        for (text, wanted) in [
            ("8e03978e-40d5", "8e03978e-40d5"),
            ("\"8e03978e-40d5\"", "8e03978e-40d5"),
            (r#""a\"b\\c""#, "a\"b\\c"),
            ("a b", "a b"),
            (&"x".repeat(255), &"x".repeat(255)),
        ] {
            assert_eq!(key(&[text]), Ok(Some(wanted.to_owned())), "{text}");
        }
        for text in ["", "\"\"", "\"", "\"a", "a\"", "\"a\"b\"", r#""a\""#, r#""a\b""#, &"x".repeat(256)] {
            assert_eq!(key(&[text]), Err(400), "{text}");
        }
        assert_eq!(key(&["a", "a"]), Err(400), "two keys");
    }
}
