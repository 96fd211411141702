//! One attempt over HTTP, from where the last attempt stopped.

use std::path::Path;

use anyhow::{Context, anyhow};
use reqwest::header::{CONTENT_RANGE, ETAG, HeaderMap, IF_RANGE, LOCATION, RANGE};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Response, StatusCode};
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;

use super::{Limits, OnProgress, Trouble, disk, length, remove, tag};
use crate::tools::builds::Planned;

const REDIRECTS_MAX: usize = 5;
const TAG_BYTES_MAX: usize = 500;

pub(super) fn client(limits: &Limits) -> anyhow::Result<Client> {
    // The builder honours `HTTPS_PROXY` and similar variables.
    Client::builder()
        .connect_timeout(limits.connect)
        .read_timeout(limits.idle)
        .redirect(Policy::custom(followed))
        .user_agent(concat!("ffmpeg-cluster/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("preparing HTTP")
}

fn followed(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let before: Vec<&str> = attempt.previous().iter().map(reqwest::Url::scheme).collect();
    match not_followed(&before, attempt.url().scheme()) {
        Some(why) => attempt.error(why),
        None => attempt.follow(),
    }
}

/// Refuses endless redirects, and redirects from https to anything else.
fn not_followed(before: &[&str], next: &str) -> Option<String> {
    if before.len() > REDIRECTS_MAX {
        return Some("the redirects do not end".into());
    }
    let is_fine = next == "https" || (next == "http" && !before.contains(&"https"));
    (!is_fine).then(|| format!("a redirect leads to {next}, which is not followed"))
}

pub(super) async fn attempt(
    http: &Client,
    this: &Planned,
    part: &Path,
    limits: &Limits,
    on_progress: &mut OnProgress<'_>,
) -> Result<(), Trouble> {
    let most = this.bytes.unwrap_or(limits.bytes_max);
    let mut have = length(part);
    if have > most {
        remove(part);
        have = 0;
    }
    if this.bytes == Some(have) {
        return Ok(());
    }
    let answer = ask(http, this, part, have).await?;
    let Place { at, total } = match begin(this, &answer, have)? {
        Begin::At(place) => place,
        Begin::Whole => return Ok(()),
        Begin::Over => {
            remove(part);
            return Err(Trouble::Passing(anyhow!(
                "{} changed on the server, so the bytes that arrived are useless",
                this.name
            )));
        }
    };
    disk::need(part, total.map_or(0, |total| total.saturating_sub(at))).map_err(Trouble::Lasting)?;
    keep_tag(part, answer.headers());
    take(answer, this, RemainingDownload { part, at, most, total }, on_progress).await
}

async fn ask(http: &Client, this: &Planned, part: &Path, have: u64) -> Result<Response, Trouble> {
    let mut request = http.get(&this.from);
    if have > 0 {
        request = request.header(RANGE, format!("bytes={have}-"));
        // Without a mark, the hash detects another file at the end.
        if let Ok(mark) = std::fs::read_to_string(tag(part)) {
            request = request.header(IF_RANGE, mark);
        }
    }
    request.send().await.map_err(|error| {
        let lasting = error.is_redirect() || error.is_builder();
        let error = anyhow::Error::new(error.without_url()).context(format!("fetching {}", this.name));
        if lasting { Trouble::Lasting(error) } else { Trouble::Passing(error) }
    })
}

/// The first byte of an answer, and the number of bytes in all if known.
struct Place {
    at: u64,
    total: Option<u64>,
}

/// How an answer continues the part on this machine.
enum Begin {
    At(Place),
    /// There is nothing more.
    Whole,
    Over,
}

fn begin(this: &Planned, answer: &Response, have: u64) -> Result<Begin, Trouble> {
    let ranges = answer.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
    let (from, total) = ranges.map_or((None, None), content_range);
    let begin = match answer.status() {
        StatusCode::OK => Begin::At(Place { at: 0, total: answer.content_length() }),
        StatusCode::PARTIAL_CONTENT if from == Some(have) => Begin::At(Place { at: have, total }),
        StatusCode::PARTIAL_CONTENT => Begin::Over,
        StatusCode::RANGE_NOT_SATISFIABLE if total == Some(have) && have > 0 => Begin::Whole,
        StatusCode::RANGE_NOT_SATISFIABLE if have > 0 => Begin::Over,
        // The client follows all other redirects; only those to other schemes get here.
        status if status.is_redirection() => {
            let there =
                answer.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let scheme = there.split(':').next().unwrap_or_default();
            let (host, name) = (host(answer), &this.name);
            return Err(Trouble::Lasting(anyhow!(
                "{host} redirects {name} to {scheme}, which is not followed"
            )));
        }
        status => {
            let error = anyhow!("{} answers {status} to {}", host(answer), this.name);
            let passing = status.is_server_error()
                || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS);
            return Err(if passing { Trouble::Passing(error) } else { Trouble::Lasting(error) });
        }
    };
    if let (Begin::At(Place { total: Some(total), .. }), Some(expected)) = (&begin, this.bytes)
        && *total != expected
    {
        let error = anyhow!(
            "{} has {total} bytes at {}, not {expected}: it is another file",
            this.name,
            host(answer)
        );
        return Err(Trouble::Lasting(error));
    }
    Ok(begin)
}

/// Reads the start and the total of `bytes 5-9/10`, `bytes */10`, `bytes 5-9/*`.
fn content_range(text: &str) -> (Option<u64>, Option<u64>) {
    let Some((range, total)) = text.strip_prefix("bytes ").and_then(|rest| rest.split_once('/')) else {
        return (None, None);
    };
    (range.split('-').next().and_then(|from| from.parse().ok()), total.parse().ok())
}

fn host(answer: &Response) -> String {
    answer.url().host_str().unwrap_or("the mirror").to_owned()
}

fn keep_tag(part: &Path, headers: &HeaderMap) {
    let mark = headers.get(ETAG).and_then(|value| value.to_str().ok());
    // A weak mark guarantees nothing about the bytes.
    match mark.filter(|mark| !mark.starts_with("W/") && mark.len() <= TAG_BYTES_MAX) {
        Some(mark) => drop(std::fs::write(tag(part), mark)),
        None => drop(std::fs::remove_file(tag(part))),
    }
}

/// The rest of a download: its file, the file's length so far, and the most that the file may have.
struct RemainingDownload<'a> {
    part: &'a Path,
    at: u64,
    most: u64,
    total: Option<u64>,
}

async fn take(
    mut answer: Response,
    this: &Planned,
    rest: RemainingDownload<'_>,
    on_progress: &mut OnProgress<'_>,
) -> Result<(), Trouble> {
    let RemainingDownload { part, mut at, most, total } = rest;
    let full = |error| Trouble::Lasting(disk::told(part, error));
    let mut file = open(part, at).await.map_err(full)?;
    let broken = loop {
        on_progress(at, total);
        match answer.chunk().await {
            Ok(None) => break None,
            Err(error) => break Some(anyhow::Error::new(error.without_url())),
            Ok(Some(chunk)) => {
                at += chunk.len() as u64;
                if at > most {
                    remove(part);
                    return Err(Trouble::Lasting(anyhow!(
                        "{} has more than {most} bytes: it is another file",
                        this.name
                    )));
                }
                file.write_all(&chunk).await.map_err(full)?;
            }
        }
    };
    file.flush().await.map_err(full)?;
    file.sync_all().await.map_err(full)?;
    let expected = this.bytes.or(total);
    let broken = broken.or_else(|| {
        expected.filter(|all| at < *all).map(|all| anyhow!("the connection ended after {at} of {all} bytes"))
    });
    broken.map_or(Ok(()), |error| Err(Trouble::Passing(error.context(format!("fetching {}", this.name)))))
}

async fn open(part: &Path, at: u64) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true);
    if at > 0 {
        options.append(true)
    } else {
        options.write(true).truncate(true)
    };
    options.open(part).await
}

#[cfg(test)]
mod tests {
    #[test]
    fn redirects_never_give_up_what_https_gives() {
        let followed = |before: &[&str], next| super::not_followed(before, next).is_none();
        assert!(followed(&["https"], "https") && followed(&["http"], "http") && followed(&["http"], "https"));
        assert!(!followed(&["https"], "http") && !followed(&["http", "https"], "http"));
        assert!(!followed(&["http"], "ftp") && !followed(&["https"], "file"));
        assert!(followed(&["https"; 5], "https") && !followed(&["https"; 6], "https"));
    }

    #[test]
    fn ranges_as_servers_tell_them() {
        let of = super::content_range;
        assert_eq!(of("bytes 5-9/10"), (Some(5), Some(10)));
        assert_eq!(of("bytes 5-9/*"), (Some(5), None));
        assert_eq!(of("bytes */10"), (None, Some(10)));
        assert_eq!(of("lines 1-2/3"), (None, None));
    }
}
