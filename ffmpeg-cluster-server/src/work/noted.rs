//! Notes when the server's own work for a job began and ended. The driver takes the notes with its next commit.

use std::sync::{Arc, Mutex, PoisonError};

use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::io::clock;
use ffmpeg_cluster_common::time::WallMillis;

use crate::store::catalog::ServerSpan;

/// Notes that wait for a commit. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Noted(Arc<Mutex<Vec<(JobId, ServerSpan)>>>);

impl Noted {
    /// The work ends when the value is dropped.
    pub(crate) fn begin(&self, job: &JobId, what: &'static str) -> UnderWay {
        UnderWay { noted: self.clone(), job: job.clone(), what, began: clock::wall() }
    }

    pub(crate) fn take(&self) -> Vec<(JobId, ServerSpan)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[derive(Debug)]
pub(crate) struct UnderWay {
    noted: Noted,
    job: JobId,
    what: &'static str,
    began: WallMillis,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let (began_ms, ended_ms) = (self.began.0, clock::wall().0);
        let span = ServerSpan { what: self.what.to_owned(), began_ms, ended_ms };
        self.noted.0.lock().unwrap_or_else(PoisonError::into_inner).push((self.job.clone(), span));
    }
}
