//! Runs one child program with no standard input, in its own process group.
//!
//! It reads the output line by line, and keeps the last lines of the error stream.
//! It kills the child on request, when the child makes no progress, and when it exceeds a bound.
//! It uses no shell, sets the environment, and lets the child reach only what the run names.
//!
//! - [`program`]: what to run
//! - [`lines`]: splits the bytes of a stream into lines
//! - [`streams`]: both output streams, read together
//! - [`bounds`]: whether the child exceeds a bound
//! - [`ended`]: how a run ended

mod bounds;
mod ended;
mod lines;
pub(super) mod program;
mod streams;

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

use self::bounds::{grown, overfilled};
use self::streams::Streams;
pub use self::{
    ended::{EndReason, Ended},
    program::Run,
    streams::Stream,
};
use super::confine;
use super::system::Group;
use super::trace::Span;

/// The length at which a line is cut off;
/// real lines have a few hundred bytes.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// Runs a program to its end, and gives each line of standard output to `on_line`.
pub async fn run(
    this: &Run,
    cancel: &CancellationToken,
    mut on_line: impl FnMut(&str),
) -> anyhow::Result<Ended> {
    run_both(this, cancel, |stream, line| match stream {
        Stream::Output => on_line(line),
        Stream::Errors => {}
    })
    .await
}

/// Runs a program to its end, and gives the lines of both streams to `on_line` as they come.
pub async fn run_both(
    this: &Run,
    cancel: &CancellationToken,
    on_line: impl FnMut(Stream, &str),
) -> anyhow::Result<Ended> {
    watched(this, cancel, LINE_BYTES_MAX, on_line).await
}

async fn watched(
    this: &Run,
    cancel: &CancellationToken,
    line_bytes_max: usize,
    mut on_line: impl FnMut(Stream, &str),
) -> anyhow::Result<Ended> {
    let (began, mut span) = (Instant::now(), this.trace.program(&this.program));
    let (mut child, group) = start(this).await?;
    let (mut streams, child_id) = (Streams::of(&mut child, line_bytes_max)?, child.id());
    let quiet = this.quiet_max.unwrap_or(Duration::from_secs(7 * 24 * 3600));
    let how = tokio::select! {
        biased;
        () = cancel.cancelled() => EndReason::Cancelled,
        how = streams.follow(&mut child, &group, quiet, &mut on_line) => how?,
        how = grown(child_id, this) => how,
    };
    let how = overfilled(how, &this.reach);
    let used = if matches!(how, EndReason::Exited(_)) { streams.used } else { group.end(&mut child).await };
    let tail = streams.tail.into_iter().map(|line| this.reach.named(line)).collect();
    let ended = Ended { how, tail, took: began.elapsed(), used };
    tell(&mut span, &ended);
    Ok(ended)
}

/// The span of an abandoned run has only a length.
fn tell(span: &mut Span, ended: &Ended) {
    span.note("cpu_s", &ended.used.map(|used| used.cpu.as_secs_f64()));
    span.note("good", &ended.is_good());
}

/// Runs a program to its end and returns standard output, with lines of any length.
/// Kills a program that prints more than `most` bytes, because a partial answer is useless.
pub async fn output(this: &Run, cancel: &CancellationToken, most: usize) -> anyhow::Result<(Ended, String)> {
    let (mut text, stop) = (String::new(), cancel.child_token());
    let mut overtold = false;
    let mut ended = watched(this, &stop, most, |stream, line| {
        if stream == Stream::Errors || overtold {
            return;
        }
        overtold = text.len() + line.len() >= most;
        if overtold {
            stop.cancel();
        } else {
            text.push_str(line);
            text.push('\n');
        }
    })
    .await?;
    if overtold {
        ended.how = EndReason::Overtold(most as u64);
    }
    Ok((ended, text))
}

async fn start(this: &Run) -> anyhow::Result<(Child, Group)> {
    this.reach.make_outputs().context("making the files of a run")?;
    let mut command = Command::new(&this.program);
    command.args(&this.arguments).env_clear().envs(kept_environment()).envs(QUIET);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    Group::prepare(&mut command, this.nice);
    let starting = || format!("starting {}", this.program.display());
    let mut child = confine::start(command, this).await.with_context(starting)?;
    let group = Group::of(&mut child, this.nice).with_context(starting)?;
    Ok((child, group))
}

/// SVT-AV1 describes itself in many lines, whatever ffmpeg's `-v` says; 1 leaves only its errors.
const QUIET: [(&str, &str); 1] = [("SVT_LOG", "1")];

/// The variables by which a child finds its libraries
/// and its temporary folder, and none that steers ffmpeg.
fn kept_environment() -> impl Iterator<Item = (String, String)> {
    const UNIX: &[&str] = &["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "FONTCONFIG_PATH", "LANG"];
    const WINDOWS: &[&str] =
        &["PATH", "SystemRoot", "SystemDrive", "TEMP", "TMP", "USERPROFILE", "LOCALAPPDATA"];
    const KEPT: &[&str] = if cfg!(windows) { WINDOWS } else { UNIX };
    KEPT.iter().filter_map(|name| std::env::var(name).ok().map(|value| ((*name).to_owned(), value)))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::io::sandbox::RunAccess;
    use crate::io::system::Used;
    use crate::limits::TAIL_LINES_MAX;

    fn sh(script: &str) -> Run {
        Run::new(
            Path::new("/bin/sh"),
            vec!["-c".into(), script.into()],
            RunAccess::nothing().starts_programs(),
        )
    }

    #[tokio::test]
    async fn output_comes_in_lines_and_the_tail_is_kept() {
        let script = "echo a; echo b; i=0; while [ $i -lt 90 ]; do echo err$i >&2; i=$((i+1)); done; exit 3";
        let mut lines = Vec::new();
        let ended =
            run(&sh(script), &CancellationToken::new(), |line| lines.push(line.to_owned())).await.unwrap();
        assert_eq!(lines, ["a", "b"]);
        assert_eq!(
            (ended.tail.len(), ended.tail.last().map(String::as_str)),
            (TAIL_LINES_MAX, Some("err89"))
        );
        assert!(!ended.is_good());
        assert!(ended.describe().contains("exit status: 3"), "{}", ended.describe());
    }

    #[tokio::test]
    async fn a_cancelled_child_and_its_children_are_gone() {
        let (cancel, pid) = (CancellationToken::new(), std::cell::Cell::new(0_u32));
        let ended = run(&sh("sleep 600 & echo $!; trap '' TERM; wait"), &cancel, |line| {
            pid.set(line.parse().unwrap());
            cancel.cancel();
        })
        .await
        .unwrap();
        assert_eq!(ended.how, EndReason::Cancelled);
        assert_gone(pid.get());
    }

    #[tokio::test]
    async fn what_a_child_leaves_behind_is_gone_with_it() {
        let mut pid = 0;
        let left = "trap '' HUP; sleep 600 >/dev/null 2>&1 & echo $!";
        let ended =
            run(&sh(left), &CancellationToken::new(), |line| pid = line.parse().unwrap()).await.unwrap();
        assert!(ended.is_good(), "{ended:?}");
        assert_gone(pid);
    }

    fn assert_gone(pid: u32) {
        // The system takes a moment to carry out a kill.
        let began = Instant::now();
        loop {
            let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            if state.is_empty() || state.contains(") Z") {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(5), "still there: {state}");
        }
    }

    /// A nice value counts only within a session where the kernel divides the processors between sessions first.
    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn a_child_leads_a_session_that_is_as_nice_as_it() {
        let (this, cancel) = (Run { nice: 5, ..sh("echo $$; exec sleep 600") }, CancellationToken::new());
        let mut told = None;
        let about = |pid: &str, file| std::fs::read_to_string(format!("/proc/{pid}/{file}"));
        run(&this, &cancel, |pid| {
            let stat = about(pid, "stat").unwrap();
            let after_name: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
            told = Some((after_name[3] == pid, after_name[16].to_owned(), about(pid, "autogroup").ok()));
            cancel.cancel();
        })
        .await
        .unwrap();
        let (leads, nice, group) = told.expect("it spoke");
        assert!(leads && nice == "5", "{nice}");
        // Only root may change groups as often as it likes, and not every kernel has them.
        if let Some(group) = group.filter(|_| rustix::process::geteuid().is_root()) {
            assert!(group.trim_end().ends_with("nice 5"), "{group}");
        }
    }

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn what_a_child_used_is_known_however_it_ends() {
        let busy = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo done";
        let ended = run(&sh(busy), &CancellationToken::new(), |_| {}).await.unwrap();
        let Used { cpu, memory } = ended.used.unwrap();
        assert!(cpu > Duration::from_millis(1) && cpu < ended.took * 2, "{ended:?}");
        assert!(memory.is_some_and(|memory| (100_000..1 << 30).contains(&memory)), "{ended:?}");
        let cancel = CancellationToken::new();
        let ended = run(&sh(&format!("{busy}; sleep 600")), &cancel, |_| cancel.cancel()).await.unwrap();
        assert!(ended.used.unwrap().cpu > Duration::from_millis(1), "{ended:?}");
        let lazy = run(&sh("sleep 0.2"), &CancellationToken::new(), |_| {}).await.unwrap();
        assert!(lazy.used.unwrap().cpu < lazy.took / 2, "waiting is no work: {lazy:?}");
    }

    #[tokio::test]
    async fn a_silent_child_is_stalled() {
        let this = sh("exec sleep 600").quiet_at_most(Duration::from_millis(50));
        let ended = run(&this, &CancellationToken::new(), |_| {}).await.unwrap();
        assert_eq!(ended.how, EndReason::Stalled);
    }

    #[tokio::test]
    async fn a_line_that_is_read_as_it_comes_is_cut_off_at_its_bound() {
        let mut lengths = Vec::new();
        let script = sh("printf '%0200000d\n' 0; echo bbbb");
        run(&script, &CancellationToken::new(), |line| lengths.push(line.len())).await.unwrap();
        assert_eq!(lengths, [LINE_BYTES_MAX, 4]);
    }

    /// A tag of 64 KiB made ffprobe's answer a line that was cut, and no JSON.
    #[tokio::test]
    async fn an_answer_has_lines_of_any_length_and_is_whole_or_none() {
        let script = "printf '%0200000d\n' 0; echo bbbb";
        let (ended, text) = output(&sh(script), &CancellationToken::new(), 200_007).await.unwrap();
        assert!(ended.is_good());
        assert_eq!((text.len(), text.ends_with("0\nbbbb\n")), (200_006, true));
        let (ended, _) = output(&sh(script), &CancellationToken::new(), 200_004).await.unwrap();
        assert_eq!((ended.how, ended.is_over_a_bound()), (EndReason::Overtold(200_004), true));
        assert!(ended.describe().starts_with("printed more than 195 KiB"), "{}", ended.describe());
        let endless = sh("while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done");
        let (ended, _) = output(&endless, &CancellationToken::new(), 10_000).await.unwrap();
        assert_eq!(ended.how, EndReason::Overtold(10_000));
    }

    #[tokio::test]
    async fn nothing_of_our_environment_steers_the_child() {
        let (_, text) = output(&sh("env"), &CancellationToken::new(), 1 << 20).await.unwrap();
        assert!(text.contains("PATH="));
        assert!(!text.contains("CARGO"), "{text}");
    }
}
