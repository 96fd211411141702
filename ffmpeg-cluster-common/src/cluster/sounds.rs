//! How the sound tracks of a job are encoded.

use super::event::JobSpec;
use crate::media::params::{Profile, SoundProfile};
use crate::media::plan::track::TrackNo;

impl JobSpec {
    /// The parameters of each sound track: all ways in which a ladder offers sound, or the file's one.
    pub fn sound_profiles(&self) -> Vec<Profile> {
        let of = |sound: &SoundProfile| Profile { sound: sound.clone(), ..self.profile.clone() };
        match &self.ladder {
            Some(ladder) if self.profile.sound != SoundProfile::Drop => {
                ladder.sounds.iter().map(of).collect()
            }
            Some(_) | None => vec![self.profile.clone()],
        }
    }

    /// The parameters of one sound track; those of a ladder follow the track of its rungs.
    pub fn sound_profile(&self, track: TrackNo) -> Profile {
        let number = self.ladder.as_ref().map_or(0, |_| usize::from(track.0).saturating_sub(1));
        self.sound_profiles().into_iter().nth(number).unwrap_or_else(|| self.profile.clone())
    }
}
