//! Decides when a broken transfer is tried again, and when it is given up.

use std::time::Duration;

use anyhow::Context;
use ffmpeg_cluster_common::time::Millis;
use ffmpeg_cluster_common::time::backoff;

use crate::machine::chance::chance;
use crate::server::api::Trouble;

const FIRST: Millis = Millis(250);
const MOST: Millis = Millis::secs(10);
/// Attempts without progress; they take about five minutes.
const TRIES: u32 = 40;

/// Why a transfer stopped.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The network, or a server that restarts.
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
    /// The delay before the next attempt, or the error if there is to be none.
    fn delay(
        &mut self,
        reached: u64,
        stopped: Stopped,
        chance: u32,
    ) -> anyhow::Result<(Millis, anyhow::Error)> {
        let error = match stopped {
            Stopped::ForGood(error) => return Err(error),
            Stopped::ForNow(error) => error,
        };
        if reached > self.reached {
            (self.tried, self.reached) = (0, reached);
        }
        if self.tried >= TRIES {
            return Err(error).context("given up after many attempts");
        }
        let delay = backoff::delay(FIRST, MOST, self.tried, chance);
        self.tried += 1;
        Ok((delay, error))
    }

    /// Waits before the next attempt, and tells the first failure of a row.
    pub(crate) async fn wait(
        &mut self,
        reached: u64,
        stopped: Stopped,
        tell: impl FnOnce(&anyhow::Error),
    ) -> anyhow::Result<()> {
        let (delay, error) = self.delay(reached, stopped, chance())?;
        if self.tried == 1 {
            tell(&error);
        }
        tokio::time::sleep(Duration::from_millis(delay.0)).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken() -> Stopped {
        Stopped::ForNow(anyhow::anyhow!("broken"))
    }

    #[test]
    fn delays_grow_and_progress_starts_them_anew() {
        let mut retries = Retries::default();
        let mut delay = |reached| retries.delay(reached, broken(), 0).map(|(delay, _)| delay.0).ok();
        assert_eq!([delay(0), delay(0), delay(0)], [Some(250), Some(500), Some(1_000)]);
        assert_eq!([delay(7), delay(7)], [Some(250), Some(500)]);
        let last = (0..TRIES).map(|_| delay(7)).collect::<Vec<_>>();
        assert_eq!((last[30], last[39]), (Some(10_000), None));
    }

    #[test]
    fn what_can_not_get_better_is_not_tried_again() {
        let gone = Stopped::ForGood(anyhow::anyhow!("gone"));
        assert!(Retries::default().delay(0, gone, 0).is_err());
    }
}
