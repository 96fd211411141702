//! A frame list that clients make in parts: sharing out, offering and checking the parts, and joining them.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::media::plan::film::Film;
use ffmpeg_cluster_common::media::plan::list;
use ffmpeg_cluster_common::media::plan::piece::PieceFacts;
use ffmpeg_cluster_common::media::plan::work::ListWork;
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::media::source::index::Index;
use ffmpeg_cluster_common::media::words::device::Hw;

use super::fault::internal;
use super::original::Original;
use super::{RunContext, frame_list};

/// The packets of a film whose frames clients list, and the facts about the film.
#[derive(Debug)]
pub(super) struct ToList {
    pub(super) original: Original,
    packets: Index,
}

/// Whether clients list the frames. If only hardware may encode, the job does not wait for clients that have time to decode.
pub(super) fn is_for_clients(context: &RunContext, source: &Source, packets: &Index) -> bool {
    let here = context.runner.settings.decode_here_secs;
    context.spec.hw != Hw::Require && list::is_worth_sharing(source, packets, here)
}

/// Stores the packets whose frames are to be listed.
pub(super) async fn share_out(
    context: &RunContext,
    original: Original,
    packets: Index,
) -> Result<Film, Fault> {
    let film = list::film(&original.source, &packets, &context.spec.profile);
    frame_list::write(context, original, context.runner.folders().packets(&context.job), packets)
        .await
        .map(|()| film)
}

pub(super) async fn to_list(context: &RunContext) -> Result<ToList, Fault> {
    let (original, packets) =
        frame_list::read(context, context.runner.folders().packets(&context.job)).await?;
    Ok(ToList { original, packets })
}

impl ToList {
    pub(super) fn work(&self, range: FrameRange) -> Result<ListWork, Fault> {
        let work = list::work(&self.original.source, &self.packets, range);
        work.ok_or_else(|| Fault::new(FaultCode::Internal, "the source has no picture"))
    }
}

/// Checks that a part holds times, and only of frames that were asked for.
pub(super) async fn check(context: &RunContext, path: &Path, range: FrameRange) -> Result<PieceFacts, Fault> {
    let (work, path) = (to_list(context).await?.work(range)?, path.to_owned());
    let read = context.runner.background.blocking(move || read(&work, &path)).await;
    let part = read.map_err(|error| internal(&error.into()))?;
    let part =
        part.map_err(|why| Fault::new(FaultCode::NotAsLeased, format!("a part of the frame list: {why}")))?;
    let frames = part.times.len() as u64;
    Ok(PieceFacts { frames, params: Vec::new(), findings: Default::default(), encoder: None, begins: None })
}

fn read(work: &ListWork, path: &Path) -> Result<list::ListPiece, String> {
    let file = File::open(path).map_err(|error| format!("{} can't be opened: {error}", path.display()))?;
    list::read(work, BufReader::new(file))
}

/// The frame list from all parts; None if they are not believed, and the server must decode the film itself.
pub(super) async fn gathered(context: &RunContext) -> Result<Option<Index>, Fault> {
    let kept = context.runner.store.reader.pieces(&context.job).await.map_err(|error| internal(&error))?;
    let mut kept: Vec<_> = kept.into_iter().map(|piece| (piece.segment.units, piece.lease)).collect();
    kept.sort_unstable_by_key(|(range, _)| range.start);
    let to_list = to_list(context).await?;
    let (folders, job) = (context.runner.store.folders.clone(), context.job.clone());
    let joined = context.runner.background.blocking(move || {
        let part = |(range, lease)| {
            let work = to_list.work(range).map_err(|fault| fault.message)?;
            read(&work, &folders.piece(&job, lease)).map(|part| (work, part))
        };
        let parts = kept.into_iter().map(part).collect::<Result<Vec<_>, _>>()?;
        list::join(&to_list.packets, &parts)
    });
    match joined.await.map_err(|error| internal(&error.into()))? {
        Ok(index) => Ok(Some(index)),
        Err(why) => {
            tracing::warn!(job = %context.job, "the clients' frame list is rejected ({why}); the server decodes the film");
            Ok(None)
        }
    }
}
