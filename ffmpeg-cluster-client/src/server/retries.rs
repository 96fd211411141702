//! Decides when to retry a broken transfer, and when to give it up.

use anyhow::Context;
use ffmpeg_cluster_common::io::clock;
use ffmpeg_cluster_common::time::Millis;

use crate::server::api::Trouble;

/// Attempts in a row without progress; they take about five minutes.
const TRIES: u32 = 40;

/// Why a transfer stopped.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The network failed, or the server is restarting.
    ForNow(anyhow::Error),
    /// Another attempt would end the same way.
    ForGood(anyhow::Error),
}

impl From<Trouble> for Stopped {
    fn from(trouble: Trouble) -> Self {
        if trouble.is_passing() { Self::ForNow(trouble.into()) } else { Self::ForGood(trouble.into()) }
    }
}

/// Attempts since the last progress.
#[derive(Debug, Default)]
pub(crate) struct Retries {
    tried: u32,
    reached: u64,
}

impl Retries {
    /// Counts a failure. Returns its error in `Ok` if another attempt should follow.
    fn count(&mut self, reached: u64, stopped: Stopped) -> anyhow::Result<anyhow::Error> {
        let error = match stopped {
            Stopped::ForGood(error) => return Err(error),
            Stopped::ForNow(error) => error,
        };
        if reached > self.reached {
            (self.tried, self.reached) = (0, reached);
        }
        if self.tried >= TRIES {
            return Err(error).context("gave up after many attempts");
        }
        self.tried += 1;
        Ok(error)
    }

    /// Waits before the next attempt, and reports the first failure of a row.
    pub(crate) async fn wait(
        &mut self,
        reached: u64,
        stopped: Stopped,
        tell: impl FnOnce(&anyhow::Error),
    ) -> anyhow::Result<()> {
        let error = self.count(reached, stopped)?;
        if self.tried == 1 {
            tell(&error);
        }
        clock::pause(Millis(250), Millis::secs(10), self.tried - 1).await;
        Ok(())
    }
}

/// The pause before another attempt of an encoding client, which never gives up.
/// A server that restarts is back in a second or two; a server that stays away gets fewer attempts.
pub(crate) async fn pause(attempt: u32) {
    clock::pause(Millis(200), Millis::secs(5), attempt).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken() -> Stopped {
        Stopped::ForNow(anyhow::anyhow!("broken"))
    }

    #[test]
    fn attempts_are_counted_up_to_a_bound_and_progress_starts_them_anew() {
        let mut retries = Retries::default();
        let mut tried = |reached| retries.count(reached, broken()).ok().map(|_| retries.tried);
        assert_eq!([tried(0), tried(0), tried(0)], [Some(1), Some(2), Some(3)]);
        assert_eq!([tried(7), tried(7)], [Some(1), Some(2)]);
        let last = (2..=TRIES).map(|_| tried(7)).collect::<Vec<_>>();
        assert_eq!(last[last.len() - 2..], [Some(TRIES), None]);
    }

    #[test]
    fn what_can_not_get_better_is_not_tried_again() {
        let gone = Stopped::ForGood(anyhow::anyhow!("gone"));
        assert!(Retries::default().count(0, gone).is_err());
    }
}
