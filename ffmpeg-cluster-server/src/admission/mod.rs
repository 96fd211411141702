//! A request → a checked job, or a typed error; before any work, and without a trace.
//!
//! The order is from cheap to dear: names, numbers and parameters, then the file, then ffprobe, then a trial of the
//! parameters on a few synthetic frames, so that ffmpeg itself judges their values, then a dry run of the join with those frames.

mod by_name;
mod dry_join;
mod dry_run;
mod file;
mod params;
mod sequence;
mod tried;

use std::sync::Arc;
use std::time::Duration;

use ffmpeg_cluster_common::cluster::event::{JobSpec, SourceAt};
use ffmpeg_cluster_common::fault::FaultCode;
use ffmpeg_cluster_common::ids::{JobId, UploadId};
use ffmpeg_cluster_common::io::trace::Purpose;
use ffmpeg_cluster_common::limits::REQUIRED_CLIENTS_MAX;
use ffmpeg_cluster_common::media::params::{Profile, hardware};
use ffmpeg_cluster_common::media::plan::carriage::{self, Carriage};
use ffmpeg_cluster_common::media::plan::timeline;
use ffmpeg_cluster_common::media::proof::report::{Care, Times, Verify};
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::media::words::container::Container;
use ffmpeg_cluster_common::media::words::device::Hw;
use ffmpeg_cluster_common::protocol::command::{ErrorCode, JobConfig};
use ffmpeg_cluster_common::protocol::reply::Reply;
use ffmpeg_cluster_common::text::file_name;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::tried::Tried;
use crate::access::Principal;
use crate::work::{Input, Runner};

pub(crate) use ffmpeg_cluster_common::protocol::read_command as read;

/// Who waits longer for a turn than this is told so.
const LOOK_WITHIN: Duration = Duration::from_secs(30);
/// Films and parameters that are looked at at a time, each of which is a program or two.
const LOOKS_MAX: usize = 4;

/// What a command is judged with. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    runner: Runner,
    looks: Arc<Semaphore>,
    tried: Tried,
}

impl Admission {
    pub(crate) fn new(runner: Runner) -> Self {
        Self { runner, looks: Arc::new(Semaphore::new(LOOKS_MAX)), tried: Tried::default() }
    }

    /// For a job that is to be, whose programs have this purpose.
    pub(crate) fn tracing(&self, job: &JobId, purpose: Purpose) -> Self {
        Self { runner: self.runner.tracing(job, purpose), ..self.clone() }
    }
}

pub(crate) fn error(code: ErrorCode, message: impl Into<String>) -> Reply {
    Reply::Error { code, message: message.into() }
}

/// Within what this submitter may have.
pub(crate) async fn may_submit(
    admission: &Admission,
    principal: &Principal,
    brings: u64,
) -> Result<(), Reply> {
    let (limits, owner) = (&admission.runner.settings.limits, principal.owner());
    if !limits.bounds_jobs_of(owner) {
        return Ok(());
    }
    let used = admission.runner.store.reader.used(owner).await.map_err(|trouble| internal(&trouble))?;
    limits.job(owner, &used, brings).map_err(|over| error(over.code(), over.to_string()))
}

pub(crate) async fn spec_for_file(
    admission: &Admission,
    principal: &Principal,
    path: &str,
    config: JobConfig,
) -> Result<JobSpec, Reply> {
    may_submit(admission, principal, 0).await?;
    let sequence = sequence::rate(&config)?;
    let wishes = Wishes::read(admission, config, principal)?;
    if let Some(rate) = sequence {
        let sequence = sequence::find(admission, path, rate).await?;
        return sequence::spec(admission, wishes, sequence).await;
    }
    let film = file::local(admission, path).await?;
    let path = film.path();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = path.to_str().ok_or_else(|| error(ErrorCode::NotAllowed, "the path is not valid UTF-8"))?;
    let source = SourceAt::LocalFile(text.to_owned());
    wishes.spec(admission, source, name, (&film).into()).await
}

pub(crate) async fn spec_for_upload(
    admission: &Admission,
    principal: &Principal,
    upload: UploadId,
    config: Option<JobConfig>,
) -> Result<JobSpec, Reply> {
    may_submit(admission, principal, 0).await?;
    let config = config.unwrap_or_default();
    if sequence::rate(&config)?.is_some() {
        return Err(error(
            ErrorCode::InvalidRequest,
            "source: an upload is one film; images are read below a media root",
        ));
    }
    let wishes = Wishes::read(admission, config, principal)?;
    let unknown = || error(ErrorCode::UploadNotFound, format!("no upload {upload}"));
    let row = admission.runner.store.reader.upload(&upload).await.map_err(|e| internal(&e))?;
    let row = row.filter(|row| principal.owns(&row.owner)).ok_or_else(unknown)?;
    let path = admission.runner.folders().upload(&upload);
    let here = tokio::fs::metadata(&path).await.map_err(|_| unknown())?.len();
    if here != row.bytes {
        let message =
            format!("{here} of {} bytes of upload {upload} are here; send the rest first", row.bytes);
        return Err(error(ErrorCode::UploadIncomplete, message));
    }
    wishes.spec(admission, SourceAt::Upload(upload), row.file_name, (&path).into()).await
}

pub(crate) fn internal(trouble: &anyhow::Error) -> Reply {
    tracing::error!("a request failed: {trouble:#}");
    error(ErrorCode::Internal, "the server could not do it; its log says why")
}

/// Of a job that is to be, or of none: whatever is made for it has a folder of its own.
pub(crate) fn new_job() -> JobId {
    uuid::Uuid::new_v4().to_string().parse().expect("a UUID is a name")
}

/// A turn to look at a film. A flood of requests waits here, and is no flood of programs.
async fn look(admission: &Admission) -> Result<OwnedSemaphorePermit, Reply> {
    let busy = || error(ErrorCode::Busy, "too many films are being looked at just now; try again in a while");
    let turn = tokio::time::timeout(LOOK_WITHIN, admission.looks.clone().acquire_owned()).await;
    turn.map_err(|_| busy())?.map_err(|_| busy())
}

/// Refuses to promise a decode of a result that the server's ffmpeg can't decode.
fn can_be_verified(admission: &Admission, profile: &Profile, verify: Verify) -> Result<(), Reply> {
    let blind = admission.runner.tools.capabilities.lacks_decoder("its pictures are", profile.video.codec());
    match blind.filter(|_| verify == Verify::Full) {
        Some(why) => {
            let message =
                format!("verify: full decodes the result, and can't: {why}; verify: fast needs none");
            Err(error(ErrorCode::InvalidRequest, message))
        }
        None => Ok(()),
    }
}

/// Says that a sound is to be encoded which the server's ffmpeg can't decode, if so.
fn sound_without_decoder(admission: &Admission, source: &Source, carriage: &Carriage) -> Option<String> {
    let encoded = carriage.encoded_sounds();
    let mut streams = source.streams.iter().filter(|stream| encoded.contains(&stream.index));
    streams.find_map(|stream| {
        let what = format!("stream 0:{} is", stream.index);
        admission.runner.tools.capabilities.lacks_decoder(&what, &stream.codec)
    })
}

/// What was asked for, as far as it can be judged without the film.
struct Wishes {
    profile: Profile,
    params_text: String,
    output_name: String,
    required_clients: u32,
    exactly: bool,
    care: Care,
    hw: Hw,
    owner: String,
}

impl Wishes {
    fn read(admission: &Admission, config: JobConfig, principal: &Principal) -> Result<Self, Reply> {
        let settings = &admission.runner.settings;
        let output_name = config.file_name_output.unwrap_or_else(|| settings.file_name_output.clone());
        file_name::check(&output_name)
            .map_err(|why| error(ErrorCode::InvalidName, format!("file_name_output: {why}")))?;
        let container = Container::of_name(&output_name).ok_or_else(|| {
            error(
                ErrorCode::UnknownContainer,
                format!("file_name_output {output_name:?}: {}", Container::unknown_suffix()),
            )
        })?;
        let required_clients = config.required_clients.unwrap_or(settings.required_clients);
        if required_clients == 0 || required_clients > REQUIRED_CLIENTS_MAX {
            let message = format!("required_clients: a number from 1 to {REQUIRED_CLIENTS_MAX} is wanted");
            return Err(error(ErrorCode::InvalidRequest, message));
        }
        let (mut profile, params_text) = params::read(config.ffmpeg_params, settings, container)?;
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
            hw: config.hw.unwrap_or(settings.hw),
            owner: principal.owner().to_owned(),
        })
    }

    async fn spec(
        self,
        admission: &Admission,
        source: SourceAt,
        file_name: String,
        film: Input<'_>,
    ) -> Result<JobSpec, Reply> {
        let _look = look(admission).await?;
        let probed = by_name::probed(&admission.runner, film).await.map_err(|fault| {
            // Where the server keeps it is nobody's business.
            let place = format!("file:{}", film.path().display());
            let said = fault.tail.last().map(|line| format!(" ({})", line.replace(&place, &file_name)));
            let said = said.unwrap_or_default();
            let code =
                if fault.code == FaultCode::OverBound { ErrorCode::OverBound } else { ErrorCode::NotAFilm };
            error(code, format!("{file_name:?}: {}{said}", fault.message))
        })?;
        let Some((_, picture)) = probed.film_stream() else {
            return Err(error(ErrorCode::NotAFilm, format!("{file_name:?} has no moving picture to encode")));
        };
        let refused =
            |refusal: &dyn std::fmt::Display| error(ErrorCode::InvalidParameters, refusal.to_string());
        let carriage = carriage::plan(&probed, &self.profile).map_err(|refusal| refused(&refusal))?;
        if let Some(why) = sound_without_decoder(admission, &probed, &carriage) {
            return Err(refused(&format!("-c:a: {why}; -c:a copy keeps it as it is, and -an drops it")));
        }
        carriage::can_burn(&probed, &self.profile).map_err(|refusal| refused(&refusal))?;
        let likeness = hardware::allowed(self.hw, &self.profile.video, picture);
        likeness.map_err(|refusal| refused(&format!("hw: require: {refusal}")))?;
        timeline::may_be_made(&probed, &self.profile).map_err(|fault| {
            let over = fault.code == FaultCode::OverBound;
            let code = if over { ErrorCode::OverBound } else { ErrorCode::InvalidParameters };
            error(code, format!("{file_name:?}: {}", fault.message))
        })?;
        timeline::can_tell(&self.profile, picture).map_err(|refusal| refused(&refusal))?;
        let asked =
            dry_join::Asked { admission, film, source: &probed, picture, profile: &self.profile, carriage };
        let looks = params::trial(&asked).await?;
        Ok(JobSpec {
            source,
            file_name,
            output_name: self.output_name,
            profile: Profile { looks, ..self.profile },
            params_text: self.params_text,
            required_clients: self.required_clients,
            exactly: self.exactly,
            care: self.care,
            hw: self.hw,
            owner: self.owner,
        })
    }
}
