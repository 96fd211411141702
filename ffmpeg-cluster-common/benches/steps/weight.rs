//! What kept pieces weigh in memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use ffmpeg_cluster_common::cluster::Cluster;
use ffmpeg_cluster_common::cluster::change::{Memory, RememberedJob, RememberedPiece};
use ffmpeg_cluster_common::cluster::effect::Effects;
use ffmpeg_cluster_common::cluster::event::CheckedPiece;
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::media::plan::film::Film;
use ffmpeg_cluster_common::media::plan::piece::{Findings, PieceFacts};
use ffmpeg_cluster_common::media::plan::track::Segment;
use ffmpeg_cluster_common::media::plan::witness::Ends;
use ffmpeg_cluster_common::protocol::command::JobState;
use ffmpeg_cluster_common::time::{Millis, WallMillis};

use super::samples::{film, params, settings, spec};

/// The system's, with what is in use counted.
struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: each call is the system allocator's own, with the same arguments.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(place, layout) }
    }
}

const FRAMES: u64 = 240;
/// Frames around one end of a piece that are hashed: two on either side.
const AT_ONE_END: u64 = 4;

/// A cluster that is started anew with so many kept pieces of a hundred films.
pub(crate) fn of_kept_pieces(pieces: usize) -> String {
    let jobs = 100;
    let each = pieces.div_ceil(jobs) as u64;
    let before = IN_USE.load(Ordering::Relaxed);
    let mut out = Effects::default();
    let memory =
        Memory { boot: 2, jobs: (0..jobs).map(|job| remembered(job, each)).collect(), ..Memory::default() };
    let cluster = Cluster::restore(settings(), memory, Millis(0), WallMillis(0), &mut out);
    drop(out);
    let bytes = IN_USE.load(Ordering::Relaxed) - before;
    let kept = cluster.sizes().kept;
    format!("{kept} kept pieces of {jobs} jobs: {} MB, {} bytes each", bytes / 1_000_000, bytes / kept.max(1))
}

fn remembered(number: usize, pieces: u64) -> RememberedJob {
    let frames = (pieces + 1) * FRAMES;
    let piece = |n: u64| RememberedPiece {
        lease: LeaseId { boot: 1, seq: number as u64 * pieces + n + 1 },
        segment: Segment::new(Film::PICTURES, FrameRange::new(n * FRAMES, (n + 1) * FRAMES)),
        client: format!("client-{:05}", n % 1_000).parse().unwrap(),
        piece: piece(n),
        encode_ms: 1_000,
    };
    RememberedJob {
        job: format!("job-{number}").parse().unwrap(),
        spec: spec(),
        state: JobState::Processing,
        film: Some(film(number, frames)),
        created_at: WallMillis(0),
        pieces: (0..pieces).map(piece).collect(),
        leases: Vec::new(),
        attempts: Vec::new(),
        crashes: 0,
        place: Default::default(),
        paused: false,
    }
}

/// As a real one: parameters of its stream, and hashes of the pictures at its ends.
fn piece(number: u64) -> CheckedPiece {
    let hashes = |first: u64| (first..first + AT_ONE_END).map(|n| format!("{n:032x}")).collect();
    let ends = Ends { head: hashes(number * 10), tail: hashes(number * 10 + 10) };
    let findings = Findings { ends, ..Findings::default() };
    let facts = PieceFacts { frames: FRAMES, params: vec![params()], findings, encoder: None, begins: None };
    CheckedPiece { bytes: 1_000_000, sha256: format!("{number:064x}"), facts }
}
