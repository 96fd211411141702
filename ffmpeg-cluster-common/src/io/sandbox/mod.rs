//! What a child program may touch: each run states it, and on Linux the kernel enforces it.
//!
//! [`rules`] files and ports, by Landlock ·
//! [`filter`] sockets, processes and `calls` that no film needs, by seccomp.
//! This module prepares both before the fork; `confine` enforces them in the child.
//! Other systems offer nothing that works without special rights, and [`tell`] says so.

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
pub(super) mod filter;
mod opened;
#[cfg(target_os = "linux")]
pub(super) mod rules;

pub use opened::Opened;

use std::io;
use std::path::{Path, PathBuf};

use crate::media::command::{self, Command};

/// The files and the port that a run needs.
/// Everything else is out of reach: other films, the work folder,
/// the user's own files, every other address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunAccess {
    /// Files, or folders with everything in them.
    pub(super) read: Vec<PathBuf>,
    /// Files that the run reads by their descriptors.
    pub(super) opened: Vec<Opened>,
    /// Files that the run writes. We create them empty before it starts,
    /// so that it needs no right to the folder.
    pub(super) write: Vec<PathBuf>,
    /// The most bytes that one of these files may have.
    pub(super) write_bytes_max: u64,
    /// A TCP port to connect to.
    pub(super) port: Option<u16>,
    /// An address with a key, which we remove from the run's output.
    pub(super) unsaid: Option<String>,
    /// Whether the run may use graphics cards.
    pub(super) cards: bool,
    /// Whether the run may start other programs.
    pub(super) programs: bool,
}

impl RunAccess {
    /// Only the program itself, its libraries and fonts.
    pub fn nothing() -> Self {
        Self::default()
    }
    /// The files and addresses that a command names.
    pub(super) fn of(command: &Command, source: Option<&Opened>) -> Self {
        Self {
            read: command.reads.clone(),
            opened: source.filter(|_| command.holds_source).cloned().into_iter().collect(),
            write: command.writes.clone(),
            write_bytes_max: command.write_bytes_max,
            port: command.port,
            unsaid: command.unsaid.clone(),
            cards: command.cards,
            programs: false,
        }
    }
    pub fn reads(mut self, path: impl Into<PathBuf>) -> Self {
        self.read.push(path.into());
        self
    }
    pub fn holds(mut self, file: &Opened) -> Self {
        self.opened.push(file.clone());
        self
    }
    pub fn writes(mut self, file: impl Into<PathBuf>, bytes_max: u64) -> Self {
        self.write.push(file.into());
        self.write_bytes_max = self.write_bytes_max.max(bytes_max);
        self
    }
    pub fn connects(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }
    /// Allows other programs, for a script in ffmpeg's place. No other run may start a second process.
    pub fn starts_programs(mut self) -> Self {
        self.programs = true;
        self
    }

    /// A line of the run's output, with paths instead of descriptors, and without keys.
    pub(super) fn named(&self, line: String) -> String {
        let line = command::unsaid(line, self.unsaid.as_ref());
        self.opened.iter().fold(line, |line, file| file.named(line))
    }

    /// Creates the files to write, and empties existing ones.
    pub(super) fn make_outputs(&self) -> io::Result<()> {
        self.write.iter().try_for_each(|file| std::fs::File::create(file).map(drop))
    }
}

/// The means of this system to confine a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Means {
    /// Version of Landlock; 0 if there is none.
    pub landlock: u32,
    pub seccomp: bool,
}

/// The first version of Landlock that guards ports.
const LANDLOCK_PORTS: u32 = 4;
/// The first version of Landlock that guards signals.
const LANDLOCK_SIGNALS: u32 = 6;

impl Means {
    pub fn found() -> Self {
        #[cfg(target_os = "linux")]
        return Self {
            landlock: super::confine::landlock_version(),
            seccomp: filter::KNOWN && super::confine::has_seccomp(),
        };
        #[cfg(not(target_os = "linux"))]
        return Self { landlock: 0, seccomp: false };
    }

    /// Sentences about what is guarded and what is not.
    pub(crate) fn sentences(self) -> (String, Option<String>) {
        let Self { landlock, seccomp } = self;
        let mut held = Vec::new();
        match landlock {
            0 => {}
            1..LANDLOCK_PORTS => held.push(format!("files by Landlock {landlock}")),
            _ => held.push(format!("files and ports by Landlock {landlock}")),
        }
        if seccomp {
            held.push("sockets and system calls by seccomp".to_owned());
        }
        let held = if held.is_empty() { "nothing".to_owned() } else { held.join(", ") };
        let lacks = [
            (landlock == 0, "any file that this user may read or write"),
            (!seccomp, "UDP and the sockets of daemons"),
            (!seccomp, "the rights and times of this user's files"),
            (!seccomp, "this user's other processes, and processes of its own that live on"),
            (landlock < LANDLOCK_PORTS && seccomp, "any TCP port while it encodes"),
            (landlock < LANDLOCK_PORTS && !seccomp, "any TCP port"),
            (landlock < LANDLOCK_SIGNALS, "this user's other processes, by signals"),
        ];
        let lacks: Vec<&str> = lacks.into_iter().filter(|(lacks, _)| *lacks).map(|(_, what)| what).collect();
        (held, (!lacks.is_empty()).then(|| lacks.join("; ")))
    }
}

/// Fails if every run may read the folder that `flag` names: a hostile film that takes over a run could read it.
#[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "no run is held there"))]
pub fn check_hidden(flag: &str, folder: &Path) -> anyhow::Result<()> {
    #[cfg(target_os = "linux")]
    if let Some(open) = rules::open_folder_of(&std::path::absolute(folder)?) {
        anyhow::bail!(
            "{flag} {}: every ffmpeg may read {}, even one that a hostile film has taken over; choose another folder, for instance below /srv or /var/lib",
            folder.display(),
            open.display()
        );
    }
    Ok(())
}

/// Logs the guards. Call it once, at the start of a program that runs ffmpeg.
#[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "nothing holds a script there"))]
pub fn tell(ffmpeg: &Path) {
    let (held, lacks) = Means::found().sentences();
    tracing::info!("sandbox of ffmpeg: {held}");
    if let Some(lacks) = lacks {
        tracing::warn!(
            "this system can't keep an ffmpeg that a hostile film has taken over from: {lacks}; run it in a container or as a user of its own"
        );
    }
    #[cfg(target_os = "linux")]
    if rules::is_script(ffmpeg) {
        tracing::warn!(
            "{} is a script: it may start programs, which use memory without a limit and keep running if kill -9 ends this program",
            ffmpeg.display()
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run that failed told its key to the client's log, to the server's and to whoever wanted
    /// the film.
    #[test]
    fn a_key_in_a_runs_output_is_not_told() {
        let reach = RunAccess { unsaid: Some("http://127.0.0.1:4000/1f2e".into()), ..RunAccess::nothing() };
        let line = "http://127.0.0.1:4000/1f2e: Connection timed out".to_owned();
        assert_eq!(reach.named(line), "(its source): Connection timed out");
        assert_eq!(RunAccess::nothing().named("as it is".into()), "as it is");
    }

    #[test]
    fn what_is_missing_is_said() {
        let told = |landlock, seccomp| Means { landlock, seccomp }.sentences();
        let (held, lacks) = told(7, true);
        assert_eq!(held, "files and ports by Landlock 7, sockets and system calls by seccomp");
        assert_eq!(lacks, None);
        let (held, lacks) = told(3, true);
        assert!(held.starts_with("files by Landlock 3,"), "{held}");
        assert_eq!(lacks.unwrap(), "any TCP port while it encodes; this user's other processes, by signals");
        let (held, lacks) = told(0, false);
        assert_eq!(held, "nothing");
        let lacks = lacks.unwrap();
        assert!(
            lacks.contains("any file that") && lacks.contains("UDP and") && lacks.contains("any TCP port;")
        );
    }
}
