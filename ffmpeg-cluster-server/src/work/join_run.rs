//! All that a join and its proof work with.

use std::sync::Arc;

use anyhow::Context;
use ffmpeg_cluster_common::cluster::change::RememberedPiece;
use ffmpeg_cluster_common::fault::Fault;
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::io::sandbox::Opened;
use ffmpeg_cluster_common::media::command::join::Guards;
use ffmpeg_cluster_common::media::params::Profile;
use ffmpeg_cluster_common::media::plan::carriage::Carriage;
use ffmpeg_cluster_common::media::plan::film::Film;
use ffmpeg_cluster_common::media::plan::piece::SoundBegins;
use ffmpeg_cluster_common::media::plan::timeline::Timeline;
use ffmpeg_cluster_common::media::plan::track::Content;
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::media::stream::tracks::LadderPlan;

use super::count::{self, OwnFrames};
use super::fault::internal;
use super::frame_list;
use super::known::Known;
use super::{RunContext, at_rest, check, original};

pub(super) struct JoinRun<'a> {
    pub(super) context: &'a RunContext,
    known: Arc<Known>,
    /// The tracks whose pieces are joined.
    pub(super) planned: Film,
    /// The open source that ffmpeg reads, whatever lies at its path by then.
    pub(super) film: Opened,
    /// With the part that all streams keep.
    pub(super) profile: Profile,
    pub(super) carriage: Carriage,
    pub(super) guards: Guards,
    /// In the order of the film.
    pub(super) pictures: Vec<(FrameRange, RememberedPiece)>,
    /// In the order of their tracks.
    pub(super) sounds: Vec<Sound>,
    /// Set if the timeline does not know the frames.
    pub(super) own: Option<OwnFrames>,
}

/// The piece of a sound track, as it lies on the disk.
pub(super) struct Sound {
    pub(super) piece: RememberedPiece,
    pub(super) path: String,
    pub(super) begins: SoundBegins,
    /// The streams of the source that it holds, in the source's order.
    pub(super) streams: Vec<u32>,
}

impl<'a> JoinRun<'a> {
    pub(super) async fn lay_out(context: &'a RunContext) -> Result<Self, Fault> {
        let known = frame_list::stored(context).await?;
        let film = original::unchanged(context, &known.etag).await?.opened();
        let carriage = known.carriage(&context.spec)?;
        let planned = planned(context).await.map_err(|error| internal(&error))?;
        let pieces =
            context.runner.store.reader.pieces(&context.job).await.map_err(|error| internal(&error))?;
        let (pictures, sounds): (Vec<_>, Vec<_>) = pieces
            .into_iter()
            .partition(|piece| planned.track(piece.segment.track).content == Content::Picture);
        let pictures = pictures.into_iter().map(|piece| (piece.segment.units, piece)).collect();
        let decoders = &context.runner.tools.capabilities.decoders;
        let guards = Guards::new(decoders, &known.source, &context.spec.profile);
        let profile = known.timeline.profile(&context.spec.profile);
        let mut joining = Self {
            context,
            known,
            planned,
            film,
            profile,
            carriage,
            guards,
            pictures,
            sounds: Vec::new(),
            own: None,
        };
        for piece in sounds {
            let sound = joining.sound(piece).await?;
            joining.sounds.push(sound);
        }
        joining.own = count::own_frames(context, &joining.film, &joining.known).await?;
        Ok(joining)
    }

    async fn sound(&self, piece: RememberedPiece) -> Result<Sound, Fault> {
        let path = at_rest::as_kept(self.context, &self.planned, &piece).await?;
        let begins = match &piece.piece.facts.begins {
            Some(begins) => begins.clone(),
            None => (&check::probe(self.context, &path, &self.guards.sound).await?).into(),
        };
        let streams = self.carriage.sounds_of(&self.planned.track(piece.segment.track).streams);
        Ok(Sound { piece, path: path.display().to_string(), begins, streams })
    }

    /// The tag of the source when its frames were listed.
    pub(super) fn etag(&self) -> &str {
        &self.known.etag
    }

    pub(super) fn source(&self) -> &Source {
        &self.known.source
    }

    pub(super) fn timeline(&self) -> &Timeline {
        &self.known.timeline
    }

    /// The ladder that the job makes instead of a file.
    pub(super) fn ladder(&self) -> Option<&LadderPlan> {
        self.known.ladder.as_ref()
    }

    /// The time of the first frame; the film begins at zero.
    pub(super) fn first_frame_us(&self) -> i64 {
        self.timeline().time_us(0) + self.own.as_ref().map_or(0, OwnFrames::start_us)
    }

    /// Whether the pieces come from different encoders or devices, and one of them is hardware.
    pub(super) fn is_unlike(&self) -> bool {
        let mut all = self.pictures.iter().map(|(_, piece)| made(piece));
        let Some(first) = all.next() else { return false };
        let hardware = self.pictures.iter().any(|(_, piece)| piece.piece.facts.encoder.is_some());
        hardware && all.any(|other| other != first)
    }

    /// Bytes of everything that goes into the result.
    pub(super) fn bytes(&self) -> u64 {
        let pictures = self.pictures.iter().map(|(_, piece)| piece);
        let pieces = pictures.chain(self.sounds.iter().map(|sound| &sound.piece));
        pieces.map(|piece| piece.piece.bytes).sum::<u64>() + self.source().bytes
    }
}

/// The piece's encoder, and a digest of its parameter sets.
pub(super) fn made(piece: &RememberedPiece) -> (Option<&str>, Option<&str>) {
    let facts = &piece.piece.facts;
    (facts.encoder.as_deref(), facts.params.first().map(|params| params.extradata.as_str()))
}

async fn planned(context: &RunContext) -> anyhow::Result<Film> {
    let row = context.runner.store.reader.job(&context.job).await?;
    row.and_then(|row| row.film).with_context(|| format!("job {} has no film in the database", context.job))
}
