//! Jobs and their results.

use std::collections::BTreeMap;

use super::super::Route;
use super::super::told::{delete, get, options, patch, post, put};
use super::{ADMIN, ANYBODY, COMMAND, NOTHING, SUBMITTER, VIEWER};
use crate::admission::presets::{NamedPreset, Preset};
use crate::http::query::Kind;
use crate::http::resources::arrange::Pause;
use crate::http::resources::edit::JobEdit;
use crate::http::resources::job_list::JobPage;
use crate::http::resources::jobs::{Explained, Job};
use crate::http::resources::presets::PresetList;
use crate::http::resources::submit::{JobNew, Plan};
use crate::http::resources::{
    arrange, edit, frames, job_list, jobs, once, presets, results, streams, submit, timeline, watch_links,
};

pub(super) fn rows() -> Vec<Route> {
    vec![
        get("/api/v1/jobs", VIEWER)
            .then(|c| Box::pin(job_list::all(c)))
            .asks(job_list::PARAMETERS)
            .gives::<JobPage>(200)
            .tagged()
            .about("a page of the caller's jobs, the newest first; of all jobs for an admin or a viewer"),
        post("/api/v1/jobs", SUBMITTER)
            .then(|c| Box::pin(submit::create(c)))
            .takes(COMMAND)
            .asks(NOTHING)
            .wants::<JobNew>()
            .gives::<Job>(201)
            .may_have(once::HEADER.name, once::HEADER.kind, once::HEADER.about)
            .about("makes a job of a film below a media root, or of an upload; `Location` names it"),
        post("/api/v1/plan", SUBMITTER)
            .then(|c| Box::pin(submit::plan(c)))
            .takes(COMMAND)
            .asks(NOTHING)
            .wants::<JobNew>()
            .gives::<Plan>(200)
            .about("whether such a job would be accepted, and with which settings; nothing is made"),
        get("/api/v1/jobs/{job}", VIEWER)
            .then(|c| Box::pin(jobs::one(c)))
            .asks(NOTHING)
            .gives::<Job>(200)
            .tagged()
            .about("one job"),
        patch("/api/v1/jobs/{job}", SUBMITTER)
            .then(|c| Box::pin(edit::change(c)))
            .takes(COMMAND)
            .asks(NOTHING)
            .wants::<JobEdit>()
            .may_have("If-Match", Kind::Text, "the `ETag` of the job; 412 where somebody else changed it")
            .gives::<Job>(200)
            .about("changes the job's `name` and `labels`, its `priority`, or its turn: `before` or `after` another job"),
    ]
}

pub(super) fn presets() -> Vec<Route> {
    vec![
        get("/api/v1/presets", SUBMITTER)
            .then(|c| Box::pin(presets::all(c)))
            .asks(NOTHING)
            .gives::<PresetList>(200)
            .tagged()
            .about("all presets: settings that a job takes by their name"),
        get("/api/v1/presets/{preset}", SUBMITTER)
            .then(|c| Box::pin(presets::one(c)))
            .asks(NOTHING)
            .gives::<NamedPreset>(200)
            .tagged()
            .about("one preset"),
        put("/api/v1/presets/{preset}", ADMIN)
            .then(|c| Box::pin(presets::keep(c)))
            .takes(COMMAND)
            .asks(NOTHING)
            .wants::<Preset>()
            .gives::<NamedPreset>(200)
            .gives::<NamedPreset>(201)
            .about("makes or replaces a preset; 409 for those of the program"),
        delete("/api/v1/presets/{preset}", ADMIN)
            .then(|c| Box::pin(presets::remove(c)))
            .asks(NOTHING)
            .gives_nothing(204)
            .about("deletes a preset; jobs that took it keep its settings"),
    ]
}

pub(super) fn turns() -> Vec<Route> {
    vec![
        post("/api/v1/jobs/{job}/pause", SUBMITTER)
            .then(|c| Box::pin(arrange::pause(c)))
            .takes(COMMAND)
            .asks(NOTHING)
            .wants::<Pause>()
            .gives::<Job>(200)
            .about("starts nothing more of a job; with `now`, also takes back what its clients encode"),
        post("/api/v1/jobs/{job}/resume", SUBMITTER)
            .then(|c| Box::pin(arrange::resume(c)))
            .asks(NOTHING)
            .gives::<Job>(200)
            .about("goes on with a paused job"),
    ]
}

pub(super) fn ended() -> Vec<Route> {
    vec![
        post("/api/v1/jobs/{job}/retry", SUBMITTER)
            .then(|c| Box::pin(submit::retry(c)))
            .asks(NOTHING)
            .gives::<Job>(201)
            .may_have(once::HEADER.name, once::HEADER.kind, once::HEADER.about)
            .about("makes a failed or cancelled job again, as a new job with the same settings; `Location` names it"),
        delete("/api/v1/jobs/{job}", SUBMITTER)
            .then(|c| Box::pin(submit::delete(c)))
            .asks(NOTHING)
            .gives_nothing(204)
            .about("forgets an ended job and deletes its result; 409 for one that has not ended"),
    ]
}

pub(super) fn pictures() -> Vec<Route> {
    vec![
        get("/api/v1/jobs/{job}/frames/{n}", SUBMITTER)
            .then(|c| Box::pin(frames::frame(c)))
            .asks(frames::FRAME)
            .gives_bytes(200)
            .tagged()
            .about("frame n of the job's film as a PNG: of its source before any filter, or of its result"),
        get("/api/v1/jobs/{job}/strip", SUBMITTER)
            .then(|c| Box::pin(frames::strip(c)))
            .asks(frames::STRIP)
            .gives_bytes(200)
            .tagged()
            .about("thumbnails of key frames in a row as a JPEG; of the result once the source is gone"),
    ]
}

pub(super) fn streams() -> Vec<Route> {
    vec![
        get("/api/v1/jobs/{job}/stream/{file}", SUBMITTER)
            .then(|c| Box::pin(streams::send(c)))
            .gives_bytes(200)
            .gives_bytes(206)
            .about("a list of the finished stream: `master.m3u8`, `manifest.mpd`, or `SHA256SUMS` of all its files"),
        get("/api/v1/jobs/{job}/stream/{kind}/{rendition}/{file}", SUBMITTER)
            .then(|c| Box::pin(streams::send(c)))
            .gives_bytes(200)
            .gives_bytes(206)
            .about("a file of one picture (`v`) or one sound (`a`) of the stream, with ranges"),
        get("/api/v1/jobs/{job}/links", SUBMITTER)
            .then(|c| Box::pin(watch_links::all(c)))
            .asks(NOTHING)
            .gives::<watch_links::LinkList>(200)
            .about("the links that play the job's stream, without their codes"),
        post("/api/v1/jobs/{job}/links", SUBMITTER)
            .then(|c| Box::pin(watch_links::make(c)))
            .asks(NOTHING)
            .takes(COMMAND)
            .wants::<watch_links::LinkNew>()
            .gives::<watch_links::LinkMade>(201)
            .about("a link by which whoever has it plays the job's stream without a token, for some hours"),
        delete("/api/v1/jobs/{job}/links/{link}", SUBMITTER)
            .then(|c| Box::pin(watch_links::end(c)))
            .asks(NOTHING)
            .gives_nothing(204)
            .about("ends a link; players that use it get no more"),
    ]
}

/// What players without a token ask for.
pub(super) fn watched() -> Vec<Route> {
    let send =
        |path| get(path, ANYBODY).then(|c| Box::pin(streams::watch(c))).gives_bytes(200).gives_bytes(206);
    let ask = |path| options(path, ANYBODY).now(streams::may_watch).gives_nothing(204);
    let rows = vec![
        send("/watch/{link}/{file}")
            .about("a list of the stream at this link, as `/api/v1/jobs/{job}/stream/{file}` sends it"),
        send("/watch/{link}/{kind}/{rendition}/{file}")
            .about("a file of one picture or one sound of it, with ranges"),
        ask("/watch/{link}/{file}").about("lets pages of any origin ask for it"),
        ask("/watch/{link}/{kind}/{rendition}/{file}").about("lets pages of any origin ask for it"),
    ];
    rows.into_iter().map(Route::for_all_pages).collect()
}

pub(super) fn of_one() -> Vec<Route> {
    vec![
        post("/api/v1/jobs/{job}/cancel", SUBMITTER)
            .then(|c| Box::pin(submit::cancel(c)))
            .asks(NOTHING)
            .gives::<Job>(200)
            .about("cancels a job that has not ended"),
        post("/api/v1/jobs/{job}/start", SUBMITTER)
            .then(|c| Box::pin(submit::start(c)))
            .asks(NOTHING)
            .gives::<Job>(200)
            .about("starts a waiting job with the connected clients"),
        get("/api/v1/jobs/{job}/explain", VIEWER)
            .then(|c| Box::pin(jobs::explain(c)))
            .gives::<Explained>(200)
            .about("why it waits, or what it is doing"),
        get("/api/v1/jobs/{job}/result", SUBMITTER)
            .then(|c| Box::pin(results::send(c)))
            .may_ask(results::PARAMETERS)
            .gives_bytes(200)
            .gives_bytes(206)
            .about("the finished film, with ranges; `?inline=1` for a browser that plays it"),
        get("/api/v1/jobs/{job}/timeline", VIEWER)
            .then(|c| Box::pin(timeline::timeline(c)))
            .asks(NOTHING)
            .gives::<BTreeMap<String, serde_json::Value>>(200)
            .about("who made which frames, when, and how often it took"),
        get("/api/v1/jobs/{job}/trace", VIEWER)
            .then(|c| Box::pin(timeline::trace(c)))
            .asks(NOTHING)
            .gives::<Vec<serde_json::Value>>(200)
            .about("the same as trace events, for Chrome and Perfetto"),
    ]
}
