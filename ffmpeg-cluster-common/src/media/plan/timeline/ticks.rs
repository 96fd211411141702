//! The timescale of the result, if the parameters set one with `-video_track_timescale`.

use super::chain;
use crate::frames::Rational;
use crate::media::params::{Profile, Refusal, Step};
use crate::media::source::Picture;

/// The option's name in the profile.
const OPTION: &str = "video_track_timescale";
/// This many ticks per second express any time to a tenth of a millisecond, which the proof tolerates.
const FINE: i64 = 5_000;

/// Checks that the timescale that the user asked for can express the times of all frames.
/// In a coarser one two frames would share a time.
pub fn can_tell(profile: &Profile, picture: &Picture) -> Result<(), Refusal> {
    let asked = profile.muxer.iter().find(|(name, _)| name == OPTION);
    let Some(ticks) = asked.and_then(|(_, value)| value.parse::<i64>().ok()) else { return Ok(()) };
    let rate = rate(profile, picture);
    let on_ticks = rate.num.max(1);
    if ticks >= FINE || ticks % on_ticks == 0 {
        return Ok(());
    }
    let (least, rate) = (on_ticks.min(FINE), rate.to_string());
    let rate = rate.trim_end_matches("/1");
    Err(Refusal::new(
        format!("-{OPTION} {ticks}"),
        format!(
            "a clock of {ticks} ticks a second can't express the times of {rate} frames a second; {least} is the smallest number that \
             can, or leave the option out"
        ),
    ))
}

/// The frame rate of the result, as far as it is known before the index.
fn rate(profile: &Profile, picture: &Picture) -> Rational {
    let steps = chain(profile, Some(picture)).map(|chain| chain.needs().steps).unwrap_or_default();
    steps.iter().fold(picture.base_rate, |rate, step| match step {
        Step::Fields => Rational { num: rate.num.saturating_mul(2), den: rate.den },
        Step::Rate(rate) => *rate,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::params::{parse, words};
    use crate::media::sample::film;
    use crate::media::words::container::Container;

    #[test]
    fn a_clock_that_is_too_slow_is_refused_with_the_smallest_that_is_not() {
        let told = |line: &str, rate: Rational| {
            let profile = parse(&words(line).unwrap(), Container::Mp4).unwrap();
            let mut picture = film().film_stream().unwrap().1.clone();
            picture.base_rate = rate;
            can_tell(&profile, &picture).map_err(|refusal| refusal.to_string())
        };
        let (pal, ntsc) = (Rational { num: 25, den: 1 }, Rational { num: 24_000, den: 1001 });
        for (line, rate) in [
            ("", pal),
            ("-video_track_timescale 25", pal),
            ("-video_track_timescale 50", pal),
            ("-video_track_timescale 24000", ntsc),
            ("-video_track_timescale 90000", ntsc),
            ("-video_track_timescale 30 -r 30", pal),
            ("-video_track_timescale 50 -vf yadif=1", pal),
        ] {
            assert_eq!(told(line, rate), Ok(()), "{line}");
        }
        for (line, rate, least) in [
            ("-video_track_timescale 1", pal, "25 is the smallest"),
            ("-video_track_timescale 10", pal, "25 is the smallest"),
            ("-video_track_timescale 1000", ntsc, "5000 is the smallest"),
            ("-video_track_timescale 25 -r 30", pal, "30 is the smallest"),
            ("-video_track_timescale 25 -vf yadif=1", pal, "50 is the smallest"),
        ] {
            let said = told(line, rate).unwrap_err();
            assert!(said.contains(least) && said.starts_with("-video_track_timescale"), "{said}");
        }
    }
}
