//! Progress of a download: a bar on a terminal, elsewhere a line for each tenth.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

const BAR: &str = "{prefix:>17} [{bar:32}] {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";

#[derive(Debug)]
pub(crate) struct Bar {
    name: String,
    bar: Option<ProgressBar>,
    tenths: Tenths,
}

impl Bar {
    pub(crate) fn new(name: &str) -> Self {
        let style = ProgressStyle::with_template(BAR).ok().map(|style| style.progress_chars("━╸ "));
        let bar = style
            .filter(|_| std::io::stderr().is_terminal())
            .map(|style| ProgressBar::new(0).with_style(style).with_prefix(name.to_owned()));
        Self { name: name.to_owned(), bar, tenths: Tenths::default() }
    }

    pub(crate) fn at(&mut self, here: u64, total: Option<u64>) {
        let Some(total) = total else { return };
        if let Some(bar) = &self.bar {
            bar.set_length(total);
            bar.set_position(here);
        } else if let Some(percent) = self.tenths.due(here, total) {
            tracing::info!("{}: {percent} % of {} MB", self.name, total.div_ceil(1_000_000));
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// The tenth that was reported last.
#[derive(Debug, Default)]
struct Tenths(Option<u64>);

impl Tenths {
    fn due(&mut self, here: u64, total: u64) -> Option<u64> {
        let tenth = here.saturating_mul(10).checked_div(total).unwrap_or(10);
        if self.0.is_some_and(|last| tenth <= last) {
            return None;
        }
        self.0 = Some(tenth);
        Some(tenth * 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_every_tenth() {
        let mut tenths = Tenths::default();
        let due: Vec<_> = [0, 5, 10, 12, 39, 40, 100, 100].map(|at| tenths.due(at, 100)).into();
        assert_eq!(due, [Some(0), None, Some(10), None, Some(30), Some(40), Some(100), None]);
        assert_eq!(Tenths::default().due(0, 0), Some(100));
    }
}
