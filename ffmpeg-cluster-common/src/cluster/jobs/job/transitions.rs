//! Transitions from one stage to the next.

use super::Job;
use crate::cluster::jobs::making::{Making, Mode};
use crate::cluster::jobs::stage::{IndexPlan, Indexing, Joining, Stage};
use crate::media::plan::film::Film;

impl Job {
    pub(in crate::cluster) fn begin_index(&mut self, way: IndexPlan) {
        let before = self.take_making();
        self.stage = Stage::Indexing(Indexing { way, no_space: false, before });
    }

    /// Begins the work on this film: all units of all tracks are to do.
    pub(in crate::cluster::jobs) fn begin(&mut self, film: Film) {
        self.stage = Stage::Making(Making::new(film, Mode::Waiting));
    }

    pub(in crate::cluster) fn begin_join(&mut self) {
        self.stage = match std::mem::take(&mut self.stage) {
            Stage::Making(made) => Stage::Joining(Joining { made, done: 0.0, no_space: false }),
            other @ (Stage::Queued | Stage::Indexing(_) | Stage::Joining(_)) => other,
        };
    }

    /// Goes back to encoding, because pieces are made again. Voids a running join of the old pieces.
    pub(in crate::cluster) fn leave_join(&mut self) {
        self.stage = match std::mem::take(&mut self.stage) {
            Stage::Joining(Joining { mut made, no_space, .. }) => {
                self.joins_void += u32::from(!no_space);
                made.set_mode(Mode::Working);
                Stage::Making(made)
            }
            other @ (Stage::Queued | Stage::Indexing(_) | Stage::Making(_)) => other,
        };
    }

    /// Ends a join whose pieces are no longer trusted. Returns false if there is none.
    pub(in crate::cluster) const fn end_void_join(&mut self) -> bool {
        let is_void = self.joins_void > 0;
        self.joins_void = self.joins_void.saturating_sub(1);
        is_void
    }

    /// Takes the film and its tracks away; the job is queued again.
    pub(in crate::cluster::jobs) fn take_making(&mut self) -> Option<Making> {
        std::mem::take(&mut self.stage).into_making()
    }
}
