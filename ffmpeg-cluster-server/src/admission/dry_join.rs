//! A dry run of the join: writes trial frames, all tags and the last second of the copied streams the way the result will be
//! written. What the container does not take is found at admission, not after hours of encoding.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ffmpeg_cluster_common::frames::Rational;
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::io::digest;
use ffmpeg_cluster_common::io::process::{self, EndReason, Run};
use ffmpeg_cluster_common::media::command::encode;
use ffmpeg_cluster_common::media::command::join::{
    self, Guards, JoinPlan, ListedPiece, SoundPiece, covers_apart,
};
use ffmpeg_cluster_common::media::command::joining::Parts;
use ffmpeg_cluster_common::media::command::sound::SOUND_SHIFT_US;
use ffmpeg_cluster_common::media::command::{self, Command};
use ffmpeg_cluster_common::media::params::Profile;
use ffmpeg_cluster_common::media::plan::carriage::{Carriage, Carried};
use ffmpeg_cluster_common::media::source::{Picture, Source};
use ffmpeg_cluster_common::media::words::container::Container;
use ffmpeg_cluster_common::protocol::command::ErrorCode;

use super::Admission;
use super::new_job;
use super::refused::{Refused, internal};
use super::tried::Frames;
use crate::store::housekeeping::clean_job;
use crate::work::Input;

/// A container refuses at once. If ffmpeg needs longer to find the last second, the film is admitted.
const WITHIN: Duration = Duration::from_secs(10);
/// Taken from the end of the source, if its length is known.
const CUT_US: i64 = 1_000_000;
/// ffmpeg warns with this, writes the file all the same, and succeeds.
const UNREADABLE: &str = "output file will be unreadable";
/// Stands in where the source's rate does not fit MXF; the real rate is judged from the frames.
const MXF_RATE: Rational = Rational { num: 25, den: 1 };

/// What the job would be made of.
pub(super) struct Proposal<'a> {
    pub(super) admission: &'a Admission,
    pub(super) film: Input<'a>,
    pub(super) source: &'a Source,
    pub(super) picture: &'a Picture,
    pub(super) profile: &'a Profile,
    pub(super) carriage: Carriage,
    /// False while only the beginning of the film is here.
    pub(super) is_whole: bool,
}

/// The folder of a job that never exists. Deleted after the trial, even if the caller hangs up.
struct TrialJoin<'a> {
    proposal: &'a Proposal<'a>,
    frames: &'a Frames,
    job: JobId,
    folder: PathBuf,
}

impl Drop for TrialJoin<'_> {
    fn drop(&mut self) {
        clean_job(self.proposal.admission.runner.folders(), &self.job, None);
    }
}

/// A run, and the key under which its success is remembered.
struct Written {
    command: Command,
    /// None if the run depends on more of the film than the key covers.
    key: Option<String>,
}

/// Joins the frames of a dry run, unless the same join succeeded before.
pub(super) async fn join(proposal: &Proposal<'_>, frames: &Frames) -> Result<(), Refused> {
    if !proposal.is_whole {
        return Ok(());
    }
    let trial = TrialJoin::lay_out(proposal, frames).await?;
    let Written { command, key } = trial.written().await.map_err(|trouble| internal(&trouble.into()))?;
    let Admission { tried, runner, .. } = proposal.admission;
    let _turn = match &key {
        Some(key) => Some(runner.asking.write(key).await),
        None => None,
    };
    if key.as_ref().is_some_and(|key| tried.joined(key)) {
        return Ok(());
    }
    if trial.run(command).await? {
        key.into_iter().for_each(|key| tried.remember_join(key));
    }
    Ok(())
}

impl<'a> TrialJoin<'a> {
    async fn lay_out(proposal: &'a Proposal<'a>, frames: &'a Frames) -> Result<Self, Refused> {
        let job = new_job();
        let folder = proposal.admission.runner.folders().segments(&job);
        let trial = Self { proposal, frames, job, folder };
        tokio::fs::create_dir_all(&trial.folder).await.map_err(|trouble| internal(&trouble.into()))?;
        Ok(trial)
    }

    /// Strips the server's own paths from what the caller is shown.
    fn without_paths(&self, said: &[String]) -> Vec<String> {
        let folder = text(&self.proposal.admission.runner.folders().job(&self.job));
        let (frames, film) = (text(self.frames.folder.path()), text(self.proposal.film.path()));
        let told = |line: &String| line.replace(&folder, "").replace(&frames, "").replace(&film, "the film");
        said.iter().map(told).collect()
    }

    /// Whether the join ended, and well. A timeout is no refusal.
    async fn run(&self, command: Command) -> Result<bool, Refused> {
        let Proposal { admission, profile, film, .. } = self.proposal;
        let run = Run::of(command, &admission.runner.tools, film.held()).traced(&admission.runner.trace);
        let stop = admission.runner.background.stop().child_token();
        let Ok(ended) = tokio::time::timeout(WITHIN, process::run(&run, &stop, |_| {})).await else {
            tracing::debug!("a dry run of the join took longer than {WITHIN:?}; the film is let in");
            return Ok(false);
        };
        let ended = ended.map_err(|trouble| internal(&trouble))?;
        let unreadable = ended.tail.iter().any(|line| line.contains(UNREADABLE));
        if ended.is_good() && !unreadable || ended.how == EndReason::Cancelled {
            return Ok(ended.is_good());
        }
        let why = join::why(profile, &self.without_paths(&ended.tail));
        Err(Refused::new(ErrorCode::InvalidParameters, format!("ffmpeg_params: {why}")))
    }

    /// Writes the list and the tags; returns the run.
    async fn written(&self) -> std::io::Result<Written> {
        let Proposal { admission, film, source, picture, profile, carriage, .. } = self.proposal;
        let (list, tags) = (self.folder.join("pieces.ffconcat"), self.folder.join("tags"));
        let made = &self.frames.made;
        let piece = ListedPiece { path: made.picture.clone(), start_us: 0 };
        let mut carriage = carriage.clone();
        let covers = covers_apart(source, &carriage, profile.container);
        carriage.kept.retain(|kept| !covers.contains(&kept.stream));
        let streams = carriage.encoded_sounds();
        let sound = SoundPiece { path: &made.sound, start_us: SOUND_SHIFT_US, streams: &streams };
        let from = film.of_run();
        let output = format!("x.{}", profile.container.suffixes()[0]);
        let plan = JoinPlan {
            source,
            source_path: &from.name(),
            guards: &Guards::new(&admission.runner.tools.capabilities.decoders, source, profile),
            carriage: &carriage,
            profile,
            list_path: &text(&list),
            tags_path: &text(&tags),
            first_frame_us: profile.span.start_us,
            sounds: if streams.is_empty() { Vec::new() } else { vec![sound] },
            frame_rate: (profile.container == Container::Mxf).then_some(MXF_RATE),
            picture_tags: encode::picture_tags(picture, profile),
            covers: Vec::new(),
            unlike: false,
            source_from_us: Some(source.duration_us.map_or(0, |us| (us - CUT_US).max(0))),
            output_path: &text(&admission.runner.folders().joining(&self.job, &output)),
        };
        tokio::fs::write(&list, join::list_text(&[piece]).unwrap_or_default()).await?;
        tokio::fs::write(&tags, join::tags_text(&plan)).await?;
        let (bytes, pixels) = (source.bytes, source.pixels());
        let parts = Parts { source: &from, folder: &self.folder, bytes, pixels };
        let mut command = command::joining::join(&plan, &parts);
        command.reads.push(self.frames.folder.path().to_owned());
        Ok(Written { command, key: self.key(plan) })
    }

    /// A digest of all that the join depends on, if no stream or chapter of the source is in it: then the position of the source's
    /// last second does not matter.
    fn key(&self, mut plan: JoinPlan<'_>) -> Option<String> {
        let Proposal { source, profile, carriage, .. } = self.proposal;
        let made = |what: &Carried| matches!(what, Carried::Picture | Carried::Sound);
        let of_source = profile.chapters && source.chapters > 0;
        if of_source || !carriage.kept.iter().all(|kept| made(&kept.what)) {
            return None;
        }
        let tags = (&source.tags, join::tags_text(&plan));
        plan.sounds.iter_mut().for_each(|sound| sound.path = "sound");
        let nameless = JoinPlan {
            source_path: "film",
            list_path: "list",
            tags_path: "tags",
            source_from_us: Some(0),
            output_path: "result",
            ..plan
        };
        let all = format!("{} {tags:?} {:?}", self.frames.key, join::arguments(&nameless));
        Some(digest::of_bytes(all.as_bytes()))
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
