//! What may lie on our disk, whose it is, and for how long.
//!
//! [`limits`] and [`retention`] decide · `sweep` removes what they name · `locks` keeps two from writing one file ·
//! `tried` remembers what dry runs told, in the bounded memory of `recent`.

pub mod limits;
mod locks;
pub(crate) mod recent;
pub mod retention;
pub(crate) mod sweep;
pub(crate) mod tried;

use std::sync::Arc;

use ffmpeg_cluster_common::ids::{LeaseId, UploadId};
use tokio::sync::{Mutex, OwnedMutexGuard};

use self::locks::Locks;
use self::tried::Tried;

/// Cheap to clone; the same for all doors.
#[derive(Debug, Clone, Default)]
pub struct Storage {
    turn: Arc<Mutex<()>>,
    /// Written by one at a time; read by doors that make a job of it.
    pub(crate) uploads: Locks<UploadId>,
    /// Pieces that arrive.
    pub(crate) pieces: Locks<LeaseId>,
    /// Dry runs.
    pub(crate) tried: Tried,
}

impl Storage {
    /// Whoever looks how much there is and then takes some of it does so in turn: two can't take the same last bytes.
    pub(crate) async fn turn(&self) -> OwnedMutexGuard<()> {
        self.turn.clone().lock_owned().await
    }
}
