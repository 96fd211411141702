//! A program to run, with its limits.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::io::sandbox::{Opened, RunAccess};
use crate::io::tools::Tools;
use crate::io::trace::Trace;
use crate::limits::MEMORY_BYTES_FEW;
use crate::media::command::{self, Tool};

#[derive(Debug, Clone)]
pub struct Run {
    pub program: PathBuf,
    pub arguments: Vec<String>,
    /// What the program may touch.
    pub reach: RunAccess,
    /// The longest silence on standard output, after which the program is killed.
    pub quiet_max: Option<Duration>,
    /// The bytes of memory above which the program is killed.
    pub memory_max: u64,
    /// The nice value, 0 to 19.
    pub nice: i32,
    /// The trace, which knows the purpose of the run.
    pub(super) trace: Trace,
}

impl Run {
    pub fn new(program: &Path, arguments: Vec<String>, reach: RunAccess) -> Self {
        let memory_max = MEMORY_BYTES_FEW;
        let (program, trace) = (program.to_owned(), Trace::default());
        Self { program, arguments, reach, quiet_max: None, memory_max, nice: 0, trace }
    }
    /// A run that reaches only what the command names, and `source` if the command uses it.
    pub fn of(command: command::Command, tools: &Tools, source: Option<&Opened>) -> Self {
        let program = match command.tool {
            Tool::Ffmpeg => &tools.ffmpeg,
            Tool::Ffprobe => &tools.ffprobe,
        };
        let reach = RunAccess::of(&command, source);
        Self {
            program: program.clone(),
            arguments: command.arguments,
            reach,
            quiet_max: command.quiet_max.map(|quiet| Duration::from_millis(quiet.0)),
            memory_max: command.memory_max,
            nice: command.nice,
            trace: Trace::default(),
        }
    }
    pub fn traced(mut self, trace: &Trace) -> Self {
        self.trace = trace.clone();
        self
    }
    pub fn memory_at_most(mut self, bytes: u64) -> Self {
        self.memory_max = bytes;
        self
    }
    pub fn quiet_at_most(mut self, quiet_max: Duration) -> Self {
        self.quiet_max = Some(quiet_max);
        self
    }
}
