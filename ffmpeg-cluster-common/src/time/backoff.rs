//! Computes the delay before the next attempt.
//!
//! It is part of `time` because both state machines and both programs use it, and it needs only
//! lengths of time.

use super::Millis;

/// The delay before attempt number `attempt`, from 0.
/// It doubles from `first` up to `most`, and `jitter` then shortens it by up to a half; `jitter` is
/// a random number from the caller.
pub(crate) fn delay(first: Millis, most: Millis, attempt: u32, jitter: u32) -> Millis {
    let doubled = first.0.saturating_mul(1u64 << attempt.min(20)).min(most.0);
    let half = doubled / 2;
    Millis(doubled - (half as u128 * u128::from(jitter) / u128::from(u32::MAX)) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_a_bound_and_never_under_half() {
        let at = |attempt, jitter| delay(Millis(100), Millis(1_000), attempt, jitter).0;
        assert_eq!([at(0, 0), at(1, 0), at(3, 0), at(9, 0), at(u32::MAX, 0)], [100, 200, 800, 1_000, 1_000]);
        assert_eq!(at(0, u32::MAX), 50);
    }
}
