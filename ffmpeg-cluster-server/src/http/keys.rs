//! Client keys. The first key that comes with an identity becomes its key; only its holder may use the identity again,
//! and only its holder gets the bytes of its leases.

use std::net::IpAddr;

use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId};
use ffmpeg_cluster_common::io::{clock, digest};
use ffmpeg_cluster_common::protocol::to_client::RefusalCode;
use ffmpeg_cluster_common::protocol::transfer::{CLIENT_KEY, is_key, read_client_key};
use subtle::ConstantTimeEq;
use warp::http::HeaderMap;

use crate::http::Services;
use crate::http::answer::Failure;
use crate::http::refusal::Refusal;

fn hash(key: &Secret) -> String {
    digest::of_bytes(key.reveal().as_bytes())
}

/// Checks, or registers, the key of a client that says hello.
pub(crate) async fn claim(
    services: &Services,
    client: &ClientId,
    key: &Secret,
) -> Result<(), (RefusalCode, String)> {
    if !is_key(key) {
        return Err((RefusalCode::BadHello, "the hello carries no valid client key".into()));
    }
    let claimed = match services.runner.store.reader.client_key(client).await {
        Ok(Some(known)) => Ok(known == hash(key)),
        Ok(None) => services.runner.store.writer.claim_key(client, hash(key), clock::wall()).await,
        Err(error) => Err(error),
    };
    match claimed {
        Ok(true) => Ok(()),
        Ok(false) => Err((
            RefusalCode::IdentityTaken,
            format!(
                "the identity {client} is registered with another key; start this client with another --work-dir to register it as a new client"
            ),
        )),
        Err(error) => {
            tracing::warn!(%client, "its key can't be looked up: {error:#}");
            // The client retries, and a server that can't read its database soon stops.
            Err((
                RefusalCode::Silent,
                "the server could not look up this client's key; its log says why".into(),
            ))
        }
    }
}

/// The client whose key these headers carry.
async fn holder(services: &Services, headers: &HeaderMap) -> Option<ClientId> {
    let (client, key) = read_client_key(headers.get(CLIENT_KEY)?.to_str().ok()?)?;
    let known = services.runner.store.reader.client_key(&client).await.ok()??;
    bool::from(known.as_bytes().ct_eq(hash(&key).as_bytes())).then_some(client)
}

fn not_leased(services: &Services, from: IpAddr) -> Failure {
    services.refusals.note(&Refusal::NotLeased, from);
    Refusal::NotLeased.answer().into()
}

/// Refuses every caller but the client that holds this lease.
pub(crate) async fn check_lease(
    services: &Services,
    headers: &HeaderMap,
    from: IpAddr,
    lease: LeaseId,
) -> Result<(), Failure> {
    let holder = holder(services, headers).await;
    let is_theirs = holder.is_some_and(|holder| services.core.leases.is_theirs(lease, &holder));
    if is_theirs { Ok(()) } else { Err(not_leased(services, from)) }
}

/// Refuses every caller that holds no lease of this job.
pub(crate) async fn check_job(
    services: &Services,
    headers: &HeaderMap,
    from: IpAddr,
    job: &JobId,
) -> Result<(), Failure> {
    let holder = holder(services, headers).await;
    let is_theirs = holder.is_some_and(|holder| services.core.leases.has_one_of(job, &holder));
    if is_theirs { Ok(()) } else { Err(not_leased(services, from)) }
}
