//! The core of FFmpeg Cluster: plain data, pure functions, and two state machines.
//!
//! Everything outside `io` compiles without sockets, files, processes, clocks, tasks or randomness;
//! `cargo check -p ffmpeg-cluster-common` proves it.
//! Code that both programs share and that touches the world is in `io`,
//! behind the feature of that name.
//!
//! Each module uses only modules above it in this list:
//!
//! - [`time`]: moments and lengths of time
//! - [`limits`]: every bound, with its reason
//! - [`text`]: text from people and programs, sanitised and parsed
//! - [`ids`]: identities of jobs, clients, leases and uploads
//! - [`frames`]: ranges of frames, and fractions
//! - [`fault`]: what can go wrong, and what follows
//! - [`access`]: roles, secrets and invitations
//! - [`media`]: films, from the submitter's request to the command lines of ffmpeg
//! - [`protocol`]: the wire protocol and the commands of people
//! - [`tools`]: builds of ffmpeg, and what each can do
//! - [`cluster`]: the server's state machine
//! - [`client`]: the client's state machine
//! - `io`: everything that touches the world (feature `io`)
//!
//! The root re-exports the items that a user of the library needs first.
//! A cluster is a value that takes one event at a time and says what to record and what to do:
//!
//! ```
//! use ffmpeg_cluster_common::{
//!     Change, Cluster, Container, Effect, Effects, Event, JobSpec, Millis, Settings, SourceAt, Ticket, WallMillis,
//!     parse_parameters, split_parameters,
//! };
//!
//! let settings = Settings {
//!     max_retries: 3,
//!     retry_delay: Millis::secs(1),
//!     benchmark_secs: 5,
//!     audit_percent: 5,
//!     crashes_max: 2,
//! };
//! let (now, at) = (Millis(0), WallMillis(1_795_219_200_000));
//! let mut cluster = Cluster::new(settings, 1, now, at);
//!
//! let words = split_parameters("-c:v libx264 -crf 20 -c:a copy").expect("the quotes match");
//! let spec = JobSpec {
//!     source: SourceAt::LocalFile("/films/a.mkv".into()),
//!     file_name: "a.mkv".into(),
//!     output_name: "a.mp4".into(),
//!     profile: parse_parameters(&words, Container::Mp4).expect("all of it can be done in pieces"),
//!     params_text: words.join(" "),
//!     required_clients: 1,
//!     exactly: false,
//!     care: Default::default(),
//!     hw: Default::default(),
//!     priority: Default::default(),
//!     ladder: None,
//!     owner: "me".into(),
//! };
//! let job: ffmpeg_cluster_common::JobId = "first".parse().expect("letters are an identity");
//! let submitted = Event::Submitted { ticket: Ticket(1), job: job.clone(), spec: Box::new(spec), at };
//!
//! let mut out = Effects::default();
//! cluster.step(now, submitted, &mut out);
//! // The caller commits the changes first, and only then performs the effects.
//! assert!(matches!(&out.changes[..], [Change::JobAdded { .. }, ..]));
//! assert!(out.effects.iter().any(|effect| matches!(effect, Effect::Index { job: of, .. } if *of == job)));
//! ```

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]
// Some decisions have only `io` to carry them out.
#![cfg_attr(not(feature = "io"), allow(dead_code))]

pub mod access;
pub mod client;
pub mod cluster;
pub mod fault;
pub mod frames;
pub mod ids;
pub mod limits;
pub mod media;
pub mod protocol;
pub mod text;
pub mod time;
pub mod tools;

/// This module exists to use clocks, files and locks.
#[cfg(feature = "io")]
#[allow(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod io;

pub use crate::access::invite::Join;
pub use crate::access::role::Role;
pub use crate::access::secret::Secret;
pub use crate::client::Client;
pub use crate::cluster::change::{Change, Memory};
pub use crate::cluster::effect::{Answer, Effect, Effects, Notice};
pub use crate::cluster::event::{Event, JobSpec, SourceAt};
pub use crate::cluster::view::View;
pub use crate::cluster::{Cluster, Settings};
pub use crate::fault::{Fault, FaultCode};
pub use crate::frames::{FrameRange, Rational};
pub use crate::ids::{ClientId, JobId, LeaseId, SessionNo, Ticket, UploadId};
pub use crate::media::params::{Profile, Refusal, parse as parse_parameters, words as split_parameters};
pub use crate::media::plan::film::Film;
pub use crate::media::source::Source;
pub use crate::media::source::index::Index;
pub use crate::media::words::container::Container;
pub use crate::protocol::{
    command::{Command, ErrorCode},
    read_command,
    reply::Reply,
    to_client::{Offer, ToClient},
    to_server::{Hello, ToServer},
};
pub use crate::time::{Millis, WallMillis};
