//! The page for browsers, embedded in the program. Its files lie below their common digest, so that a browser keeps them for a
//! year and never mixes two releases.

mod script;

use std::io::Write;
use std::sync::LazyLock;

use bytes::Bytes;
use ffmpeg_cluster_common::io::digest::Digester;
use flate2::Compression;
use flate2::write::GzEncoder;
use warp::Reply as _;
use warp::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use warp::reply::Response;

use crate::http::answer::Failure;
use crate::http::call::Call;
use crate::http::refusal::Refusal;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const PICTURE: &str = "image/svg+xml";
const PAGE: &str = "text/html; charset=utf-8";

/// Name and text of each file.
macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../../ui/", $name)))),+]
    };
}
/// Each behind those that it imports; they are sent as one script.
const MODULES: &[(&str, &str)] = files![
    "words.others.en.js",
    "words.en.js",
    "dom.js",
    "format.js",
    "api.js",
    "parts.js",
    "rows.js",
    "live.js",
    "upload.js",
    "arrange.js",
    "strip.js",
    "lanes.js",
    "proof.js",
    "compare.js",
    "queue.js",
    "admin.js",
    "links.js",
    "job.js",
    "clients.js",
    "options.js",
    "submit.js",
    "events.js",
    "settings.js",
    "signin.js",
    "app.js",
];
const BESIDE: &[(&str, &str)] = files!["style.css", "icon.svg"];
const INDEX: &str = include_str!("../../../ui/index.html");
/// What `index.html` says in place of the digest.
const DIGEST: &str = "DIGEST";
const DIGEST_DIGITS: usize = 16;

const ONLY_OURS: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
    media-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const ALWAYS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, ONLY_OURS),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (header::VARY, "accept-encoding"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
];
const FOR_A_YEAR: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

static SITE: LazyLock<Site> = LazyLock::new(Site::new);

struct Site {
    digest: String,
    index: File,
    files: Vec<(&'static str, File)>,
}

struct File {
    kind: &'static str,
    plain: Bytes,
    packed: Bytes,
}

impl Site {
    fn new() -> Self {
        let mut digester = Digester::default();
        digester.update(INDEX.as_bytes());
        MODULES.iter().chain(BESIDE).for_each(|(_, text)| digester.update(text.as_bytes()));
        let digest: String = digester.finish().chars().take(DIGEST_DIGITS).collect();
        let index = File::new(PAGE, INDEX.replace(DIGEST, &digest).into());
        let script = File::new(SCRIPT, script::joined(MODULES).into());
        let beside = BESIDE.iter().map(|(name, text)| {
            let kind = if name.ends_with(".css") { STYLE } else { PICTURE };
            (*name, File::new(kind, Bytes::from_static(text.as_bytes())))
        });
        let files = [("app.js", script)].into_iter().chain(beside);
        Self { index, files: files.collect(), digest }
    }

    /// `path` is the digest and the name.
    fn file(&self, path: &str) -> Option<&File> {
        let (digest, name) = path.split_once('/')?;
        let found = self.files.iter().find(|(its, _)| *its == name)?;
        (digest == self.digest).then_some(&found.1)
    }
}

impl File {
    fn new(kind: &'static str, plain: Bytes) -> Self {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        let packed = packer.write_all(&plain).and_then(|()| packer.finish()).unwrap_or_default();
        Self { kind, plain, packed: packed.into() }
    }

    fn send(&self, headers: &HeaderMap, kept: &'static str) -> Response {
        let packs = says(headers, header::ACCEPT_ENCODING, "gzip") && !self.packed.is_empty();
        let body = if packs { &self.packed } else { &self.plain };
        let mut answer = warp::reply::Response::new(body.clone().into());
        let mut say = |name, value| answer.headers_mut().insert(name, HeaderValue::from_static(value));
        say(header::CONTENT_TYPE, self.kind);
        say(header::CACHE_CONTROL, kept);
        if packs {
            say(header::CONTENT_ENCODING, "gzip");
        }
        for (name, value) in ALWAYS {
            say(name, value);
        }
        answer.into_response()
    }
}

fn says(headers: &HeaderMap, name: HeaderName, word: &str) -> bool {
    headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|text| text.contains(word))
}

/// The page for a browser. A script that asks here is answered as at any address that is not there.
pub(in crate::http) fn index(call: &Call) -> Result<Response, Failure> {
    if !says(&call.headers, header::ACCEPT, "text/html") {
        return Err(nothing_for(call));
    }
    let tag = format!("\"{}\"", SITE.digest);
    let mut answer = if says(&call.headers, header::IF_NONE_MATCH, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        SITE.index.send(&call.headers, ASK_AGAIN)
    };
    if let Ok(tag) = HeaderValue::try_from(tag) {
        answer.headers_mut().insert(header::ETAG, tag);
    }
    Ok(answer)
}

/// One of the page's files.
pub(in crate::http) fn file(call: &Call) -> Result<Response, Failure> {
    let file = SITE.file(&call.name).ok_or_else(|| nothing_for(call))?;
    Ok(file.send(&call.headers, FOR_A_YEAR))
}

/// Strangers do not learn which addresses exist.
fn nothing_for(call: &Call) -> Failure {
    match call.principal {
        Some(_) => Failure::nowhere(),
        None => Refusal::TokenWanted.answer().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_its_files_by_their_digest_and_nothing_of_another_host() {
        let text = std::str::from_utf8(&SITE.index.plain).unwrap();
        assert!(text.contains(&format!("/ui/{}/app.js", SITE.digest)) && !text.contains(DIGEST));
        assert!(text.contains(&format!("/ui/{}/style.css", SITE.digest)));
        for (name, text) in MODULES.iter().chain(BESIDE) {
            let foreign = text.replace("http://www.w3.org/2000/svg", "").replace("://${location.host}", "");
            assert!(!foreign.contains("://"), "{name} names another address");
            for bad in
                ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"]
            {
                assert!(!text.contains(bad), "{name} has {bad}");
            }
            assert!(text.lines().count() <= 250, "{name} is longer than 250 lines");
        }
    }

    #[test]
    fn files_are_found_by_digest_and_name_alone() {
        let path = format!("{}/app.js", SITE.digest);
        assert!(SITE.file(&path).is_some());
        let another = format!("{}/app.js", "0".repeat(DIGEST_DIGITS));
        for bad in
            [&another, "app.js", "/app.js", &path[1..], &format!("{path}/"), &format!("{}/", SITE.digest)]
        {
            assert!(SITE.file(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn it_is_small() {
        let all = || SITE.files.iter().map(|(_, file)| file).chain([&SITE.index]);
        let (packed, plain): (usize, usize) =
            (all().map(|file| file.packed.len()).sum(), all().map(|file| file.plain.len()).sum());
        assert!(packed <= 40 << 10 && plain <= 150 << 10 && all().count() <= 4, "{packed} of {plain} bytes");
    }
}
