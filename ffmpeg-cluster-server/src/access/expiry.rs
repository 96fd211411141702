//! Until when a token lets somebody in, as people write it.

use ffmpeg_cluster_common::time::WallMillis;

const HOUR_MS: u64 = 3_600_000;
/// A hundred years: more would not fit into a date.
const HOURS_MAX: u64 = 100 * 366 * 24;

/// A stretch from now on such as `90d`, or a moment of RFC 3339.
pub(crate) fn read(text: &str, now: WallMillis) -> Result<WallMillis, String> {
    let wanted = || {
        format!(
            "{text:?} is neither a stretch such as 12h, 90d or 4w nor a moment such as 2027-01-31T08:00:00Z"
        )
    };
    let hours = match text.bytes().last() {
        Some(b'h') => Some(1),
        Some(b'd') => Some(24),
        Some(b'w') => Some(7 * 24),
        _ => None,
    };
    let at = match hours {
        Some(hours) => {
            let count = &text[..text.len() - 1];
            let is_plain = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
            let count =
                count.parse::<u64>().ok().filter(|_| is_plain).and_then(|count| count.checked_mul(hours));
            let hours = count.filter(|hours| *hours <= HOURS_MAX).ok_or_else(wanted)?;
            WallMillis(now.0 + hours * HOUR_MS)
        }
        None => text.parse().map_err(|_| wanted())?,
    };
    if at <= now { Err(format!("{text:?} is not in the future")) } else { Ok(at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_a_stretch_or_a_moment_to_come() {
        let now = WallMillis(1_000);
        let day = 24 * HOUR_MS;
        for (text, wanted) in [("12h", 12 * HOUR_MS), ("90d", 90 * day), ("4w", 28 * day)] {
            assert_eq!(read(text, now), Ok(WallMillis(1_000 + wanted)), "{text}");
        }
        assert_eq!(read("1970-01-02", now), Ok(WallMillis(day)));
        for (text, told) in [
            ("", "neither"),
            ("d", "neither"),
            ("90", "neither"),
            ("-1d", "neither"),
            ("+1d", "neither"),
            ("1.5d", "neither"),
            ("9999999999d", "neither"),
            ("99999999999999999999w", "neither"),
            ("soon", "neither"),
            ("90é", "neither"),
            ("0d", "not in the future"),
            ("1970-01-01", "not in the future"),
        ] {
            let error = read(text, now).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
