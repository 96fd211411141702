//! Presets: `/api/v1/presets`.

use schemars::JsonSchema;
use serde::Serialize;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::access::audit_log::AuditAction;
use crate::admission::presets::{self, NamedPreset, Preset};
use crate::http::answer::{self, Failure};
use crate::http::call::Call;
use crate::http::tagged::{Tag, tagged};

/// All presets; those of the program stand first.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct PresetList {
    items: Vec<NamedPreset>,
    total: u64,
}

pub(in crate::http) async fn all(call: Call) -> Result<Response, Failure> {
    let items = presets::all(&call.services.admission).await?;
    let total = items.len() as u64;
    Ok(tagged(&call.headers, &PresetList { items, total }, Tag::Weak))
}

pub(in crate::http) async fn one(call: Call) -> Result<Response, Failure> {
    let preset = presets::find(&call.services.admission, &call.name).await?;
    Ok(tagged(&call.headers, &preset, Tag::Strong))
}

pub(in crate::http) async fn keep(mut call: Call) -> Result<Response, Failure> {
    let preset: Preset = call.json()?;
    let (services, principal, name) = (&call.services, call.principal()?, &call.name);
    let is_new = presets::keep(&services.admission, principal, name, preset).await?;
    services.audit_log.note(principal, AuditAction::KeepPreset, name, "ok");
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(answer::json(status, &presets::find(&services.admission, name).await?))
}

pub(in crate::http) async fn remove(call: Call) -> Result<Response, Failure> {
    let (services, principal) = (&call.services, call.principal()?);
    presets::remove(&services.admission, &call.name).await?;
    services.audit_log.note(principal, AuditAction::DeletePreset, &call.name, "ok");
    Ok(answer::plain(StatusCode::NO_CONTENT, &[]))
}
