//! Whether a piece must be made once more from the film's beginning: slow, but always right.
//! A decoder that began in the middle may only have missed something.
//! Until the second try, neither the film nor the client is blamed.

use crate::fault::Fault;
use crate::media::plan::witness::Second;
use crate::media::plan::work::PictureWork;
use crate::media::proof::damage;

const fn began_in_the_middle(work: &PictureWork) -> bool {
    work.window.seek.is_some()
}

/// Why to make the piece again, after its check (`wrong`)
/// and what ffmpeg printed (`said`); None if not.
pub fn after_check(work: &PictureWork, wrong: Option<&Fault>, said: &[String]) -> Option<String> {
    let complains = || !damage::complaints(said, &work.profile.encoder, true).is_empty();
    match wrong {
        _ if !began_in_the_middle(work) => None,
        Some(fault) => Some(fault.message.clone()),
        None => complains().then(|| "the decoder complained".to_owned()),
    }
}

/// Why to make the piece again, after a second decode of the same frames; None if not.
pub fn after_second(work: &PictureWork, second: Option<Second>) -> Option<String> {
    match second {
        Some(Second::Differs { at }) if began_in_the_middle(work) => {
            Some(format!("a decoder that began elsewhere saw another picture at time {at} of the source"))
        }
        _ => None,
    }
}
