//! Signing in by a browser, and out: `/api/v1/session`.

use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::text::rfc3339::rfc3339;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use warp::http::{HeaderValue, StatusCode, header};
use warp::reply::Response;

use crate::access::audit_log::AuditAction;
use crate::access::links;
use crate::access::qr::Drawing;
use crate::access::sign_ins::Shown;
use crate::access::{Principal, Role, Who};
use crate::admission::failed;
use crate::http::Services;
use crate::http::answer::{self, Failure, refused};
use crate::http::call::Call;
use crate::http::query::{Kind, Parameter};
use crate::http::refusal::Refusal;
use crate::http::resources::tokens;

const FAILED: &str = "signing in failed";

pub(in crate::http) const PARAMETERS: &[Parameter] =
    &[Parameter { name: "id", kind: Kind::Text, about: "another signed-in browser of the same token" }];

/// A token, the join string that carries one, or the code of a link.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Asked {
    token: Option<String>,
    code: Option<String>,
    /// Whether the browser stays signed in for a month, also when it was closed.
    #[serde(default)]
    stay: bool,
}

impl Asked {
    fn shown(&self) -> Option<Shown<'_>> {
        match (&self.token, &self.code) {
            (Some(token), None) => Some(Shown::Token(token)),
            (None, Some(code)) => Some(Shown::Code(code)),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }
}

/// Who the caller is, and which browsers are signed in with the same token. A stranger learns nothing.
pub(in crate::http) async fn show(call: Call) -> Result<Response, Failure> {
    let Some(principal) = &call.principal else { return Ok(unstored(&json!({"signed_in": false}))) };
    let browsers = call.services.sign_ins.others(principal).await.map_err(|error| failed(FAILED, &error))?;
    let cookie = call.caller.cookie.read(&call.headers);
    let mut body = about(&call.services, principal);
    body["browsers"] = browsers.iter().map(|browser| browser.about(cookie)).collect();
    Ok(unstored(&body))
}

fn about(services: &Services, principal: &Principal) -> serde_json::Value {
    let settings = &services.runner.settings;
    let role = match &principal.who {
        Who::Trusted => Role::Admin,
        Who::Token { role, .. } => *role,
    };
    json!({
        "signed_in": true,
        "as": principal.owner(),
        "role": role.as_str(),
        "trusted": principal.who == Who::Trusted,
        "open": settings.insecure_lan,
        "version": env!("CARGO_PKG_VERSION"),
        "defaults": {
            "ffmpeg_params": settings.ffmpeg_params.join(" "),
            "file_name_output": settings.file_name_output,
            "required_clients": settings.required_clients,
        },
    })
}

pub(in crate::http) async fn begin(mut call: Call) -> Result<Response, Failure> {
    call.check_json()?;
    let body = call.bytes();
    let asked: Asked = serde_json::from_slice(&body).map_err(|_| wanted())?;
    let shown = asked.shown().ok_or_else(wanted)?;
    let (services, from) = (&call.services, call.caller.from);
    if !services.sign_ins.may_try(from).await {
        return Err(no(services, &call, Refusal::Tries));
    }
    let found = services.sign_ins.who_shows(&shown, from).await.map_err(|error| failed(FAILED, &error))?;
    let principal = found.ok_or_else(|| no(services, &call, Refusal::NotShown))?;
    if !principal.may(Role::Viewer) {
        return Err(no(services, &call, Refusal::Role(Role::Viewer)));
    }
    let agent = call.text(header::USER_AGENT.as_str()).unwrap_or_default();
    let begun = services.sign_ins.begin(&principal, agent, asked.stay).await;
    let begun = begun.map_err(|error| failed(FAILED, &error))?;
    services.audit_log.note(&principal, AuditAction::SignIn, agent, "ok");
    let mut answer = unstored(&about(services, &principal));
    set_cookie(&mut answer, &call.caller.cookie.set(begun.cookie.reveal(), begun.kept));
    Ok(answer)
}

/// A link for one more browser of the caller's token.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct Link {
    /// What follows `#code=` in the address of the page.
    code: String,
    /// The link as other machines reach this server.
    address: String,
    qr: Option<Drawing>,
    /// How the fingerprint of the certificate begins that the browser may warn of.
    fingerprint: String,
    expires_at: String,
}

pub(in crate::http) async fn link(call: Call) -> Result<Response, Failure> {
    let (services, principal) = (&call.services, call.principal()?);
    let made = services.sign_ins.link(principal).await.map_err(|error| failed(FAILED, &error))?;
    let made = made.ok_or_else(|| {
        refused(ErrorCode::InvalidRequest, "the page is open to this caller; nobody needs to sign in here")
    })?;
    services.audit_log.note(principal, AuditAction::MakeLink, principal.owner(), "ok");
    let place = tokens::whereabouts(services).await.map_err(|error| failed(FAILED, &error))?;
    let address = made.address(&place);
    let link = Link {
        code: made.code.reveal().to_owned(),
        qr: Drawing::of(&address),
        address,
        fingerprint: links::shown(&place.fingerprint),
        expires_at: rfc3339(made.row.expires_at),
    };
    let mut answer = answer::json(StatusCode::CREATED, &link);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

fn wanted() -> Failure {
    refused(ErrorCode::InvalidRequest, r#"{"token": …} or {"code": …} is required, and only one of them"#)
}

fn no(services: &Services, call: &Call, why: Refusal) -> Failure {
    services.refusals.note(&why, call.caller.from);
    why.answer().into()
}

/// Signs this browser out, or with `?id=` another one of the same token. Nothing happens to a caller without a cookie.
pub(in crate::http) async fn end(call: Call) -> Result<Response, Failure> {
    if let (Some(name), Some(principal)) = (call.query.text("id"), &call.principal) {
        let ended = call.services.sign_ins.end_other(principal, name).await;
        if !ended.map_err(|error| failed(FAILED, &error))? {
            return Err(Failure::at(
                StatusCode::NOT_FOUND,
                ErrorCode::InvalidRequest,
                "no such browser is signed in",
            ));
        }
        call.services.audit_log.note(principal, AuditAction::SignOut, name, "ok");
        return show(call).await;
    }
    let cookie = &call.caller.cookie;
    if let Some(value) = cookie.read(&call.headers) {
        let ended = call.services.sign_ins.end(value).await.map_err(|error| failed(FAILED, &error))?;
        if let (true, Some(principal)) = (ended, &call.principal) {
            call.services.audit_log.note(principal, AuditAction::SignOut, "", "ok");
        }
    }
    let mut answer = unstored(&json!({"signed_in": false}));
    set_cookie(&mut answer, &cookie.clear());
    Ok(answer)
}

fn set_cookie(answer: &mut Response, text: &str) {
    if let Ok(value) = HeaderValue::try_from(text) {
        answer.headers_mut().insert(header::SET_COOKIE, value);
    }
}

fn unstored(body: &serde_json::Value) -> Response {
    let mut answer = answer::json(StatusCode::OK, body);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
