//! Explains which clients a job waits for.

use super::clients::explain_standing;
use crate::cluster::jobs::job::Job;
use crate::cluster::outcomes::settle::awaited;
use crate::cluster::roster::client::Client;
use crate::cluster::state::Cluster;
use crate::media::plan::track::Track;
use crate::protocol::reason::{Reason, ReasonCode, Remedy};
use crate::time::Millis;

pub(super) fn explain_waiting(cluster: &Cluster, job: &Job, now: Millis) -> Vec<Reason> {
    let Some((awaited, able)) = awaited(cluster, job) else { return Vec::new() };
    let connected = cluster.roster.connected_count();
    let wanted = job.clients_wanted();
    let missing = wanted.saturating_sub(able);
    let (noun, asks) = (if missing == 1 { "client" } else { "clients" }, awaited.asks());
    let fewer = if wanted > 1 { "; `start JOB` begins with fewer" } else { "" };
    let text = format!(
        "waiting for {missing} more {noun}: {wanted} required, {able} of {connected} connected can {asks}{fewer}"
    );
    let remedy = if able > 0 { Remedy::Start } else { Remedy::JoinClient };
    let mut all = vec![Reason::new(ReasonCode::WaitingForClients, text).remedied_by(remedy)];
    if able == 0 && cluster.roster.lacks_decoders(awaited) {
        let (encoders, codecs) = (awaited.all_encoders().collect::<Vec<_>>(), awaited.reads.join(" and "));
        let text = format!("no connected client that has proved {} decodes {codecs}", encoders.join(" or "));
        all.push(Reason::new(ReasonCode::NoDecoder, text));
    } else if !awaited.in_software() {
        all.extend(explain_without_hardware(cluster, awaited));
    } else if let Some(kind) = &awaited.one_kind {
        all.push(explain_kind(kind));
    } else if able == 0 && connected > 0 {
        let text = format!("no connected client has proved {}", awaited.encoders.join(", "));
        all.push(Reason::new(ReasonCode::NoEncoder, text));
    }
    all.extend(explain_standing(cluster, now));
    all
}

pub(super) fn explain_kind(kind: &str) -> Reason {
    let text = format!("only clients with {kind} continue it: decoders of another kind gave other pictures");
    Reason::new(ReasonCode::OneKind, text)
}

/// Names each connected client that lacks the hardware the job needs, and what that client has.
fn explain_without_hardware(cluster: &Cluster, track: &Track) -> Vec<Reason> {
    let wanted = track.hardware_encoders().collect::<Vec<_>>().join(", ");
    if track.hardware.is_empty() {
        return vec![Reason::new(ReasonCode::NoHardware, "no hardware encoder makes an equivalent stream")];
    }
    let connected = cluster.roster.connected();
    let lacking = connected.filter(|(id, _)| cluster.roster.crews.seats(id, track).is_empty());
    let has = |client: &Client| {
        let devices = client.told_devices();
        let proved = devices.iter().map(|device| format!("{} ({})", device.name, device.encoders.join(", ")));
        match proved.collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => "no hardware at all".to_owned(),
            some => format!("only {some}"),
        }
    };
    let told = |one: &Client| format!("{} has proved none of {wanted}: {}", one.name, has(one));
    lacking.map(|(id, one)| Reason::new(ReasonCode::NoHardware, told(one)).about(id)).collect()
}
