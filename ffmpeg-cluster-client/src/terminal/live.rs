//! A list that is drawn anew where it stands; without a terminal, a line for each job that came, went on or ended.

use std::collections::BTreeMap;
use std::io::IsTerminal;

use console::Term;
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::protocol::command::JobState;
use ffmpeg_cluster_common::protocol::reply::JobLine;
use ffmpeg_cluster_common::text::counted;

use super::{fit, report, table};

/// The most rows that a server lists at once.
const ROWS_MAX: usize = 1000;
/// The list's head, its last line, and the line of the cursor.
const ROWS_ELSE: usize = 4;

pub(crate) struct Live {
    /// None: nothing can be drawn anew.
    term: Option<Term>,
    /// Lines that the next list replaces.
    drawn: usize,
    told: BTreeMap<JobId, JobState>,
}

impl Live {
    pub(crate) fn new() -> Self {
        let is_drawn = std::io::stdout().is_terminal() && fit::is_able();
        Self { term: is_drawn.then(Term::stdout), drawn: 0, told: BTreeMap::new() }
    }

    /// How many jobs fit.
    pub(crate) fn rows(&self) -> usize {
        let rows = self.term.as_ref().map(|term| usize::from(term.size().0));
        rows.map_or(ROWS_MAX, |rows| rows.saturating_sub(ROWS_ELSE).clamp(1, ROWS_MAX))
    }

    /// `ended`: jobs that were among the open ones at the last time.
    pub(crate) fn show(&mut self, open: &[JobLine], total: u64, ended: &[JobLine]) {
        let Some(term) = &self.term else {
            let news = ended.iter().chain(open).filter(|job| self.told.get(&job.job_id) != Some(&job.status));
            news.for_each(|job| report::line(&row(job, None)));
            self.told = open.iter().map(|job| (job.job_id.clone(), job.status)).collect();
            return;
        };
        let columns = fit::of_answers();
        let _ = term.clear_last_lines(self.drawn);
        ended.iter().for_each(|job| report::line(&row(job, columns)));
        let list = if open.is_empty() { "no job is open".to_owned() } else { table::jobs(open, columns) };
        let hidden = total.saturating_sub(open.len() as u64);
        let more = (hidden > 0).then(|| format!("and {}", counted(hidden, "more job")));
        let all = [Some(list), more].into_iter().flatten().collect::<Vec<_>>().join("\n");
        self.drawn = all.lines().count();
        report::line(&all);
    }
}

/// A row without its head.
fn row(job: &JobLine, columns: Option<usize>) -> String {
    table::jobs(std::slice::from_ref(job), columns).lines().nth(1).unwrap_or_default().to_owned()
}
