//! Listens for complaints of a result's decoder among all other output.

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::media::proof::damage;

/// Keeps only the first complaint. A bounded list of all lines would let other lines push it out.
#[derive(Debug)]
pub(super) struct ComplaintListener {
    /// Names of decoders, separated by commas.
    decoders: String,
    from_the_middle: bool,
    complaint: Option<String>,
}

impl ComplaintListener {
    pub(super) fn new(decoders: String, from_the_middle: bool) -> Self {
        Self { decoders, from_the_middle, complaint: None }
    }

    pub(super) fn hear(&mut self, line: &str) {
        if self.complaint.is_none() {
            self.complaint = damage::of_result(&[line.to_owned()], &self.decoders, self.from_the_middle);
        }
    }

    /// Fails if the decoder complained; the decoder of an intact result never does.
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

    /// Regression: forty lines of the demuxer hid the decoder's complaint after them.
    #[test]
    fn a_complaint_is_heard_behind_any_number_of_other_words() {
        let mut complaints = ComplaintListener::new("h264".into(), false);
        (0..1000).for_each(|_| complaints.hear("[mov @ 0x55] something of the file"));
        complaints.hear("[h264 @ 0x55] error while decoding MB 3 4");
        let fault = complaints.heard_nothing("the result").unwrap_err();
        assert!(
            fault.message.contains("the result does not decode cleanly: [h264] error"),
            "{}",
            fault.message
        );
        assert!(ComplaintListener::new("h264".into(), false).heard_nothing("the result").is_ok());
    }
}
