//! Jobs and their results.

use std::collections::BTreeMap;

use super::super::Route;
use super::super::told::{get, post};
use super::{COMMAND, NOTHING, SUBMITTER};
use crate::http::resources::arrange::Pause;
use crate::http::resources::job_list::JobPage;
use crate::http::resources::jobs::{Explained, Job};
use crate::http::resources::submit::{JobNew, Plan};
use crate::http::resources::{arrange, job_list, jobs, results, submit, timeline};

pub(super) fn rows() -> Vec<Route> {
    vec![
        get("/api/v1/jobs", SUBMITTER)
            .then(|c| Box::pin(job_list::all(c)))
            .asks(job_list::PARAMETERS)
            .gives::<JobPage>(200)
            .tagged()
            .about("a page of the caller's jobs, the newest first; of all jobs for an admin"),
        post("/api/v1/jobs", SUBMITTER)
            .then(|c| Box::pin(submit::create(c)))
            .takes(COMMAND)
            .asks(NOTHING)
            .wants::<JobNew>()
            .gives::<Job>(201)
            .about("makes a job of a film below a media root, or of an upload; `Location` names it"),
        post("/api/v1/plan", SUBMITTER)
            .then(|c| Box::pin(submit::plan(c)))
            .takes(COMMAND)
            .asks(NOTHING)
            .wants::<JobNew>()
            .gives::<Plan>(200)
            .about("whether such a job would be accepted, and with which settings; nothing is made"),
        get("/api/v1/jobs/{job}", SUBMITTER)
            .then(|c| Box::pin(jobs::one(c)))
            .asks(NOTHING)
            .gives::<Job>(200)
            .tagged()
            .about("one job"),
    ]
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
        get("/api/v1/jobs/{job}/explain", SUBMITTER)
            .then(|c| Box::pin(jobs::explain(c)))
            .gives::<Explained>(200)
            .about("why it waits, or what it is doing"),
        get("/api/v1/jobs/{job}/result", SUBMITTER)
            .then(|c| Box::pin(results::send(c)))
            .may_ask(results::PARAMETERS)
            .gives_bytes(200)
            .gives_bytes(206)
            .about("the finished film, with ranges; `?inline=1` for a browser that plays it"),
        get("/api/v1/jobs/{job}/timeline", SUBMITTER)
            .then(|c| Box::pin(timeline::timeline(c)))
            .asks(NOTHING)
            .gives::<BTreeMap<String, serde_json::Value>>(200)
            .about("who made which frames, when, and how often it took"),
        get("/api/v1/jobs/{job}/trace", SUBMITTER)
            .then(|c| Box::pin(timeline::trace(c)))
            .asks(NOTHING)
            .gives::<Vec<serde_json::Value>>(200)
            .about("the same as trace events, for Chrome and Perfetto"),
    ]
}
