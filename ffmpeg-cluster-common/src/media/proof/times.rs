//! Compares the times of a result with the index.

use crate::fault::{Fault, FaultCode};
use crate::frames::{FrameTimes, Rational};
use crate::media::plan::timeline::Timeline;
use crate::text::counted;

/// How the times of a result compare with the index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeProof {
    pub frames: u64,
    pub error_max_ms: f64,
}

/// Proves that every wanted frame is in the result at its time.
/// With `exactly: false`, differences are no fault; the proof states them.
pub fn prove_times(
    wanted: &Times<'_>,
    result: &FrameTimes,
    allowed_ms: f64,
    exactly: bool,
) -> Result<TimeProof, Fault> {
    let failed = |message: String| Err(Fault::new(FaultCode::ProofFailed, message));
    let (frames, times) = (wanted.frames(), &result.ticks);
    if frames != times.len() as u64 && exactly {
        return failed(format!(
            "the result has {} and should have {frames}",
            counted(times.len() as u64, "frame")
        ));
    }
    let (base, first) = (wanted.time_base(), wanted.time(0));
    let mut worst = (0.0, 0);
    for (number, got) in (0..frames).zip(times) {
        let want = base.micros(wanted.time(number) - first);
        let off = (want - result.base.micros(got - times[0])).abs() as f64 / 1000.0;
        if off > worst.0 {
            worst = (off, number);
        }
    }
    if worst.0 > allowed_ms && exactly {
        let (off, number) = worst;
        return failed(format!("frame {number} of the result is {off:.3} ms off, {allowed_ms} are allowed"));
    }
    Ok(TimeProof { frames: times.len() as u64, error_max_ms: worst.0 })
}

/// The frames that a result is compared with.
#[derive(Debug)]
pub enum Times<'a> {
    Known(&'a Timeline),
    /// Frames that only the filters determine, as a run of the filters made them.
    Listed(&'a FrameTimes),
}

impl Times<'_> {
    pub fn frames(&self) -> u64 {
        match self {
            Self::Known(timeline) => timeline.frames(),
            Self::Listed(times) => times.ticks.len() as u64,
        }
    }
    fn time_base(&self) -> Rational {
        match self {
            Self::Known(timeline) => timeline.time_base(),
            Self::Listed(times) => times.base,
        }
    }
    fn time(&self, frame: u64) -> i64 {
        match self {
            Self::Known(timeline) => timeline.time(frame),
            Self::Listed(times) => times.ticks[usize::try_from(frame).expect("frames fit in memory")],
        }
    }
}
