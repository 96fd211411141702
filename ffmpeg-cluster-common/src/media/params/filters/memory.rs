//! How far a picture filter looks beyond its frame, which decides whether the filter can run in pieces.
//!
//! Free: it sees only the frame and its time ([`super::free`]).
//! Near: it sees a known number of frames before
//! and after, which a piece reads as well and then cuts off.
//! Whole: it sees everything before, so the film is encoded in one piece.
//! Some filters also change which frames there are: two for one,
//! or one at every tick of a rate, at times known beforehand.
//! If only the filter itself determines its frames, the film is one piece.

use super::free::is_free;
use super::{Chain, Filter, identifiers};
use crate::frames::Rational;

/// What a chain needs of the film around a piece.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Frames of the source to read before and after a piece.
    pub before: u64,
    pub after: u64,
    /// Names of filters that need the whole film.
    pub whole: Vec<String>,
    /// What the filters do to the frames' times, in this order.
    pub steps: Vec<Step>,
    /// Whether only the filters determine how many frames come out, and when.
    pub own: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Two frames for each, the second halfway to the next; times then count in half ticks.
    Fields,
    /// One frame for each tick of a rate.
    Rate(Rational),
}

/// Deinterlacers look at one neighbour and get two:
/// an extra frame is cheap, and a missing one makes a wrong film.
const NEIGHBOURS: u64 = 2;

/// What one filter needs.
enum Memory {
    Free,
    Near { before: u64, after: u64 },
    Whole,
}

/// Filters that need the whole film and make frames of their own.
const OWN: &str = "fieldmatch decimate mpdecimate pullup telecine detelecine framestep select tinterlace interlace \
    separatefields weave doubleweave minterpolate framerate tblend thumbnail dejudder w3fdif estdif shuffleframes \
    tmedian kerndeint";

impl Chain {
    /// What the chain's picture filters need.
    pub fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        self.filters().for_each(|filter| needs.add(filter));
        needs
    }

    /// The first filter that makes frames which only the filter itself can count.
    pub(crate) fn makes_own(&self) -> Option<&Filter> {
        self.filters().find(|filter| matches!(of(filter).1, FilterOutput::Own))
    }
}

impl Needs {
    fn add(&mut self, filter: &Filter) {
        let ((memory, step), name) = (of(filter), filter.name());
        let switched = filter.word(&["enable"]).is_some();
        match memory {
            Memory::Free => {}
            // After a change of rate the margins no longer count frames of the source.
            // A filter that is switched off for a while keeps the frames from before.
            Memory::Near { .. }
                if switched || self.steps.iter().any(|step| matches!(step, Step::Rate(_))) =>
            {
                self.whole.push(name.to_owned());
            }
            Memory::Near { before, after } => {
                self.before += before;
                self.after += after;
            }
            Memory::Whole => self.whole.push(name.to_owned()),
        }
        match step {
            FilterOutput::Same => {}
            FilterOutput::Known(step) => self.steps.push(step),
            FilterOutput::Own => self.own = true,
        }
        if filter.counts_frames() && !self.whole.iter().any(|known| known == name) {
            self.whole.push(name.to_owned());
        }
    }
}

enum FilterOutput {
    Same,
    Known(Step),
    Own,
}

const WHOLE: (Memory, FilterOutput) = (Memory::Whole, FilterOutput::Same);

fn of(filter: &Filter) -> (Memory, FilterOutput) {
    let near = |before, after| (Memory::Near { before, after }, FilterOutput::Same);
    match filter.name() {
        "yadif" | "bwdif" => deinterlaced(filter),
        "tmix" => filter.number(&["frames"], 3).map_or(WHOLE, |frames| near(frames, 0)),
        "atadenoise" => filter.number(&["s"], 9).map_or(WHOLE, |size| near(size / 2 + 1, size / 2 + 1)),
        "deflicker" => filter.number(&["size", "s"], 5).map_or(WHOLE, |size| near(size, size)),
        "fade" if fades_by_time(filter) => (Memory::Free, FilterOutput::Same),
        "fps" => match filter.word(&["fps"]).map_or(Some(Rational { num: 25, den: 1 }), rate) {
            Some(rate) => (Memory::Free, FilterOutput::Known(Step::Rate(rate))),
            None => (Memory::Whole, FilterOutput::Own),
        },
        name if OWN.split_whitespace().any(|known| known == name) => (Memory::Whole, FilterOutput::Own),
        name if is_free(name, filter) => (Memory::Free, FilterOutput::Same),
        _ => WHOLE,
    }
}

fn deinterlaced(filter: &Filter) -> (Memory, FilterOutput) {
    let near = Memory::Near { before: NEIGHBOURS, after: NEIGHBOURS };
    let usual = if filter.name() == "bwdif" { "send_field" } else { "send_frame" };
    let all = matches!(filter.word(&["deint"]).unwrap_or("all"), "0" | "all");
    match filter.word(&["mode"]).unwrap_or(usual) {
        "0" | "2" | "send_frame" | "send_frame_nospatial" => (near, FilterOutput::Same),
        "1" | "3" | "send_field" | "send_field_nospatial" if all => (near, FilterOutput::Known(Step::Fields)),
        // In a film with both kinds of frames, some give one frame and others two.
        _ => (Memory::Whole, FilterOutput::Own),
    }
}

/// Whether a fade uses times only: frame numbers count frames,
/// and `enable` delays the start of the fade.
fn fades_by_time(filter: &Filter) -> bool {
    let lasts = |text: &str| is_decimal(text) && text.parse::<f64>().is_ok_and(|seconds| seconds > 0.0);
    let frames = filter.word(&["start_frame", "s", "nb_frames", "n", "enable"]);
    let (begins, length) = (filter.word(&["start_time", "st"]), filter.word(&["duration", "d"]));
    frames.is_none() && begins.is_none_or(is_decimal) && length.is_some_and(lasts) && is_free("null", filter)
}

fn is_decimal(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

const RATE_PART_MAX: i64 = 1_000_000_000;

/// A rate in the notation of filters and `-r`: a number, a fraction or a name.
pub(crate) fn rate(text: &str) -> Option<Rational> {
    const NAMES: [(&str, i64, i64); 7] = [
        ("ntsc", 30_000, 1001),
        ("pal", 25, 1),
        ("film", 24, 1),
        ("ntsc_film", 24_000, 1001),
        ("ntsc-film", 24_000, 1001),
        ("qntsc", 30_000, 1001),
        ("qpal", 25, 1),
    ];
    if let Some((_, num, den)) = NAMES.iter().find(|(name, _, _)| *name == text) {
        return Rational::new(*num, *den);
    }
    if !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'/' | b':' | b'.')) {
        return None;
    }
    let known = match text.split_once(['/', ':']) {
        Some((num, den)) => Rational::new(num.parse().ok()?, den.parse().ok()?)?,
        None => decimal(text)?,
    };
    // ffmpeg refuses larger parts, and arithmetic with times would overflow.
    if known.num > RATE_PART_MAX || known.den > RATE_PART_MAX {
        return None;
    }
    (known.is_positive() && (0.01..=1000.0).contains(&known.as_f64())).then(|| known.reduced())
}

/// Reads a decimal number such as `29.97` exactly.
fn decimal(text: &str) -> Option<Rational> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 6 {
        return None;
    }
    let den = 10_i64.checked_pow(u32::try_from(part.len()).ok()?)?;
    let part: i64 = if part.is_empty() { 0 } else { part.parse().ok()? };
    Rational::new(whole.parse::<i64>().ok()?.checked_mul(den)?.checked_add(part)?, den)
}

impl Filter {
    /// The value as a whole number, or `otherwise` if it is unset; None if it is not a whole number.
    fn number(&self, names: &[&str], otherwise: u64) -> Option<u64> {
        self.word(names).map_or(Some(otherwise), |text| text.parse().ok())
    }

    /// Whether an expression uses the frame's number,
    /// or random numbers, which depend on the frames before.
    fn counts_frames(&self) -> bool {
        let mut all = self.arguments().flat_map(|(_, value)| identifiers(value));
        all.any(|word| matches!(word, "n" | "N" | "random" | "randomi"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(chain: &str) -> Needs {
        chain.parse::<Chain>().unwrap().needs()
    }

    fn fps(num: i64, den: i64) -> Step {
        Step::Rate(Rational { num, den })
    }

    #[test]
    fn filters_of_single_frames_need_nothing() {
        for chain in ["scale=1280:-2", "crop='min(iw,ih)':ih,hflip", "fade=t=in:st=0:d=2", "eq=contrast=1.2"]
        {
            assert_eq!(needs(chain), Needs::default(), "{chain}");
        }
    }

    #[test]
    fn margins_add_up() {
        let both = needs("yadif,tmix=frames=5,scale=2:2");
        assert_eq!((both.before, both.after, both.whole.len(), both.steps.len()), (7, 2, 0, 0));
        assert_eq!(needs("atadenoise=s=5").before, 3);
        assert_eq!(needs("deflicker").after, 5);
    }

    #[test]
    fn what_makes_other_frames_says_which() {
        assert_eq!(needs("yadif=1").steps, [Step::Fields]);
        assert_eq!(needs("yadif=mode=send_field:deint=all,fps=25").steps, [Step::Fields, fps(25, 1)]);
        assert_eq!(needs("bwdif").steps, [Step::Fields]);
        assert!(needs("bwdif=mode=send_frame").steps.is_empty());
        assert!(needs("yadif=1:deint=1").own);
        assert!(needs("fieldmatch,decimate").own);
    }

    #[test]
    fn memory_without_an_end_needs_the_whole_film() {
        assert_eq!(needs("hqdn3d,scale=2:2").whole, ["hqdn3d"]);
        for fade in [
            "fade",
            "fade=in:0:30",
            "fade=t=in:d=0",
            "fade=t=in:s=30:d=1",
            "fade=t=in:d=1:n=5",
            "fade=t=in:st=x:d=1",
        ] {
            assert_eq!(needs(fade).whole, ["fade"], "{fade}");
        }
        assert_eq!(needs("vignette").whole, ["vignette"]);
        assert_eq!(
            needs("tmix=frames=3:enable='gt(t,1)'").whole,
            ["tmix"],
            "it remembers what was before it was off"
        );
        assert_eq!(needs("tmix=frames=60.4").whole, ["tmix"], "what is not understood is no default");
        assert_eq!(needs("crop=x=n").whole, ["crop"]);
        assert_eq!(needs("fps=5,tmix").whole, ["tmix"], "four frames of the new rate are many of the old");
    }

    #[test]
    fn rates_as_people_write_them() {
        let told =
            ["25", "30000/1001", "29.97", "ntsc", "0", "x", "1e9", "100000", "4294967297000/4294967296"]
                .map(rate);
        let wanted = [
            Some((25, 1)),
            Some((30_000, 1001)),
            Some((2997, 100)),
            Some((30_000, 1001)),
            None,
            None,
            None,
            None,
            None,
        ];
        assert_eq!(told.map(|rate| rate.map(|rate| (rate.num, rate.den))), wanted);
    }
}
