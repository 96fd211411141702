//! The handlers of all addresses, one file for each resource. Bytes go over HTTP beside the WebSockets, so that a heartbeat never
//! waits behind a film.
//!
//! - [`tus`]: headers and answers of tus 1.0.
//! - [`uploads`], [`receive`]: receive films; [`upload_list`]: the caller's.
//! - [`sources`]: sends a source to clients, chunk by chunk.
//! - [`pieces`]: receives a piece, chunk by chunk.
//! - [`job_tag`]: the ETag of a job; [`naming`]: how people call jobs; [`once`]: requests that are carried out once.
//! - [`jobs`]: the state of jobs, and why they wait; [`job_list`]: pages of them.
//! - [`turn`]: a job's pause and its place in the queue; [`arrange`]: the pause over REST; [`edit`]: changes of a job.
//! - [`ended`]: what may be done with a job that has ended.
//! - [`clients`]: the connected clients.
//! - [`listed`]: what all lists have in common; [`names`]: what people call things.
//! - [`watch`]: one watcher of events.
//! - [`webhooks`], [`deliveries`]: who is told of events, and what was sent.
//! - [`progress`]: what moves between events.
//! - [`events`]: what happens, as it happens.
//! - [`lanes`]: a job's timeline as trace events.
//! - [`timeline`]: who made which frames of a job.
//! - [`results`]: sends a finished film.
//! - [`frames`]: any frame of a film as a picture.
//! - [`releases`]: programs for clients.
//! - [`presets`]: settings that people use again.
//! - [`page`]: the page for browsers.
//! - [`session`]: signing in by a browser; [`tokens`]: who may come in from other machines.
//! - [`streams`]: sends the files of a stream; [`watch_links`]: who may play it without a token.
//! - [`state`]: health, limits and refusals; [`stats`]: what came of each day.
//! - [`made`]: a job as it was asked for, and the answer that it was made; [`making`]: from a checked command to a job.
//! - [`metrics`]: for Prometheus.
//! - [`commands`]: one command in, one reply out; [`submit`]: the same over REST.

pub(in crate::http) mod arrange;
pub(in crate::http) mod clients;
pub(in crate::http) mod commands;
pub(in crate::http) mod deliveries;
pub(in crate::http) mod edit;
mod ended;
pub(in crate::http) mod events;
pub(in crate::http) mod frames;
pub(in crate::http) mod job_list;
mod job_tag;
pub(in crate::http) mod jobs;
mod lanes;
mod listed;
mod made;
mod making;
pub(in crate::http) mod metrics;
mod names;
mod naming;
pub(in crate::http) mod once;
pub(in crate::http) mod page;
pub(in crate::http) mod pieces;
pub(in crate::http) mod presets;
mod progress;
mod receive;
pub(in crate::http) mod releases;
pub(in crate::http) mod results;
pub(in crate::http) mod session;
pub(in crate::http) mod sources;
pub(in crate::http) mod state;
pub(in crate::http) mod stats;
pub(in crate::http) mod streams;
pub(in crate::http) mod submit;
pub(in crate::http) mod timeline;
pub(in crate::http) mod tokens;
mod turn;
pub(in crate::http) mod tus;
pub(in crate::http) mod upload_list;
pub(in crate::http) mod uploads;
mod watch;
pub(in crate::http) mod watch_links;
pub(in crate::http) mod webhooks;
