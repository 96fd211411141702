//! Cleans up files and work when a lease or a job ends.

use ffmpeg_cluster_common::cluster::event::SourceAt;
use ffmpeg_cluster_common::ids::{JobId, LeaseId, UploadId};
use ffmpeg_cluster_common::io::crash;

use super::jobs::Jobs;
use crate::store::blobs::Blob;
use crate::store::housekeeping;

impl Jobs {
    pub(super) fn discard(&self, lease: LeaseId, job: JobId) {
        let blobs = self.runner.store.blobs.clone();
        drop(self.runner.background.spawn("discard", async move {
            for blob in [Blob::Arriving(job.clone(), lease), Blob::Piece(job, lease)] {
                let _ = blobs.remove(&blob).await;
            }
        }));
    }

    pub(super) fn stop(&self, job: &JobId) {
        if let Some(open) = self.open.get(job) {
            open.stop.cancel();
        }
    }

    /// Stops all work for an ended job and deletes its files. The upload's row was deleted when the job ended.
    pub(super) fn clean(&mut self, job: JobId, source: Option<UploadId>) {
        let at_work = self.open.remove(&job).map(|open| {
            open.stop.cancel();
            open.at_work.close();
            open.at_work
        });
        let needed = |upload: &UploadId| {
            self.open.values().any(|open| open.spec.source == SourceAt::Upload(upload.clone()))
        };
        let spent = source.filter(|upload| !needed(upload));
        let (folders, background) = (self.runner.store.folders.clone(), self.runner.background.clone());
        let run = async move {
            // Wait for the tasks: a stopped one may still write its list, and would write it into the cleaned folder.
            if let Some(at_work) = at_work {
                at_work.wait().await;
            }
            drop(background.blocking(move || {
                crash::point("server.cleaning.begun");
                housekeeping::clean_job(&folders, &job, spent.as_ref());
                crash::point("server.cleaning.ended");
            }));
        };
        drop(self.runner.background.spawn("clean", run));
    }
}
