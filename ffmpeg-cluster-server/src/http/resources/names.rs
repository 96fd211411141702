//! What people call jobs, uploads and clients: a whole identity, its beginning where no other begins so, a client's name.

use ffmpeg_cluster_common::ids::{ClientId, JobId, UploadId};
use ffmpeg_cluster_common::protocol::command::ErrorCode;

use crate::access::Principal;
use crate::admission::{Refused, internal};
use crate::http::Services;
use crate::store::catalog::{JobRow, UploadRow};

const BEGINNING_CHARS_MIN: usize = 4;

/// What is somebody else's is not there.
pub(super) async fn job(services: &Services, principal: &Principal, text: &str) -> Result<JobRow, Refused> {
    let none = || Refused::new(ErrorCode::JobNotFound, "there is no job with this ID");
    let reader = &services.runner.store.reader;
    let whole: JobId = text.parse().map_err(|_| none())?;
    let of = async |job: &JobId| {
        let row = reader.job(job).await.map_err(|error| internal(&error))?;
        Ok::<_, Refused>(row.filter(|row| principal.owns(&row.owner)))
    };
    if let Some(row) = of(&whole).await? {
        return Ok(row);
    }
    let all = reader.jobs_beginning(text, principal.sees_only()).await;
    let only = one(all.map_err(|error| internal(&error))?, ErrorCode::JobNotFound, text)?;
    let row = match only.and_then(|only| only.parse().ok()) {
        Some(only) => of(&only).await?,
        None => None,
    };
    row.ok_or_else(|| Refused::new(ErrorCode::JobNotFound, format!("there is no job {whole}")))
}

/// None where there is none, or somebody else's.
pub(super) async fn upload(
    services: &Services,
    principal: &Principal,
    text: &UploadId,
) -> Result<Option<UploadRow>, Refused> {
    let reader = &services.runner.store.reader;
    let of = async |upload: &UploadId| {
        let row = reader.upload(upload).await.map_err(|error| internal(&error))?;
        Ok::<_, Refused>(row.filter(|row| principal.owns(&row.owner)))
    };
    if let Some(row) = of(text).await? {
        return Ok(Some(row));
    }
    let all = reader.uploads_beginning(text.as_str(), principal.sees_only()).await;
    let only = one(all.map_err(|error| internal(&error))?, ErrorCode::UploadNotFound, text.as_str())?;
    match only.and_then(|only| only.parse().ok()) {
        Some(only) => of(&only).await,
        None => Ok(None),
    }
}

/// Who is not connected is known by the whole identity alone. A name counts whole, however short.
pub(super) fn client(services: &Services, text: &str) -> Result<ClientId, Refused> {
    let view = services.core.view.borrow().clone();
    let ids = |called: &dyn Fn(&ClientId, &str) -> bool| -> Vec<String> {
        let all = view.clients.iter().filter(|(id, client)| called(id, &client.name));
        all.map(|(id, _)| id.to_string()).collect()
    };
    let none = || Refused::new(ErrorCode::ClientNotFound, "there is no client with this ID");
    let named = ids(&|_, name| name == text);
    let only = match named.as_slice() {
        _ if view.clients.keys().any(|id| id.as_str() == text) => None,
        [] => one(ids(&|id, _| id.as_str().starts_with(text)), ErrorCode::ClientNotFound, text)?,
        [only] => Some(only.clone()),
        _ => {
            let message = format!("several clients are called {text}; say which by its identity");
            return Err(Refused::new(ErrorCode::ClientNotFound, message));
        }
    };
    only.as_deref().unwrap_or(text).parse().map_err(|_| none())
}

/// The only one that begins so. What is shorter than a person would copy names nothing.
fn one(mut all: Vec<String>, code: ErrorCode, text: &str) -> Result<Option<String>, Refused> {
    if text.len() < BEGINNING_CHARS_MIN {
        return Ok(None);
    }
    if all.len() > 1 {
        return Err(Refused::new(code, format!("several begin with {text}; more of the identity is wanted")));
    }
    Ok(all.pop())
}
