//! Listens to a source once, before anything of it is encoded: sound of which there is nothing is dropped by name.

use std::path::Path;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::media::guard::From;
use ffmpeg_cluster_common::media::heard::{self, Heard};
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::media::work::SoundWork;
use ffmpeg_cluster_common::media::{carriage, sound};

use super::{Asked, run};

pub(super) fn sound_work(asked: &Asked, source: &Source) -> Result<Option<SoundWork>, Fault> {
    let profile = &asked.spec.profile;
    let carriage = carriage::plan(source, profile)
        .map_err(|refusal| Fault::new(FaultCode::SourceUnreadable, refusal.to_string()))?;
    Ok(sound::sound_work(source, &carriage, profile))
}

/// Marks the sounds that would be encoded and of which nothing can be heard.
pub(super) async fn listen(asked: &Asked, path: &Path, mut source: Source) -> Result<Source, Fault> {
    let Some(work) = sound_work(asked, &source)? else { return Ok(source) };
    let mut input = ["-nostdin", "-v", "error"].map(str::to_owned).to_vec();
    input.extend(asked.guard(&source).words(From::File));
    input.extend(["-i".to_owned(), format!("file:{}", path.display())]);
    let (mut heard, what) = (Heard::default(), (FaultCode::SourceUnreadable, "listening to the source"));
    for &stream in &work.streams {
        let run = asked.decode_run(heard::arguments(&work, stream, &input), path, source.pixels());
        let listened = run::lines(&run, &asked.stop, what, |line| heard.line(stream, line)).await;
        if let Err(fault) = listened {
            tracing::warn!(job = %asked.job, "{}", fault.message);
            heard.unknown(stream);
        }
    }
    heard.mark(&mut source, &work);
    Ok(source)
}
