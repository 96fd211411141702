//! The parameters of a job: parsed by us, then tried by ffmpeg.

use ffmpeg_cluster_common::limits::PARAMETER_BYTES_MAX;
use ffmpeg_cluster_common::media::params::{self, ColorProperties, Profile, Refusal};
use ffmpeg_cluster_common::media::words::container::Container;
use ffmpeg_cluster_common::protocol::command::{ErrorCode, Params};
use ffmpeg_cluster_common::text::safe;

use super::dry_join::{self, Proposal};
use super::dry_run;
use super::refused::Refused;
use super::tried::Outcome;
use crate::settings::Settings;

/// The profile, and the parameters as text for people.
pub(super) fn read(
    given: Option<Params>,
    settings: &Settings,
    container: Container,
) -> Result<(Profile, String), Refused> {
    let words = match given {
        None => settings.ffmpeg_params.clone(),
        Some(Params::Words(words)) => words,
        Some(Params::Line(line)) => params::words(&line).map_err(|refusal| refused(&[refusal]))?,
    };
    let text = safe::stripped(&words.join(" "), PARAMETER_BYTES_MAX);
    params::parse_allowing(&words, container, &settings.allowed)
        .map(|profile| (profile, text))
        .map_err(|refusals| refused(&refusals))
}

fn refused(refusals: &[Refusal]) -> Refused {
    let unknown = refusals.iter().any(|refusal| refusal.unknown_encoder);
    let code = if unknown { ErrorCode::UnknownEncoder } else { ErrorCode::InvalidParameters };
    let all: Vec<String> = refusals.iter().map(Refusal::to_string).collect();
    Refused::new(code, format!("ffmpeg_params: {}", all.join("; ")))
}

/// ffmpeg judges the values, and the container judges what they produce. An encoder that this machine lacks is left to the
/// clients. Returns the colours of the result if the parameters may change them.
pub(super) async fn trial(proposal: &Proposal<'_>) -> Result<Option<ColorProperties>, Refused> {
    match dry_run::outcome(proposal, proposal.profile).await? {
        Outcome::Refused(why) => {
            Err(Refused::new(ErrorCode::InvalidParameters, format!("ffmpeg_params: {why}")))
        }
        Outcome::Nothing => Ok(None),
        Outcome::NoFrame => unfiltered(proposal).await.map(|()| None),
        Outcome::Frames(frames) => {
            no_rows_left_over(proposal.profile, frames.height)?;
            dry_join::join(proposal, &frames).await?;
            Ok(frames.looks.clone())
        }
    }
}

/// If the filters give no frame this early, frames without the filters still show what the container takes.
async fn unfiltered(proposal: &Proposal<'_>) -> Result<(), Refused> {
    let mut profile = proposal.profile.clone();
    profile.video.filters = None;
    match dry_run::outcome(proposal, &profile).await {
        Ok(Outcome::Frames(frames)) => dry_join::join(proposal, &frames).await,
        // The encoder may need what a filter makes of the picture, so a failure here proves nothing.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Some encoders garble pictures whose height is not a multiple of their rows. Filters and options decide the height.
fn no_rows_left_over(profile: &Profile, height: Option<u32>) -> Result<(), Refused> {
    let row = profile.video.row();
    match height.filter(|height| !height.is_multiple_of(row.rows)) {
        Some(height) => {
            let message = format!(
                "ffmpeg_params: -c:v {} reads {} rows at once; the height {height} is not a multiple of that, and ffmpeg \
                 garbles the remaining rows; scale, pad or crop the picture, for instance -vf scale=-2:{}",
                row.name,
                row.rows,
                height.next_multiple_of(row.rows)
            );
            Err(Refused::new(ErrorCode::InvalidParameters, message))
        }
        None => Ok(()),
    }
}
