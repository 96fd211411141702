//! Probes a film for the first time, by the file that is already open, whatever its path names by now. ffmpeg recognises some
//! formats only by the file name; a film that can't be read is probed again under its name, so that the refusal says so.

use std::path::PathBuf;
use std::sync::Arc;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::io::sandbox::Opened;
use ffmpeg_cluster_common::media::params::Profile;
use ffmpeg_cluster_common::media::source::Source;

use super::new_job;
use crate::store::folders::Folders;
use crate::store::housekeeping::clean_job;
use crate::work::{Input, Runner, probe, probe_once};

pub(super) async fn probed(runner: &Runner, film: Input<'_>, profile: &Profile) -> Result<Source, Fault> {
    let source = of_file(runner, film).await?;
    probe::chosen(runner, film, source, profile, runner.background.stop()).await
}

async fn of_file(runner: &Runner, film: Input<'_>) -> Result<Source, Fault> {
    let stop = runner.background.stop();
    let decoded = |source: Source| probe::can_be_decoded(runner, &source).map(|()| source);
    let seen = probe_once::probed(runner, film, stop).await.and_then(decoded);
    let (Err(fault), Input::Opened(opened)) = (&seen, film) else { return seen };
    if names_its_reason(fault) {
        return seen;
    }
    // Where such a link can't be made, the first probe already went by the name.
    let Ok(named) = NamedLink::new(&runner.store.folders, opened) else { return seen };
    let film = Input::Named { film: opened, link: &named.link };
    match probe::probe(runner, film, stop).await {
        Err(fault) if names_its_reason(&fault) => Err(fault),
        // A film that is readable only under its name can't be read later, when runs use its descriptor.
        Ok(_) | Err(_) => seen,
    }
}

/// Without such a code the fault carries only ffprobe's last lines.
fn names_its_reason(fault: &Fault) -> bool {
    fault.code != FaultCode::SourceUnreadable || fault.tail.is_empty()
}

/// Whether the rest of the film may make it readable: ffprobe knew the format, but missed something that may come later.
pub(super) fn may_pass(fault: &Fault) -> bool {
    fault.tail.iter().any(|line| line.starts_with('['))
}

/// A link to the open file under the film's name, in the folder of a job that never exists. Deleted after the probe, even if the
/// caller hangs up.
struct NamedLink {
    folders: Arc<Folders>,
    job: JobId,
    link: PathBuf,
}

impl NamedLink {
    fn new(folders: &Arc<Folders>, film: &Opened) -> std::io::Result<Self> {
        let (folders, job) = (folders.clone(), new_job());
        let folder = folders.segments(&job);
        let named = Self { link: folder.join(film.path().file_name().unwrap_or_default()), folders, job };
        std::fs::create_dir_all(&folder)?;
        film.link(&named.link)?;
        Ok(named)
    }
}

impl Drop for NamedLink {
    fn drop(&mut self) {
        clean_job(&self.folders, &self.job, None);
    }
}
