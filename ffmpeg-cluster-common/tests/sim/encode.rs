//! What an encode comes to: the film, the machine and luck decide.

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::ids::LeaseId;

use crate::disk::Content;
use crate::machine::Role;
use crate::mishap::Mishap;
use crate::sight::see;
use crate::world::World;

pub(crate) enum Fate {
    Makes(Content),
    Fails(Fault),
    KillsMachine,
}

/// What a dying encoder says; the oracle wants to read it again in the reason of a failed job.
pub(crate) fn last_words(client: &str, lease: LeaseId) -> String {
    format!("x264 of {client}: no more, on {lease}")
}

impl World {
    pub(crate) fn fate(&mut self, number: usize, lease: LeaseId) -> Fate {
        let machine = &self.machines[number];
        let (name, role) = (machine.name.clone(), machine.role);
        let bench = &machine.benches[&lease];
        let (job, part, told) = (bench.job.clone(), bench.part, bench.told);
        let picture = part.is_pictures();
        let range = if picture { part.segment.units } else { FrameRange::new(0, 0) };
        let dies = |code, message: String| {
            let words = vec![last_words(name.as_str(), lease)];
            Fate::Fails(Fault::new(code, message).with_tail(words))
        };
        let truth = self.truths[&job].clone();
        let hit = |frame: Option<u64>| frame.is_some_and(|at| range.start <= at && at < range.end);
        if hit(truth.deadly) {
            self.tally.count(Mishap::DeadlySegment);
            return Fate::KillsMachine;
        }
        if hit(truth.poison) {
            self.tally.count(Mishap::PoisonedSegment);
            return dies(FaultCode::EncoderFailed, format!("the encoder died at {:?}", truth.poison));
        }
        if truth.never_ends(part) {
            self.tally.count(Mishap::PoisonedSegment);
            return dies(FaultCode::EncoderFailed, "no encoder makes this track".into());
        }
        if picture && truth.contradicts(range) {
            self.tally.count(Mishap::LyingIndex);
            return dies(FaultCode::FramesDiffer, format!("there are {} frames", truth.frames));
        }
        let unlucky = self.mix.bad_encode > 0 && self.chance.one_in(self.mix.bad_encode);
        if role == Role::Poisoned || (unlucky && self.chance.one_in(2)) {
            let why = if role == Role::Poisoned { Mishap::PoisonedClient } else { Mishap::EncoderCrash };
            self.tally.count(why);
            return dies(FaultCode::EncoderFailed, "the encoder died".into());
        }
        let bad = unlucky || (role == Role::Liar && self.chance.one_in(3));
        if bad {
            self.tally.count(Mishap::BadPiece);
        }
        let forged = !bad && picture && role == Role::Liar && self.chance.one_in(2);
        if forged {
            self.tally.count(Mishap::ForgedPictures);
        }
        self.contents += 1;
        let complained = self.contents.is_multiple_of(7);
        let (findings, blind) = if picture {
            see(truth.memory, truth.frames, (range, told), complained)
        } else {
            Default::default()
        };
        let number = self.contents;
        Fate::Makes(Content { number, job, part, by: name, good: !bad, forged, blind, findings })
    }
}
