//! The whole system from outside: the shipped binaries started as processes, asked over HTTP, judged with ffmpeg.
//!
//! [`cluster`] starts and kills server and clients · a [`person`] types verbs · [`log`] waits for what they say, [`poll`] for all else · [`ask`] speaks to the
//! server · [`raw`] says what no library would · [`aftermath`] looks at what an attack left · [`canary`] tells when a file is opened · [`proofs`] spares clients their trials · [`proxy`] does harm to what passes
//! between them · [`mirror`] has files to fetch, and moods · a [`receiver`] takes what webhooks are sent · [`set_back`] lays out films whose clock is set back · [`small_disk`] can be filled · [`encodes`] reads what was encoded, and how often ·
//! [`jobs`] makes up whole jobs and judges them · [`schema`] judges JSON by docs/openapi.json · [`hosts`] are machines with a cable · [`stranger`] is another user of this one · [`films`] makes sources · [`processes`] tells what runs · [`memory`] how large it becomes · [`judge`] compares a result with its
//! source by what ffmpeg has [`told`] · [`lipsync`] measures sound against picture · [`traits`] lists what else a film is.

pub mod aftermath;
pub mod ask;
pub mod canary;
pub mod chance;
pub mod cluster;
pub mod encodes;
pub mod films;
pub mod hosts;
pub mod jobs;
pub mod judge;
pub mod lipsync;
pub mod log;
pub mod memory;
pub mod mirror;
pub mod person;
pub mod poll;
pub mod processes;
pub mod proofs;
pub mod proxy;
pub mod raw;
pub mod receiver;
pub mod schema;
pub mod scratch;
pub mod set_back;
pub mod share;
pub mod small_disk;
pub mod stranger;
pub mod told;
pub mod traits;
