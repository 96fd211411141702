//! One size of a ladder, with its encoder.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::cap::{self, Cap};
use super::config::{LadderConfig, OwnRung, RungConfig};
use super::refused::{self, LadderRefusal};
use super::usual::{Encoder, USUAL};
use super::{RUNGS_MAX, judge, size};
use crate::media::params::{Profile, VideoProfile, parse, words};
use crate::media::words::container::Container;
use crate::text::safe;

const HEIGHT_MIN: u32 = 16;
const NAME_BYTES_MAX: usize = 32;
const ENCODER_USUAL: &str = "-c:v libx264";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    /// The name of its folder.
    pub name: String,
    /// Of a film of 16:9.
    pub height: u32,
    /// Without filters.
    pub video: VideoProfile,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Cap>,
}

pub(super) fn read_all(config: &LadderConfig) -> Result<Vec<Rung>, Vec<LadderRefusal>> {
    let count = config.rungs.len();
    if count == 0 || count > RUNGS_MAX {
        let why = format!("{count} rungs; a ladder has 1 to {RUNGS_MAX}");
        return Err(vec![LadderRefusal::request("rungs", why)]);
    }
    let common = config.ffmpeg_params.as_deref().unwrap_or(ENCODER_USUAL);
    let mut names = BTreeSet::new();
    let rungs = refused::all(config.rungs.iter().enumerate().map(|(number, rung)| {
        let path = format!("rungs[{number}]");
        let own = own(rung);
        if !names.insert(own.name.to_lowercase()) {
            let why = format!("{:?} is named twice", safe::escaped(&own.name));
            return Err(vec![LadderRefusal::request(&path, why)]);
        }
        read(&path, &own, common)
    }))?;
    one_encoder(&rungs)?;
    Ok(rungs)
}

/// One run of one client makes a piece of all rungs.
fn one_encoder(rungs: &[Rung]) -> Result<(), Vec<LadderRefusal>> {
    let first = &rungs[0].video.encoder;
    let Some(number) = rungs.iter().position(|rung| rung.video.encoder != *first) else { return Ok(()) };
    let why = format!(
        "-c:v {}: all rungs of a ladder have one encoder, and the first has {first}; submit the others as a ladder of their own",
        rungs[number].video.encoder
    );
    Err(vec![LadderRefusal::parameters(&format!("rungs[{number}]"), why)])
}

fn own(rung: &RungConfig) -> OwnRung {
    match rung {
        RungConfig::Name(name) => OwnRung { name: name.clone(), ..OwnRung::default() },
        RungConfig::Own(own) => own.clone(),
    }
}

fn read(path: &str, own: &OwnRung, common: &str) -> Result<Rung, Vec<LadderRefusal>> {
    let height = height(path, own).map_err(|refusal| vec![refusal])?;
    let line = own.ffmpeg_params.iter().map(String::as_str);
    let mut typed = Vec::new();
    for line in std::iter::once(common).chain(line) {
        typed.extend(words(line).map_err(|refusal| vec![LadderRefusal::parameters(path, refusal)])?);
    }
    let bounds = cap::taken(path, &mut typed)?;
    let profile = parse(&typed, Container::Mp4).map_err(|all| LadderRefusal::of_parameters(path, all))?;
    let encoder = encoder(path, &profile)?;
    let video = with_quality(path, encoder, typed, &profile.video)?;
    Ok(Rung { name: own.name.clone(), height, video, cap: bounds.or_else(|| encoder.cap(height)) })
}

/// The height that the rung states, or else its name.
fn height(path: &str, own: &OwnRung) -> Result<u32, LadderRefusal> {
    let of_name = USUAL.iter().find(|usual| own.name == format!("{}p", usual.height));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let name = safe::escaped(&own.name);
    if own.name.is_empty() || own.name.len() > NAME_BYTES_MAX || !own.name.bytes().all(plain) {
        let why =
            format!("{name:?} is no name for a folder; 1 to {NAME_BYTES_MAX} letters, digits, - and _ are");
        return Err(LadderRefusal::request(path, why));
    }
    match (own.height, of_name) {
        (None, None) => {
            let all = USUAL.map(|usual| format!("{}p", usual.height)).join(", ");
            Err(LadderRefusal::request(path, format!("{name:?} is no rung; {all}, or {{name, height}}")))
        }
        (None, Some(usual)) => Ok(usual.height),
        (Some(height), _) if (HEIGHT_MIN..=size::SIDE_MAX).contains(&height) => Ok(height),
        (Some(height), _) => {
            let why = format!("height: {height} is not between {HEIGHT_MIN} and {}", size::SIDE_MAX);
            Err(LadderRefusal::request(path, why))
        }
    }
}

/// The encoder, if the parameters are about nothing but how to encode a picture.
fn encoder(path: &str, profile: &Profile) -> Result<&'static Encoder, Vec<LadderRefusal>> {
    let video = &profile.video;
    let refused = |why: &str| Err(vec![LadderRefusal::parameters(path, why)]);
    if profile.copies_picture() {
        return refused("-c:v copy: a rung is encoded, because the film has key frames elsewhere");
    }
    let bare = Profile { video: video.clone(), ..plain() };
    if video.filters.is_none() && *profile != bare {
        return refused("options of the picture alone stand here; products.ladder.sound is for the sound");
    }
    judge::judge(video).map_err(|why| vec![LadderRefusal::parameters(path, why)])
}

/// What a profile is beside the picture if nobody says anything.
pub(super) fn plain() -> Profile {
    parse(&[], Container::Mp4).expect("defaults are accepted")
}

/// The usual quality where the submitter says none.
fn with_quality(
    path: &str,
    encoder: &Encoder,
    mut typed: Vec<String>,
    video: &VideoProfile,
) -> Result<VideoProfile, Vec<LadderRefusal>> {
    let lists = ["crf", "qp", "lossless"];
    let in_list = |(name, value): &(String, String)| {
        name.ends_with("-params")
            && value.split(':').any(|pair| lists.contains(&pair.split('=').next().unwrap_or_default()))
    };
    let of_row = video.row().rate_control.quality;
    let said = |option: &(String, String)| of_row.contains(&option.0.as_str()) || in_list(option);
    if !video.options.iter().any(said) {
        typed.extend(encoder.quality.split(' ').map(str::to_owned));
    }
    let profile = parse(&typed, Container::Mp4).map_err(|all| LadderRefusal::of_parameters(path, all))?;
    Ok(profile.video)
}
