//! What a process says, kept, and waited for: the marks that stand in for sleeping.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longest wait for any mark; generous, because the machine is shared and a good run never gets near it.
pub const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Debug, Clone, Default)]
pub struct Log(Arc<(Mutex<Vec<String>>, Condvar)>);

impl Log {
    /// Reads `from` to its end on a thread of its own.
    pub fn follow(&self, from: impl Read + Send + 'static) -> JoinHandle<()> {
        let log = self.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(from).lines().map_while(Result::ok) {
                log.add(line);
            }
        })
    }

    pub fn add(&self, line: String) {
        self.0.0.lock().expect("no reader panics").push(line);
        self.0.1.notify_all();
    }

    pub fn lines(&self) -> Vec<String> {
        self.0.0.lock().expect("no reader panics").clone()
    }

    pub fn text(&self) -> String {
        self.lines().join("\n")
    }

    pub fn count(&self, mark: &str) -> usize {
        self.lines().iter().filter(|line| line.contains(mark)).count()
    }

    /// The `nth` line (from 1) that holds `mark`; panics with the whole log when it does not come.
    pub fn wait_nth(&self, mark: &str, nth: usize) -> String {
        self.wait_for(&[mark], nth)
    }

    pub fn wait(&self, mark: &str) -> String {
        self.wait_nth(mark, 1)
    }

    /// The first line that holds one of these.
    pub fn wait_any(&self, marks: &[&str]) -> String {
        self.wait_for(marks, 1)
    }

    fn wait_for(&self, marks: &[&str], nth: usize) -> String {
        let deadline = Instant::now() + PATIENCE;
        let (lines, told) = &*self.0;
        let mut lines = lines.lock().expect("no reader panics");
        loop {
            let holds = |line: &&String| marks.iter().any(|mark| line.contains(mark));
            if let Some(line) = lines.iter().filter(holds).nth(nth - 1) {
                return line.clone();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{marks:?} never came ({nth}); the log was:\n{}", lines.join("\n"));
            lines = told.wait_timeout(lines, left).expect("no reader panics").0;
        }
    }
}
