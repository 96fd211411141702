//! Pages of jobs.

use ffmpeg_cluster_common::cluster::view::View;
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::protocol::command::{ErrorCode, Priority};
use ffmpeg_cluster_common::protocol::reply::JobLine;
use schemars::JsonSchema;
use serde::Serialize;
use warp::http::HeaderValue;
use warp::reply::Response;

use super::{jobs, listed, naming};
use crate::access::Principal;
use crate::admission::{Refused, internal};
use crate::http::answer::Failure;
use crate::http::call::Call;
use crate::http::cursor;
use crate::http::query::{Kind, Parameter, Query};
use crate::http::tagged::{Tag, tagged};
use crate::store::catalog::{JobOrder, JobsWanted, ListedJob, Named, OrderKey};

pub(in crate::http) const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "state",
        kind: Kind::SomeOf(&[
            "Queued",
            "WaitingForClients",
            "Benchmarking",
            "Processing",
            "Combining",
            "Completed",
            "Failed",
            "Cancelled",
        ]),
        about: "only jobs in one of these states, with commas between them",
    },
    Parameter {
        name: "q",
        kind: Kind::Text,
        about: "only jobs with this text in the name of their film, or in their own",
    },
    Parameter { name: "label", kind: Kind::Text, about: "`KEY:VALUE`: only jobs with this label" },
    Parameter { name: "owner", kind: Kind::Text, about: "only jobs of this token's number; for admins" },
    Parameter { name: "created_after", kind: Kind::Moment, about: "only jobs made at this moment or later" },
    Parameter { name: "created_before", kind: Kind::Moment, about: "only jobs made before this moment" },
    Parameter {
        name: "order",
        kind: Kind::OneOf(&["-created", "created", "-ended", "name"]),
        about: "`-created`, the newest first, without it",
    },
    listed::LIMIT,
    listed::CURSOR,
];

/// A page of jobs.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct JobPage {
    items: Vec<JobItem>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
    /// Jobs on all pages.
    total: u64,
}

/// One job of a list.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct JobItem {
    #[serde(flatten)]
    line: JobLine,
    /// The number of the token that submitted it, or `local`.
    owner: String,
    /// What the result is called; `stream` is the folder of a ladder.
    output_name: String,
    #[serde(flatten)]
    named: Named,
    /// Null once the job has ended.
    priority: Option<Priority>,
    /// The place in the queue, from 1 on. Null once the job has ended.
    position: Option<u64>,
    /// Whether somebody paused it.
    paused: bool,
}

impl JobItem {
    fn new(row: ListedJob, view: &View) -> Self {
        let (owner, output_name, named) = (row.owner.clone(), row.output_name.clone(), row.named.clone());
        let now = view.jobs.get(&row.job).filter(|_| !row.state.is_final());
        Self {
            priority: now.map(|job| job.priority),
            position: now.map(|job| job.position),
            paused: now.is_some_and(|job| job.paused),
            line: jobs::line(row, view),
            owner,
            output_name,
            named,
        }
    }
}

pub(in crate::http) async fn all(call: Call) -> Result<Response, Failure> {
    let wanted = wanted(&call.query, call.principal()?)?;
    // Read first: what happens while the list is read is news to those who watch from here on.
    let seen = call.services.runner.store.writer.live().id();
    let order = wanted.order;
    let found = call.services.runner.store.reader.jobs_wanted(wanted).await;
    let found = found.map_err(|error| internal(&error))?;
    let place = |row: &ListedJob| (order.key(row), row.job.clone());
    let last = found.rows.last().filter(|_| !found.is_last);
    let next = last.map(|row| cursor::write(order_word(&call.query), &place(row)));
    let view = call.services.core.view.borrow().clone();
    let items = found.rows.into_iter().map(|row| JobItem::new(row, &view));
    let page = JobPage { items: items.collect(), next, total: found.total };
    let mut answer = listed::linked(tagged(&call.headers, &page, Tag::Weak), &call, page.next.as_deref());
    if let Ok(seen) = HeaderValue::try_from(seen) {
        answer.headers_mut().insert("events-id", seen);
    }
    Ok(answer)
}

fn order_word(query: &Query) -> &str {
    query.text("order").unwrap_or("-created")
}

fn wanted(query: &Query, principal: &Principal) -> Result<JobsWanted, Failure> {
    let (word, owner) = (order_word(query), query.text("owner"));
    if owner.is_some_and(|owner| !principal.owns(owner)) {
        let message = "owner: only an admin may list the jobs of others";
        return Err(Refused::new(ErrorCode::NotAllowed, message).into());
    }
    let after = query.text("cursor").map(|text| cursor::read::<(OrderKey, JobId)>(text, word)).transpose()?;
    Ok(JobsWanted {
        states: query.some("state"),
        name: query.text("q").map(str::to_owned),
        label: query.text("label").map(naming::label).transpose()?,
        owner: owner.or(principal.sees_only()).map(str::to_owned),
        created_after: query.moment("created_after"),
        created_before: query.moment("created_before"),
        order: match word {
            "created" => JobOrder::OldestFirst,
            "-ended" => JobOrder::LastEndedFirst,
            "name" => JobOrder::Name,
            _ => JobOrder::NewestFirst,
        },
        after,
        limit: listed::limit(query),
    })
}
