//! Asks the server whether it would accept an upload before all of it is sent: about the parameters before the first
//! byte, about the film once its beginning is there.
//! It sends the command that makes a job of a complete upload; an incomplete upload becomes no job.

use anyhow::anyhow;
use ffmpeg_cluster_common::ids::UploadId;
use ffmpeg_cluster_common::protocol::command::{Command, JobConfig};

use super::tus;
use crate::server::api::{Api, Trouble};
use crate::server::retries::Stopped;

/// So much is enough for a server to judge a film by. One that wanted more would judge the whole film later, as it does anyway.
const BEGINNING_BYTES: u64 = 8 << 20;
/// Refusals that say nothing of the film and its parameters. They may be over when all is sent.
const OF_THE_MOMENT: [&str; 6] =
    ["UPLOAD_INCOMPLETE", "UPLOAD_NOT_FOUND", "BUSY", "INTERNAL", "DISK_FULL", "QUOTA_EXCEEDED"];
/// Other parameters would not help.
const OF_THE_FILM: [&str; 2] = ["NOT_A_FILM", "OVER_BOUND"];

/// The questions about an upload so far.
#[derive(Debug)]
pub(super) struct Questions {
    config: JobConfig,
    /// The bytes that the server had at the last question.
    asked_at: Option<u64>,
}

impl Questions {
    pub(super) const fn new(config: JobConfig) -> Self {
        Self { config, asked_at: None }
    }

    fn is_due(&self, at: u64) -> bool {
        self.asked_at.is_none_or(|before| before < BEGINNING_BYTES && at >= BEGINNING_BYTES)
    }

    /// Asks about an incomplete upload that has `at` bytes.
    pub(super) async fn ask(&mut self, api: &Api, upload: &UploadId, at: u64) -> Result<(), Stopped> {
        if !self.is_due(at) {
            return Ok(());
        }
        let command = Command::ProcessUpload { upload_id: upload.clone(), config: Some(self.config.clone()) };
        match api.ask(&command).await {
            Err(Trouble::Refused { code, .. }) if OF_THE_MOMENT.contains(&code.as_str()) => {}
            Err(trouble @ Trouble::Refused { .. }) => return Err(refused(api, upload, trouble).await),
            Err(trouble) => return Err(trouble.into()),
            Ok(reply) => {
                return Err(Stopped::ForGood(
                    api.strange(format!("{reply:?} for an incomplete upload")).into(),
                ));
            }
        }
        self.asked_at = Some(at);
        Ok(())
    }
}

async fn refused(api: &Api, upload: &UploadId, trouble: Trouble) -> Stopped {
    if matches!(&trouble, Trouble::Refused { code, .. } if OF_THE_FILM.contains(&code.as_str())) {
        tus::terminate(api, upload).await;
    }
    Stopped::ForGood(
        anyhow!(trouble).context("the server would refuse the job, so the client sends no more of the film"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_question_before_the_film_and_one_after_its_beginning() {
        let mut questions = Questions::new(JobConfig::default());
        assert!(questions.is_due(0));
        questions.asked_at = Some(0);
        assert!(!questions.is_due(BEGINNING_BYTES - 1));
        assert!(questions.is_due(BEGINNING_BYTES));
        questions.asked_at = Some(BEGINNING_BYTES);
        assert!(!questions.is_due(BEGINNING_BYTES * 2));
    }
}
