//! What a person should know about a proved result: one sentence each.

use ffmpeg_cluster_common::media::command::sound;
use ffmpeg_cluster_common::media::params::hardware;
use ffmpeg_cluster_common::media::plan::film::Film;
use ffmpeg_cluster_common::media::plan::timeline::sounds_with_own_clock;
use ffmpeg_cluster_common::media::plan::witness::{DecodeComparison, Lead};
use ffmpeg_cluster_common::media::proof::lost_tags;
use ffmpeg_cluster_common::media::proof::report::{PieceLikeness, Verify};
use ffmpeg_cluster_common::media::source::{Source, side_data};
use ffmpeg_cluster_common::media::words::device::Hw;
use ffmpeg_cluster_common::text::counted;

use super::join_run::JoinRun;
use super::report;

pub(super) fn warnings(joining: &JoinRun<'_>, found: &Source, likeness: &[PieceLikeness]) -> Vec<String> {
    let mut all: Vec<String> = of_tracks(&joining.planned);
    all.extend(joining.ladder().into_iter().flat_map(|ladder| ladder.warnings.clone()));
    all.extend(without_hardware(joining));
    all.extend(without_times(joining));
    all.extend(sound_apart(joining));
    all.extend(not_decoded(joining));
    all.extend(likeness.iter().filter_map(PieceLikeness::warning));
    all.extend(of_seams(joining));
    all.extend(decoded_once(joining));
    all.extend(not_compared(joining, likeness));
    all.extend(lost(joining, found));
    all.extend(turned(joining));
    all
}

pub(super) fn inexact(wanted: u64, frames: u64) -> Option<String> {
    (frames != wanted).then(|| {
        let frames = counted(frames, "frame");
        format!("the result has {frames} instead of {wanted}; the job did not ask for exactness")
    })
}

/// What was unusual in the making of the film.
fn of_tracks(film: &Film) -> Vec<String> {
    let whole = film.first().whole();
    let whole = whole.map(|why| format!("the film was encoded in one piece, by one client: {why}"));
    let kind = film.first().one_kind.as_ref().map(|kind| {
        format!(
            "only clients of one kind ({kind}) encoded the film: decoders of another kind gave other pictures"
        )
    });
    let given_up = film.tracks.iter().filter_map(|track| {
        let why = track.given_up.as_ref()?;
        Some(format!("the job went on without {}: {why}", film.all_of(track)))
    });
    whole.into_iter().chain(kind).chain(given_up).collect()
}

/// The job prefers hardware, but no hardware encoder matches.
fn without_hardware(joining: &JoinRun<'_>) -> Option<String> {
    let spec = &joining.context.spec;
    let (_, picture) = joining.source().film_stream().filter(|_| !spec.profile.copies_picture())?;
    let refusal = hardware::methods(&spec.profile.video, picture).err().map(|refusal| refusal.to_string());
    let refusal = refusal.or_else(|| joining.context.blind()).filter(|_| spec.hw == Hw::Prefer)?;
    Some(format!("hw: prefer: the film was encoded in software only: {refusal}"))
}

fn without_times(joining: &JoinRun<'_>) -> Option<String> {
    let doubled = &joining.timeline().index.doubled;
    (!doubled.is_empty()).then(|| {
        let many = counted(doubled.len() as u64, "frame");
        format!("{many} of the source had no distinct time; each was placed one tick after the frame before")
    })
}

/// If the sound's clock is not set back with the picture's, nobody knows which sound belongs to which picture.
fn sound_apart(joining: &JoinRun<'_>) -> Option<String> {
    let works = sound::sound_works(joining.source(), &joining.carriage, &joining.context.spec.profile);
    let apart = works.iter().flat_map(|work| sounds_with_own_clock(work, joining.source()));
    let apart: Vec<u32> = apart.collect();
    let streams = apart.iter().map(|stream| format!("0:{stream}")).collect::<Vec<_>>().join(", ");
    let sentence = "the clock of the sound does not jump where the picture's does";
    (!apart.is_empty()).then(|| {
        format!("{sentence} (stream {streams}): all sound keeps ffmpeg's timing and may be out of sync")
    })
}

fn not_decoded(joining: &JoinRun<'_>) -> Option<String> {
    let why = joining.context.blind()?;
    Some(format!("the result was not decoded; only its packets prove its frames and times: {why}"))
}

/// Warnings about the places where two pieces meet.
fn of_seams(joining: &JoinRun<'_>) -> Vec<String> {
    let mut all = Vec::new();
    let not_compared = (joining.pictures.len() as u64).saturating_sub(1 + report::seams_compared(joining));
    if not_compared > 0 {
        all.push(format!(
            "at {} between pieces, it is unknown whether both decoders saw the same pictures",
            counted(not_compared, "place")
        ));
    }
    if report::seconds(joining).any(|second| matches!(second, DecodeComparison::Differs { .. })) {
        all.push(
            "decoders that began at different key frames saw different pictures; every piece was decoded from the film's beginning"
                .into(),
        );
    }
    all
}

/// `verify: full` wants two decodes of every piece whose decoder did not begin with the film.
fn decoded_once(joining: &JoinRun<'_>) -> Option<String> {
    let found = joining.pictures.iter().map(|(_, piece)| &piece.piece.facts.findings);
    let once = found.filter(|found| found.lead < Lead::Beginning && found.second.is_none()).count();
    (joining.context.spec.care.verify == Verify::Full && once > 0).then(|| {
        let pieces = counted(once as u64, "piece");
        format!("{pieces} could not be decoded a second time from another key frame")
    })
}

fn not_compared(joining: &JoinRun<'_>, likeness: &[PieceLikeness]) -> Option<String> {
    let missing = joining.pictures.len().saturating_sub(likeness.len());
    (joining.context.spec.care.verify == Verify::Full && missing > 0).then(|| {
        let pieces = counted(missing as u64, "piece");
        format!("{pieces} could not be compared with the source by the client that made it")
    })
}

/// What the source has but the result lacks.
fn lost(joining: &JoinRun<'_>, found: &Source) -> Vec<String> {
    let profile = &joining.profile;
    let mut all = match (joining.source().film_stream(), found.film_stream()) {
        (Some((_, source)), Some((_, result))) => side_data::lost(source, result, &profile.video.encoder),
        _ => Vec::new(),
    };
    all.extend(lost_tags::missed(joining.source(), found, &joining.carriage, profile));
    all
}

fn turned(joining: &JoinRun<'_>) -> Option<String> {
    let rotation = joining.source().film_stream().map_or(0, |(_, picture)| picture.rotation);
    (rotation != 0 && !joining.context.spec.profile.copies_picture()).then(|| {
        format!(
            "the source is marked as rotated by {rotation}°; the picture was turned upright, as ffmpeg does"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_track_that_was_given_up_is_told() {
        let mut film = samples::film(100, true);
        assert_eq!(of_tracks(&film), Vec::<String>::new());
        film.track_mut(samples::SOUND.track).given_up = Some("its encoder failed 3 times".to_owned());
        assert_eq!(of_tracks(&film), ["the job went on without the sound: its encoder failed 3 times"]);
    }
}
