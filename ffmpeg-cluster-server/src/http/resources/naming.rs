//! How people call their jobs: a name, and labels for scripts.

use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::text::safe::is_treacherous;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use warp::http::StatusCode;
use warp::reply::Response;

use super::{job_tag, jobs, names};
use crate::access::audit_log::AuditAction;
use crate::admission::internal;
use crate::http::answer::{Failure, refused};
use crate::http::call::Call;
use crate::http::problem::{Mistake, Problem};
use crate::store::catalog::{Labels, Named};

const NAME_CHARS_MAX: usize = 200;
const LABELS_MAX: usize = 16;
const KEY_CHARS_MAX: usize = 63;
const VALUE_CHARS_MAX: usize = 255;

/// A change of a job. What is not given stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct JobEdit {
    /// At most 200 characters. Null takes the name away.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    name: Option<Option<String>>,
    /// All labels that the job has from now on, at most 16.
    #[serde(default)]
    labels: Option<Labels>,
}

/// Null is a value, too.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(from).map(Some)
}

impl JobEdit {
    fn of(&self, before: &Named) -> Named {
        let name = self.name.clone().unwrap_or_else(|| before.name.clone());
        Named { name, labels: self.labels.clone().unwrap_or_else(|| before.labels.clone()) }
    }
}

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

/// Changes how a job is called, if it is still what the caller read.
pub(in crate::http) async fn edit(mut call: Call) -> Result<Response, Failure> {
    let asked: JobEdit = call.json()?;
    let (services, principal) = (&call.services, call.principal()?);
    loop {
        let row = names::job(services, principal, &call.name).await?;
        let (id, before) = (row.job.clone(), row.named.clone());
        let job = jobs::of_row(services, row);
        let tag = jobs::tag(&job);
        if !job_tag::allows(&call.headers, &tag) {
            let message =
                format!("job {id} has changed since it was read; read it again, and change what it is now");
            return Err(refused(ErrorCode::Changed, message).saying("etag", &tag));
        }
        let after = asked.of(&before);
        check(&after)?;
        let writer = &services.runner.store.writer;
        let renamed = after == before
            || writer.rename(id.clone(), before, after).await.map_err(|error| internal(&error))?;
        // Otherwise somebody else was faster, and the caller's condition is judged again.
        if renamed {
            services.audit_log.note(principal, AuditAction::RenameJob, id.as_str(), "ok");
            let now = jobs::job(services, principal, &call.name).await?;
            return Ok(jobs::told(&call.headers, &now));
        }
    }
}
