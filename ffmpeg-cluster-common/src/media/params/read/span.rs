//! Reads the wanted part and its rate: `-ss`, `-t`, `-to`, `-frames:v`, `-r`, `-fps_mode`.

use super::draft::{Draft, SpanDraft, refuse};
use super::typed_option::TypedOption;
use crate::media::params::filters::memory::rate;
use crate::media::params::{Pace, Refusal, Span};

type Done = Result<(), Vec<Refusal>>;

/// Longer than any film, and small enough not to overflow.
const TIME_US_MAX: i64 = 1_000_000 * 3600 * 24 * 365;

/// Reads a time in ffmpeg's notation as microseconds: `90`, `1:30`, `00:01:30.5`, `500ms`, `20us`.
fn time(text: &str) -> Option<i64> {
    let (number, unit_us) = [("ms", 1_000), ("us", 1), ("s", 1_000_000)]
        .into_iter()
        .find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?, unit)))
        .unwrap_or((text, 1_000_000));
    let parts: Vec<&str> = number.split(':').collect();
    let (last, clock) = parts.split_last()?;
    if clock.len() > 2 || (!clock.is_empty() && unit_us != 1_000_000) {
        return None;
    }
    let mut seconds: i64 = 0;
    for part in clock {
        seconds = seconds.checked_add(digits(part)?)?.checked_mul(60)?;
    }
    let (whole, fraction) = last.split_once('.').unwrap_or((last, ""));
    let whole = if whole.is_empty() && !fraction.is_empty() { 0 } else { digits(whole)? };
    // Digits beyond the sixth are cut off, as ffmpeg does.
    let millionths = if fraction.is_empty() { 0 } else { digits(fraction.get(..6).unwrap_or(fraction))? };
    let scale = 10_i64.pow(6 - fraction.len().min(6) as u32);
    let us = seconds.checked_add(whole)?.checked_mul(unit_us)?;
    let us = us.checked_add(millionths * scale * unit_us / 1_000_000)?;
    (us <= TIME_US_MAX).then_some(us)
}

fn wanted_time(said: &TypedOption<'_>, value: &str) -> Result<i64, Vec<Refusal>> {
    let wanted = "expected a time such as 90, 1:30 or 00:01:30.500";
    time(value).map_or_else(|| refuse(format!("{} {value}", said.word), wanted), Ok)
}

fn digits(text: &str) -> Option<i64> {
    (!text.is_empty() && text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

impl Draft {
    /// `-ss`
    pub(crate) fn start(&mut self, said: &TypedOption<'_>, value: &str) -> Done {
        self.span.start_us = Some(wanted_time(said, value)?);
        Ok(())
    }

    /// `-t`
    pub(crate) fn length(&mut self, said: &TypedOption<'_>, value: &str) -> Done {
        self.span.length_us = Some(wanted_time(said, value)?);
        Ok(())
    }

    /// `-to`
    pub(crate) fn end(&mut self, said: &TypedOption<'_>, value: &str) -> Done {
        self.span.end_us = Some(wanted_time(said, value)?);
        Ok(())
    }

    pub(crate) fn frames(&mut self, said: &TypedOption<'_>, value: &str) -> Done {
        match digits(value).and_then(|frames| u64::try_from(frames).ok()) {
            Some(frames) if frames > 0 => self.span.frames = Some(frames),
            Some(_) | None => {
                return refuse(format!("{} {value}", said.word), "expected a number of frames, at least 1");
            }
        }
        Ok(())
    }

    pub(crate) fn rate(&mut self, said: &TypedOption<'_>, value: &str) -> Done {
        let Some(rate) = rate(value) else {
            return refuse(
                format!("{} {value}", said.word),
                "expected a rate from 0.01 to 1000, such as 25 or 30000/1001",
            );
        };
        self.span.pace = Some(Pace::Rate(rate));
        Ok(())
    }

    /// `-fps_mode` and its older name `-vsync`.
    pub(crate) fn frame_mode(&mut self, said: &TypedOption<'_>, value: &str) -> Done {
        match value {
            "passthrough" | "0" | "vfr" | "2" => self.span.passthrough = true,
            "cfr" | "1" => {
                self.span.pace.get_or_insert(Pace::Film);
            }
            "auto" | "-1" => {}
            _ => return refuse(format!("{} {value}", said.word), "expected passthrough, vfr, cfr or auto"),
        }
        Ok(())
    }

    /// Combines the options, and refuses contradictions.
    pub(super) fn finish_span(&mut self) -> Span {
        let SpanDraft { start_us, length_us, end_us, frames, pace, passthrough } =
            std::mem::take(&mut self.span);
        if pace.is_some() && passthrough {
            self.refusals.push(Refusal::new(
                "-fps_mode",
                "a constant rate (-r, cfr) and passthrough contradict each other",
            ));
        }
        self.pace = pace;
        let start_us = start_us.unwrap_or(0);
        let until = end_us.map(|end| end - start_us);
        // As in ffmpeg, -t wins over -to.
        let length_us = length_us.or(until);
        if length_us.is_some_and(|length| length <= 0) {
            self.refusals.push(Refusal::new(
                "-to",
                "nothing is left of the film: the end does not lie behind the start",
            ));
        }
        Span { start_us, length_us, frames }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_ffmpeg_takes_them() {
        for (text, us) in [
            ("90", 90_000_000),
            ("1:30", 90_000_000),
            ("00:01:30.5", 90_500_000),
            (".25", 250_000),
            ("1.0000019", 1_000_001),
            ("500ms", 500_000),
            ("1.5ms", 1500),
            ("20us", 20),
            ("3s", 3_000_000),
        ] {
            assert_eq!(time(text), Some(us), "{text}");
        }
        for text in [
            "",
            "-1",
            "1:2:3:4",
            "a",
            "1.x",
            "1e3",
            "1:30ms",
            "99999999999999",
            ".",
            "1,5",
            "2562047788:00:54.999999",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
