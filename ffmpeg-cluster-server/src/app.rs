//! Builds the parts, wires them, and orders the shutdown: stop accepting, tell the clients, wait with a limit,
//! commit, close.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use ffmpeg_cluster_common::cluster::effect::Effects;
use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::cluster::{self, Cluster};
use ffmpeg_cluster_common::io::clock::{self, Clock};
use ffmpeg_cluster_common::io::database;
use ffmpeg_cluster_common::io::sandbox;
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::io::tools;
use ffmpeg_cluster_common::time::Millis;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use warp::Filter;

use crate::bytes::uploads;
use crate::catalog::{Catalog, Reader, Sqlite, Writer};
use crate::config::Settings;
use crate::driver::Driver;
use crate::handle::Handle;
use crate::housekeeping::Place;
use crate::perform::Performer;
use crate::{api, housekeeping, link};

/// Events that may wait for the driver; who sends more waits with them.
const INBOX_MAX: usize = 1024;
/// What still runs after the drain (a join, a check) is cut off then; it begins again at the next start.
const FINISH_WITHIN: Duration = Duration::from_secs(6);
/// How often it is looked how much room there is.
const ROOM_EVERY: Duration = Duration::from_secs(2);
/// Answers that are still being read after the work has ended are cut off then.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// Serves on the address that the settings name until `stop`. The folder comes first: who starts the same server
/// twice is to hear of the folder, not of the port.
pub async fn start(settings: Settings, stop: CancellationToken) -> anyhow::Result<()> {
    let place = Place::take(&settings.work_dir)?;
    let address = SocketAddr::from((settings.bind, settings.port));
    let listener = TcpListener::bind(address).await.with_context(|| format!("listening on {address}"))?;
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
    let tools = tools::find(settings.ffmpeg_dir.as_deref(), folders.root()).await?;
    tracing::info!(version = tools.version, path = %tools.ffmpeg.display(), "ffmpeg found");
    sandbox::tell();

    let mut catalog = Sqlite::open(&folders.database())?;
    let memory = catalog.load(clock::wall()).context("loading what was remembered");
    let memory = memory.map_err(|error| database::told(&folders.database(), error))?;
    let uploads = catalog.uploads().context("loading the uploads")?;
    housekeeping::sweep(&folders, &memory, &uploads).context("sweeping the work folder")?;
    let writer = Writer::start(catalog)?;
    let reader = Reader::open(&folders.database(), writer.clone())?;
    let catalog = reader.clone();

    let (clock, background) = (Clock::start(), Background::new(CancellationToken::new()));
    let (inbox, inbox_end) = mpsc::channel(INBOX_MAX);
    let (view, view_end) = watch::channel(Arc::default());
    let (leases, leases_end) = watch::channel(Arc::default());
    let address = listener.local_addr().context("asking for our own address")?;
    let handle = Handle {
        settings: Arc::new(settings),
        tools: Arc::new(tools),
        folders: Arc::new(folders),
        background: background.clone(),
        view: view_end,
        leases: leases_end,
        reader,
        shelf: Arc::default(),
        inbox,
    };
    // Before any client is here: the first lease is given with this in mind.
    let room = uploads::unreserved(&handle).await;
    tell_room(&handle, room).await;
    drop(background.spawn("room", watch_room(handle.clone(), room)));
    let performer = Performer::new(handle.clone(), &memory, leases);
    let mut resume = Effects::default();
    let cluster =
        Cluster::restore(core_settings(&handle.settings), memory, clock.now(), clock::wall(), &mut resume);
    let driver = Driver {
        cluster,
        clock,
        inbox: inbox_end,
        writer,
        performer,
        view,
        viewed_at: Millis(0),
        unseen: true,
    };

    // The doors open after the driver, so that no question finds nobody.
    let drive = background.spawn("driver", driver.run(resume, stop));
    let doors = Background::default();
    serve(handle.clone(), listener, &doors);
    greet(&handle.settings, address);
    let driven = drive.await.context("the driver ended badly")?;
    doors.stop().cancel();
    if !background.finish(FINISH_WITHIN).await {
        tracing::warn!("some work did not stop in time and was cut off");
    }
    doors.finish(CLOSE_WITHIN).await;
    catalog.close().await;
    driven
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
    }
}

fn serve(handle: Handle, listener: TcpListener, doors: &Background) {
    let closing = doors.stop().clone();
    let filters = link::route(handle.clone()).or(api::routes(handle));
    let server =
        warp::serve(filters).incoming(listener).graceful(async move { closing.cancelled().await }).run();
    drop(doors.spawn("doors", server));
}

fn greet(settings: &Settings, address: SocketAddr) {
    tracing::info!("listening on http://{address}");
    let port =
        if address.port() == 5001 { String::new() } else { format!(" --server-port {}", address.port()) };
    if settings.bind.is_loopback() {
        tracing::info!("to encode on this machine: ffmpeg-cluster-client{port}");
    } else {
        tracing::warn!(
            "open to the network, and there are no tokens and no TLS yet: trust everybody who can reach it"
        );
        tracing::info!("to encode on another machine: ffmpeg-cluster-client --server-ip THIS_MACHINE{port}");
    }
}
