//! Listens to a source once, before any of it is encoded: a sound that holds nothing is dropped by name.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::io::sandbox::Opened;
use ffmpeg_cluster_common::media::command::examine::Probed;
use ffmpeg_cluster_common::media::command::heard::StreamsWithSound;
use ffmpeg_cluster_common::media::command::sound;
use ffmpeg_cluster_common::media::plan::carriage::{self, Carriage};
use ffmpeg_cluster_common::media::plan::timeline::Timeline;
use ffmpeg_cluster_common::media::plan::work::SoundWork;
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::media::source::clock::{self, SoundClock};

use super::run::Purpose;
use super::{RunContext, run};

/// The sounds that are encoded; in which ways does not matter to those who listen.
fn sound_works(context: &RunContext, source: &Source) -> Result<Vec<SoundWork>, Fault> {
    Ok(sound::sound_works(source, &carriage(context, source)?, &context.spec.profile))
}

/// The work of each sound track.
pub(super) fn sound_tracks(context: &RunContext, source: &Source) -> Result<Vec<SoundWork>, Fault> {
    let carriage = carriage(context, source)?;
    let profiles = context.spec.sound_profiles();
    Ok(profiles.iter().flat_map(|profile| sound::sound_works(source, &carriage, profile)).collect())
}

fn carriage(context: &RunContext, source: &Source) -> Result<Carriage, Fault> {
    carriage::plan(source, &context.spec.profile)
        .map_err(|refusal| Fault::new(FaultCode::SourceUnreadable, refusal.to_string()))
}

/// Marks the sounds that would be encoded but hold nothing audible.
pub(super) async fn listen(context: &RunContext, film: &Opened, source: Source) -> Result<Source, Fault> {
    let works = sound_works(context, &source)?;
    heard(context, film, source, works).await
}

/// If the picture's clock is set back, examines the sounds' clocks, too, and listens to the sounds again in the resulting
/// layout.
pub(super) async fn beside(
    context: &RunContext,
    film: &Opened,
    source: &Source,
    timeline: &Timeline,
) -> Result<Source, Fault> {
    let mut source = source.clone();
    if !timeline.is_laid_out() {
        return Ok(source);
    }
    let clocks = sound_clocks(context, film, &source).await?;
    timeline.mark(&mut source, |stream| clocks.get(&stream).cloned().unwrap_or_default());
    source
        .streams
        .iter_mut()
        .filter_map(|stream| stream.sound.as_mut())
        .for_each(|sound| sound.silent = false);
    let works = sound_works(context, &source)?.into_iter().map(|work| timeline.with_sound(work, &source));
    let works = works.collect();
    heard(context, film, source, works).await
}

async fn sound_clocks(
    context: &RunContext,
    film: &Opened,
    source: &Source,
) -> Result<BTreeMap<u32, SoundClock>, Fault> {
    let run = context.run_of(film, source, Probed::sound_packets);
    let what = Purpose { code: FaultCode::SourceUnreadable, what: "listing the sound's packets" };
    let mut clocks: BTreeMap<u32, SoundClock> = BTreeMap::new();
    run::lines(&run, &context.stop, what, |line| {
        if let Some((stream, us)) = clock::sound_packet(line) {
            clocks.entry(stream).or_default().packet(us);
        }
    })
    .await?;
    Ok(clocks)
}

async fn heard(
    context: &RunContext,
    film: &Opened,
    mut source: Source,
    works: Vec<SoundWork>,
) -> Result<Source, Fault> {
    let what = Purpose { code: FaultCode::SourceUnreadable, what: "listening to the source" };
    let (mut heard, left) = StreamsWithSound::begin(&source, &works);
    for (work, stream) in left {
        let run = context.run_of(film, &source, |film| film.listen(work, stream));
        let listened = run::lines(&run, &context.stop, what, |line| heard.line(work, stream, line)).await;
        if let Err(fault) = listened {
            tracing::warn!(job = %context.job, "{}", fault.message);
            heard.failed(&source, stream);
        }
    }
    works.iter().for_each(|work| heard.mark(&mut source, work));
    Ok(source)
}
