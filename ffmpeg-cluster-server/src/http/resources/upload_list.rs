//! The caller's uploads.

use ffmpeg_cluster_common::ids::UploadId;
use ffmpeg_cluster_common::text::rfc3339::rfc3339;
use schemars::JsonSchema;
use serde::Serialize;
use warp::reply::Response;

use super::listed;
use crate::access::Principal;
use crate::admission::internal;
use crate::http::Services;
use crate::http::answer::Failure;
use crate::http::call::Call;
use crate::http::cursor;
use crate::http::query::Parameter;
use crate::http::tagged::{Tag, tagged};
use crate::store::blobs::Blob;
use crate::store::catalog::{Page, UploadRow};

const ORDER: &str = "id";

pub(in crate::http) const PARAMETERS: &[Parameter] = &[listed::LIMIT, listed::CURSOR];

/// A page of uploads, by their identities.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct UploadPage {
    items: Vec<UploadItem>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
    /// Uploads on all pages.
    total: u64,
}

/// A file that arrives, waits to become a job, or is the source of one.
#[derive(Debug, Serialize, JsonSchema)]
struct UploadItem {
    upload_id: UploadId,
    file_name: String,
    bytes: u64,
    /// How many of the bytes are here.
    offset: u64,
    created_at: String,
    /// The number of the token that uploads it, or `local`.
    owner: String,
}

pub(in crate::http) async fn all(call: Call) -> Result<Response, Failure> {
    let after = call.query.text("cursor").map(|text| cursor::read::<UploadId>(text, ORDER)).transpose()?;
    let mut rows = rows(&call.services, call.principal()?).await.map_err(|error| internal(&error))?;
    let total = rows.len() as u64;
    rows.retain(|row| after.as_ref().is_none_or(|after| row.upload > *after));
    let limit = listed::limit(&call.query);
    let is_last = rows.len() <= limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| !is_last);
    let next = last.map(|row| cursor::write(ORDER, &row.upload));
    let items = items(&call.services, rows).await.map_err(|error| internal(&error))?;
    let page = UploadPage { items, next, total };
    Ok(listed::linked(tagged(&call.headers, &page, Tag::Weak), &call, page.next.as_deref()))
}

/// Limits keep uploads few, so that all of them may be read.
async fn rows(services: &Services, principal: &Principal) -> anyhow::Result<Vec<UploadRow>> {
    let (mut all, mut page) = (Vec::new(), Some(Page::first()));
    while let Some(this) = page {
        let rows = services.runner.store.reader.uploads(&this).await?;
        page = this.next(&rows, UploadRow::place);
        all.extend(rows.into_iter().filter(|row| principal.owns(&row.owner)));
    }
    Ok(all)
}

async fn items(services: &Services, rows: Vec<UploadRow>) -> anyhow::Result<Vec<UploadItem>> {
    let blobs: Vec<_> = rows.iter().map(|row| Blob::Upload(row.upload.clone())).collect();
    let here = services.runner.store.blobs.about(&blobs).await?;
    let item = |(row, here): (UploadRow, Option<_>)| UploadItem {
        offset: here.map_or(0, |about: crate::store::blobs::About| about.bytes),
        upload_id: row.upload,
        file_name: row.file_name,
        bytes: row.bytes,
        created_at: rfc3339(row.created_at),
        owner: row.owner,
    };
    Ok(rows.into_iter().zip(here).map(item).collect())
}
