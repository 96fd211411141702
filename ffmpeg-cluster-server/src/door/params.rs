//! The parameters of a job: understood by us, then tried by ffmpeg.

use std::path::Path;
use std::time::Duration;

use ffmpeg_cluster_common::io::process::{self, How, Run};
use ffmpeg_cluster_common::limits::PARAMETER_BYTES_MAX;
use ffmpeg_cluster_common::media::command;
use ffmpeg_cluster_common::media::params::{self, Looks, Profile, Refusal};
use ffmpeg_cluster_common::media::words::container::Container;
use ffmpeg_cluster_common::protocol::command::{ErrorCode, Params, Reply};
use ffmpeg_cluster_common::text::safe;

use super::dry_join::{Asked, Bench};
use super::{error, internal};
use crate::config::Settings;
use crate::media::probe;

/// A few frames; slow presets of large films take some seconds.
const TRIAL_WITHIN: Duration = Duration::from_secs(30);

/// The profile, and the parameters as people may read them.
pub(super) fn read(
    given: Option<Params>,
    settings: &Settings,
    container: Container,
) -> Result<(Profile, String), Reply> {
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

fn refused(refusals: &[Refusal]) -> Reply {
    let unknown = refusals.iter().any(|refusal| refusal.unknown_encoder);
    let code = if unknown { ErrorCode::UnknownEncoder } else { ErrorCode::InvalidParameters };
    let all: Vec<String> = refusals.iter().map(Refusal::to_string).collect();
    error(code, format!("ffmpeg_params: {}", all.join("; ")))
}

/// ffmpeg judges the values, and the container what they make. An encoder that this machine lacks is left to the clients. Gives back
/// the colours of the result where its parameters may change them.
pub(super) async fn trial(asked: &Asked<'_>) -> Result<Option<Looks>, Reply> {
    let bench = Bench::lay_out(asked).await?;
    if !encoded(asked, asked.profile, &bench).await? {
        return Ok(None);
    }
    if !bench.has_frames().await {
        return unfiltered(asked, &bench).await.map(|()| None);
    }
    no_rows_left_over(asked, &bench).await?;
    bench.join().await?;
    Ok(looks(asked, &bench).await)
}

/// Filters that give no frame so soon say nothing of what the container takes; frames without them do.
async fn unfiltered(asked: &Asked<'_>, bench: &Bench<'_>) -> Result<(), Reply> {
    let mut profile = asked.profile.clone();
    profile.video.filters = None;
    // The encoder may need what a filter makes of the picture.
    let is_made = encoded(asked, &profile, bench).await.is_ok_and(|is_made| is_made);
    if is_made && bench.has_frames().await { bench.join().await } else { Ok(()) }
}

/// Some encoders garble pictures of which rows are left over. How many rows there are, filters and options decide.
async fn no_rows_left_over(asked: &Asked<'_>, bench: &Bench<'_>) -> Result<(), Reply> {
    let row = asked.profile.video.row();
    if row.rows == 1 {
        return Ok(());
    }
    let file = Path::new(&bench.made.picture);
    let trial = probe::header(asked.handle, file, asked.handle.background.stop()).await;
    let height = trial.ok().and_then(|trial| trial.film_stream().map(|(_, picture)| picture.height));
    match height.filter(|height| !height.is_multiple_of(row.rows)) {
        Some(height) => {
            let message = format!(
                "ffmpeg_params: -c:v {} takes {} rows at once, and of {height} some are left over, which ffmpeg garbles; scale, pad or \
                 crop the picture, for instance -vf scale=-2:{}",
                row.name,
                row.rows,
                height.next_multiple_of(row.rows)
            );
            Err(error(ErrorCode::InvalidParameters, message))
        }
        None => Ok(()),
    }
}

/// What can't be asked stays unsaid.
async fn looks(asked: &Asked<'_>, bench: &Bench<'_>) -> Option<Looks> {
    let file = Path::new(bench.made.looks.as_deref()?);
    let trial = probe::header(asked.handle, file, asked.handle.background.stop()).await.ok()?;
    trial.film_stream().map(|(_, picture)| Looks::of(picture))
}

/// Whether trial frames were made.
async fn encoded(asked: &Asked<'_>, profile: &Profile, bench: &Bench<'_>) -> Result<bool, Reply> {
    let Asked { handle, picture, .. } = asked;
    let made = Some(&bench.made).filter(|_| !profile.needs_hardware());
    let run = Run::of(command::joining::dry_run(profile, picture, made), &handle.tools, None);
    let run = run.traced(&handle.trace);
    let stop = handle.background.stop().child_token();
    let trial = process::run(&run, &stop, |_| {});
    let Ok(ended) = tokio::time::timeout(TRIAL_WITHIN, trial).await else {
        let message = "ffmpeg_params: ffmpeg did not finish a few trial frames in 30 s";
        return Err(error(ErrorCode::InvalidParameters, message));
    };
    let ended = ended.map_err(|trouble| internal(&trouble))?;
    let lacks_it = ended.tail.iter().any(|line| line.contains("Unknown encoder"));
    if ended.is_good() || ended.how == How::Cancelled || lacks_it {
        return Ok(ended.is_good() && made.is_some());
    }
    if ended.tail.iter().any(|line| line.contains("exceeds specified max pixel count")) {
        let message = format!(
            "ffmpeg_params: the picture is too large; {} pixels are the most with this encoder, which holds as many \
             pictures as its look-ahead, reference frames and threads ask for",
            params::pixels_max(&profile.video)
        );
        return Err(error(ErrorCode::InvalidParameters, message));
    }
    let message = format!("ffmpeg_params: ffmpeg refuses them: {}", cause(&bench.without_paths(&ended.tail)));
    Err(error(ErrorCode::InvalidParameters, message))
}

/// ffmpeg tells the cause first, and then who else could not go on because of it.
fn cause(said: &[String]) -> String {
    const LINES: usize = 4;
    let lines = said.iter().map(|line| line.trim()).filter(|line| !line.starts_with("Last message repeated"));
    lines.take(LINES).collect::<Vec<_>>().join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_complaint_the_cause_is_told() {
        let said = [
            "[Parsed_zscale_1 @ 0x55] code 3074: no path between colorspaces",
            "    Last message repeated 5 times",
            "Error while filtering: Generic error in an external library",
            "Failed to inject frame into filter network: Generic error in an external library",
            "Error while processing the decoded data for stream #0:0",
            "Conversion failed!",
        ]
        .map(str::to_owned);
        let told = cause(&said);
        assert!(told.starts_with("[Parsed_zscale_1 @ 0x55] code 3074: no path between colorspaces | Error"));
        assert!(!told.contains("Conversion failed"), "{told}");
    }
}
