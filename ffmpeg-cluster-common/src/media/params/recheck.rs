//! Checks parameters again before they run.
//! A profile from the wire is accepted only
//! if a user could have typed it, and if we would print it in exactly this form.

use super::rows::encoders;
use super::{Allowed, Profile, Refusal, SoundProfile, VideoProfile, parse_allowing};
use crate::media::words::container::Container;

/// Checks that every part of the profile is in our tables, or allowed beyond them.
pub fn check_picture(video: &VideoProfile, container: Container, allowed: &Allowed) -> Result<(), Refusal> {
    let words = picture_words(video);
    let again = read(&words, container, allowed)?.video;
    if again == *video { Ok(()) } else { Err(other("the parameters of the picture")) }
}

/// Checks that every part of the profile is in our tables.
pub fn check_sound(sound: &SoundProfile, container: Container) -> Result<(), Refusal> {
    let words =
        ["-c:v", encoders::of_container(container)].map(str::to_owned).into_iter().chain(sound_words(sound));
    let again = read(&words.collect::<Vec<_>>(), container, &Allowed::default())?.sound;
    if again == *sound { Ok(()) } else { Err(other("the parameters of the sound")) }
}

fn other(what: &str) -> Refusal {
    Refusal::new(what, "this client would print them differently")
}

fn read(words: &[String], container: Container, allowed: &Allowed) -> Result<Profile, Refusal> {
    parse_allowing(words, container, allowed).map_err(|mut refusals| refusals.swap_remove(0))
}

pub(super) fn picture_words(video: &VideoProfile) -> Vec<String> {
    let mut out = vec!["-c:v".to_owned(), video.encoder.clone()];
    out.extend(pairs(&video.options));
    out.extend(video.filters.iter().flat_map(|chain| ["-vf".to_owned(), chain.to_string()]));
    out
}

pub(super) fn sound_words(sound: &SoundProfile) -> Vec<String> {
    match sound {
        SoundProfile::Drop => vec!["-an".to_owned()],
        SoundProfile::Copy => ["-c:a", "copy"].map(str::to_owned).into(),
        SoundProfile::Encode { encoder, options, filters } => {
            let encoder = encoder.iter().flat_map(|encoder| ["-c:a".to_owned(), encoder.clone()]);
            let filters = filters.iter().flat_map(|chain| ["-af".to_owned(), chain.to_string()]);
            encoder.chain(pairs(options)).chain(filters).collect()
        }
    }
}

pub(super) fn pairs(options: &[(String, String)]) -> impl Iterator<Item = String> {
    options.iter().flat_map(|(name, value)| [format!("-{name}"), value.clone()])
}
