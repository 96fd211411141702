//! The pictures of a stream: each piece becomes whole media segments of every rung.

use std::path::Path;
use std::sync::Arc;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::io::crash;
use ffmpeg_cluster_common::media::stream::tracks::LadderPlan;

use super::copied::{Piece, blocking, copied, folder_of, proving};
use super::written::{Begun, Head, Written};
use crate::work::at_rest;
use crate::work::join_run::JoinRun;

pub(super) async fn pictures(
    joining: &JoinRun<'_>,
    plan: &LadderPlan,
    stream: &Path,
    tell: &(dyn Fn(f32) + Sync),
) -> Result<Vec<Written>, Fault> {
    let segments = Arc::new(plan.segments.clone());
    let begun = |name: &String| {
        let (name, segments) = (name.clone(), segments.clone());
        Begun { folder: folder_of(stream, "v", &name), name, segments, heard: None }
    };
    let begun: Vec<Begun> = plan.rungs.iter().map(|rung| begun(&rung.name)).collect();
    let mut heads: Option<Vec<Head>> = None;
    for (done, number) in (1_u64..).zip(0..joining.pictures.len()) {
        let these = of_piece(joining, plan, &begun, number).await?;
        // The first piece's heads stand before the segments of all.
        if heads.get_or_insert_with(|| these.clone()) != &these {
            let range = joining.pictures[number].0;
            let message =
                format!("frames {range} have another head than the first frames, and players read only one");
            return Err(Fault::new(FaultCode::JoinFailed, message));
        }
        crash::point("server.stream.piece");
        tell(done as f32 / (joining.pictures.len() + joining.sounds.len()) as f32);
    }
    let mut written = Vec::new();
    for (begun, head) in begun.into_iter().zip(heads.into_iter().flatten()) {
        written.push(proving(joining.context, move || begun.finish(head)).await?);
    }
    Ok(written)
}

/// Returns the head of each rung.
async fn of_piece(
    joining: &JoinRun<'_>,
    plan: &LadderPlan,
    begun: &[Begun],
    number: usize,
) -> Result<Vec<Head>, Fault> {
    let (context, (range, kept)) = (joining.context, &joining.pictures[number]);
    let path = at_rest::as_kept(context, &joining.planned, kept).await?;
    let codecs = plan.rungs.iter().map(|rung| rung.video.codec()).collect();
    let (guard, timescale) = (&joining.guards.piece, plan.segments.timescale());
    let copies = copied(context, Piece { path: &path, kept, guard, timescale, codecs }).await?;
    let (begun, range) = (begun.to_vec(), *range);
    blocking(context, "cutting a piece into media segments", move || {
        begun.iter().zip(copies.paths()).map(|(begun, copy)| begun.add(copy, range)).collect()
    })
    .await
}
