//! Bits in a second, measured as RFC 8216bis defines them.

/// A part of a rendition: a media segment, or a key frame with what is shown until the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Measure {
    pub(super) bytes: u64,
    pub(super) length_us: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rates {
    /// Of the neighbours that need most, over a time near the target duration.
    pub(super) peak: u64,
    /// Of the whole rendition.
    pub(super) mean: u64,
}

/// The longest media segment in whole seconds, rounded to nearest.
pub(super) fn target_seconds(lengths_us: impl Iterator<Item = u64>) -> u64 {
    lengths_us.map(|length| (length + 500_000) / 1_000_000).max().unwrap_or(0).max(1)
}

impl Rates {
    pub(super) fn of(parts: &[Measure]) -> Self {
        let target_us = target_seconds(parts.iter().map(|part| part.length_us)) * 1_000_000;
        let allowed = target_us / 2..=target_us * 3 / 2;
        let mean = rate(parts);
        let near = (0..parts.len()).flat_map(|first| {
            let rest = &parts[first..];
            let lengths = rest.iter().scan(0, |sum, part| {
                *sum += part.length_us;
                Some(*sum)
            });
            let ends = lengths.enumerate().take_while(|(_, sum)| *sum <= *allowed.end());
            ends.filter(|(_, sum)| sum >= allowed.start()).map(|(last, _)| rate(&rest[..=last]))
        });
        // A film shorter than half the target duration has no such neighbours.
        Self { peak: near.max().unwrap_or(mean), mean }
    }
}

/// Rounded up, as the bound that players take it for.
fn rate(parts: &[Measure]) -> u64 {
    let bits: u128 = parts.iter().map(|part| u128::from(part.bytes) * 8).sum();
    let length: u128 = parts.iter().map(|part| u128::from(part.length_us)).sum();
    u64::try_from((bits * 1_000_000).div_ceil(length.max(1))).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(all: &[(u64, u64)]) -> Vec<Measure> {
        all.iter().map(|&(bytes, length_us)| Measure { bytes, length_us }).collect()
    }

    #[test]
    fn the_peak_is_that_of_neighbours_near_the_target() {
        let rates = Rates::of(&parts(&[(1000, 6_000_000), (3000, 6_000_000), (2000, 6_000_000)]));
        assert_eq!(rates, Rates { peak: 4000, mean: 2667 });
        // Alone, the short last one is too short to count.
        let rates = Rates::of(&parts(&[(750, 6_000_000), (1000, 1_000_000)]));
        assert_eq!(rates, Rates { peak: 2000, mean: 2000 });
        assert_eq!(Rates::of(&parts(&[(50, 400_000)])), Rates { peak: 1000, mean: 1000 });
    }

    proptest! {
        #[test]
        fn no_neighbours_need_more_than_the_peak(all in prop::collection::vec((0_u64..1_000_000, 1_u64..7_000_000), 1..30)) {
            let all = parts(&all);
            let Rates { peak, mean } = Rates::of(&all);
            let target = all.iter().map(|part| (part.length_us as f64 / 1e6).round()).fold(1.0, f64::max);
            let mut found = Vec::new();
            for first in 0..all.len() {
                for end in first + 1..=all.len() {
                    let length: u64 = all[first..end].iter().map(|part| part.length_us).sum();
                    let bytes: u64 = all[first..end].iter().map(|part| part.bytes).sum();
                    let seconds = length as f64 / 1e6;
                    if (0.5 * target..=1.5 * target).contains(&seconds) {
                        found.push((bytes as f64 * 8.0 / seconds).ceil());
                    }
                }
            }
            let most = found.iter().copied().fold(0.0, f64::max);
            if found.is_empty() { prop_assert_eq!(peak, mean) } else { prop_assert!((peak as f64 - most).abs() <= 1.0, "{} {}", peak, most) }
        }
    }
}
