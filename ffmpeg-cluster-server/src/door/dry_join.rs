//! A dry run of the join: trial frames, all tags, and the last second of what is copied, written as the result will be. What its
//! container does not take is told at the door, and not after hours of encoding.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ffmpeg_cluster_common::frames::Rational;
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::io::process::{self, How, Run};
use ffmpeg_cluster_common::media::command::dry_run::Made;
use ffmpeg_cluster_common::media::command::encode;
use ffmpeg_cluster_common::media::command::join::{
    self, Guards, JoinPlan, ListedPiece, SoundPiece, covers_apart,
};
use ffmpeg_cluster_common::media::command::joining::Parts;
use ffmpeg_cluster_common::media::command::sound::SOUND_SHIFT_US;
use ffmpeg_cluster_common::media::command::{self, Command};
use ffmpeg_cluster_common::media::params::Profile;
use ffmpeg_cluster_common::media::plan::carriage::Carriage;
use ffmpeg_cluster_common::media::source::{Picture, Source};
use ffmpeg_cluster_common::media::words::container::Container;
use ffmpeg_cluster_common::protocol::command::{ErrorCode, Reply};

use tokio::io::AsyncReadExt;

use super::{error, internal, new_job};
use crate::handle::Handle;
use crate::housekeeping::clean_job;
use crate::media::Input;

/// What a container refuses shows at once. A film in which ffmpeg has to look long for its last second is let in.
const WITHIN: Duration = Duration::from_secs(10);
/// Of the source's end, where it tells its length.
const CUT_US: i64 = 1_000_000;
/// ffmpeg writes such a file all the same, and ends well.
const UNREADABLE: &str = "output file will be unreadable";
/// Where the source says nothing that MXF can hold; its rate is judged by its frames.
const MXF_RATE: Rational = Rational { num: 25, den: 1 };

/// More than a header of NUT; and what stands between it and the first frame.
const HEAD_BYTES: u64 = 64 << 10;
const BEFORE_FRAMES: &[u8] = b"NK\xE4\xAD\xEE\xCA\x45\x69";

/// What a job would be made of.
pub(super) struct Asked<'a> {
    pub(super) handle: &'a Handle,
    pub(super) film: Input<'a>,
    pub(super) source: &'a Source,
    pub(super) picture: &'a Picture,
    pub(super) profile: &'a Profile,
    pub(super) carriage: Carriage,
}

/// The folder of a job that never is. It goes when the trial is over, also where who asked has hung up.
pub(super) struct Bench<'a> {
    asked: &'a Asked<'a>,
    job: JobId,
    folder: PathBuf,
    pub(super) made: Made,
}

impl Drop for Bench<'_> {
    fn drop(&mut self) {
        clean_job(&self.asked.handle.folders, &self.job, None);
    }
}

impl<'a> Bench<'a> {
    pub(super) async fn lay_out(asked: &'a Asked<'a>) -> Result<Self, Reply> {
        let job = new_job();
        let folder = asked.handle.folders.segments(&job);
        let sounds = asked.carriage.encoded_sounds().len();
        let place = |name: &str| text(&folder.join(name));
        let looks = encode::repaints(&asked.profile.video).then(|| place("looks"));
        let made = Made { picture: place("picture"), sound: place("sound"), sounds, looks };
        let bench = Self { asked, job, folder, made };
        tokio::fs::create_dir_all(&bench.folder).await.map_err(|trouble| internal(&trouble.into()))?;
        Ok(bench)
    }

    /// Where the server keeps things is nobody's business.
    pub(super) fn without_paths(&self, said: &[String]) -> Vec<String> {
        let (folder, path) = (text(&self.asked.handle.folders.job(&self.job)), text(self.asked.film.path()));
        said.iter().map(|line| line.replace(&folder, "").replace(&path, "the film")).collect()
    }

    /// A filter may have given none of the trial's few frames.
    pub(super) async fn has_frames(&self) -> bool {
        let mut head = Vec::new();
        let Ok(file) = tokio::fs::File::open(&self.made.picture).await else { return false };
        let read = file.take(HEAD_BYTES).read_to_end(&mut head).await;
        read.is_ok() && head.windows(BEFORE_FRAMES.len()).any(|bytes| bytes == BEFORE_FRAMES)
    }

    /// After the trial made its files.
    pub(super) async fn join(&self) -> Result<(), Reply> {
        let Asked { handle, profile, .. } = self.asked;
        let output = handle.folders.joining(&self.job, &format!("x.{}", profile.container.suffixes()[0]));
        let command = self.written(&output).await.map_err(|trouble| internal(&trouble.into()))?;
        let run = Run::of(command, &handle.tools, self.asked.film.held()).traced(&handle.trace);
        let stop = handle.background.stop().child_token();
        let Ok(ended) = tokio::time::timeout(WITHIN, process::run(&run, &stop, |_| {})).await else {
            tracing::debug!("a dry run of the join took longer than {WITHIN:?}; the film is let in");
            return Ok(());
        };
        let ended = ended.map_err(|trouble| internal(&trouble))?;
        let unreadable = ended.tail.iter().any(|line| line.contains(UNREADABLE));
        if ended.is_good() && !unreadable || ended.how == How::Cancelled {
            return Ok(());
        }
        let why = join::why(profile, &self.without_paths(&ended.tail));
        Err(error(ErrorCode::InvalidParameters, format!("ffmpeg_params: {why}")))
    }

    /// The list and the tags as files; the run.
    async fn written(&self, output: &Path) -> std::io::Result<Command> {
        let Asked { handle, film, source, picture, profile, carriage } = self.asked;
        let (list, tags) = (self.folder.join("pieces.ffconcat"), self.folder.join("tags"));
        let piece = ListedPiece { path: self.made.picture.clone(), start_us: 0 };
        let mut carriage = carriage.clone();
        let covers = covers_apart(source, &carriage, profile.container);
        carriage.kept.retain(|kept| !covers.contains(&kept.stream));
        let streams = carriage.encoded_sounds();
        let sound = SoundPiece { path: &self.made.sound, start_us: SOUND_SHIFT_US, streams: &streams };
        let from = film.of_run();
        let plan = JoinPlan {
            source,
            source_path: &from.name(),
            guards: &Guards::new(&handle.tools.capabilities.decoders, source, profile),
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
            output_path: &text(output),
        };
        tokio::fs::write(&list, join::list_text(&[piece]).unwrap_or_default()).await?;
        tokio::fs::write(&tags, join::tags_text(&plan)).await?;
        let (bytes, pixels) = (source.bytes, source.pixels());
        Ok(command::joining::join(&plan, &Parts { source: &from, folder: &self.folder, bytes, pixels }))
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
