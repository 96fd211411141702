//! Whether a piece must be made again from the film's beginning: slow, but always right.
//! A decoder that started in the middle may merely have missed something,
//! so nobody blames the film or the client before the second try.

use crate::fault::Fault;
use crate::media::plan::witness::DecodeComparison;
use crate::media::plan::work::PictureWork;
use crate::media::proof::damage;

const fn began_in_the_middle(work: &PictureWork) -> bool {
    work.window.seek.is_some()
}

/// Why to make the piece again, given the fault that its check found (`wrong`), if any,
/// and ffmpeg's output (`said`); None if there is no need.
pub fn after_check(work: &PictureWork, wrong: Option<&Fault>, said: &[String]) -> Option<String> {
    let complains = || !damage::complaints(said, &work.profile.encoder, true).is_empty();
    match wrong {
        _ if !began_in_the_middle(work) => None,
        Some(fault) => Some(fault.message.clone()),
        None => complains().then(|| "the decoder complained".to_owned()),
    }
}

/// Why to make the piece again, given a second decode of the same frames; None if there is no need.
pub fn after_second(work: &PictureWork, second: Option<DecodeComparison>) -> Option<String> {
    match second {
        Some(DecodeComparison::Differs { at }) if began_in_the_middle(work) => {
            Some(format!("a decoder that began elsewhere saw another picture at time {at} of the source"))
        }
        _ => None,
    }
}
