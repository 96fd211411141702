//! What a step tells those who watch: one entry for each change or notice that concerns them.
//!
//! Changes come in their order, so that a reader of all entries knows the state.
//! The caller stores the entries in the transaction of the changes.

mod clients;

use serde_json::{Value, json};

use self::clients::{connected, of_notice, struck};
use super::change::{Change, RememberedPiece};
use super::effect::{Effect, Effects, Notice};
use super::event::JobSpec;
use crate::fault::Fault;
use crate::ids::{ClientId, JobId, LeaseId};
use crate::media::plan::film::Film;
use crate::media::plan::track::Segment;
use crate::media::proof::report::Report;
use crate::media::words::device::Seat;
use crate::protocol::command::JobState;

/// One entry, without the time and the owner, which the caller knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Such as `segment.lost`; words with full stops between them.
    pub kind: &'static str,
    pub job: Option<JobId>,
    pub client: Option<ClientId>,
    pub data: Value,
}

impl Published {
    fn of_job(kind: &'static str, job: &JobId, data: Value) -> Self {
        Self { kind, job: Some(job.clone()), client: None, data }
    }

    fn of_client(kind: &'static str, client: &ClientId, data: Value) -> Self {
        Self { kind, job: None, client: Some(client.clone()), data }
    }

    fn by(self, client: &ClientId) -> Self {
        Self { client: Some(client.clone()), ..self }
    }
}

/// The entries of one step. A client that goes comes before the leases that end because of it.
pub fn published(step: &Effects) -> Vec<Published> {
    let gone = notices(step).filter_map(of_gone);
    let changed = step.changes.iter().filter_map(|change| of_change(step, change));
    let noticed = notices(step).filter_map(of_notice);
    gone.chain(changed).chain(noticed).collect()
}

fn notices(step: &Effects) -> impl Iterator<Item = &Notice> {
    step.effects.iter().filter_map(|effect| match effect {
        Effect::Notice(notice) => Some(notice),
        _ => None,
    })
}

fn of_gone(notice: &Notice) -> Option<Published> {
    let Notice::ClientGone { client, clients, why } = notice else { return None };
    let data = json!({ "name": client.name, "clients": clients, "why": why });
    Some(Published::of_client("client.gone", &client.id, data))
}

fn of_change(step: &Effects, change: &Change) -> Option<Published> {
    Some(match change {
        Change::JobAdded { job, spec, .. } => created(job, spec),
        Change::JobMoved { job, state } => moved(step, job, *state),
        Change::ClientsWanted { job, clients } => {
            Published::of_job("job.clients_wanted", job, json!({ "clients": clients }))
        }
        Change::Placed { .. } | Change::Paused { .. } => return arranged(step, change),
        // Its frames are known when clients have listed them.
        Change::FilmKnown { film, .. } if film.is_to_list() => return None,
        Change::FilmKnown { job, film } => indexed(job, film),
        Change::TrackGivenUp { job, track, why } => {
            Published::of_job("job.track_given_up", job, json!({ "track": track, "why": why }))
        }
        Change::JobEnded { job, state, error, report, .. } => {
            ended(job, *state, error.as_deref(), report.as_deref())
        }
        Change::Leased { job, lease, segment, client, seat } => {
            leased(step, job, &Held { lease: *lease, segment: *segment, client }, seat.as_ref())
        }
        Change::LeaseEnded { job, lease, segment, client, .. } => {
            given_back(step, job, &Held { lease: *lease, segment: *segment, client })
        }
        Change::PieceKept { job, piece } => kept(job, piece),
        Change::PieceDoubted { job, lease } => {
            Published::of_job("segment.doubted", job, json!({ "lease": lease }))
        }
        Change::Struck { client, strike } => struck(step, client, strike),
        Change::Forgiven { client } => Published::of_client("client.forgiven", client, json!({})),
        Change::ClientSeen { client, name, .. } => connected(step, client, name),
        Change::KeptToOneKind { .. }
        | Change::CrashesTold { .. }
        | Change::StrikesTakenBack { .. }
        | Change::SpeedMeasured { .. } => return None,
    })
}

/// A place in the queue, or a pause.
fn arranged(step: &Effects, change: &Change) -> Option<Published> {
    let is_added =
        |id: &JobId| step.changes.iter().any(|one| matches!(one, Change::JobAdded { job, .. } if job == id));
    Some(match change {
        // A new job's place is that of its arrival.
        Change::Placed { job, place } if !is_added(job) => {
            let data = json!({ "priority": place.priority(), "rank": place.rank() });
            Published::of_job("job.moved", job, data)
        }
        Change::Paused { job, paused: true } => Published::of_job("job.paused", job, json!({})),
        Change::Paused { job, paused: false } => Published::of_job("job.resumed", job, json!({})),
        _ => return None,
    })
}

fn created(job: &JobId, spec: &JobSpec) -> Published {
    let data = json!({
        "file_name": spec.file_name,
        "output_name": spec.output_name,
        "ffmpeg_params": spec.params_text,
        "required_clients": spec.required_clients,
        "priority": spec.priority,
    });
    Published::of_job("job.created", job, data)
}

fn moved(step: &Effects, job: &JobId, state: JobState) -> Published {
    let why = notices(step).find_map(|notice| match notice {
        Notice::JobMoved { job: of, from, to, why } if of == job && *to == state => Some((from, why)),
        _ => None,
    });
    let mut data = json!({ "state": state });
    if let Some((from, why)) = why {
        (data["from"], data["why"]) = (json!(from), json!(why));
    }
    Published::of_job("job.state", job, data)
}

fn indexed(job: &JobId, film: &Film) -> Published {
    let first = film.first();
    let data = json!({
        "frames": film.frames(),
        "frame_rate": film.frame_rate.as_f64(),
        "cuts": first.cuts.count(),
        "indexed_by": film.indexed_by,
        "tracks": film.tracks.len(),
        "one_piece": first.whole(),
    });
    Published::of_job("job.indexed", job, data)
}

fn ended(job: &JobId, state: JobState, error: Option<&str>, report: Option<&Report>) -> Published {
    match (state, report) {
        (JobState::Completed, Some(report)) => {
            let Report { frames_result, result_bytes, fps, .. } = report;
            let data = json!({ "frames": frames_result, "result_bytes": result_bytes, "fps": fps });
            Published::of_job("job.completed", job, data)
        }
        (JobState::Completed, None) => Published::of_job("job.completed", job, json!({})),
        (JobState::Cancelled, _) => Published::of_job("job.cancelled", job, json!({})),
        _ => Published::of_job("job.failed", job, json!({ "error": error })),
    }
}

/// A lease, and what it is of.
struct Held<'a> {
    lease: LeaseId,
    segment: Segment,
    client: &'a ClientId,
}

impl Held<'_> {
    fn data(&self) -> Value {
        let Segment { track, units } = self.segment;
        let segment = json!({ "track": track, "start": units.start, "end": units.end });
        json!({ "lease": self.lease, "segment": segment })
    }
}

fn leased(step: &Effects, job: &JobId, held: &Held<'_>, seat: Option<&Seat>) -> Published {
    let mut data = held.data();
    if let Some(seat) = seat {
        (data["device"], data["encoder"]) = (json!(seat.device), json!(seat.encoder));
    }
    for notice in notices(step) {
        match notice {
            Notice::Leased { lease, measure: true, .. } if *lease == held.lease => {
                data["benchmark"] = true.into();
            }
            Notice::SecondTry { lease, late, .. } if *lease == held.lease => data["twin_of"] = json!(late),
            _ => {}
        }
    }
    Published::of_job("segment.leased", job, data).by(held.client)
}

/// Lost if something failed; returned if nothing did.
fn given_back(step: &Effects, job: &JobId, held: &Held<'_>) -> Published {
    let mut data = held.data();
    let lost = notices(step).find_map(|notice| match notice {
        Notice::LeaseLost { lease, attempt, fault, .. } if *lease == held.lease => Some((attempt, fault)),
        _ => None,
    });
    let Some((attempt, Fault { code, message, tail })) = lost else {
        return Published::of_job("segment.returned", job, data).by(held.client);
    };
    (data["attempt"], data["code"]) = (json!(attempt), json!(code));
    (data["message"], data["tail"]) = (json!(message), json!(tail));
    Published::of_job("segment.lost", job, data).by(held.client)
}

fn kept(job: &JobId, piece: &RememberedPiece) -> Published {
    let held = Held { lease: piece.lease, segment: piece.segment, client: &piece.client };
    let mut data = held.data();
    (data["bytes"], data["encode_ms"]) = (json!(piece.piece.bytes), json!(piece.encode_ms));
    Published::of_job("segment.kept", job, data).by(&piece.client)
}
