//! Neighbours whose decoders saw other pictures of the source, and what becomes of their film.

use super::world::*;
use crate::cluster::change::Change;
use crate::cluster::effect::{Effect, Notice, Promised};
use crate::cluster::event::Event;
use crate::frames::{FrameNo, FrameRange};
use crate::ids::{ClientId, LeaseId};
use crate::media::plan::witness::{AROUND, DecodeComparison, Ends, Lead};
use crate::media::proof::report::Verify;
use crate::protocol::command::JobState;

pub(super) const FRAMES: u64 = 4_000;

/// What a decoder gives for a frame, from where its piece begins.
pub(super) type Decoder = fn(FrameNo, FrameRange, Lead) -> String;

fn ends(range: FrameRange, lead: Lead, decoder: Decoder) -> Ends {
    let around = |seam: FrameNo| {
        let seen = |frame| decoder(frame, range, lead);
        let is_seam = seam > 0 && seam < FRAMES;
        if is_seam { (seam - AROUND..seam + AROUND).map(seen).collect() } else { Vec::new() }
    };
    Ends { head: around(range.start), tail: around(range.end) }
}

struct Offered {
    client: ClientId,
    lease: LeaseId,
    range: FrameRange,
    lead: Lead,
    twice: Option<FrameRange>,
}

/// How a client's decoders see the film, and what it tells of them.
pub(super) struct Sight {
    pub(super) decoder: Decoder,
    /// Whether the client tells from where its decoder really began.
    pub(super) tells_lead: bool,
    /// What comes of decoding a piece from two key frames.
    pub(super) second: fn(FrameRange, Lead) -> DecodeComparison,
    pub(super) verify: Verify,
    /// Another client has another ffmpeg, whose decoder gives other pictures.
    pub(super) unlike: bool,
}

pub(super) const PLAIN: Sight = Sight {
    decoder: |frame, _, _| format!("{frame:x}"),
    tells_lead: true,
    second: |_, _| DecodeComparison::Alike,
    verify: Verify::Fast,
    unlike: false,
};

/// A job of one client, made to its end with such decoders.
pub(super) struct Made {
    pub(super) world: World,
    sight: Sight,
    /// Everything that was offered, in this order.
    pub(super) offered: Vec<(FrameRange, Lead)>,
    /// To whom.
    pub(super) by: Vec<ClientId>,
    /// Of these, what was to be decoded twice.
    pub(super) twice: Vec<FrameRange>,
    disputes: usize,
    pub(super) starts_differed: usize,
    again: usize,
    pub(super) one_piece: Option<String>,
    /// The kind of client that the film was left to.
    pub(super) left_to: Option<String>,
    job: &'static str,
}

impl Made {
    fn by(decoder: Decoder) -> Self {
        Self::of("j", Sight { decoder, ..PLAIN })
    }

    pub(super) fn of(job: &'static str, sight: Sight) -> Self {
        let mut made = Self {
            world: World::new(),
            offered: Vec::new(),
            by: Vec::new(),
            twice: Vec::new(),
            disputes: 0,
            starts_differed: 0,
            again: 0,
            one_piece: None,
            left_to: None,
            job,
            sight,
        };
        if made.sight.unlike {
            made.world.up_with_ffmpeg("b", "another");
        }
        made.world.up("a");
        made.world.submit_to_verify(job, 1, made.sight.verify);
        made.world.indexed(job, FRAMES);
        let mut todo = made.note();
        while !todo.is_empty() && made.one_piece.is_none() {
            let offered = todo.remove(0);
            made.finish(&offered);
            todo.extend(made.note());
            assert!(made.offered.len() < 200, "it never ends");
        }
        made
    }

    fn finish(&mut self, offered: &Offered) {
        let (lease, frames, client) = (offered.lease, offered.range.len(), offered.client.clone());
        let mut piece = piece(frames);
        piece.facts.findings.ends = ends(offered.range, offered.lead, self.sight.decoder);
        if client == super::world::client("b") {
            let ends = &mut piece.facts.findings.ends;
            ends.head.iter_mut().chain(&mut ends.tail).for_each(|hash| hash.push('b'));
        }
        let second = offered.twice.map(|_| (self.sight.second)(offered.range, offered.lead));
        // A client makes what it doubts from the film's beginning itself.
        let began = if matches!(second, Some(DecodeComparison::Differs { .. })) {
            Lead::Beginning
        } else {
            offered.lead
        };
        piece.facts.findings.lead = if self.sight.tells_lead { began } else { Lead::Usual };
        piece.facts.findings.second = second;
        let mut all = Vec::new();
        for event in [
            Event::Progress { client: client.clone(), lease, frames, fps: 30.0 },
            Event::Encoded { client: client.clone(), lease, encode_ms: frames * 33, spent: None },
            Event::PieceSent { client, lease, piece: sent() },
            Event::PieceChecked { lease, result: Ok(piece), chance: 0 },
        ] {
            self.world.step(event);
            all.append(&mut self.world.out.effects);
            for change in &self.world.out.changes {
                if let Change::KeptToOneKind { kind, .. } = change {
                    self.left_to = Some(kind.clone());
                }
            }
            let doubted = |change: &&Change| matches!(change, Change::PieceDoubted { .. });
            self.again += self.world.out.changes.iter().filter(doubted).count();
        }
        self.world.out.effects = all;
    }

    /// What the last steps wanted.
    fn note(&mut self) -> Vec<Offered> {
        let mut offers = Vec::new();
        for effect in &self.world.out.effects {
            match effect {
                Effect::Offer { client, promised, .. } => {
                    let Promised { lease, lead, twice, .. } = *promised;
                    let (client, range) = (client.clone(), promised.segment.units);
                    self.by.push(client.clone());
                    self.offered.push((range, lead));
                    self.twice.extend(twice);
                    offers.push(Offered { client, lease, range, lead, twice });
                }
                Effect::Notice(Notice::StartsDiffer { .. }) => self.starts_differed += 1,
                Effect::Notice(Notice::SeamDiffers { .. }) => self.disputes += 1,
                Effect::Index { one_piece, .. } => self.one_piece.clone_from(one_piece),
                _ => {}
            }
        }
        offers
    }

    pub(super) fn state(&self) -> JobState {
        self.world.view(self.job).state
    }
}

#[test]
fn neighbours_that_agree_are_joined_as_they_are() {
    let made = Made::by(|frame, _, _| format!("{frame:x}"));
    assert_eq!((made.disputes, made.again, made.state()), (0, 0, JobState::Combining));
    assert!(made.offered.len() > 3 && made.offered.iter().all(|(_, lead)| *lead == Lead::Usual));
}

#[test]
fn a_decoder_that_needs_more_groups_gets_them() {
    let made = Made::by(|frame, range, lead| match lead {
        Lead::Usual if range.start > 0 => format!("{frame:x}bad"),
        _ => format!("{frame:x}"),
    });
    assert_eq!(made.state(), JobState::Combining);
    assert!(made.disputes > 0 && made.offered.iter().all(|(_, lead)| *lead < Lead::Beginning));
}

/// Found by a 4:4:4 film of an old x264: the second and the third piece were wrong in the same way,
/// so that only the first seam showed it.
#[test]
fn what_only_the_films_beginning_tells_reaches_every_piece() {
    let made = Made::by(|frame, range, lead| {
        if range.start > 0 && lead < Lead::Beginning { format!("{frame:x}bad") } else { format!("{frame:x}") }
    });
    assert_eq!((made.state(), made.one_piece), (JobState::Combining, None));
    let of_first = made.offered.iter().filter(|(range, _)| range.start == 0).count();
    assert_eq!(of_first, 1, "the first piece begins with the film, and is never made again");
}

#[test]
fn a_seam_far_from_the_first_is_compared_too() {
    let made = Made::by(|frame, range, lead| {
        let is_late = range.start > FRAMES / 2;
        if is_late && lead == Lead::Usual { format!("{frame:x}bad") } else { format!("{frame:x}") }
    });
    assert!(made.disputes > 0 && made.again > 0, "{} disputes", made.disputes);
    assert_eq!(made.state(), JobState::Combining);
}

#[test]
fn a_film_that_no_two_decoders_see_alike_is_one_piece() {
    let made = Made::by(|frame, range, _| format!("{frame:x}{:x}", range.start));
    let why = made.one_piece.expect("it is indexed again");
    assert!(why.contains("saw different pictures around frame"), "{why}");
}

/// What a client tells of itself must not keep its frames from ever being done.
#[test]
fn a_client_that_denies_where_it_began_is_not_asked_for_ever() {
    let made = Made::of(
        "j",
        Sight {
            tells_lead: false,
            decoder: |frame, range, _| format!("{frame:x}{:x}", range.start),
            ..PLAIN
        },
    );
    assert!(made.one_piece.is_some());
}

/// All pieces are there when the last one shows it: they must not be joined on the way.
#[test]
fn a_film_to_be_indexed_again_is_not_joined() {
    let made = Made::by(|frame, range, _| {
        if range.end == FRAMES && range.start > 0 { format!("{frame:x}bad") } else { format!("{frame:x}") }
    });
    assert!(made.one_piece.is_some());
    let joined = made.world.out.effects.iter().any(|effect| matches!(effect, Effect::Join { .. }));
    assert!(!joined && made.state() != JobState::Combining);
}

/// ffmpeg 5.1 rounds a picture's left edge that ffmpeg 8 cuts off exactly.
#[test]
fn a_neighbour_that_told_nothing_is_no_dispute() {
    let (a, b) = (ends(FrameRange::new(0, 50), Lead::Usual, |_, _, _| "a".into()), Ends::default());
    assert_eq!(a.verdict(&b), crate::media::plan::witness::Verdict::Unknown);
}
