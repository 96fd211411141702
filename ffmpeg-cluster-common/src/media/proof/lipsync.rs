//! Checks that each sound begins at the right distance from the picture.
//! The proof of the frames counts from the first frame,
//! so it would accept a picture that is a second late.

use std::collections::BTreeMap;

use crate::fault::{Fault, FaultCode};
use crate::media::command::sound::SOUND_SHIFT_US;
use crate::media::params::Profile;
use crate::media::plan::carriage::{Carriage, Carried, Kept};
use crate::media::source::{Source, Stream, StreamKind};
use crate::media::words::container::Container;

/// Covers the containers' ticks, the encoders' priming, and reordered frames.
const ALLOWED_US: i64 = 100_000;
/// The longest priming that one file includes and another cuts off.
const PRIMING_SAMPLES: i64 = 2_048;

/// The beginning of the picture in the wanted part of the film, and in the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begins {
    pub wanted_us: i64,
    pub told_us: i64,
}

/// The inputs that a result was made from.
#[derive(Debug)]
pub struct ResultInputs<'a> {
    pub source: &'a Source,
    pub profile: &'a Profile,
    pub carriage: &'a Carriage,
    /// When each encoded sound begins in its piece, by the stream's number in the source.
    pub begins_us: &'a BTreeMap<u32, i64>,
}

/// Fails if a sound of the result is too early or too late relative to the picture.
pub fn prove(made: &ResultInputs<'_>, result: &Source, picture: Begins) -> Result<(), Fault> {
    if !tells_times(made.profile.container) {
        return Ok(());
    }
    let sounds = made.carriage.kept.iter().filter(|kept| kept.kind == StreamKind::Audio);
    for (kept, told) in sounds.zip(result.of_kind(StreamKind::Audio)) {
        let (Some(wanted_us), Some(told_us)) = (wanted(made, kept), told.start_us) else { continue };
        let off = (told_us - picture.told_us) - (wanted_us - picture.wanted_us);
        if off.abs() > allowed_us(told) {
            let (milliseconds, way) = (off.abs() / 1000, if off > 0 { "late" } else { "early" });
            let message =
                format!("its sound {} is {milliseconds} ms too {way} against the picture", kept.stream);
            return Err(Fault::new(FaultCode::ProofFailed, message));
        }
    }
    Ok(())
}

/// Other containers count frames;
/// their sound is padded or cut until it begins with the picture.
fn tells_times(container: Container) -> bool {
    !container.wants_constant_rate() && !container.is_one_picture()
}

fn allowed_us(told: &Stream) -> i64 {
    let rate = told.sound.as_ref().map_or(0, |sound| i64::from(sound.sample_rate));
    ALLOWED_US + PRIMING_SAMPLES * 1_000_000 / rate.max(8_000)
}

/// When a sound should begin; None if that is unknown, or if the part begins within the sound.
fn wanted(made: &ResultInputs<'_>, kept: &Kept) -> Option<i64> {
    let from_us = made.profile.span.start_us;
    match &kept.what {
        Carried::Sound => made.begins_us.get(&kept.stream).map(|begins_us| begins_us - SOUND_SHIFT_US),
        Carried::Copied if !made.source.clock_set_back => {
            let stream = made.source.streams.iter().find(|stream| stream.index == kept.stream)?;
            let begins_us = stream.start_us? - made.source.start_us - from_us;
            (from_us == 0 || begins_us >= 0).then_some(begins_us)
        }
        Carried::Copied | Carried::Picture | Carried::Converted { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::params::{parse, words};
    use crate::media::plan::carriage::plan;
    use crate::media::sample::film;

    const PICTURE: Begins = Begins { wanted_us: 23_000, told_us: 1_423_000 };

    /// The judgement of a film whose second sound begins at 0.5 s.
    /// The result states all times 1.4 s later, as a transport stream does.
    fn judged(name: &str, line: &str, tell: impl FnOnce(&mut Source)) -> Result<(), String> {
        let mut source = film();
        (source.streams[1].start_us, source.streams[2].start_us) = (Some(-7_000), Some(493_000));
        let mut result = source.clone();
        (result.streams[1].start_us, result.streams[2].start_us) = (Some(1_400_000), Some(1_900_000));
        tell(&mut result);
        let profile = parse(&words(line).unwrap(), Container::of_name(name).unwrap()).unwrap();
        let carriage = plan(&source, &profile).unwrap();
        let begins_us = BTreeMap::from([(1, SOUND_SHIFT_US), (2, SOUND_SHIFT_US + 500_000)]);
        let made =
            ResultInputs { source: &source, profile: &profile, carriage: &carriage, begins_us: &begins_us };
        prove(&made, &result, PICTURE).map_err(|fault| fault.message)
    }

    #[test]
    fn sound_that_begins_where_it_should_is_proved_and_its_priming_does_not_count() {
        for line in ["-c:a aac", "-c:a copy"] {
            assert_eq!(judged("a.mkv", line, |_| {}), Ok(()), "{line}");
        }
    }

    #[test]
    fn a_picture_or_a_sound_in_another_place_is_told_with_its_stream() {
        for line in ["-c:a aac", "-c:a copy"] {
            let all = |by: i64| {
                judged("a.mp4", line, |result| {
                    result.streams.iter_mut().filter_map(|s| s.start_us.as_mut()).for_each(|us| *us += by);
                })
            };
            assert!(
                all(-1_000_000).unwrap_err().ends_with("sound 1 is 1000 ms too early against the picture"),
                "{line}"
            );
            assert!(all(200_000).unwrap_err().contains("sound 1 is 200 ms too late"), "{line}");
            let second = judged("a.mp4", line, |result| result.streams[2].start_us = Some(1_400_000));
            assert!(second.unwrap_err().contains("sound 2 is 500 ms too early"), "{line}");
        }
    }

    #[test]
    fn what_nobody_tells_or_what_is_cut_is_not_judged() {
        let late = |result: &mut Source| result.streams[1].start_us = Some(9_000_000);
        assert!(judged("a.mkv", "-c:a copy", late).is_err());
        assert_eq!(judged("a.avi", "-c:v ffv1 -c:a copy", late), Ok(()));
        assert_eq!(judged("a.mkv", "-c:a copy", |result| result.streams[1].start_us = None), Ok(()));
        assert_eq!(judged("a.mkv", "-ss 2 -c:a copy", late), Ok(()));
    }
}
