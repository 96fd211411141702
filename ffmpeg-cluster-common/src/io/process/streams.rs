//! Both output streams of a child, read together, and the last lines of its errors.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::Context;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStderr, ChildStdout};

use super::EndReason;
use super::lines::Lines;
use crate::io::system::{Group, Used};
use crate::limits::{TAIL_LINE_BYTES_MAX, TAIL_LINES_MAX};
use crate::text::safe;

/// The stream of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Output,
    Errors,
}

/// Both output streams of a child, read together so that neither fills up and blocks it.
pub(super) struct Streams {
    out: ChildStdout,
    err: ChildStderr,
    pub(super) tail: VecDeque<String>,
    line_bytes_max: usize,
    /// What the child used, once it has ended by itself.
    pub(super) used: Option<Used>,
}

impl Streams {
    pub(super) fn of(child: &mut Child, line_bytes_max: usize) -> anyhow::Result<Self> {
        let out = child.stdout.take().context("child without standard output")?;
        let err = child.stderr.take().context("child without error stream")?;
        Ok(Self { out, err, tail: VecDeque::new(), line_bytes_max, used: None })
    }

    pub(super) async fn follow(
        &mut self,
        child: &mut Child,
        group: &Group,
        quiet: Duration,
        on_line: &mut impl FnMut(Stream, &str),
    ) -> anyhow::Result<EndReason> {
        let (mut out_lines, mut err_lines) =
            (Lines::new(self.line_bytes_max), Lines::new(TAIL_LINE_BYTES_MAX));
        let (mut out_open, mut err_open) = (true, true);
        let (mut out_bytes, mut err_bytes) = (vec![0; 16 * 1024], vec![0; 4 * 1024]);
        let mut deadline = tokio::time::Instant::now() + quiet;
        while out_open || err_open {
            tokio::select! {
                count = self.out.read(&mut out_bytes), if out_open => {
                    let count = count.context("reading a child's output")?;
                    out_open = count > 0;
                    deadline = tokio::time::Instant::now() + quiet;
                    out_lines.take(&out_bytes[..count], &mut |line: &str| on_line(Stream::Output, line));
                }
                count = self.err.read(&mut err_bytes), if err_open => {
                    let count = count.context("reading a child's error stream")?;
                    err_open = count > 0;
                    let tail = &mut self.tail;
                    err_lines.take(&err_bytes[..count], &mut |line: &str| {
                        on_line(Stream::Errors, line);
                        keep(tail, line);
                    });
                }
                () = tokio::time::sleep_until(deadline) => return Ok(EndReason::Stalled),
            }
        }
        out_lines.rest(&mut |line: &str| on_line(Stream::Output, line));
        err_lines.rest(&mut |line: &str| {
            on_line(Stream::Errors, line);
            keep(&mut self.tail, line);
        });
        self.used = group.clear(child).await;
        Ok(EndReason::Exited(child.wait().await.context("waiting for a child")?))
    }
}

fn keep(tail: &mut VecDeque<String>, line: &str) {
    if line.trim().is_empty() {
        return;
    }
    if tail.len() == TAIL_LINES_MAX {
        tail.pop_front();
    }
    tail.push_back(safe::stripped(line, TAIL_LINE_BYTES_MAX));
}
