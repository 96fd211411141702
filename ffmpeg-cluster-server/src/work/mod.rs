//! Runs the commands that `common::media` describes, each for one job, and returns facts or a fault.
//!
//! From the ground up:
//!
//! - [`answers`]: reads ffprobe's answers, which are JSON.
//! - [`recent`]: a bounded memory.
//! - [`seen`]: remembers ffprobe's answers about sources for a while.
//! - [`streams`]: remembers the parameters of streams by what they depend on.
//! - [`input`]: the film that a run reads.
//! - [`known`]: the facts about a job's film once it is indexed.
//! - [`neighbours`]: which kept pieces of a job are neighbours, and which of their seams are known to be good.
//! - [`beginning`]: probes a small film in one run of ffprobe instead of three.
//! - [`noted`]: when the server's own work began and ended.
//! - [`context`]: what runs are made with, and their purposes.
//! - [`fault`]: the server's own errors → faults of the job.
//! - [`probe`]: asks ffprobe what a file is.
//! - [`probe_once`]: probes a source once, for admission and index alike.
//! - [`at_rest`]: checks that the bytes of a kept piece are still those that were kept.
//! - [`blocks`]: digests of a film's blocks, as they were when its frames were listed.
//! - [`original`]: the source as it was when its frames were listed, and whether it still is.
//! - [`frame_list`]: the list of a source's frames, stored beside the job.
//! - [`list`]: a frame list that clients make in parts.
//! - [`run`]: one run of ffmpeg or ffprobe on the server.
//! - [`check`]: checks a piece that arrived.
//! - [`audit`]: frames that the server encodes itself.
//! - [`count`]: counts frames that only the filters know.
//! - [`complaints`]: listens for complaints of a result's decoder.
//! - [`listed`]: lists the frames of a source.
//! - [`listen`]: listens to a source once, before any of it is encoded.
//! - [`look`]: examines a source as a whole.
//! - [`numbered`]: lists the numbered images in a folder, each with its tag.
//! - [`pack`]: numbered images → one file, each image an unchanged packet.
//! - [`index`]: lists the frames of a source once, and writes the list beside the job.
//! - [`join_run`]: all that a join and its proof work with.
//! - [`lipsync`]: checks the offsets of the joined file's sounds from its picture.
//! - [`report`]: what the report of a job says beside its proof.
//! - [`warnings`]: what a person should know about a proved result.
//! - [`proved`]: the proof's findings as the job's report.
//! - [`seams`]: proves the places where two pieces meet.
//! - [`unlike`]: proves a film whose pieces come from unlike encoders.
//! - [`copied`]: proves a picture that was copied by its packets.
//! - [`prove`]: the proof.
//! - [`ladder`]: makes and proves a stream of the pieces of a ladder.
//! - [`join`]: joins the pieces and the source's own streams into one file, and proves it.
//! - [`shown`]: the films whose frames people look at.
//! - [`png`]: a picture as a PNG.
//! - [`still`]: one frame of a film as a picture.
//! - [`stills`]: pictures for people who look, few at a time.
//! - [`offer`]: a lease in frames → work that a client understands.

pub(crate) mod answers;
mod at_rest;
pub(crate) mod audit;
mod beginning;
pub(crate) mod blocks;
pub(crate) mod check;
mod complaints;
mod context;
mod copied;
mod count;
pub(crate) mod fault;
mod frame_list;
pub(crate) mod index;
mod input;
pub(crate) mod join;
mod join_run;
mod known;
mod ladder;
mod lipsync;
mod list;
mod listed;
mod listen;
mod look;
pub(crate) mod neighbours;
mod noted;
pub(crate) mod numbered;
pub(crate) mod offer;
pub(crate) mod original;
pub(crate) mod pack;
mod png;
pub(crate) mod probe;
pub(crate) mod probe_once;
mod prove;
mod proved;
pub(crate) mod recent;
mod report;
pub(crate) mod run;
pub(crate) mod seams;
mod seen;
pub(crate) mod shown;
mod still;
pub(crate) mod stills;
mod streams;
mod unlike;
mod warnings;

pub(crate) use self::context::{RunContext, Runner, open_source};
pub(crate) use self::input::Input;
