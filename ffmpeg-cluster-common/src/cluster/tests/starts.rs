//! A piece that is decoded from two key frames, and films for which it matters where a decoder
//! begins.

use super::seams::{FRAMES, Made, PLAIN, Sight};
use crate::media::plan::witness::{DecodeComparison, Lead};
use crate::media::proof::report::Verify;
use crate::protocol::command::JobState;

const DIFFERS: fn(crate::frames::FrameRange, Lead) -> DecodeComparison = |range, lead| match lead {
    Lead::Beginning => DecodeComparison::Alike,
    Lead::Usual | Lead::Further => DecodeComparison::Differs { at: range.start as i64 },
};

#[test]
fn one_piece_of_a_film_is_decoded_twice_and_which_is_by_chance() {
    let chosen = |job| {
        let made = Made::of(job, PLAIN);
        assert_eq!((made.state(), made.twice.len()), (JobState::Combining, 1), "{job}");
        made.twice[0].start
    };
    let all = ["j", "k", "night-42", "4f2a", "film", "b7e19c"].map(chosen);
    assert!(all.iter().all(|&start| start > 0), "the first piece has no other beginning: {all:?}");
    assert!(all.iter().any(|&start| start != all[0]), "always the same: {all:?}");
}

#[test]
fn where_everything_is_verified_every_piece_but_the_first_is() {
    let made = Made::of("j", Sight { verify: Verify::Full, ..PLAIN });
    assert_eq!(made.twice.len(), made.offered.len() - 1);
    assert!(made.offered.len() > 3);
}

/// All seams agree; only the inside of the chosen piece shows that the film's beginning matters.
#[test]
fn a_film_for_which_it_matters_is_made_from_its_beginning() {
    let made = Made::of("j", Sight { second: DIFFERS, ..PLAIN });
    assert_eq!(made.state(), JobState::Combining);
    assert!(made.starts_differed > 0);
    let mut last: std::collections::BTreeMap<u64, Lead> = std::collections::BTreeMap::new();
    // The client itself makes the chosen piece from the beginning.
    let chosen = made.twice[0];
    let others = made.offered.iter().filter(|(range, _)| range.start > 0 && !range.contains(chosen));
    last.extend(others.map(|(range, lead)| (range.start, *lead)));
    assert!(!last.is_empty() && last.values().all(|&lead| lead == Lead::Beginning), "{last:?}");
}

/// A piece that is most of the film would cost a second decode of most of the film.
#[test]
fn of_a_long_piece_only_a_part_is_decoded_twice_and_which_is_by_chance() {
    let begins = |job| {
        let made = Made::of(job, PLAIN);
        let twice = made.twice[0];
        let whole = made.offered.iter().map(|(range, _)| *range).find(|range| range.contains(twice));
        let whole = whole.expect("it is a part of a piece");
        assert!(twice.len() == whole.len().min(50.max(FRAMES / 40)), "{twice:?}");
        (twice.start - whole.start, whole.len())
    };
    let all = ["j", "k", "night-42", "4f2a", "film", "b7e19c"].map(begins);
    assert!(all.iter().any(|&(at, of)| at > 0 && of > 100), "never but a piece's beginning: {all:?}");
}
