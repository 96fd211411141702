//! What came of each day: `/api/v1/stats`.

use ffmpeg_cluster_common::ids::ClientId;
use ffmpeg_cluster_common::io::clock;
use ffmpeg_cluster_common::text::rfc3339::rfc3339;
use ffmpeg_cluster_common::time::WallMillis;
use schemars::JsonSchema;
use serde::Serialize;
use warp::reply::Response;

use crate::admission::internal;
use crate::http::answer::Failure;
use crate::http::call::Call;
use crate::http::query::{Kind, Parameter};
use crate::http::tagged::{Tag, tagged};
use crate::store::catalog::{ClientDay, DayRow};

const DAY_MS: u64 = 86_400_000;
const DAYS_USUAL: u64 = 30;

pub(in crate::http) const PARAMETERS: &[Parameter] = &[Parameter {
    name: "days",
    kind: Kind::Number { least: 1, most: 366 },
    about: "how many days up to today; 30 without it",
}];

/// Days of UTC, the oldest first; those on which nothing was made are left out.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct Stats {
    days: Vec<Day>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Day {
    /// Such as `2026-11-30`.
    day: String,
    /// Jobs that were completed; a submitter's own.
    films: u64,
    /// Of the results.
    frames: u64,
    /// Of the sources, as far as they were known.
    bytes_in: u64,
    /// Of the results.
    bytes_out: u64,
    /// Who encoded, the busiest first; for viewers and admins.
    clients: Vec<ClientOfDay>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ClientOfDay {
    client_id: ClientId,
    /// Empty for a client that is forgotten.
    name: String,
    /// In pieces that were kept.
    frames: u64,
    /// The time that its encoders ran, all together.
    busy_seconds: f64,
}

impl From<DayRow> for Day {
    fn from(row: DayRow) -> Self {
        let mut day = rfc3339(WallMillis(row.day * DAY_MS));
        day.truncate("2026-11-30".len());
        let DayRow { films, frames, bytes_in, bytes_out, clients, .. } = row;
        Self {
            day,
            films,
            frames,
            bytes_in,
            bytes_out,
            clients: clients.into_iter().map(ClientOfDay::from).collect(),
        }
    }
}

impl From<ClientDay> for ClientOfDay {
    fn from(ClientDay { client, name, frames, busy_ms }: ClientDay) -> Self {
        Self { client_id: client, name, frames, busy_seconds: busy_ms as f64 / 1000.0 }
    }
}

pub(in crate::http) async fn stats(call: Call) -> Result<Response, Failure> {
    let days = call.query.number("days").unwrap_or(DAYS_USUAL);
    let today = clock::wall().0 / DAY_MS;
    let first = (today + 1).saturating_sub(days);
    let rows = call.services.runner.store.reader.days(call.principal()?.sees_only(), first).await;
    let rows = rows.map_err(|error| internal(&error))?;
    let stats = Stats { days: rows.into_iter().map(Day::from).collect() };
    Ok(tagged(&call.headers, &stats, Tag::Weak))
}
