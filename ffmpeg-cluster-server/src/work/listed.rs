//! Lists the frames of a source: by its packets, by what clients decoded, or by decoding.

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::Rational;
use ffmpeg_cluster_common::io::process::Stream;
use ffmpeg_cluster_common::io::sandbox::Opened;
use ffmpeg_cluster_common::limits::FRAMES_MAX;
use ffmpeg_cluster_common::media::command::examine::Probed;
use ffmpeg_cluster_common::media::plan::film::IndexedBy;
use ffmpeg_cluster_common::media::proof::damage::{self, Places};
use ffmpeg_cluster_common::media::proof::report::Damage;
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::media::source::clock::Clock;
use ffmpeg_cluster_common::media::source::index::{Index, IndexBuilder, Untrusted};
use ffmpeg_cluster_common::media::source::resets::Resets;
use tokio_util::sync::CancellationToken;

use super::fault::unreadable;
use super::run::Purpose;
use super::{RunContext, list, run};

/// A shorter film is made in few pieces: their lead-ins cost less than the run that would save them.
const RESETS_FROM_US: i64 = 10_000_000;
/// A film with a longer list has key frames everywhere.
const RESETS_BYTES_MAX: usize = 16 << 20;

#[derive(Debug)]
pub(super) enum Listed {
    Frames(Index, IndexedBy),
    /// Clients list the frames, each for a range of these packets.
    Packets(Index),
}

pub(super) async fn listed(
    context: &RunContext,
    film: &Opened,
    source: &Source,
    time_base: Rational,
    by: IndexedBy,
) -> Result<Listed, Fault> {
    if by == IndexedBy::Clients
        && let Some(index) = list::gathered(context).await?
    {
        return Ok(Listed::Frames(index, by));
    }
    // Only decoding finds damage, and only from the film's beginning.
    let by = if context.spec.care.damage == Damage::Strict { IndexedBy::Decoding } else { by };
    let keys = match by_packets(context, film, source, time_base).await? {
        Ok(index) if by == IndexedBy::Packets => return Ok(Listed::Frames(index, by)),
        Ok(index) => index
            .keys
            .iter()
            .filter_map(|&key| index.times.get(usize::try_from(key).ok()?).copied())
            .collect(),
        Err(untrusted) => {
            tracing::info!(job = %context.job, "the packets can't be trusted ({}); decoding instead", untrusted.reason);
            let shared = untrusted.packets.filter(|packets| list::is_for_clients(context, source, packets));
            let shared = shared.filter(|_| !context.spec.profile.copies_picture());
            if let Some(packets) = shared.filter(|_| by == IndexedBy::Packets) {
                return Ok(Listed::Packets(*packets));
            }
            untrusted.key_times
        }
    };
    let index =
        by_decoding(context, film, source, IndexBuilder::decoding(Clock::of(source, time_base), keys))
            .await?;
    let index = index
        .finish()
        .map_err(|why| unreadable(&format!("the frames have no distinct times: {}", why.reason)))?;
    Ok(Listed::Frames(index, IndexedBy::Decoding))
}

/// Fails on damage if the job is strict about it.
async fn by_decoding(
    context: &RunContext,
    film: &Opened,
    source: &Source,
    builder: IndexBuilder,
) -> Result<IndexBuilder, Fault> {
    let decoding = Decoding { builder, places: Places::default() };
    let Decoding { builder, places } = decoded(context, film, source, decoding).await?;
    let damage = places.sentences(|frame| builder.time_us(frame));
    if context.spec.care.damage == Damage::Strict && !damage.is_empty() {
        let message = "the source does not decode cleanly, and the job asks for damage: strict";
        return Err(unreadable(message).with_tail(damage));
    }
    Ok(builder)
}

/// What decoding the source from its beginning finds.
pub(super) struct Decoding {
    pub(super) builder: IndexBuilder,
    pub(super) places: Places,
}

/// Decodes the source from its beginning: its frames, and where the decoder complains.
pub(super) async fn decoded(
    context: &RunContext,
    film: &Opened,
    source: &Source,
    decoding: Decoding,
) -> Result<Decoding, Fault> {
    let Decoding { mut builder, mut places } = decoding;
    let clock = builder.clock();
    let run = context.run_of(film, source, |film| film.frames_with_complaints(clock));
    let what = Purpose { code: FaultCode::SourceUnreadable, what: "decoding the source" };
    let stop = context.stop.child_token();
    let done = run::both(&run, &stop, what, |stream, line| match stream {
        Stream::Output => {
            builder.line(line);
            stop_beyond(&builder, &stop);
        }
        Stream::Errors => places.line(line, |frame| builder.time_us(frame)),
    })
    .await
    .map_err(|fault| Fault { tail: damage::without_marks(fault.tail), ..fault });
    within_bound(&builder, done)?;
    Ok(Decoding { builder, places })
}

async fn by_packets(
    context: &RunContext,
    film: &Opened,
    source: &Source,
    time_base: Rational,
) -> Result<Result<Index, Untrusted>, Fault> {
    let packets = packets(context, film, source, time_base);
    let (builder, resets) = tokio::try_join!(packets, async { Ok(resets(context, film, source).await) })?;
    Ok(builder.finish().map(|mut index| {
        index.note_resets(&resets);
        index
    }))
}

async fn packets(
    context: &RunContext,
    film: &Opened,
    source: &Source,
    time_base: Rational,
) -> Result<IndexBuilder, Fault> {
    let mut builder = IndexBuilder::packets(Clock::of(source, time_base));
    let run = context.run_of(film, source, Probed::packets);
    let what = Purpose { code: FaultCode::SourceUnreadable, what: "listing the packets" };
    let stop = context.stop.child_token();
    let done = run::lines(&run, &stop, what, |line| {
        builder.line(line);
        stop_beyond(&builder, &stop);
    });
    let done = done.await;
    within_bound(&builder, done)?;
    Ok(builder)
}

/// Lists the key frames at which a decoder may begin. Without an answer, pieces are decoded from further back.
async fn resets(context: &RunContext, film: &Opened, source: &Source) -> String {
    let mut list = String::new();
    let is_long = source.duration_us.is_some_and(|us| us >= RESETS_FROM_US);
    if let Resets::Holding(units) = source.resets()
        && is_long
    {
        let run = context.run_of(film, source, |film| film.resets(units));
        let what = Purpose { code: FaultCode::SourceUnreadable, what: "listing the key frames" };
        let listed = run::lines(&run, &context.stop, what, |line| {
            if list.len() < RESETS_BYTES_MAX {
                list.extend([line, "\n"]);
            }
        });
        if let Err(fault) = listed.await {
            tracing::debug!(job = %context.job, "not all resets are known: {}", fault.message);
        }
    }
    list
}

fn stop_beyond(builder: &IndexBuilder, stop: &CancellationToken) {
    if builder.is_beyond() {
        stop.cancel();
    }
}

fn within_bound(builder: &IndexBuilder, done: Result<(), Fault>) -> Result<(), Fault> {
    if builder.is_beyond() {
        return Err(Fault::new(
            FaultCode::OverBound,
            format!("the source has more than {FRAMES_MAX} frames, which is the limit"),
        ));
    }
    done
}
