//! Progress for people, on the error stream: a bar on a terminal, plain lines elsewhere.

use std::io::Write as _;

use ffmpeg_cluster_common::io::clock::Clock;
use ffmpeg_cluster_common::time::Millis;
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

use super::fit;

/// Without a terminal, a line is printed when the stage changes, and otherwise no more often than this.
const LINE_EVERY: Millis = Millis::secs(5);
/// On 80 columns all of it stands in one line while a job is encoded; what is longer is cut.
const BAR: &str = "{prefix:>17} [{bar:12}] {msg}";
const BAR_COLUMNS: usize = 17 + 1 + 14 + 1;
const BAR_STEPS: u64 = 1_000;

/// The progress of one activity.
#[derive(Debug)]
pub(crate) struct Progress {
    clock: Clock,
    bar: Option<ProgressBar>,
    lines: Lines,
}

impl Progress {
    pub(crate) fn new() -> Self {
        let style = ProgressStyle::with_template(BAR).ok().map(|style| style.progress_chars("━╸ "));
        let style = style.filter(|_| fit::is_drawn());
        let bar = style.map(|style| ProgressBar::new(BAR_STEPS).with_style(style));
        Self { clock: Clock::start(), bar, lines: Lines::default() }
    }

    /// `share` is from 0 to 1.
    pub(crate) fn show(&mut self, stage: &'static str, share: f64, text: &str) {
        let comma = if text.is_empty() { "" } else { ", " };
        let text = format!("{:.1} %{comma}{text}", share * 100.0);
        if let Some(bar) = &self.bar {
            bar.set_prefix(stage);
            bar.set_position((share * BAR_STEPS as f64) as u64);
            let left = fit::of_errors().map(|columns| columns.saturating_sub(BAR_COLUMNS));
            bar.set_message(fit::cut(&text, left));
        } else if let Some(line) = self.lines.due(self.clock.now(), stage, &text) {
            say(&line);
        }
    }

    /// A line of its own, above the bar.
    pub(crate) fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| say(text)),
            None => say(text),
        }
    }

    /// Leaves the bar as it is.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.abandon();
        }
    }
}

/// Chooses which states become lines.
#[derive(Debug, Default)]
struct Lines(Option<(&'static str, Millis)>);

impl Lines {
    fn due(&mut self, now: Millis, stage: &'static str, text: &str) -> Option<String> {
        if self.0.is_some_and(|(before, at)| before == stage && now - at < LINE_EVERY) {
            return None;
        }
        self.0 = Some((stage, now));
        Some(format!("{stage}: {text}"))
    }
}

/// The progress of a transfer.
#[derive(Debug)]
pub(crate) struct Transfer {
    progress: Progress,
    total: u64,
    /// Where this run began: earlier bytes say nothing about the speed of the line.
    from: Option<u64>,
}

impl Transfer {
    pub(crate) fn new(total: u64) -> Self {
        Self { progress: Progress::new(), total, from: None }
    }

    pub(crate) fn show(&mut self, stage: &'static str, at: u64) {
        let from = *self.from.get_or_insert(at);
        let seconds = self.progress.clock.now().as_secs_f64();
        let share = if self.total == 0 { 1.0 } else { at as f64 / self.total as f64 };
        let text = transfer_text(at, self.total, at.saturating_sub(from) as f64 / seconds.max(0.001));
        self.progress.show(stage, share, &text);
    }

    pub(crate) fn say(&self, text: &str) {
        self.progress.say(text);
    }

    pub(crate) fn end(&mut self, stage: &'static str) {
        self.show(stage, self.total);
        self.progress.end();
    }
}

fn transfer_text(at: u64, total: u64, bytes_per_second: f64) -> String {
    let mut text = format!("{} of {}", HumanBytes(at), HumanBytes(total));
    if bytes_per_second >= 1.0 {
        text += &format!(", {}/s", HumanBytes(bytes_per_second as u64));
        if at < total {
            text += &format!(", {} left", seconds((total - at) as f64 / bytes_per_second));
        }
    }
    text
}

/// `9 s`, `3 min 20 s`, `2 h 5 min`.
pub(crate) fn seconds(seconds: f64) -> String {
    let all = seconds.max(0.0).round() as u64;
    match (all / 3600, all / 60 % 60, all % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// Prints to the error stream, apart from answers. If nobody reads it, the job still goes on.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", fit::wrapped(text, fit::of_errors(), 0));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_each_stage_and_one_every_five_seconds() {
        let mut lines = Lines::default();
        let mut due = |at, stage| lines.due(Millis(at), stage, "text");
        assert_eq!(due(0, "Queued").as_deref(), Some("Queued: text"));
        assert_eq!(due(300, "Queued"), None);
        assert_eq!(due(600, "Processing").as_deref(), Some("Processing: text"));
        assert_eq!(due(5_599, "Processing"), None);
        assert_eq!(due(5_600, "Processing").as_deref(), Some("Processing: text"));
        assert_eq!(due(5_700, "Processing"), None);
    }

    #[test]
    fn bytes_with_speed_and_what_is_left() {
        assert_eq!(
            transfer_text(1 << 20, 3 << 20, 1_048_576.0),
            "1.00 MiB of 3.00 MiB, 1.00 MiB/s, 2 s left"
        );
        assert_eq!(transfer_text(0, 10, 0.0), "0 B of 10 B");
        assert_eq!(transfer_text(10, 10, 5.0), "10 B of 10 B, 5 B/s");
    }

    #[test]
    fn lengths_of_time() {
        let texts = [0.4, 59.0, 200.0, 7_500.0].map(seconds);
        assert_eq!(texts, ["0 s", "59 s", "3 min 20 s", "2 h 5 min"]);
    }
}
