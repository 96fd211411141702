//! Builds the parts, wires them, and orders the shutdown: stop accepting, tell the clients, wait with a limit,
//! commit, close.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use ffmpeg_cluster_common::access::invite::Join;
use ffmpeg_cluster_common::cluster::change::Memory;
use ffmpeg_cluster_common::cluster::effect::Effects;
use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::cluster::{self, Cluster};
use ffmpeg_cluster_common::io::clock::{self, Clock};
use ffmpeg_cluster_common::io::database;
use ffmpeg_cluster_common::io::owners;
use ffmpeg_cluster_common::io::sandbox;
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::io::tools::{self, Tools};
use ffmpeg_cluster_common::io::trace::Trace;
use ffmpeg_cluster_common::limits::CRASHES_MAX;
use ffmpeg_cluster_common::time::Millis;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::audit_log::AuditLog;
use crate::auth::certificate::Certificate;
use crate::auth::invite;
use crate::auth::invite::Whereabouts;
use crate::auth::leases::Leases;
use crate::auth::tokens::Tokens;
use crate::bytes::uploads;
use crate::catalog::{Catalog, Reader, Sqlite, Writer};
use crate::config::Settings;
use crate::driver::Driver;
use crate::folders::Folders;
use crate::gate::refusal::Refusals;
use crate::gate::{self, Gate};
use crate::handle::Handle;
use crate::housekeeping::{self, Place};
use crate::perform::Performer;
use crate::releases::Releases;
use crate::storage::sweep;

/// Events that may wait for the driver; who sends more waits with them.
const INBOX_MAX: usize = 1024;
/// What still runs after the drain (a join, a check) is cut off then; it begins again at the next start.
const FINISH_WITHIN: Duration = Duration::from_secs(6);
/// Films and parameters that are looked at at a time, before a job is accepted.
const LOOKS_MAX: usize = 4;
/// How often it is looked how much room there is.
const ROOM_EVERY: Duration = Duration::from_secs(2);
/// Answers that are still being read after the work has ended are cut off then.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// Serves on the address that the settings name until `stop`. The folder comes first: who starts the same server
/// twice is to hear of the folder, not of the port.
pub async fn start(settings: Settings, stop: CancellationToken) -> anyhow::Result<()> {
    let place = Place::take(&settings.work_dir)?;
    let address = SocketAddr::from((settings.bind, settings.port));
    let listener = gate::listen(address).with_context(|| format!("listening on {address}"))?;
    serve_from(place, settings, listener, stop).await
}

/// Serves on `listener` until `stop`.
pub async fn run(settings: Settings, listener: TcpListener, stop: CancellationToken) -> anyhow::Result<()> {
    let place = Place::take(&settings.work_dir)?;
    serve_from(place, settings, listener, stop).await
}

async fn serve_from(
    place: Place,
    settings: Settings,
    listener: TcpListener,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let Place { folders, lock: _lock } = place;
    let trace =
        settings.trace.as_deref().map(|file| Trace::start(file, "server")).transpose()?.unwrap_or_default();
    let settings = settings.apart(folders.root())?;
    let Some(tools) = stop.run_until_cancelled(tools_of(&settings, &folders)).await else { return Ok(()) };
    let tools = tools?;

    let (mut catalog, memory) = remembered(&folders)?;
    let certificate = Certificate::of(&settings, &folders)?;
    let address = listener.local_addr().context("asking for our own address")?;
    let invited =
        invited(&mut catalog, &folders, address.port(), whereabouts(&settings, &certificate, address))?;
    let writer = Writer::start(catalog)?;
    let reader = Reader::open(&folders.database(), writer.clone())?;
    let catalog = reader.clone();

    let audit_log = AuditLog::start(&folders.audit_log())?;
    let (clock, background) = (Clock::start(), Background::new(CancellationToken::new()));
    let (inbox, inbox_end) = mpsc::channel(INBOX_MAX);
    let (view, view_end) = watch::channel(Arc::default());
    let tokens = Tokens::new(reader.clone());
    tokens.watch(&background);
    let handle = Handle {
        settings: Arc::new(settings),
        tools: Arc::new(tools),
        releases: Releases::new(folders.releases()),
        folders: Arc::new(folders),
        background: background.clone(),
        view: view_end,
        leases: Leases::default(),
        reader,
        tokens,
        refusals: Refusals::told_to(audit_log.clone()),
        looks: Arc::new(Semaphore::new(LOOKS_MAX)),
        shelf: Arc::default(),
        seen: Default::default(),
        storage: Default::default(),
        audit_log: audit_log.clone(),
        trace: trace.clone(),
        inbox,
    };
    // Before any client is here: the first lease is given with this in mind.
    let room = uploads::unreserved(&handle).await;
    tell_room(&handle, room).await;
    drop(background.spawn("room", watch_room(handle.clone(), room)));
    drop(background.spawn("retention", sweep::watch(handle.clone())));
    let performer = Performer::new(handle.clone(), &memory);
    let mut resume = Effects::default();
    let cluster =
        Cluster::restore(core_settings(&handle.settings), memory, clock.now(), clock::wall(), &mut resume);
    let inbox = inbox_end;
    let driver =
        Driver { cluster, clock, inbox, writer, performer, view, viewed_at: Millis(0), unseen: true };

    // The doors open after the driver, so that no question finds nobody.
    let drive = background.spawn("driver", driver.run(resume, stop));
    let doors = Background::default();
    let gate = Gate::new(handle.clone(), &certificate, doors.clone());
    drop(doors.spawn("gate", gate.serve(listener)));
    greet(&handle.settings, address, &certificate);
    if let Some(Err(error)) = invited.as_ref().map(|join| invite::tell_first(join, &handle.folders)) {
        tracing::warn!("nobody could be told how other machines come in: {error:#}");
    }
    let driven = drive.await.context("the driver ended badly")?;
    doors.stop().cancel();
    if !background.finish(FINISH_WITHIN).await {
        tracing::warn!("some work did not stop in time and was cut off");
    }
    doors.finish(CLOSE_WITHIN).await;
    audit_log.flush().await;
    catalog.close().await;
    trace.finish().await;
    driven
}

/// They may have to be fetched first, which lasts.
async fn tools_of(settings: &Settings, folders: &Folders) -> anyhow::Result<Tools> {
    let tools = tools::find(&settings.ffmpeg, folders.root()).await?;
    tracing::info!(version = tools.version, path = %tools.ffmpeg.display(), "ffmpeg found");
    sandbox::tell(&tools.ffmpeg);
    if !settings.allowed.is_empty() {
        tracing::warn!(
            "--allow-option: what these options make an encoder do was never looked at; the sandbox still holds it"
        );
    }
    tools.allow(&settings.formats)?;
    Ok(tools)
}

/// What a dead run left behind is swept away on the way.
fn remembered(folders: &Folders) -> anyhow::Result<(Sqlite, Memory)> {
    let mut catalog = Sqlite::open(&folders.database())?;
    let memory = catalog.load(clock::wall()).context("loading what was remembered");
    let memory = memory.map_err(|error| database::told(&folders.database(), error))?;
    let uploads = catalog.uploads().context("loading the uploads")?;
    housekeeping::sweep(folders, &memory, &uploads).context("sweeping the work folder")?;
    Ok((catalog, memory))
}

/// Where others find the server. None if they can't come at all.
fn whereabouts(settings: &Settings, certificate: &Certificate, address: SocketAddr) -> Option<Whereabouts> {
    let is_alone = settings.insecure_lan || (address.ip().is_loopback() && !settings.no_local_trust);
    (!is_alone).then(|| Whereabouts::new(settings, certificate, address.port()))
}

/// The first token, where others can come at all.
fn invited(
    catalog: &mut Sqlite,
    folders: &Folders,
    port: u16,
    place: Option<Whereabouts>,
) -> anyhow::Result<Option<Join>> {
    invite::remember_port(folders, port).context("remembering the port")?;
    let Some(place) = place else { return Ok(None) };
    invite::first(catalog, folders, &place).context("making the first token")
}

async fn tell_room(handle: &Handle, free: Option<u64>) {
    if let Some(free) = free {
        handle.send(Event::FreeDisk(free)).await;
    }
}

/// Tells the driver how much may be written, whenever that changed.
async fn watch_room(handle: Handle, mut before: Option<u64>) {
    let stop = handle.background.stop().clone();
    while stop.run_until_cancelled(tokio::time::sleep(ROOM_EVERY)).await.is_some() {
        let now = uploads::unreserved(&handle).await;
        if now != before {
            tell_room(&handle, now).await;
        }
        before = now;
    }
}

fn core_settings(settings: &Settings) -> cluster::Settings {
    cluster::Settings {
        max_retries: settings.max_retries,
        retry_delay: Millis::secs(settings.retry_delay_secs.into()),
        benchmark_secs: settings.benchmark_secs,
        audit_percent: settings.audit_percent,
        crashes_max: CRASHES_MAX,
    }
}

/// The address for this machine comes first, and looks the same whatever was bound.
fn greet(settings: &Settings, address: SocketAddr, certificate: &Certificate) {
    let here = if address.ip().is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { address.ip() };
    tracing::info!("listening on http://{}", SocketAddr::new(here, address.port()));
    let port =
        if address.port() == 5001 { String::new() } else { format!(" --server-port {}", address.port()) };
    if settings.no_local_trust {
        tracing::info!("--no-local-trust: everybody needs a token, on this machine too");
    } else {
        tracing::info!("to encode on this machine: ffmpeg-cluster-client{port}");
    }
    if !settings.no_local_trust {
        owners::tell();
    }
    if address.ip().is_loopback() {
        return;
    }
    if settings.insecure_lan {
        tracing::warn!(
            "--insecure-lan: everybody who can reach this machine may do everything, and films go unencrypted"
        );
        tracing::info!("to encode on another machine: ffmpeg-cluster-client --server-ip THIS_MACHINE{port}");
    } else {
        tracing::info!(
            fingerprint = certificate.fingerprint,
            "other machines need TLS and a token: ffmpeg-cluster-server token add worker"
        );
    }
}
