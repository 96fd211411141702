//! What a refused caller is told: a problem of RFC 9457 under `/api/v1`, and the plain `Error` everywhere else. A response carries
//! its [`Problem`] until the gate knows the address, and [`tell`] is the one place that writes it.

use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::protocol::reply::Reply;
use schemars::JsonSchema;
use serde::Serialize;
use warp::Reply as _;
use warp::http::{HeaderMap, HeaderValue, StatusCode, header};
use warp::reply::Response;

const REST: &str = "/api/v1/";
const REQUEST_ID: &str = "x-request-id";
const REQUEST_ID_CHARS_MAX: usize = 128;

/// Why a call was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
    /// What to do instead.
    pub(crate) remedy: Option<String>,
    pub(crate) errors: Vec<Mistake>,
}

/// One mistake in a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Mistake {
    /// A parameter of the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parameter: Option<String>,
    /// A place in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pointer: Option<String>,
    pub(crate) detail: String,
}

/// The body of RFC 9457, and today's `Error` beside its members.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ProblemBody {
    #[serde(rename = "Error")]
    error: ErrorBody,
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    /// The request's ID, which the server's log has too.
    instance: String,
    code: ErrorCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Mistake>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ErrorBody {
    code: ErrorCode,
    message: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), remedy: None, errors: Vec::new() }
    }

    /// The plain `Error`, which remembers what it came from.
    pub(crate) fn response(self) -> Response {
        let body = Reply::Error { code: self.code, message: self.message.clone() };
        let mut answer = warp::reply::with_status(warp::reply::json(&body), self.status).into_response();
        answer.extensions_mut().insert(self);
        answer
    }

    fn body(self, request: &RequestId) -> ProblemBody {
        // A code is one word in JSON, too.
        let word = serde_json::to_value(self.code).unwrap_or_default();
        ProblemBody {
            r#type: format!("urn:ffmpeg-cluster:{}", word.as_str().unwrap_or_default()),
            title: title(self.code).to_owned(),
            status: self.status.as_u16(),
            detail: self.message.clone(),
            instance: request.0.clone(),
            code: self.code,
            remedy: self.remedy,
            errors: self.errors,
            error: ErrorBody { code: self.code, message: self.message },
        }
    }
}

/// Finishes an answer: names the request, and writes a problem as the address wants it.
pub(crate) fn tell(mut answer: Response, path: &str, request: &RequestId) -> Response {
    let problem = answer.extensions_mut().remove::<Problem>().filter(|_| path.starts_with(REST));
    if let Some(problem) = problem {
        let told = warp::reply::json(&problem.body(request)).into_response();
        *answer.body_mut() = told.into_body();
        let kind = HeaderValue::from_static("application/problem+json");
        answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    if let Ok(id) = HeaderValue::try_from(&request.0) {
        answer.headers_mut().insert(REQUEST_ID, id);
    }
    answer
}

/// Names a request in its answer and in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(String);

impl RequestId {
    /// The caller's own, if it is harmless in a log; otherwise a new one.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let own = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
        let own = own.filter(|id| (1..=REQUEST_ID_CHARS_MAX).contains(&id.len()));
        let is_sane = |id: &&str| id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
        own.filter(is_sane).map_or_else(Self::new, |id| Self(id.to_owned()))
    }

    fn new() -> Self {
        let made = uuid::Uuid::new_v4().simple().to_string();
        Self(format!("req-{}", &made[..12]))
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(&self.0)
    }
}

/// The same for every problem with this code.
const fn title(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::InvalidRequest => "The request is not valid",
        ErrorCode::InvalidParameters => "These parameters can't be honoured",
        ErrorCode::InvalidName => "The name can't be used",
        ErrorCode::NotAFile => "This is not a file",
        ErrorCode::NotAllowed => "The caller may not do this",
        ErrorCode::Unauthorized => "A valid token is needed",
        ErrorCode::TlsRequired => "TLS is required",
        ErrorCode::NotAFilm => "This is not a film",
        ErrorCode::OverBound => "The film exceeds a bound",
        ErrorCode::JobFinished => "The job has already ended",
        ErrorCode::JobOpen => "The job has not ended",
        ErrorCode::NotReady => "It is not there yet",
        ErrorCode::SourceGone => "The source is gone",
        ErrorCode::UploadIncomplete => "The upload is not complete",
        ErrorCode::TooLarge => "Too many bytes",
        ErrorCode::Busy => "The server is busy",
        ErrorCode::DiskFull => "The server's disk is full",
        ErrorCode::QuotaExceeded => "A quota is exceeded",
        ErrorCode::UploadInUse => "A job reads the upload",
        ErrorCode::ResultRemoved => "The result was removed",
        ErrorCode::KeyReused => "The key belongs to another request",
        ErrorCode::KeyInUse => "The same request is being carried out",
        ErrorCode::PresetBuiltIn => "Nobody changes this preset",
        ErrorCode::Changed => "It has changed meanwhile",
        ErrorCode::Internal => "The server failed",
        _ => none_such(code),
    }
}

const fn none_such(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::UnknownCommand => "There is no such command",
        ErrorCode::UnknownEncoder => "There is no such encoder",
        ErrorCode::UnknownContainer => "There is no such container",
        ErrorCode::FileNotFound => "There is no such file",
        ErrorCode::JobNotFound => "There is no such job",
        ErrorCode::ClientNotFound => "There is no such client",
        ErrorCode::UploadNotFound => "There is no such upload",
        ErrorCode::WebhookNotFound => "There is no such webhook",
        ErrorCode::DeliveryNotFound => "There is no such delivery",
        ErrorCode::FrameNotFound => "There is no such frame",
        ErrorCode::TokenNotFound => "There is no such token",
        ErrorCode::LinkNotFound => "There is no such link",
        ErrorCode::PresetNotFound => "There is no such preset",
        _ => "There is no such thing",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn told(path: &str) -> (Response, RequestId) {
        let request = RequestId("req-1".to_owned());
        let problem = Problem {
            remedy: Some("list the jobs".to_owned()),
            ..Problem::new(StatusCode::NOT_FOUND, ErrorCode::JobNotFound, "there is no job x")
        };
        (tell(problem.response(), path, &request), request)
    }

    async fn body(answer: Response) -> Value {
        use futures_util::TryStreamExt;
        let parts: Vec<_> = http_body_stream(answer).try_collect().await.unwrap();
        serde_json::from_slice(&parts.concat()).unwrap()
    }

    fn http_body_stream(answer: Response) -> crate::http::call::Parts {
        use hyper::body::Body;
        let mut body = Box::pin(answer.into_body());
        Box::pin(futures_util::stream::poll_fn(move |cx| {
            body.as_mut().poll_frame(cx).map_ok(|frame| frame.into_data().unwrap_or_default())
        }))
    }

    #[tokio::test]
    async fn a_refusal_is_a_problem_under_the_api_and_still_has_the_error_of_today() {
        let (answer, _) = told("/api/v1/jobs/x");
        assert_eq!(answer.status(), 404);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert_eq!(answer.headers()["x-request-id"], "req-1");
        let wanted = json!({
            "type": "urn:ffmpeg-cluster:JOB_NOT_FOUND", "title": "There is no such job", "status": 404,
            "detail": "there is no job x", "instance": "req-1", "code": "JOB_NOT_FOUND", "remedy": "list the jobs",
            "Error": {"code": "JOB_NOT_FOUND", "message": "there is no job x"},
        });
        assert_eq!(body(answer).await, wanted);
    }

    #[tokio::test]
    async fn a_refused_command_has_the_frozen_body() {
        for path in ["/ws/command", "/healthz", "/api/v1", "/nowhere"] {
            let (answer, _) = told(path);
            assert_eq!(answer.headers()["content-type"], "application/json", "{path}");
            let wanted = json!({"Error": {"code": "JOB_NOT_FOUND", "message": "there is no job x"}});
            assert_eq!(body(answer).await, wanted, "{path}");
        }
    }

    #[test]
    fn an_id_that_could_hurt_a_log_is_replaced() {
        let of = |id: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_bytes(id).unwrap());
            RequestId::of(&headers).0
        };
        assert_eq!(of(b"my-id.7_A"), "my-id.7_A");
        let long = "x".repeat(129);
        for bad in [&b""[..], b"a b", b"a\tb", b"\xff", b"a\"b", b"../x", long.as_bytes()] {
            assert!(of(bad).starts_with("req-"), "{bad:?}");
        }
        assert_ne!(RequestId::of(&HeaderMap::new()), RequestId::of(&HeaderMap::new()));
    }
}
