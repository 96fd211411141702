//! Wall-clock time as text: RFC 3339, in UTC, to the millisecond.

use std::str::FromStr;

use crate::time::WallMillis;

const BAD: &str = "not a moment such as 2026-11-21T08:30:00Z, or a day such as 2026-11-21";

/// Reads a day, or a moment of RFC 3339 with any offset. Digits beyond milliseconds are dropped, and every moment before 1970
/// counts as its beginning.
impl FromStr for WallMillis {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, &'static str> {
        let (date, rest) = text.split_at_checked(10).ok_or(BAD)?;
        let [year, month, day] = fields(date, '-', &[4, 2, 2])?;
        let days = days_since_1970(year, month, day).ok_or(BAD)?;
        let of_day = if rest.is_empty() { 0 } else { of_day(rest)? };
        let ms = days.checked_mul(DAY_MS as i64).and_then(|ms| ms.checked_add(of_day)).ok_or(BAD)?;
        Ok(Self(u64::try_from(ms).unwrap_or(0)))
    }
}

/// Numbers between separators, each with exactly its count of digits.
fn fields<const N: usize>(text: &str, between: char, digits: &[usize; N]) -> Result<[i64; N], &'static str> {
    let parts: Vec<&str> = text.split(between).collect();
    let mut all = [0; N];
    if parts.len() != N {
        return Err(BAD);
    }
    for (n, part) in parts.iter().enumerate() {
        let is_number = part.len() == digits[n] && part.bytes().all(|b| b.is_ascii_digit());
        all[n] = part.parse().ok().filter(|_| is_number).ok_or(BAD)?;
    }
    Ok(all)
}

/// Milliseconds since the beginning of the day in UTC, from `T08:30:00.5+02:00`.
fn of_day(text: &str) -> Result<i64, &'static str> {
    let text = text.strip_prefix(['T', 't', ' ']).ok_or(BAD)?;
    let zone = text.find(['Z', 'z', '+', '-']).ok_or(BAD)?;
    let (clock, zone) = text.split_at(zone);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [hour, minute, second] = fields(clock, ':', &[2, 2, 2])?;
    let is_number = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    if hour > 23 || minute > 59 || second > 60 || !is_number {
        return Err(BAD);
    }
    let ms: i64 = format!("{fraction:0<3.3}").parse().map_err(|_| BAD)?;
    Ok((hour * 3600 + minute * 60 + second) * 1000 + ms - offset_ms(zone)?)
}

fn offset_ms(zone: &str) -> Result<i64, &'static str> {
    let (sign, clock) = match zone.split_at(1) {
        ("Z" | "z", "") => return Ok(0),
        ("+", clock) => (1, clock),
        (_, clock) => (-1, clock),
    };
    let [hours, minutes] = fields(clock, ':', &[2, 2])?;
    if hours > 23 || minutes > 59 {
        return Err(BAD);
    }
    Ok(sign * (hours * 60 + minutes) * 60_000)
}

/// None if the calendar has no such day. The inverse of [`civil`].
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    let shifted = year - i64::from(month <= 2);
    let (era, year_of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (1..=longest).contains(&day).then_some(era * 146_097 + day_of_era - 719_468)
}

const DAY_MS: u64 = 86_400_000;

pub fn rfc3339(at: WallMillis) -> String {
    let (days, ms) = (at.0 / DAY_MS, at.0 % DAY_MS);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", ms % 1000)
}

/// Year, month and day of a number of days since 1970, in the Gregorian calendar.
/// Years are counted from March, so that the leap day is the last day.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_they_are_written_and_nonsense_is_refused() {
        for ms in [0, 951_782_399_999, 951_782_400_000, 1_795_219_200_000, 4_107_542_400_000] {
            assert_eq!(rfc3339(WallMillis(ms)).parse(), Ok(WallMillis(ms)));
        }
        let noon = Ok(WallMillis(1_795_262_400_500));
        for text in
            ["2026-11-21T12:00:00.5Z", "2026-11-21t14:00:00.5009+02:00", "2026-11-21 03:00:00.50-09:00"]
        {
            assert_eq!(text.parse(), noon, "{text}");
        }
        assert_eq!("2026-11-21".parse(), Ok(WallMillis(1_795_219_200_000)));
        for old in ["1969-12-31", "0000-02-29", "1970-01-01T00:00:00+01:00"] {
            assert_eq!(old.parse(), Ok(WallMillis(0)), "{old}");
        }
        for bad in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-11-31",
            "2026-00-01",
            "2026-1-01",
            "yesterday..",
            "2026-11-21T",
            "2026-11-21T12:00",
            "2026-11-21T12:00:00",
            "2026-11-21T24:00:00Z",
            "2026-11-21T12:00:00.Z",
            "2026-11-21T12:00:00+2",
            "2026-11-21T12:00:00Zx",
            "2026-11-2\u{e9}",
            "+026-11-21",
        ] {
            assert_eq!(bad.parse::<WallMillis>(), Err(BAD), "{bad}");
        }
    }

    #[test]
    fn known_moments() {
        let text = |ms| rfc3339(WallMillis(ms));
        assert_eq!(text(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(text(951_782_399_999), "2000-02-28T23:59:59.999Z");
        assert_eq!(text(951_782_400_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(text(1_795_219_200_000), "2026-11-21T00:00:00.000Z");
        assert_eq!(text(4_107_542_399_000), "2100-02-28T23:59:59.000Z");
        assert_eq!(text(4_107_542_400_000), "2100-03-01T00:00:00.000Z");
    }
}
