//! A dry run: ffmpeg tries the parameters on a few frames like the film's. The outcome is remembered by the run's arguments,
//! because it depends on nothing else.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ffmpeg_cluster_common::io::digest;
use ffmpeg_cluster_common::io::process::{self, EndReason, Ended, Run};
use ffmpeg_cluster_common::media::command::dry_run::DryRunFiles;
use ffmpeg_cluster_common::media::command::{self, Command, encode};
use ffmpeg_cluster_common::media::params::{self, ColorProperties, Profile};
use ffmpeg_cluster_common::media::proof::nut::SYNCPOINT_BEGINS;
use ffmpeg_cluster_common::media::source::Picture;
use ffmpeg_cluster_common::protocol::command::ErrorCode;

use tokio::io::AsyncReadExt;

use super::dry_join::Proposal;
use super::refused::{Refused, internal};
use super::tried::{Folder, Frames, Outcome};
use crate::work::probe;

/// A few frames; slow presets of large films take some seconds.
const WITHIN: Duration = Duration::from_secs(30);
/// More than a NUT header.
const HEAD_BYTES: u64 = 64 << 10;
/// ffmpeg's exit code after a signal or a missing permission.
const ENDED_FROM_OUTSIDE: i32 = 255;
/// Errors of the machine, which may be gone the next time.
const OF_THE_MACHINE: [&str; 9] = [
    "No space left on device",
    "Disk quota exceeded",
    "Read-only file system",
    "Input/output error",
    "Cannot allocate memory",
    "Resource temporarily unavailable",
    "Too many open files",
    "Permission denied",
    "No such file or directory",
];

/// What a dry run showed, and whether the same run will show it again.
struct DryRunResult {
    outcome: Outcome,
    lasts: bool,
}

impl DryRunResult {
    const fn lasting(outcome: Outcome) -> Self {
        Self { outcome, lasts: true }
    }
}

/// What ffmpeg makes of the parameters; from memory, if it tried them before.
pub(super) async fn outcome(proposal: &Proposal<'_>, profile: &Profile) -> Result<Outcome, Refused> {
    let tried = &proposal.admission.tried;
    let key =
        digest::of_bytes(format!("{:?}", proposal.command(profile, &proposal.made(profile, ""))).as_bytes());
    let _turn = proposal.admission.runner.asking.write(&key).await;
    if let Some(known) = tried.run(&key) {
        return Ok(known);
    }
    let told = told(proposal, profile, &key).await?;
    if told.lasts {
        tried.remember_run(&key, &told.outcome);
    }
    Ok(told.outcome)
}

impl Proposal<'_> {
    /// The files of a run in this folder.
    fn made(&self, profile: &Profile, folder: impl AsRef<Path>) -> DryRunFiles {
        let place = |name: &str| folder.as_ref().join(name).display().to_string();
        let looks = encode::repaints(&profile.video).then(|| place("looks"));
        let sounds = self.carriage.encoded_sounds().len();
        DryRunFiles { picture: place("picture"), sound: place("sound"), sounds, looks }
    }

    fn command(&self, profile: &Profile, made: &DryRunFiles) -> Command {
        let made = Some(made).filter(|_| !profile.needs_hardware());
        command::joining::dry_run(profile, self.picture, made)
    }
}

async fn told(proposal: &Proposal<'_>, profile: &Profile, key: &str) -> Result<DryRunResult, Refused> {
    let admission = proposal.admission;
    let folder = Folder::new(admission.runner.folders()).map_err(|trouble| internal(&trouble.into()))?;
    let made = proposal.made(profile, folder.path());
    let run = Run::of(proposal.command(profile, &made), &admission.runner.tools, None)
        .traced(&admission.runner.trace);
    let stop = admission.runner.background.stop().child_token();
    let Ok(ended) = tokio::time::timeout(WITHIN, process::run(&run, &stop, |_| {})).await else {
        let message = "ffmpeg_params: ffmpeg did not finish a few trial frames in 30 s";
        return Err(Refused::new(ErrorCode::InvalidParameters, message));
    };
    let ended = ended.map_err(|trouble| internal(&trouble))?;
    if !ended.is_good() {
        return Ok(unmade(&ended, profile, &folder));
    }
    if profile.needs_hardware() {
        return Ok(DryRunResult::lasting(Outcome::Nothing));
    }
    match has_frames(&made).await {
        Ok(true) => Ok(frames(proposal, profile, Files { key, made, folder }).await),
        Ok(false) => Ok(DryRunResult::lasting(Outcome::NoFrame)),
        Err(_) => Ok(DryRunResult { outcome: Outcome::NoFrame, lasts: false }),
    }
}

/// Why there are no frames. A missing encoder is no refusal: the clients may have it.
fn unmade(ended: &Ended, profile: &Profile, folder: &Folder) -> DryRunResult {
    if ended.how == EndReason::Cancelled {
        return DryRunResult { outcome: Outcome::Nothing, lasts: false };
    }
    let says = |words: &str| ended.tail.iter().any(|line| line.contains(words));
    if says("Unknown encoder") {
        return DryRunResult::lasting(Outcome::Nothing);
    }
    let why = if says("exceeds specified max pixel count") {
        format!(
            "the picture is too large; with these parameters this encoder takes at most {} pixels, because its \
             look-ahead, reference frames and threads keep many pictures in memory",
            params::pixels_max(&profile.video)
        )
    } else {
        // Strips the server's own paths from what the caller is shown.
        let place = folder.path().display().to_string();
        let lines: Vec<_> = ended.tail.iter().map(|line| line.replace(&place, "")).collect();
        format!("ffmpeg refuses the parameters: {}", cause(&lines))
    };
    let exited = matches!(ended.how, EndReason::Exited(status) if status.code().is_some_and(|code| code != ENDED_FROM_OUTSIDE));
    let lasts = exited && !OF_THE_MACHINE.into_iter().any(says);
    DryRunResult { outcome: Outcome::Refused(why), lasts }
}

/// The files that a run wrote.
struct Files<'a> {
    key: &'a str,
    made: DryRunFiles,
    folder: Folder,
}

/// What can't be probed stays unknown, and is tried again the next time.
async fn frames(proposal: &Proposal<'_>, profile: &Profile, files: Files<'_>) -> DryRunResult {
    let Files { key, made, folder } = files;
    let rows_matter = profile.video.row().rows > 1;
    let encoded = if rows_matter { picture(proposal, &made.picture).await } else { None };
    let height = encoded.map(|picture| picture.height);
    let looks = match &made.looks {
        Some(file) => picture(proposal, file).await.map(|picture| ColorProperties::of(&picture)),
        None => None,
    };
    let bytes = folder.bytes();
    let lasts = bytes.is_ok() && height.is_some() == rows_matter && looks.is_some() == made.looks.is_some();
    let bytes = bytes.unwrap_or_default();
    let frames = Frames { key: key.to_owned(), made, folder, bytes, height, looks };
    DryRunResult { outcome: Outcome::Frames(Arc::new(frames)), lasts }
}

async fn picture(proposal: &Proposal<'_>, file: &str) -> Option<Picture> {
    let source = probe::header(
        &proposal.admission.runner,
        Path::new(file),
        proposal.admission.runner.background.stop(),
    )
    .await
    .ok()?;
    source.film_stream().map(|(_, picture)| picture.clone())
}

/// A filter may have dropped all of the few frames.
async fn has_frames(made: &DryRunFiles) -> std::io::Result<bool> {
    let mut head = Vec::new();
    tokio::fs::File::open(&made.picture).await?.take(HEAD_BYTES).read_to_end(&mut head).await?;
    Ok(head.windows(SYNCPOINT_BEGINS.len()).any(|bytes| bytes == SYNCPOINT_BEGINS))
}

/// ffmpeg prints the cause first, and then what failed because of it.
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
