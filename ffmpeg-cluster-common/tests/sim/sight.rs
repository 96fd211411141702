//! Films whose decoders have to begin far enough back, and what clients tell of the pictures that
//! they saw.

use ffmpeg_cluster_common::frames::{FrameNo, FrameRange};
use ffmpeg_cluster_common::media::plan::piece::Findings;
use ffmpeg_cluster_common::media::plan::witness::{AROUND, DecodeComparison, Ends, Lead};

use crate::chance::Chance;

/// What the decoder keeps across key frames.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// Decoders that begin nearer see other pictures.
    needs: Lead,
    /// In pieces that begin at this frame or later.
    after: FrameNo,
    /// The frames around the ends look right all the same.
    inside: bool,
}

/// How a client was told to decode the frames of a piece.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    pub(crate) lead: Lead,
    pub(crate) twice: bool,
}

impl Memory {
    pub(crate) fn of(chance: &mut Chance, frames: u64) -> Self {
        let needs = if chance.one_in(2) { Lead::Further } else { Lead::Beginning };
        let inside = chance.one_in(2);
        // What only the inside of the chosen piece tells must be true of every piece.
        let after = if inside || chance.one_in(2) { 1 } else { 1 + chance.below(frames) };
        Self { needs, after, inside }
    }

    fn is_blind(&self, range: FrameRange, lead: Lead) -> bool {
        range.start >= self.after && lead < self.needs
    }
}

/// Gives what the client tells, and whether its pictures are wrong.
/// `complained`: its decoder did, so that it began again with the film.
pub(crate) fn see(
    memory: Option<Memory>,
    frames: u64,
    (range, told): (FrameRange, Told),
    complained: bool,
) -> (Findings, bool) {
    let blind = |lead| memory.is_some_and(|memory| memory.is_blind(range, lead));
    let nearest = if told.lead == Lead::Beginning { Lead::Usual } else { told.lead };
    let differs = told.twice && blind(nearest);
    let second = if differs { DecodeComparison::Differs { at: 0 } } else { DecodeComparison::Alike };
    let second = told.twice.then_some(second);
    let lead = if complained || differs { Lead::Beginning } else { told.lead };
    let is_wrong = blind(lead);
    let shows = is_wrong && memory.is_some_and(|memory| !memory.inside);
    let around = |seam: FrameNo| {
        let is_seam = seam > 0 && seam < frames;
        let seen = |frame| format!("{}{frame:x}", if shows { "bad" } else { "aaa" });
        if is_seam { (seam.saturating_sub(AROUND)..seam + AROUND).map(seen).collect() } else { Vec::new() }
    };
    let ends = Ends { head: around(range.start), tail: around(range.end) };
    (Findings { ends, lead, second, ..Findings::default() }, is_wrong)
}
