//! Replaces this program with another release of it, from a server that needs that release.
//!
//! The server must be a joined one, whose certificate we know; any user may listen at a plain address of this machine.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use ffmpeg_cluster_common::io::digest;
use ffmpeg_cluster_common::io::tools::archive;
use ffmpeg_cluster_common::protocol::release::{Release, file_name, fitting};
use ffmpeg_cluster_common::tools::archive::{Bounds, Find, Pack, Wanted};

use crate::machine::facts;
use crate::server::address::Server;
use crate::server::api::Api;
use crate::server::download::Part;

/// The variable that tells the new program the digest of its release.
const UPDATED: &str = "FFMPEG_CLUSTER_UPDATED";
/// The time that the new program has to print its version.
const TRIAL_WITHIN: Duration = Duration::from_secs(20);

/// Advice for a person who did not ask for `--self-update`.
pub(crate) fn advice(server: &Server, release: &Release) -> String {
    let (url, sha256) = (server.url(&release.path()), &release.sha256);
    format!(
        "the server has the release that fits it: {url}, SHA-256 {sha256}; --self-update fetches it and starts it"
    )
}

/// Replaces this program with the release. If anything fails, this program stays.
pub(crate) async fn install(server: &Server, release: &Release) -> anyhow::Result<PathBuf> {
    check(server, release, std::env::var(UPDATED).ok().as_deref())?;
    let program = std::env::current_exe().context("finding this program's own file")?;
    let folder = program.parent().context("this program's file has no folder")?;
    // Beside it, because a rename works only on the same disk.
    let new = make_folder(folder)?;
    let installed = fetch_into(&new, server, release, &program).await;
    let _ = std::fs::remove_dir_all(&new);
    installed.map(|()| program)
}

fn check(server: &Server, release: &Release, updated_to: Option<&str>) -> anyhow::Result<()> {
    ensure!(
        server.pass.is_some(),
        "--self-update accepts programs only from a server that was joined with --join, because anybody could answer at {server}"
    );
    if let Err(why) = release.check() {
        bail!("the release that the server offers {why}");
    }
    let platform = facts::platform();
    ensure!(
        fitting(&platform).any(|fits| fits == release.platform),
        "the server offers a release for {}, and this is {platform}",
        release.platform
    );
    ensure!(
        updated_to != Some(&release.sha256),
        "this program is that release already, and the server still refuses it: the server's `releases` folder holds another release than the server runs"
    );
    Ok(())
}

fn make_folder(folder: &Path) -> anyhow::Result<PathBuf> {
    let new = folder.join(format!(".ffmpeg-cluster-update-{}", std::process::id()));
    let told = || {
        format!(
            "making a folder in {}: to update itself, this program must be allowed to write to its own folder",
            folder.display()
        )
    };
    std::fs::create_dir(&new).with_context(told)?;
    Ok(new)
}

async fn fetch_into(new: &Path, server: &Server, release: &Release, program: &Path) -> anyhow::Result<()> {
    let zip = new.join(file_name(&release.platform));
    download(&Api::new(server)?, release, &zip).await.context("fetching the release")?;
    let name = format!("ffmpeg-cluster-client{}", std::env::consts::EXE_SUFFIX);
    let wanted = [Wanted { find: Find::Path(name.clone()), name: name.clone() }];
    let folder = new.to_owned();
    let take = move || archive::take(&zip, Pack::Zip, &wanted, &folder, &Bounds::PROGRAMS);
    tokio::task::spawn_blocking(take).await?.context("unpacking the release")?;
    let fresh = new.join(name);
    make_executable(&fresh)?;
    try_out(&fresh, &release.version).await?;
    swap(&fresh, program).with_context(|| format!("replacing {}", program.display()))
}

/// Fetches the release, and checks its digest.
async fn download(api: &Api, release: &Release, to: &Path) -> anyhow::Result<()> {
    Part::open(to.to_owned())?.fetch(api, &release.path(), release.bytes).await?;
    let (bytes, sha256) = digest::of_file(to)?;
    ensure!(
        bytes == release.bytes && sha256 == release.sha256,
        "the release is not the one that the server announced: {bytes} bytes with SHA-256 {sha256}"
    );
    Ok(())
}

fn make_executable(path: &Path) -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let told = || format!("making {} executable", path.display());
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).with_context(told)?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Checks that the program runs on this machine, and that it is the announced version.
async fn try_out(fresh: &Path, version: &str) -> anyhow::Result<()> {
    let asked = tokio::process::Command::new(fresh).arg("--version").kill_on_drop(true).output();
    let said = tokio::time::timeout(TRIAL_WITHIN, asked).await.context("the release prints no version")?;
    let said = said.context("the release does not run on this machine")?;
    let text = String::from_utf8_lossy(&said.stdout);
    let wanted = format!("ffmpeg-cluster-client {version}");
    ensure!(
        said.status.success() && text.trim() == wanted,
        "the release prints {:?}, not {wanted:?}",
        text.trim()
    );
    Ok(())
}

#[cfg(unix)]
fn swap(fresh: &Path, program: &Path) -> std::io::Result<()> {
    std::fs::File::open(fresh)?.sync_all()?;
    std::fs::rename(fresh, program)
}

/// On this system a running program can be renamed but not replaced.
#[cfg(not(unix))]
fn swap(fresh: &Path, program: &Path) -> std::io::Result<()> {
    let old = program.with_extension("old.exe");
    let _ = std::fs::remove_file(&old);
    std::fs::rename(program, &old)?;
    std::fs::rename(fresh, program).or_else(|error| std::fs::rename(&old, program).and(Err(error)))
}

/// Starts `program` in place of this one, with the same arguments; returns only if that fails.
pub fn start_anew(program: &Path, release: &Release) -> anyhow::Error {
    let mut command = std::process::Command::new(program);
    command.args(without_join(std::env::args().skip(1))).env(UPDATED, &release.sha256);
    tracing::info!("updated to {}; starting it", release.version);
    replace(command)
}

#[cfg(unix)]
fn replace(mut command: std::process::Command) -> anyhow::Error {
    anyhow::Error::new(std::os::unix::process::CommandExt::exec(&mut command))
        .context("starting the new release")
}

#[cfg(not(unix))]
fn replace(mut command: std::process::Command) -> anyhow::Error {
    // On this system a process can't become another program. It waits for the new one, so that a service manager
    // sees one process.
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => anyhow::Error::new(error).context("starting the new release"),
    }
}

/// Removes the join string, which this process has already read and kept.
fn without_join(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept = Vec::new();
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        if word == "--join" {
            words.next();
        } else if !word.starts_with("--join=") {
            kept.push(word);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use ffmpeg_cluster_common::access::invite::Fingerprint;
    use ffmpeg_cluster_common::access::role::Role;
    use ffmpeg_cluster_common::access::secret::Secret;

    use super::*;
    use crate::server::address::Pass;

    fn release() -> Release {
        let (version, sha256) = ("9.9.9".to_owned(), "ab".repeat(32));
        Release { platform: facts::platform(), version, bytes: 9, sha256 }
    }

    fn joined() -> Server {
        let fingerprint: Fingerprint = "cd".repeat(32).parse().unwrap();
        let pass = Pass { role: Role::Worker, token: Secret::new("x"), fingerprint };
        Server { pass: Some(pass), ..Server::plain("192.0.2.1", 5001) }
    }

    #[test]
    fn programs_come_from_joined_servers_only_and_fit_and_not_twice() {
        let why = |server: &Server, release: &Release, updated: Option<&str>| {
            check(server, release, updated).map_err(|error| error.to_string())
        };
        assert_eq!(why(&joined(), &release(), None), Ok(()));
        let plain = why(&Server::plain("localhost", 5001), &release(), None).unwrap_err();
        assert!(plain.contains("--join"), "{plain}");
        let other = Release { platform: "windows-x86_64".into(), ..release() };
        assert!(why(&joined(), &other, None).unwrap_err().contains("windows-x86_64"));
        let spoiled = Release { bytes: 0, ..release() };
        assert!(why(&joined(), &spoiled, None).unwrap_err().contains("size"));
        assert!(
            why(&joined(), &release(), Some(&release().sha256)).unwrap_err().contains("still refuses it")
        );
        assert_eq!(why(&joined(), &release(), Some("other")), Ok(()));
    }

    #[test]
    fn the_join_string_is_not_read_twice() {
        let words = ["--join", "-", "--drain", "--join=x", "--name", "a"].map(str::to_owned);
        assert_eq!(without_join(words.into_iter()), ["--drain", "--name", "a"]);
    }
}
