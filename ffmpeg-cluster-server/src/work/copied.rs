//! Proves a picture that was copied by its packets: nothing of it is decoded.

use std::path::Path;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::io::process::Run;
use ffmpeg_cluster_common::io::trace::Purpose as Use;
use ffmpeg_cluster_common::media::proof::copied::{self, Packets};
use ffmpeg_cluster_common::media::proof::lipsync::Begins;
use ffmpeg_cluster_common::media::source::Source;

use super::join_run::JoinRun;
use super::lipsync::{self, Joined};
use super::proved::Frames;
use super::run::Purpose;
use super::{RunContext, run};

pub(super) async fn prove(
    joining: &JoinRun<'_>,
    result: &Path,
    found: &Source,
    allowed_ms: f64,
) -> Result<Frames, Fault> {
    let (context, source) = (&joining.context.purposed(Use::Proof), joining.source());
    let codec = source.film_stream().map_or("", |(stream, _)| stream.codec.as_str());
    let of_source = context.run_of(&joining.film, source, |film| film.copied(codec));
    let of_result = context.run_of(result, found, |film| film.copied(codec));
    let (wanted, there) = tokio::try_join!(listed(context, &of_source), listed(context, &of_result))?;
    let times = copied::prove(&wanted, &there, allowed_ms)?;
    let wanted_us = wanted.first_us().unwrap_or(0) - source.start_us;
    let picture = Begins { wanted_us, told_us: there.first_us().unwrap_or(0) };
    lipsync::prove(joining, Joined { path: result, found }, picture).await?;
    Ok(Frames { wanted: wanted.count(), times, allowed_ms, seams_decoded: 0 })
}

async fn listed(context: &RunContext, run: &Run) -> Result<Packets, Fault> {
    let mut packets = Packets::default();
    let what = Purpose { code: FaultCode::ProofFailed, what: "comparing the packets of the copied picture" };
    run::lines(run, &context.stop, what, |line| packets.line(line)).await?;
    Ok(packets)
}
