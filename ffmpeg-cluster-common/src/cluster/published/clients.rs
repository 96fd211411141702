//! What a step tells of clients.

use serde_json::json;

use super::{Published, notices};
use crate::cluster::change::Strike;
use crate::cluster::effect::{Effects, Notice, Who};
use crate::ids::ClientId;

pub(super) fn struck(step: &Effects, client: &ClientId, strike: &Strike) -> Published {
    let count = notices(step).find_map(|notice| match notice {
        Notice::Struck { client: who, strikes, .. } if who.id == *client => Some(*strikes),
        _ => None,
    });
    // The job stands in the data alone: its owner must not learn what a client did to others.
    let data = json!({ "why": strike.why, "of_job": strike.job, "strikes": count });
    Published::of_client("client.struck", client, data)
}

pub(super) fn connected(step: &Effects, client: &ClientId, name: &str) -> Published {
    let mut data = json!({ "name": name });
    for notice in notices(step) {
        if let Notice::ClientUp { client: who, cores, clients, back } = notice
            && who.id == *client
        {
            (data["cores"], data["clients"], data["back"]) = (json!(cores), json!(clients), json!(back));
        }
    }
    Published::of_client("client.connected", client, data)
}

/// Notices of clients that no change tells of.
pub(super) fn of_notice(notice: &Notice) -> Option<Published> {
    let of = |kind, Who { id, name }: &Who, why: &str| {
        Some(Published::of_client(kind, id, json!({ "name": name, "why": why })))
    };
    match notice {
        Notice::SetAside { client, why } => of("client.set_aside", client, why),
        Notice::TakenBack { client, why } => of("client.back", client, why),
        Notice::DeviceSpared { client, device, why } => {
            let mut told = of("client.device_set_aside", client, why)?;
            told.data["device"] = json!(device);
            Some(told)
        }
        _ => None,
    }
}
