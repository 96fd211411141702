//! The file of a trace, and the one thread that writes it.
//!
//! The file is an array. The program writes the last bracket only if it ends well; every line before is complete.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::{Item, micros};
use crate::io::system::own_cpu;
use crate::io::{clock, permissions};

/// The most names to try for a new file.
const NUMBERS_MAX: u32 = 10_000;
/// The shortest time between two notes of the program's own processor time.
const CPU_EVERY: Duration = Duration::from_millis(50);
/// The most bytes in one write.
const BATCH_BYTES_MAX: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Opened {
    pub(super) path: PathBuf,
    pub(super) file: File,
}

pub(super) fn create(path: &Path) -> anyhow::Result<Opened> {
    if path.is_dir() {
        bail!("it is a folder; give the name of a file");
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        bail!("there is no folder {}", folder.display());
    }
    for number in 0..NUMBERS_MAX {
        let path = numbered(path, number);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => {
                // The file names other people's films, as a log does.
                permissions::file(&path)?;
                return Ok(Opened { path, file });
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).context("it can't be written"),
        }
    }
    bail!("{NUMBERS_MAX} files of this name exist already")
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    if number == 0 {
        return path.to_owned();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let suffix = path.extension().map(|suffix| format!(".{}", suffix.to_string_lossy())).unwrap_or_default();
    path.with_file_name(format!("{stem} ({number}){suffix}"))
}

#[derive(Debug)]
pub(super) struct Writer {
    file: File,
    bytes: u64,
    began: Instant,
    dropped: Arc<AtomicU64>,
    cpu_noted: Duration,
}

impl Writer {
    /// Writes the first lines, which name the program and the wall time of the file's zero.
    pub(super) fn begin(
        opened: Opened,
        program: &str,
        began: Instant,
        dropped: Arc<AtomicU64>,
    ) -> io::Result<Self> {
        let mut writer = Self { file: opened.file, bytes: 0, began, dropped, cpu_noted: Duration::ZERO };
        let zero = clock::wall().0 * 1000 - micros(began.elapsed());
        let mut first = String::from("[\n");
        for event in [
            meta("process_name", &json!({ "name": program })),
            meta("wall_time_of_zero", &json!({ "unix_us": zero, "version": env!("CARGO_PKG_VERSION") })),
            writer.own_cpu(),
        ] {
            first += &format!("{event},\n");
        }
        writer.add(&first)?;
        Ok(writer)
    }

    pub(super) fn write_all(mut self, waiting: &Receiver<Item>) {
        let mut done = None;
        while let Ok(item) = waiting.recv() {
            let (batch, end) = batch(item, waiting);
            let (count, mut text) = (batch.len() as u64, batch.concat());
            if self.began.elapsed() >= self.cpu_noted + CPU_EVERY {
                text += &format!("{},\n", self.own_cpu());
                self.cpu_noted = self.began.elapsed();
            }
            if let Err(error) = self.add(&text)
                && self.dropped.fetch_add(count, Ordering::Relaxed) == 0
            {
                tracing::warn!("--trace: events are dropped: {error}");
            }
            done = end;
            if done.is_some() {
                break;
            }
        }
        self.end();
        if let Some(done) = done {
            let _ = done.send(());
        }
    }

    /// Writes the whole text or, on a full disk, nothing.
    fn add(&mut self, text: &str) -> io::Result<()> {
        if let Err(error) = self.file.write_all(text.as_bytes()) {
            let _ = self.file.set_len(self.bytes);
            let _ = io::Seek::seek(&mut self.file, io::SeekFrom::Start(self.bytes));
            return Err(error);
        }
        self.bytes += text.len() as u64;
        Ok(())
    }

    fn end(&mut self) {
        let dropped = self.dropped.load(Ordering::Relaxed);
        if dropped > 0 {
            tracing::warn!(dropped, "--trace: some events are missing in the file");
        }
        let last = meta("end", &json!({ "dropped": dropped }));
        let _ = self.add(&format!("{},\n{last}\n]\n", self.own_cpu()));
    }

    /// The processor time in seconds, without child processes.
    fn own_cpu(&self) -> Value {
        let cpu = own_cpu().map(|cpu| cpu.as_secs_f64());
        json!({
            "name": "own cpu",
            "ph": "C",
            "ts": micros(self.began.elapsed()),
            "pid": std::process::id(),
            "tid": 0,
            "args": { "cpu_s": cpu },
        })
    }
}

/// The waiting events, and the reply channel of a final item.
fn batch(first: Item, waiting: &Receiver<Item>) -> (Vec<String>, Option<tokio::sync::oneshot::Sender<()>>) {
    let (mut lines, mut bytes, mut next) = (Vec::new(), 0, Ok(first));
    loop {
        match next {
            Ok(Item::Event(event)) => {
                bytes += event.len();
                lines.push(event + ",\n");
            }
            Ok(Item::End(done)) => return (lines, Some(done)),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => return (lines, None),
        }
        if bytes >= BATCH_BYTES_MAX {
            return (lines, None);
        }
        next = waiting.try_recv();
    }
}

fn meta(name: &str, args: &Value) -> Value {
    json!({ "name": name, "ph": "M", "ts": 0, "pid": std::process::id(), "tid": 0, "args": args })
}
