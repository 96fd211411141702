//! A ladder: the film in several sizes, between which players change.
//!
//! - [`config`]: what a submitter says of it
//! - [`refused`]: why it is refused
//! - [`usual`]: tables: the usual rungs, their encoders, and what is refused
//! - [`cap`]: bounds of the bit rate
//! - [`judge`]: what can make a rung
//! - [`rung`]: one size, with its encoder
//! - [`size`]: the size of a rung for a film
//! - [`fit`]: the rungs that a film gets
//! - [`film`]: what the parameters of the film may say beside it

mod cap;
pub mod config;
mod film;
mod fit;
mod judge;
mod refused;
mod rung;
mod size;
mod usual;

pub(crate) use cap::Cap;
pub use fit::FittedRung;
pub(crate) use judge::check_rungs;
pub use refused::LadderRefusal;
pub(crate) use rung::Rung;
pub(crate) use usual::KeyFrames;

use serde::{Deserialize, Serialize};

use self::config::{Format, LadderConfig};
use super::{Profile, SoundProfile, parse, words};
use crate::media::words::container::Container;
use crate::time::Millis;

/// Nobody offers more, and each is encoded in full.
const RUNGS_MAX: usize = 12;
const SOUNDS_MAX: usize = 8;
const SECONDS_USUAL: f64 = 6.0;
/// Players load one media segment before they show anything, and lists of shorter ones grow long.
const SECONDS_MIN: f64 = 1.0;
const SECONDS_MAX: f64 = 30.0;
const SOUND_USUAL: &str = "-c:a aac -b:a 128k -ac 2";
/// Every player of streams decodes it.
pub(crate) const SOUND_CODEC: &str = "aac";
/// The samples that its encoder makes to begin with.
pub(crate) const SOUND_PRIMING: u32 = 1024;
/// The samples of each of its packets.
pub(crate) const SOUND_SAMPLES: i64 = 1024;

/// A ladder, as understood. Nothing of it is the submitter's own text but the names of rungs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ladder {
    /// In the order in which the submitter named them.
    pub rungs: Vec<Rung>,
    /// Each track of sound in the film is encoded in all of these ways.
    pub sounds: Vec<SoundProfile>,
    pub segment: Millis,
    /// Without repetition.
    pub formats: Vec<Format>,
}

impl Ladder {
    /// Understands all of it, or names all mistakes.
    pub fn read(config: &LadderConfig) -> Result<Self, Vec<LadderRefusal>> {
        let mut refusals = Vec::new();
        let rungs = taken(rung::read_all(config), &mut refusals);
        let sounds = taken(sounds(config), &mut refusals);
        let segment = taken(segment(config), &mut refusals);
        let formats = taken(formats(config), &mut refusals);
        match (rungs, sounds, segment, formats) {
            (Some(rungs), Some(sounds), Some(segment), Some(formats)) => {
                Ok(Self { rungs, sounds, segment, formats })
            }
            _ => Err(refusals),
        }
    }
}

fn taken<T>(read: Result<T, Vec<LadderRefusal>>, refusals: &mut Vec<LadderRefusal>) -> Option<T> {
    read.map_err(|why| refusals.extend(why)).ok()
}

fn sounds(config: &LadderConfig) -> Result<Vec<SoundProfile>, Vec<LadderRefusal>> {
    let usual = [SOUND_USUAL.to_owned()];
    let lines = config.sound.as_deref().unwrap_or(&usual);
    if lines.len() > SOUNDS_MAX {
        let why = format!("{} are more than {SOUNDS_MAX} ways to encode sound", lines.len());
        return Err(vec![LadderRefusal::request("sound", why)]);
    }
    refused::all(lines.iter().enumerate().map(|(number, line)| sound(&format!("sound[{number}]"), line)))
}

fn sound(path: &str, line: &str) -> Result<SoundProfile, Vec<LadderRefusal>> {
    let refused = |why: &str| Err(vec![LadderRefusal::parameters(path, why)]);
    let words = words(line).map_err(|refusal| vec![LadderRefusal::parameters(path, refusal)])?;
    let profile = parse(&words, Container::Mp4).map_err(|all| LadderRefusal::of_parameters(path, all))?;
    let without_sound = Profile { sound: SoundProfile::Drop, ..profile.clone() };
    if Ok(without_sound) != parse(&["-an".to_owned()], Container::Mp4) {
        return refused("options of the sound alone stand here");
    }
    match profile.sound {
        SoundProfile::Encode { encoder, options, filters } => {
            let encoder = encoder.unwrap_or_else(|| Container::Mp4.default_sound_encoder().to_owned());
            // Other encoders of the codec begin with other numbers of samples.
            if encoder != SOUND_CODEC {
                return refused(&format!(
                    "{encoder}: streams carry sound that every player decodes, from -c:a aac"
                ));
            }
            Ok(SoundProfile::Encode { encoder: Some(encoder), options, filters })
        }
        SoundProfile::Copy => refused(
            "-c:a copy: sound of a stream is cut into packets of equal length; -c:a aac encodes it so",
        ),
        SoundProfile::Drop => refused("-an: an empty list makes a stream without sound"),
    }
}

fn segment(config: &LadderConfig) -> Result<Millis, Vec<LadderRefusal>> {
    let seconds = config.segment_seconds.unwrap_or(SECONDS_USUAL);
    if (SECONDS_MIN..=SECONDS_MAX).contains(&seconds) {
        return Ok(Millis((seconds * 1000.0).round() as u64));
    }
    let why = format!("{seconds} is not between {SECONDS_MIN} and {SECONDS_MAX}");
    Err(vec![LadderRefusal::request("segment_seconds", why)])
}

fn formats(config: &LadderConfig) -> Result<Vec<Format>, Vec<LadderRefusal>> {
    let mut formats = config.formats.clone().unwrap_or_else(|| vec![Format::Hls, Format::Dash]);
    formats.sort_unstable();
    formats.dedup();
    if formats.is_empty() {
        return Err(vec![LadderRefusal::request("formats", "none is named; hls and dash are known")]);
    }
    Ok(formats)
}

#[cfg(test)]
mod tests;
