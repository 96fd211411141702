//! What the decoder of a result complains of, however much others say.

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::media::proof::damage;

/// Keeps the first complaint alone. A bound on all lines would let those of others push it out.
#[derive(Debug)]
pub(super) struct Ear {
    /// Names of decoders, separated by commas.
    decoders: String,
    from_the_middle: bool,
    complaint: Option<String>,
}

impl Ear {
    pub(super) fn new(decoders: String, from_the_middle: bool) -> Self {
        Self { decoders, from_the_middle, complaint: None }
    }

    pub(super) fn hear(&mut self, line: &str) {
        if self.complaint.is_none() {
            self.complaint = damage::of_result(&[line.to_owned()], &self.decoders, self.from_the_middle);
        }
    }

    /// Nobody's decoder complains of a result that is whole.
    pub(super) fn heard_nothing(self, place: &str) -> Result<(), Fault> {
        match self.complaint {
            Some(complaint) => {
                let message = format!("{place} does not decode cleanly: {complaint}");
                Err(Fault::new(FaultCode::ProofFailed, message))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Forty lines of the demuxer hid what the decoder said after them.
    #[test]
    fn a_complaint_is_heard_behind_any_number_of_other_words() {
        let mut ear = Ear::new("h264".into(), false);
        (0..1000).for_each(|_| ear.hear("[mov @ 0x55] something of the file"));
        ear.hear("[h264 @ 0x55] error while decoding MB 3 4");
        let fault = ear.heard_nothing("the result").unwrap_err();
        assert!(
            fault.message.contains("the result does not decode cleanly: [h264] error"),
            "{}",
            fault.message
        );
        assert!(Ear::new("h264".into(), false).heard_nothing("the result").is_ok());
    }
}
