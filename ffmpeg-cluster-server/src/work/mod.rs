//! Runs what `common::media` wrote down, for one job each, and gives facts or a fault.
//!
//! From the ground up:
//!
//! - [`answers`]: what ffprobe answers, as JSON, and what we know by it.
//! - [`recent`]: a bounded memory.
//! - [`seen`]: what ffprobe said of sources, for a while.
//! - [`streams`]: what streams were found to be, by what that depends on.
//! - [`input`]: the film that a run reads.
//! - [`known`]: what is known of a job's film once it is indexed.
//! - [`neighbours`]: which pieces of a job that are kept are neighbours, and between which of them the seam is known to be good.
//! - [`beginning`]: a small film is probed by one run of ffprobe, where a large one takes three.
//! - [`context`]: what runs are made with, and what each is for.
//! - [`fault`]: trouble of the server's own → a fault of the job.
//! - [`probe`]: asks ffprobe what a file is.
//! - [`probe_once`]: a source is probed once, for admission and index alike.
//! - [`at_rest`]: pieces lie on the disk for as long as their film takes; what is joined are the bytes that were kept.
//! - [`blocks`]: digests of a film's blocks, as they were when its frames were listed.
//! - [`original`]: the source as it was when its frames were listed, and whether it still is.
//! - [`frame_list`]: the list of a source's frames, on the disk beside the job.
//! - [`list`]: a frame list that clients make in parts.
//! - [`run`]: one run of ffmpeg or ffprobe on the server.
//! - [`check`]: looks at a piece that arrived.
//! - [`audit`]: frames that the server encodes itself.
//! - [`count`]: frames that only the filters know, counted by a run of our own.
//! - [`ear`]: what the decoder of a result complains of, however much others say.
//! - [`listed`]: lists the frames of a source.
//! - [`listen`]: listens to a source once, before anything of it is encoded.
//! - [`look`]: a source is looked at as a whole.
//! - [`numbered`]: which numbered images lie in a folder, and what each is told from others by.
//! - [`pack`]: numbered images → one file, each image a packet as it is.
//! - [`index`]: lists the frames of a source once, and writes the list beside the job.
//! - [`join_run`]: all that a join and its proof work with.
//! - [`lipsync`]: how far the sounds of the joined file are from its picture, against what they should be.
//! - [`report`]: what the report of a job says beside its proof.
//! - [`warnings`]: what a person should know of a result that is proved.
//! - [`proved`]: what the proof found, as the job's report.
//! - [`seams`]: where two pieces meet.
//! - [`unlike`]: the proof of a film whose pieces are of unlike encoders.
//! - [`prove`]: the proof.
//! - [`join`]: pieces and the source's own streams → one file; then the proof; only then its name.
//! - [`offer`]: a lease in frames → work that a client understands.

pub(crate) mod answers;
mod at_rest;
pub(crate) mod audit;
mod beginning;
pub(crate) mod blocks;
pub(crate) mod check;
mod context;
mod count;
mod ear;
pub(crate) mod fault;
mod frame_list;
pub(crate) mod index;
mod input;
pub(crate) mod join;
mod join_run;
mod known;
mod lipsync;
mod list;
mod listed;
mod listen;
mod look;
pub(crate) mod neighbours;
pub(crate) mod numbered;
pub(crate) mod offer;
pub(crate) mod original;
pub(crate) mod pack;
pub(crate) mod probe;
pub(crate) mod probe_once;
mod prove;
mod proved;
pub(crate) mod recent;
mod report;
pub(crate) mod run;
pub(crate) mod seams;
mod seen;
mod streams;
mod unlike;
mod warnings;

pub(crate) use self::context::{RunContext, Runner, open_source};
pub(crate) use self::input::Input;
