//! One run: a job, the faults of its seed, and what came of it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fault::{Fault, Kind};
use crate::film;
use crate::judges::Verdict;
use crate::world::World;

/// A job that takes longer, with all faults over, hangs.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(20);

#[derive(Debug, Default)]
pub struct Outcome {
    pub seed: u64,
    pub took: Duration,
    pub happened: Vec<Kind>,
    /// How long it took until what was wounded was made good.
    pub recoveries: Vec<(Kind, Duration)>,
    pub verdict: Verdict,
    /// Left behind where something was wrong.
    pub folder: Option<PathBuf>,
}

/// A fault that is to come, or to end.
enum Act {
    Begin(Fault),
    End(Fault, usize),
}

struct Run {
    world: World,
    job: String,
    began: Instant,
    acts: Vec<(Duration, Act)>,
    log: Vec<String>,
    outcome: Outcome,
}

/// The result of a run without faults, which all others are compared with; how long it took.
pub async fn fault_free(clients: usize, to: &Path) -> Result<Duration, String> {
    let mut run = Run::start(0, clients, &[]).await;
    let status = run.ended().await?;
    run.fetch(&status, to).await?;
    Ok(run.outcome.took)
}

pub async fn with_faults(seed: u64, clients: usize, faults: &[Fault], wanted: &Path) -> Outcome {
    let mut run = Run::start(seed, clients, faults).await;
    let result = run.world.cluster.scratch.path().join("result.mov");
    let ended = match run.ended().await {
        Ok(status) => run.fetch(&status, &result).await,
        Err(why) => Err(why),
    };
    match ended {
        Ok(()) => run.outcome.verdict.look_at_result(&result, wanted),
        Err(why) => run.outcome.verdict.trouble.push(why),
    }
    run.judged()
}

impl Run {
    async fn start(seed: u64, clients: usize, faults: &[Fault]) -> Self {
        let world = World::start(clients);
        world.cluster.server.log.wait_nth("client connected", clients);
        let job = world.cluster.ask.submit(&film::painted(), Value::Null).await;
        let mut acts: Vec<_> = faults.iter().map(|fault| (fault.at, Act::Begin(*fault))).collect();
        acts.reverse();
        let outcome = Outcome { seed, ..Outcome::default() };
        Self { world, job, began: Instant::now(), acts, log: Vec::new(), outcome }
    }

    /// The last status of the job.
    async fn ended(&mut self) -> Result<Value, String> {
        loop {
            let now = self.began.elapsed();
            self.act(now);
            self.see_recoveries();
            // Faults that last on would keep the result from us.
            let all_is_well = self.acts.iter().all(|(_, act)| matches!(act, Act::Begin(_)));
            let status = self.world.cluster.ask.status_if_there(&self.job).await.unwrap_or_default();
            match status["status"].as_str() {
                Some("Completed") if all_is_well => {
                    self.outcome.took = self.began.elapsed();
                    return Ok(status);
                }
                Some("Failed" | "Cancelled") => return Err(format!("the job ended so: {}", status["error"])),
                _ if now > PATIENCE => return Err(format!("the job does not end: {status}")),
                _ => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
    }

    /// Does what is due.
    fn act(&mut self, now: Duration) {
        while let Some((_, act)) = self.acts.pop_if(|(at, _)| *at <= now) {
            match act {
                Act::Begin(fault) => self.begin(fault),
                Act::End(fault, victim) => {
                    self.world.end(&fault, victim);
                    self.note(&format!("over: {} (client {victim})", fault.kind.words()));
                }
            }
        }
    }

    fn begin(&mut self, fault: Fault) {
        let Some(victim) = self.world.begin(&fault) else {
            return self.note(&format!("passed over: {fault}"));
        };
        self.note(&format!("begins, on client {victim}: {fault}"));
        self.outcome.happened.push(fault.kind);
        self.acts.push((self.began.elapsed() + fault.lasts, Act::End(fault, victim)));
        self.acts.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    }

    fn note(&mut self, what: &str) {
        self.log.push(format!("{:6.2} s  {what}", self.began.elapsed().as_secs_f64()));
    }

    fn see_recoveries(&mut self) {
        let logs = self.world.server_logs();
        let now = self.world.cluster.server.log.lines();
        let text = logs.iter().map(harness::log::Log::text).collect::<Vec<_>>().join("\n");
        let (mut healed, mut open) = (Vec::new(), Vec::new());
        for wound in self.world.wounds.drain(..) {
            let ended = |lease: &String| {
                let mark = format!(" lease={lease} ");
                text.lines()
                    .any(|line| line.contains(&mark) && (line.contains(" lost ") || line.contains(" kept: ")))
            };
            let dispatched =
                now.iter().any(|line| line.contains("INFO leased ") || line.contains("INFO client "));
            let is_healed = if wound.leases.is_empty() { dispatched } else { wound.leases.iter().all(ended) };
            if is_healed { healed.push(wound) } else { open.push(wound) }
        }
        self.world.wounds = open;
        self.outcome.recoveries.extend(healed.iter().map(|wound| (wound.kind, wound.since.elapsed())));
    }

    async fn fetch(&self, status: &Value, to: &Path) -> Result<(), String> {
        let url = status["output_url"].as_str().ok_or("a completed job without a result")?;
        self.world.cluster.ask.fetch(url, to).await;
        Ok(())
    }

    fn judged(mut self) -> Outcome {
        let verdict = &mut self.outcome.verdict;
        verdict.look_at_server(&self.world.server_logs());
        self.world.server_logs().iter().for_each(|log| verdict.look_at_words("server", log));
        self.world
            .client_logs()
            .iter()
            .for_each(|(number, log)| verdict.look_at_words(&format!("client {number}"), log));
        if !verdict.is_good() {
            self.outcome.folder = Some(self.leave_behind());
        }
        self.outcome
    }

    /// The folder stays, with everything that was said and done.
    fn leave_behind(&mut self) -> PathBuf {
        let folder = self.world.cluster.scratch.path().to_owned();
        self.world.cluster.scratch.keep();
        let write = |name: String, text: String| drop(std::fs::write(folder.join(name), text));
        write("faults.log".into(), self.log.join("\n"));
        for (life, log) in self.world.server_logs().iter().enumerate() {
            write(format!("server-{life}.log"), log.text());
        }
        for (life, (number, log)) in self.world.client_logs().iter().enumerate() {
            write(format!("client{number}-{life}.log"), log.text());
        }
        folder
    }
}
