//! One machine: how fast it is, and when.

/// Seconds that a machine takes to start a segment: a program, its decoder's lead-in, the encoder's look-ahead.
pub(crate) const START: f64 = 0.4;

/// Frames that an encoder reads ahead before it reports the first one, as x264's look-ahead does.
pub(crate) const HELD: u64 = 40;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Machine {
    fps: f64,
    /// Seconds, or parts of the ideal until [`Machine::within`] has made seconds of them.
    from: f64,
    until: f64,
    /// From then on it has this other speed.
    then: Option<(f64, f64)>,
}

impl Machine {
    pub(crate) fn at(fps: f64) -> Self {
        Self { fps, from: 0.0, until: f64::INFINITY, then: None }
    }

    pub(crate) fn joins(self, part: f64) -> Self {
        Self { from: part, ..self }
    }

    pub(crate) fn vanishes(self, part: f64) -> Self {
        Self { until: part, ..self }
    }

    pub(crate) fn slows(self, part: f64, fps: f64) -> Self {
        Self { then: Some((part, fps)), ..self }
    }

    /// The same machine, whose times are parts of so many seconds.
    pub(crate) fn within(self, seconds: f64) -> Self {
        let then = self.then.map(|(part, fps)| (part * seconds, fps));
        Self { from: self.from * seconds, until: self.until * seconds, then, ..self }
    }

    pub(crate) fn from(&self) -> f64 {
        self.from
    }

    pub(crate) fn until(&self) -> f64 {
        self.until
    }

    /// Its speed as it was before it slowed.
    pub(crate) fn first_fps(&self) -> f64 {
        self.fps
    }

    pub(crate) fn fps(&self, at: f64) -> f64 {
        match self.then {
            Some((when, fps)) if at >= when => fps,
            _ => self.fps,
        }
    }

    /// Frames that it makes between two moments, whole or not.
    pub(crate) fn frames(&self, from: f64, to: f64) -> f64 {
        let (from, to) = (from.max(self.from), to.min(self.until));
        let part = |from: f64, to: f64, fps: f64| (to - from).max(0.0) * fps;
        match self.then {
            Some((when, fps)) => part(from, to.min(when), self.fps) + part(from.max(when), to, fps),
            None => part(from, to, self.fps),
        }
    }

    /// When it has made so many frames, if it begins a segment of them now.
    pub(crate) fn done(&self, now: f64, frames: u64) -> f64 {
        let begun = now.max(self.from) + START;
        let (wanted, first) = (frames as f64, self.fps(begun));
        match self.then {
            Some((when, fps)) if begun < when => {
                let before = self.frames(begun, when).min(wanted);
                if before < wanted { when + (wanted - before) / fps } else { begun + wanted / first }
            }
            _ => begun + wanted / first,
        }
    }
}

/// When all machines together have made so many frames, none ever idle.
pub(crate) fn fluid(machines: &[Machine], frames: u64) -> f64 {
    let made = |seconds: f64| machines.iter().map(|machine| machine.frames(0.0, seconds)).sum::<f64>();
    let (mut low, mut high) = (0.0, 1e9);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if made(middle) < frames as f64 { low = middle } else { high = middle }
    }
    high
}
