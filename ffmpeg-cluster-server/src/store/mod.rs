//! All that outlives the process: the work folder and the database.
//!
//! - [`folders`]: where each file lies. No other file knows the names.
//! - [`durable`]: a file is whole and stays, or is not there.
//! - [`file_tag`]: whether a file is the one it was.
//! - [`roots`]: opens films of this machine, and nothing else of it.
//! - [`limits`], [`retention`]: decide how much may lie here, and for how long.
//! - [`locks`]: keep two from writing one file.
//! - [`blobs`]: uploads, pieces and results, by what they are.
//! - [`catalog`]: the database, and the only home of SQL.
//! - [`free_disk`]: how much may still be written, and what people are told where that is nothing.
//! - [`releases`]: programs for clients that are too old.
//! - [`housekeeping`]: takes the folder at the start, and removes what nobody needs.
//! - [`sweep`]: removes what is too old.

pub(crate) mod blobs;
pub mod catalog;
pub(crate) mod durable;
pub(crate) mod file_tag;
pub mod folders;
mod free_disk;
pub mod housekeeping;
pub mod limits;
pub(crate) mod locks;
pub(crate) mod releases;
pub mod retention;
pub(crate) mod roots;
pub(crate) mod sweep;

use std::sync::Arc;

use ffmpeg_cluster_common::io::spawn::Background;
use tokio::sync::{Mutex, OwnedMutexGuard};

use self::blobs::Blobs;
use self::catalog::{Reader, Writer};
use self::folders::Folders;

/// The files and the database of a server. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub(crate) folders: Arc<Folders>,
    /// Never waits for the writer.
    pub(crate) reader: Reader,
    pub(crate) writer: Writer,
    pub(crate) blobs: Blobs,
    turn: Arc<Mutex<()>>,
}

impl Store {
    pub(crate) fn new(folders: Folders, reader: Reader, writer: Writer, background: Background) -> Self {
        let folders = Arc::new(folders);
        let blobs = Blobs::new(folders.clone(), background);
        Self { folders, reader, writer, blobs, turn: Arc::default() }
    }

    /// The writer goes last: only a writer can fold the log into the database.
    pub(crate) async fn close(&self) {
        self.reader.close();
        self.writer.close().await;
    }

    /// Whoever looks how much there is and then takes some of it does so in turn: two can't take the same last bytes.
    pub(crate) async fn turn(&self) -> OwnedMutexGuard<()> {
        self.turn.clone().lock_owned().await
    }
}
