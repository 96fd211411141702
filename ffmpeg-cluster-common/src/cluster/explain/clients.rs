//! Explanations and views of clients.

use crate::cluster::jobs::lease::Lease;
use crate::cluster::roster::client::{Client, Link};
use crate::cluster::state::Cluster;
use crate::cluster::view::ClientView;
use crate::ids::ClientId;
use crate::protocol::command::ClientState;
use crate::protocol::reason::{Reason, ReasonCode, Remedy};
use crate::protocol::reply::Machine;
use crate::time::Millis;

pub(super) fn explain_standing(cluster: &Cluster, now: Millis) -> Vec<Reason> {
    let wall = cluster.wall_at(now);
    let apart = |(id, one): (&ClientId, &Client)| {
        let why = cluster.roster.explain_apart(id, now, wall)?;
        let reason = Reason::new(ReasonCode::SetAside, format!("{} is {why}", one.name)).about(id);
        let lies = cluster.roster.liars.is_struck_out(id);
        Some(if lies { reason.remedied_by(Remedy::ForgiveClient) } else { reason })
    };
    cluster.roster.connected().filter_map(apart).collect()
}

pub(super) fn view_client(cluster: &Cluster, id: &ClientId, client: &Client, now: Millis) -> ClientView {
    let leases: Vec<_> =
        client.leases.iter().filter_map(|id| Some((cluster.jobs.job_of(*id)?, id))).collect();
    let current = leases.first().map(|(job, _)| (*job).clone());
    let lease = leases.first().and_then(|(_, id)| Some(cluster.jobs.lease_of(**id)?.1));
    let state = match client.link {
        Link::Grace { .. } | Link::Gone => ClientState::Disconnected,
        Link::Up(_) if lease.is_some_and(|lease| lease.measure) => ClientState::Benchmarking,
        Link::Up(_) if !client.is_idle() => ClientState::Processing,
        Link::Up(_) if client.machine.as_ref().is_none_or(|machine| machine.told.encoders.is_empty()) => {
            ClientState::Connected
        }
        Link::Up(_) => ClientState::Idle,
    };
    let machine = client.machine.as_ref().map_or_else(Machine::default, |one| one.told.clone());
    let doing = leases.first().zip(lease).map(|((job, _), lease)| {
        format!("{} ({})", cluster.jobs.name(job, lease.segment), lease.phase_word())
    });
    ClientView {
        name: client.name.clone(),
        machine,
        connected_at: client.connected_at,
        state,
        current_job: current,
        fps: lease.map(Lease::fps).filter(|fps| *fps > 0.0).or(client.fps),
        doing: doing.unwrap_or_else(|| "nothing".into()),
        set_aside: cluster.roster.explain_apart(id, now, cluster.wall_at(now)),
        strikes: u32::try_from(cluster.roster.liars.strikes(id).len()).unwrap_or(u32::MAX),
    }
}
