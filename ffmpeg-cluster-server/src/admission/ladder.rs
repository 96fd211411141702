//! A ladder in a request: read, and fitted to a film.

use ffmpeg_cluster_common::media::params::Profile;
use ffmpeg_cluster_common::media::params::ladder::{Ladder, LadderRefusal};
use ffmpeg_cluster_common::media::proof::report::Verify;
use ffmpeg_cluster_common::media::source::Picture;
use ffmpeg_cluster_common::media::words::container::Container;
use ffmpeg_cluster_common::protocol::command::{ErrorCode, JobConfig, Params};

use super::params;
use super::refused::Refused;
use crate::settings::Settings;

pub(super) fn read(config: &JobConfig) -> Result<Option<Ladder>, Refused> {
    let Some(products) = &config.products else { return Ok(None) };
    let others = [
        (config.file_name_output.is_some(), "file_name_output: a job with a ladder makes no file"),
        (
            config.hw.is_some_and(|hw| !hw.is_off()),
            "hw: only software is proved to begin media segments where they should",
        ),
        (
            config.verify == Some(Verify::Full),
            "verify: full compares one picture with its source; all times and segments of a ladder are proved anyway",
        ),
    ];
    if let Some((_, why)) = others.iter().find(|(given, _)| *given) {
        return Err(Refused::new(ErrorCode::InvalidRequest, format!("products.ladder: {why}")));
    }
    Ladder::read(&products.ladder).map(Some).map_err(|all| refused(&all))
}

/// The profile of a job with this ladder, and the film's own parameters as text for people.
pub(super) fn params(
    ladder: &Ladder,
    given: Option<Params>,
    settings: &Settings,
) -> Result<(Profile, String), Refused> {
    let given = given.unwrap_or(Params::Words(Vec::new()));
    let (profile, text) = params::read(Some(given), settings, Container::Mp4)?;
    let profile = ladder.profile(profile).map_err(|why| refused(&[why]))?;
    Ok((profile, text))
}

pub(super) fn refused(all: &[LadderRefusal]) -> Refused {
    let of_parameters = all.iter().all(|refusal| refusal.is_of_parameters);
    let code = if of_parameters { ErrorCode::InvalidParameters } else { ErrorCode::InvalidRequest };
    Refused::new(code, all.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

/// The parameters of each rung that the film gets.
pub(super) fn profiles(ladder: &Ladder, film: &Profile, picture: &Picture) -> Result<Vec<Profile>, Refused> {
    ladder.profiles(film, picture).map_err(|why| refused(&[why]))
}
