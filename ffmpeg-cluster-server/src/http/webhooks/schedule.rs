//! What follows from a try to deliver.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use ffmpeg_cluster_common::time::WallMillis;

use crate::store::catalog::Then;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
/// Seconds between a try and the next one. The first try is at once.
const AFTER: [u64; 9] =
    [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];
/// A receiver may ask for no longer wait than this.
const WAIT_MAX: u64 = 24 * HOUR;
/// Chance makes a wait longer by up to one part of so many, so that not all webhooks come at once.
const JITTER: u64 = 5;
const GONE: u16 = 410;

/// A try, and what was answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered {
    /// None: there was no answer.
    pub(super) status: Option<u16>,
    /// Seconds that the receiver asks for.
    pub(super) retry_after: Option<u64>,
    /// With this one.
    pub(super) tries: u32,
    pub(super) chance: u32,
}

pub(super) fn then(answered: &Answered, now: WallMillis) -> Then {
    let Answered { status, retry_after, tries, chance } = *answered;
    match status {
        Some(200..=299) => return Then::Delivered,
        Some(GONE) => return Then::Disable("the receiver answered 410: it wants nothing more".to_owned()),
        Some(_) | None => {}
    }
    let next = usize::try_from(tries).ok().and_then(|tries| AFTER.get(tries.checked_sub(1)?));
    let Some(after) = next else { return Then::GivenUp };
    let wait_ms = (*after).max(retry_after.unwrap_or(0).min(WAIT_MAX)) * 1000;
    let jitter_ms = wait_ms / JITTER * u64::from(chance) / u64::from(u32::MAX);
    Then::Again(WallMillis(now.0 + wait_ms + jitter_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: WallMillis = WallMillis(1_000_000);

    fn answered(status: Option<u16>, tries: u32) -> Answered {
        Answered { status, retry_after: None, tries, chance: 0 }
    }

    fn wait(answered: Answered) -> u64 {
        let Then::Again(at) = then(&answered, NOW) else { panic!("{answered:?}") };
        at.0 - NOW.0
    }

    #[test]
    fn ten_tries_take_three_days_and_then_it_is_given_up() {
        let waits: Vec<u64> = (1..=9).map(|tries| wait(answered(None, tries)) / 1000).collect();
        assert_eq!(waits, [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
        assert_eq!(then(&answered(None, 10), NOW), Then::GivenUp);
        assert_eq!(then(&answered(Some(500), u32::MAX), NOW), Then::GivenUp);
    }

    #[test]
    fn only_a_success_is_one_and_gone_ends_it() {
        for status in [200, 204, 299] {
            assert_eq!(then(&answered(Some(status), 10), NOW), Then::Delivered, "{status}");
        }
        for status in [100, 301, 302, 400, 404, 429, 500, 503] {
            assert_eq!(wait(answered(Some(status), 1)), 5_000, "{status}");
        }
        let gone = "the receiver answered 410: it wants nothing more".to_owned();
        assert_eq!(then(&answered(Some(410), 1), NOW), Then::Disable(gone));
    }

    #[test]
    fn a_receiver_may_ask_for_a_longer_wait_but_for_no_shorter_one() {
        let asked = |seconds| wait(Answered { retry_after: Some(seconds), ..answered(Some(503), 2) });
        assert_eq!([asked(0), asked(299), asked(600)], [300_000, 300_000, 600_000]);
        assert_eq!(asked(u64::MAX), 86_400_000);
    }

    #[test]
    fn chance_makes_it_longer_by_a_fifth_at_most() {
        let by = |chance| wait(Answered { chance, ..answered(None, 1) });
        assert_eq!([by(0), by(u32::MAX / 2), by(u32::MAX)], [5_000, 5_499, 6_000]);
    }
}
