//! Proves encoders: encodes a moment with each, because an encoder that ffmpeg lists may still not work.

use std::collections::BTreeSet;
use std::time::Duration;

use ffmpeg_cluster_common::io::process::{self, Run};
use ffmpeg_cluster_common::io::tools::Tools;
use ffmpeg_cluster_common::io::trace::{Purpose, Trace};
use ffmpeg_cluster_common::media::command::device_test;
use ffmpeg_cluster_common::media::params;
use ffmpeg_cluster_common::media::source::StreamKind;
use ffmpeg_cluster_common::media::words::device::Device;
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::devices;
use super::incoming::Incoming;
use super::proved::Proved;
use crate::machine::facts;

/// The encoders that most jobs use; the client proves them before the first hello.
fn usual() -> [&'static str; 2] {
    [params::usual().name, params::usual_sound().name]
}

/// An encoder that needs longer than this for a tenth of a second is useless.
const TRIAL_WITHIN: Duration = Duration::from_secs(30);
/// Few at a time, so that people do not notice the tests.
const TRIALS_AT_ONCE_MAX: usize = 2;

/// Encoders per report to the server.
const TOLD_TOGETHER: usize = 4;

/// All encoders that may be tried without a device, in the order of their tests: a trial of a sound takes a moment, those of
/// some pictures seconds, and a film whose sound no client can encode yet would wait for them.
fn all() -> impl Iterator<Item = &'static str> {
    params::sound_names().chain(params::software())
}

/// Tries encoders of one ffmpeg and remembers what worked.
#[derive(Debug, Clone)]
pub(crate) struct Prover {
    tools: Tools,
    proved: Proved,
    trace: Trace,
}

impl Prover {
    pub(crate) fn new(tools: &Tools, proved: Proved) -> Self {
        Self { tools: tools.clone(), proved, trace: Trace::default() }
    }

    pub(crate) fn traced(self, trace: &Trace) -> Self {
        Self { trace: trace.of(Purpose::DeviceTest), ..self }
    }

    /// The encoders and devices of the hello: all earlier proofs, and the usual encoders, tried if necessary.
    pub(crate) async fn first(
        &self,
        cancel: &CancellationToken,
    ) -> anyhow::Result<(Vec<String>, Vec<Device>)> {
        let encoders = self.prove(self.proved.encoders()?, &usual(), cancel).await?;
        Ok((encoders, self.proved.devices()?))
    }

    /// The device that an offer names.
    pub(crate) fn device(&self, name: &str) -> Option<Device> {
        self.proved.wanted.candidates().into_iter().find(|device| device.name == name)
    }

    /// Tries each listed encoder on each device that may have it. Stops a method at the first card that proves none.
    async fn prove_devices(
        &self,
        listed: &BTreeSet<String>,
        tell: &mpsc::Sender<Incoming>,
        cancel: &CancellationToken,
    ) -> anyhow::Result<()> {
        let (known, mut missing) = (self.proved.devices()?, BTreeSet::new());
        for candidate in self.proved.wanted.candidates() {
            let method = candidate.method;
            if missing.contains(&method) || known.iter().any(|device| device.name == candidate.name) {
                continue;
            }
            let mut proved = 0;
            for (codec, encoder) in method.encoders().filter(|(_, encoder)| listed.contains(*encoder)) {
                let test = devices::DeviceTest {
                    tools: &self.tools,
                    folder: &self.proved.wanted.folder,
                    cancel,
                    trace: &self.trace.about("device", &candidate.name).about("encoder", encoder),
                };
                match test.prove(&candidate, codec).await {
                    Ok(()) => {
                        self.proved.keep_on(encoder, &candidate)?;
                        proved += 1;
                    }
                    Err(why) => tracing::info!(device = candidate.name, "{encoder} is not offered: {why}"),
                }
            }
            if proved == 0 {
                missing.insert(method);
                continue;
            }
            let (encoders, devices) = (self.proved.encoders()?.into_iter().collect(), self.proved.devices()?);
            tracing::info!(device = candidate.name, "this device has proved {proved} encoders");
            let _ = tell.send(Incoming::Abilities { encoders, devices }).await;
        }
        Ok(())
    }

    /// Tries the `wanted` encoders first and then, if `everything` is set, all that this ffmpeg lists, a few at a time.
    pub(crate) async fn prove_for(
        &self,
        mut wanted: Vec<String>,
        everything: bool,
        tell: &mpsc::Sender<Incoming>,
        cancel: &CancellationToken,
    ) -> anyhow::Result<()> {
        // A name from the server reaches a command line only if our own tables contain it.
        wanted.retain(|name| all().any(|known| known == name));
        let mut batches = vec![wanted];
        if everything {
            let listed = &self.tools.capabilities.encoders;
            // First the encoders that the server waits for, then the fastest.
            self.prove_all(std::mem::take(&mut batches), tell, cancel).await?;
            self.prove_devices(listed, tell, cancel).await?;
            let rest: Vec<String> = all().filter(|name| listed.contains(*name)).map(str::to_owned).collect();
            batches.extend(rest.chunks(TOLD_TOGETHER).map(<[String]>::to_vec));
        }
        self.prove_all(batches, tell, cancel).await
    }

    async fn prove_all(
        &self,
        batches: Vec<Vec<String>>,
        tell: &mpsc::Sender<Incoming>,
        cancel: &CancellationToken,
    ) -> anyhow::Result<()> {
        for batch in batches.into_iter().filter(|batch| !batch.is_empty()) {
            let names: Vec<&str> = batch.iter().map(String::as_str).collect();
            let encoders = self.prove(self.proved.encoders()?, &names, cancel).await?;
            let devices = self.proved.devices()?;
            let _ = tell.send(Incoming::Abilities { encoders, devices }).await;
        }
        Ok(())
    }

    async fn prove(
        &self,
        mut known: BTreeSet<String>,
        wanted: &[&str],
        cancel: &CancellationToken,
    ) -> anyhow::Result<Vec<String>> {
        let mut untried = Vec::new();
        for encoder in wanted.iter().filter(|encoder| !known.contains(**encoder)) {
            untried.push(self.tried(encoder, cancel));
        }
        let at_once = (facts::cores() as usize / 2).clamp(1, TRIALS_AT_ONCE_MAX);
        let mut trials = futures_util::stream::iter(untried).buffer_unordered(at_once);
        while let Some((encoder, works)) = trials.next().await {
            if works {
                self.proved.keep(&encoder)?;
                known.insert(encoder);
            }
        }
        Ok(known.into_iter().collect())
    }

    async fn tried(&self, encoder: &str, cancel: &CancellationToken) -> (String, bool) {
        (encoder.to_owned(), self.works(encoder, cancel).await)
    }

    async fn works(&self, encoder: &str, cancel: &CancellationToken) -> bool {
        let of = if params::sound_names().any(|name| name == encoder) {
            StreamKind::Audio
        } else {
            StreamKind::Video
        };
        let run = Run::of(device_test::encoder(encoder, of), &self.tools, None)
            .traced(&self.trace.about("encoder", encoder));
        let stop = cancel.child_token();
        let trial = process::run(&run, &stop, |_| {});
        let Ok(Ok(ended)) = tokio::time::timeout(TRIAL_WITHIN, trial).await else { return false };
        if !ended.is_good() {
            tracing::debug!(encoder, "trial encode {}: {}", ended.describe(), ended.tail.join(" | "));
        }
        ended.is_good()
    }
}

/// One line for people, with the best-known names first.
pub(crate) fn summary(encoders: &[String]) -> String {
    let known = params::software().take(7).chain(params::sound_names().take(3));
    let named: Vec<&str> = known.filter(|name| encoders.iter().any(|e| e == name)).collect();
    match encoders.len() - named.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use ffmpeg_cluster_common::io::tools;

    use super::*;
    use crate::encode::devices::Wanted;
    use crate::encode::settings::HwAccel;
    use crate::machine::catalog::{Catalog, Program};
    use crate::machine::scratch::Scratch;

    #[test]
    fn a_summary_names_the_usual_ones() {
        let have = ["aac", "libx264", "libx265", "png"].map(str::to_owned);
        assert_eq!(summary(&have), "libx264, libx265, aac and 1 more");
        assert_eq!(summary(&have[..2]), "libx264, aac");
    }

    #[tokio::test]
    async fn the_second_start_needs_no_trial() {
        let scratch = Scratch::new();
        let found = tools::find(&Default::default(), scratch.path()).await.unwrap();
        let catalog = Catalog::open(&scratch.path().join("client.db")).unwrap();
        let proved = Proved {
            catalog: Arc::new(Mutex::new(catalog)),
            program: Program { key: found.key.clone() },
            wanted: Wanted { accel: HwAccel::None, slots: 1, folder: scratch.path().to_owned() },
        };
        let prover = Prover::new(&found, proved);
        let cancel = CancellationToken::new();
        assert_eq!(prover.first(&cancel).await.unwrap().0, ["aac", "libx264"]);
        assert!(!prover.works("no_such_encoder", &cancel).await);
        // The same program, but no test can run any more.
        let tools = Tools { ffmpeg: "/no/such/program".into(), ..prover.tools.clone() };
        let later = Prover { tools, ..prover };
        assert_eq!(later.first(&cancel).await.unwrap().0, ["aac", "libx264"]);
        let other = Proved { program: Program { key: "other".into() }, ..later.proved.clone() };
        assert!(Prover { proved: other, ..later }.first(&cancel).await.unwrap().0.is_empty());
    }
}
