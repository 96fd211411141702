//! A piece that is decoded from two key frames, and films for which it matters where a decoder begins.

use super::seams::{Made, PLAIN, Sight};
use crate::media::plan::witness::{Lead, Second};
use crate::media::proof::report::Verify;
use crate::protocol::command::JobState;

const DIFFERS: fn(crate::frames::FrameRange, Lead) -> Second = |range, lead| match lead {
    Lead::Beginning => Second::Alike,
    Lead::Usual | Lead::Further => Second::Differs { at: range.start as i64 },
};

#[test]
fn one_piece_of_a_film_is_decoded_twice_and_which_is_by_chance() {
    let chosen = |job| {
        let made = Made::of(job, PLAIN);
        assert_eq!((made.state(), made.twice.len()), (JobState::Combining, 1), "{job}");
        made.twice[0].0.start
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
    last.extend(made.offered.iter().map(|(range, lead)| (range.start, *lead)));
    let (chosen, _) = made.twice[0];
    last.retain(|&start, _| start > 0 && start != chosen.start);
    assert!(!last.is_empty() && last.values().all(|&lead| lead == Lead::Beginning), "{last:?}");
}
