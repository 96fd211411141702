//! How people call their jobs: a name, and labels for scripts.

use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::text::safe::is_treacherous;
use warp::http::StatusCode;

use crate::http::answer::Failure;
use crate::http::problem::{Mistake, Problem};
use crate::store::catalog::{Labels, Named};

const NAME_CHARS_MAX: usize = 200;
const LABELS_MAX: usize = 16;
const KEY_CHARS_MAX: usize = 63;
const VALUE_CHARS_MAX: usize = 255;

/// A label as the parameter of a list has it.
pub(super) fn label(text: &str) -> Result<[String; 2], Failure> {
    let pair = text.split_once(':').filter(|(key, _)| is_key(key));
    pair.map(|(key, value)| [key.to_owned(), value.to_owned()]).ok_or_else(|| {
        let detail =
            format!("label: KEY:VALUE is expected, and the key has 1 to {KEY_CHARS_MAX} of a-z 0-9 . _ -");
        let mistake = Mistake { parameter: Some("label".into()), pointer: None, detail: detail.clone() };
        let problem = Problem::new(StatusCode::BAD_REQUEST, ErrorCode::InvalidRequest, detail);
        Problem { errors: vec![mistake], ..problem }.into()
    })
}

fn is_key(key: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    (1..=KEY_CHARS_MAX).contains(&key.len()) && key.bytes().all(fits)
}

/// Names every mistake.
pub(super) fn check(named: &Named) -> Result<(), Failure> {
    let errors: Vec<Mistake> = wrong_name(named).into_iter().chain(wrong_labels(&named.labels)).collect();
    if errors.is_empty() {
        return Ok(());
    }
    let message = errors.iter().map(|wrong| wrong.detail.as_str()).collect::<Vec<_>>().join("; ");
    let problem = Problem::new(StatusCode::BAD_REQUEST, ErrorCode::InvalidRequest, message);
    Err(Problem { errors, ..problem }.into())
}

fn mistake(pointer: String, detail: String) -> Mistake {
    Mistake { parameter: None, pointer: Some(pointer), detail }
}

fn wrong_name(named: &Named) -> Option<Mistake> {
    let name = named.name.as_deref()?;
    let is_good = !name.trim().is_empty() && fits(name, NAME_CHARS_MAX);
    let detail =
        format!("name: 1 to {NAME_CHARS_MAX} characters are expected, none of them invisible or for control");
    (!is_good).then(|| mistake("#/name".into(), detail))
}

fn fits(text: &str, most: usize) -> bool {
    text.chars().count() <= most && !text.contains(is_treacherous)
}

fn wrong_labels(labels: &Labels) -> Vec<Mistake> {
    let many = (labels.len() > LABELS_MAX)
        .then(|| mistake("#/labels".into(), format!("labels: at most {LABELS_MAX} are possible")));
    let each = labels.iter().filter_map(|(key, value)| {
        // Slashes and tildes have another form in a pointer.
        let pointer = format!("#/labels/{}", key.replace('~', "~0").replace('/', "~1"));
        if !is_key(key) {
            let detail = format!("labels: a key has 1 to {KEY_CHARS_MAX} of a-z 0-9 . _ -");
            return Some(mistake(pointer, detail));
        }
        let detail = format!(
            "labels: the value of {key} has more than {VALUE_CHARS_MAX} characters, or invisible ones or some for control"
        );
        (!fits(value, VALUE_CHARS_MAX)).then(|| mistake(pointer, detail))
    });
    many.into_iter().chain(each).collect()
}
