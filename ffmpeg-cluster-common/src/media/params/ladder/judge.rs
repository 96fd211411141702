//! Whether an encoder and its options can make a rung: as a submitter asks for it, and as a client
//! gets it from a server.

use super::usual::{ENCODERS, Encoder, KEYS_REFUSED, REFUSED};
use super::{FittedRung, RUNGS_MAX, size};
use crate::limits::PIXELS_MAX;
use crate::media::params::rows::values::Value;
use crate::media::params::{Allowed, VideoProfile, check_picture};
use crate::media::words::container::Container;

/// The most kilobits that a person may ask for.
const KILOBITS_MAX: u64 = 200_000;

pub(super) fn judge(video: &VideoProfile) -> Result<&'static Encoder, String> {
    if video.filters.is_some() || video.pace.is_some() {
        return Err("-vf, -r: filters and rates are those of the film, not of a rung".into());
    }
    let told = |name: &str| REFUSED.iter().find(|(names, _)| names.contains(&name));
    if let Some((name, (_, why))) = video.options.iter().find_map(|(name, _)| Some((name, told(name)?))) {
        return Err(format!("-{name}: {why}"));
    }
    let mut lists = video.options.iter().filter(|(name, _)| name.ends_with("-params"));
    if let Some(key) = lists.find_map(|(_, list)| key_refused(list)) {
        return Err(format!("{key}: key frames and fields are for the ladder to decide"));
    }
    Encoder::of(&video.encoder).ok_or_else(|| {
        let known = ENCODERS.map(|encoder| encoder.name).join(", ");
        let why = "it can't be told where media segments begin, or players can't decode it";
        format!("-c:v {}: {why}; use one of {known}", video.encoder)
    })
}

fn key_refused(list: &str) -> Option<String> {
    let keys = list.split(':').map(|pair| pair.split('=').next().unwrap_or_default().replace('_', "-"));
    keys.into_iter().find(|key| KEYS_REFUSED.contains(&key.as_str()))
}

/// Checks rungs that came over the wire: each is one that an honest server could have fitted to a film.
pub(crate) fn check_rungs(rungs: &[FittedRung]) -> Result<(), String> {
    if rungs.is_empty() || rungs.len() > RUNGS_MAX {
        return Err(format!("{} rungs", rungs.len()));
    }
    rungs.iter().try_for_each(|rung| {
        check_picture(&rung.video, Container::Mp4, &Allowed::default()).map_err(|why| why.to_string())?;
        judge(&rung.video)?;
        let side = |side: u32| side >= 2 && side.is_multiple_of(2) && side <= 2 * size::SIDE_MAX;
        if !side(rung.width) || !side(rung.height) || rung.pixels() > PIXELS_MAX {
            return Err("the size of a rung is out of range".into());
        }
        Value::Name.check(&rung.pix_fmt).map_err(|_| "the pixel format of a rung is not a plain word")?;
        let bounded = |kilobits: u64| (1..=KILOBITS_MAX).contains(&kilobits);
        let is_bounded = rung.cap.is_none_or(|cap| bounded(cap.rate) && bounded(cap.buffer));
        if is_bounded { Ok(()) } else { Err("the bit rate of a rung is out of range".into()) }
    })
}
