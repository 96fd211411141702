//! The whole system from outside: the shipped binaries started as processes, asked over HTTP, judged with ffmpeg.
//!
//! [`cluster`] starts and kills server and clients · [`log`] waits for what they say · [`ask`] speaks to the
//! server · [`raw`] says what no library would · [`proxy`] does harm to what passes between them · [`small_disk`] can be filled · [`encodes`] reads what was encoded, and how often ·
//! [`films`] makes sources · [`processes`] tells what runs · [`judge`] compares a result with its
//! source · [`lipsync`] measures sound against picture · [`traits`] lists what else a film is.

pub mod ask;
pub mod chance;
pub mod cluster;
pub mod encodes;
pub mod films;
pub mod hosts;
pub mod judge;
pub mod lipsync;
pub mod log;
pub mod processes;
pub mod proxy;
pub mod raw;

pub mod scratch;
pub mod small_disk;
pub mod traits;
