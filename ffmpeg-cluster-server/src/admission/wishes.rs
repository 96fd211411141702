//! What a command asks for, and the job that it becomes with a film.

use std::fmt::Display;

use ffmpeg_cluster_common::cluster::event::{JobSpec, SourceAt};
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::limits::REQUIRED_CLIENTS_MAX;
use ffmpeg_cluster_common::media::params::ladder::Ladder;
use ffmpeg_cluster_common::media::params::{ColorProperties, Profile, hardware};
use ffmpeg_cluster_common::media::plan::carriage::{self, Carriage, Carried, Kept};
use ffmpeg_cluster_common::media::plan::timeline;
use ffmpeg_cluster_common::media::proof::report::{Care, Times};
use ffmpeg_cluster_common::media::source::{Picture, Source};
use ffmpeg_cluster_common::media::words::container::Container;
use ffmpeg_cluster_common::media::words::device::Hw;
use ffmpeg_cluster_common::protocol::command::{ErrorCode, JobConfig, Priority};

use super::able::{can_be_verified, container, sound_without_decoder};
use super::refused::Refused;
use super::{Admission, by_name, dry_join, ladder, look, params};
use crate::access::Principal;
use crate::settings::Settings;
use crate::store::folders::STREAM;
use crate::work::Input;

/// What was asked for, as far as it can be judged without the film.
pub(super) struct Wishes {
    profile: Profile,
    params_text: String,
    output_name: String,
    required_clients: u32,
    exactly: bool,
    care: Care,
    hw: Hw,
    priority: Priority,
    ladder: Option<Box<Ladder>>,
    owner: String,
}

impl Wishes {
    pub(super) fn read(
        admission: &Admission,
        config: JobConfig,
        principal: &Principal,
    ) -> Result<Self, Refused> {
        let settings = &admission.runner.settings;
        let ladder = ladder::read(&config)?;
        let (output_name, container) = named(config.file_name_output, settings, ladder.as_ref())?;
        let required_clients = config.required_clients.unwrap_or(settings.required_clients);
        if required_clients == 0 || required_clients > REQUIRED_CLIENTS_MAX {
            let message = format!("required_clients: must be a number from 1 to {REQUIRED_CLIENTS_MAX}");
            return Err(Refused::new(ErrorCode::InvalidRequest, message));
        }
        let (mut profile, params_text) = match &ladder {
            Some(ladder) => ladder::params(ladder, config.ffmpeg_params, settings)?,
            None => params::read(config.ffmpeg_params, settings, container)?,
        };
        profile.settle_sound(&admission.runner.tools.capabilities.encoders);
        let exactly = config.exactly.unwrap_or(settings.exactly);
        let care = Care {
            verify: config.verify.unwrap_or_default(),
            damage: config.damage.unwrap_or_default(),
            times: config.times.unwrap_or(Times::Rate),
        };
        can_be_verified(admission, &profile, care.verify)?;
        Ok(Self {
            profile,
            params_text,
            output_name,
            required_clients,
            exactly,
            care,
            hw: if ladder.is_some() { Hw::Off } else { config.hw.unwrap_or(settings.hw) },
            priority: config.priority.unwrap_or_default(),
            ladder: ladder.map(Box::new),
            owner: principal.owner().to_owned(),
        })
    }

    /// Wishes that were granted before. Film and encoder are judged anew; leave for options that was given then (`--allow-option`)
    /// is not asked for again.
    pub(super) fn again(admission: &Admission, before: JobSpec) -> Result<Self, Refused> {
        let JobSpec { profile, params_text, output_name, required_clients, exactly, .. } = before;
        can_be_verified(admission, &profile, before.care.verify)?;
        Ok(Self {
            // They are those of the film, which is looked at again.
            profile: Profile { looks: None, ..profile },
            params_text,
            output_name,
            required_clients,
            exactly,
            care: before.care,
            hw: before.hw,
            priority: before.priority,
            ladder: before.ladder,
            owner: before.owner,
        })
    }

    /// The job, where the film can become what is asked for.
    pub(super) async fn spec(
        mut self,
        admission: &Admission,
        source: SourceAt,
        film: NamedFilm<'_>,
    ) -> Result<JobSpec, Refused> {
        let _look = look(admission).await?;
        let probed = by_name::probed(&admission.runner, film.film, &self.profile).await;
        let probed = probed.map_err(|fault| film.refused(fault))?;
        if let Some((_, picture)) = probed.film_stream().filter(|_| self.ladder.is_some()) {
            self.profile = Ladder::in_whole_frames(self.profile, picture);
        }
        let looks = self.tried(admission, &film, &probed, true).await?;
        Ok(JobSpec {
            source,
            file_name: film.file_name,
            output_name: self.output_name,
            profile: Profile { looks, ..self.profile },
            params_text: self.params_text,
            required_clients: self.required_clients,
            exactly: self.exactly,
            care: self.care,
            hw: self.hw,
            priority: self.priority,
            ladder: self.ladder,
            owner: self.owner,
        })
    }

    /// Refuses, by its beginning, what is no film or can't become what is asked for. What only the rest tells is left open.
    pub(super) async fn judge_beginning(
        &self,
        admission: &Admission,
        film: NamedFilm<'_>,
    ) -> Result<(), Refused> {
        let _look = look(admission).await?;
        match by_name::probed(&admission.runner, film.film, &self.profile).await {
            Ok(probed) => self.tried(admission, &film, &probed, false).await.map(|_| ()),
            Err(fault) if by_name::may_pass(&fault) => Ok(()),
            Err(fault) => Err(film.refused(fault)),
        }
    }

    /// Whether film and parameters fit each other, as far as a trial shows; returns the colours of the result.
    async fn tried(
        &self,
        admission: &Admission,
        NamedFilm { file_name, film }: &NamedFilm<'_>,
        probed: &Source,
        is_whole: bool,
    ) -> Result<Option<ColorProperties>, Refused> {
        let Some((_, picture)) = probed.film_stream() else {
            let message = format!("{file_name:?} has no video to encode");
            return Err(Refused::new(ErrorCode::NotAFilm, message));
        };
        let carriage = self.fit(admission, probed, picture)?;
        if is_whole {
            may_be_made(&self.profile, probed, file_name)?;
        }
        timeline::can_tell(&self.profile, picture).map_err(unfit)?;
        let mut looks = None;
        for profile in self.profiles(picture)? {
            let (film, source, profile, mut carriage) = (*film, probed, &profile, carriage.clone());
            // The texts of a stream are files of their own.
            let is_joined = |kept: &Kept| !matches!(kept.what, Carried::Converted { .. });
            carriage.kept.retain(|kept| self.ladder.is_none() || is_joined(kept));
            let proposal =
                dry_join::Proposal { admission, film, source, picture, profile, carriage, is_whole };
            looks = params::trial(&proposal).await?;
        }
        Ok(looks)
    }

    /// The parameters to try: those of the file, or of each rung.
    fn profiles(&self, picture: &Picture) -> Result<Vec<Profile>, Refused> {
        match &self.ladder {
            Some(ladder) => ladder::profiles(ladder, &self.profile, picture),
            None => Ok(vec![self.profile.clone()]),
        }
    }

    /// Plans what becomes of the film's streams, if the parameters fit them.
    fn fit(&self, admission: &Admission, source: &Source, picture: &Picture) -> Result<Carriage, Refused> {
        let carriage = carriage::plan(source, &self.profile).map_err(unfit)?;
        let carriage = if self.ladder.is_some() { carriage.in_stream(source) } else { carriage };
        if let Some(why) = sound_without_decoder(admission, source, &carriage) {
            return Err(unfit(format!("-c:a: {why}; -c:a copy keeps it as it is, and -an drops it")));
        }
        carriage::can_burn(source, &self.profile).map_err(unfit)?;
        let likeness = hardware::allowed(self.hw, &self.profile.video, picture);
        likeness.map_err(|refusal| unfit(format!("hw: require: {refusal}")))?;
        Ok(carriage)
    }
}

/// A film, and its name for people.
pub(super) struct NamedFilm<'a> {
    pub(super) file_name: String,
    pub(super) film: Input<'a>,
}

impl NamedFilm<'_> {
    fn refused(&self, fault: Fault) -> Refused {
        // Strips the server's own path from what the caller is shown.
        let place = format!("file:{}", self.film.path().display());
        let said = fault.tail.last().map(|line| format!(" ({})", line.replace(&place, &self.file_name)));
        let said = said.unwrap_or_default();
        let over = fault.code == FaultCode::OverBound;
        let code = if over { ErrorCode::OverBound } else { ErrorCode::NotAFilm };
        Refused::new(code, format!("{:?}: {}{said}", self.file_name, fault.message))
    }
}

/// What the result is called, and the container that the name chooses.
fn named(
    given: Option<String>,
    settings: &Settings,
    ladder: Option<&Ladder>,
) -> Result<(String, Container), Refused> {
    if ladder.is_some() {
        return Ok((STREAM.to_owned(), Container::Mp4));
    }
    let name = given.unwrap_or_else(|| settings.file_name_output.clone());
    let container = container(&name)?;
    Ok((name, container))
}

fn unfit(why: impl Display) -> Refused {
    Refused::new(ErrorCode::InvalidParameters, why.to_string())
}

fn may_be_made(profile: &Profile, source: &Source, file_name: &str) -> Result<(), Refused> {
    timeline::may_be_made(source, profile).map_err(|fault| {
        let over = fault.code == FaultCode::OverBound;
        let code = if over { ErrorCode::OverBound } else { ErrorCode::InvalidParameters };
        Refused::new(code, format!("{file_name:?}: {}", fault.message))
    })
}
