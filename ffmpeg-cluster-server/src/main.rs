//! The server's program. Exit codes: 0 stopped as asked, 1 failed, 2 wrong settings, 3 the work folder is in use.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use ffmpeg_cluster_server::config::{Flags, LogFormat, Settings};
use ffmpeg_cluster_server::{app, housekeeping};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

const FAILED: u8 = 1;
const WRONG_SETTINGS: u8 = 2;
const IN_USE: u8 = 3;

/// The HTTP library calls every connection that a peer closes an error.
const QUIET: &str = "info,warp=off,hyper=off";

#[tokio::main]
async fn main() -> ExitCode {
    let settings = match Settings::read(Flags::parse()) {
        Ok(settings) => settings,
        Err(mistakes) => {
            let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("error: {mistakes}\n"));
            return WRONG_SETTINGS.into();
        }
    };
    start_log(settings.log_format);
    match run(settings).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            if error.is::<housekeeping::InUse>() { IN_USE.into() } else { FAILED.into() }
        }
    }
}

async fn run(settings: Settings) -> anyhow::Result<()> {
    let address = (settings.bind, settings.port);
    let listener = tokio::net::TcpListener::bind(address).await;
    let listener = listener.map_err(|e| anyhow::anyhow!("listening on {}:{}: {e}", address.0, address.1))?;
    app::run(settings, listener, stop_when_asked()).await
}

/// The first signal asks for an orderly end, the second ends at once.
fn stop_when_asked() -> CancellationToken {
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(async move {
        signal().await;
        tracing::info!("stopping; once more to stop at once");
        token.cancel();
        signal().await;
        std::process::exit(i32::from(FAILED));
    });
    stop
}

async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! { _ = terminate.recv() => return, _ = tokio::signal::ctrl_c() => return }
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

fn start_log(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(QUIET));
    let log =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let log = log.with_ansi(std::io::stderr().is_terminal());
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}
