//! Checks that a copied picture has every packet of its source, at its time, with its bytes.

use crate::fault::{Fault, FaultCode};
use crate::frames::Rational;
use crate::limits::FRAMES_MAX;
use crate::media::command::examine::Probed;
use crate::media::command::{Command, Line};
use crate::media::proof::times::TimeProof;
use crate::text::counted;

/// The packets of a picture, in the order of its file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packets {
    base: Option<Rational>,
    all: Vec<Packet>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Packet {
    /// In microseconds on the file's own clock; None if the file does not tell.
    shown_us: Option<i64>,
    digest: u64,
}

/// Digits of a digest that are compared.
const DIGITS: usize = 16;
/// How ffmpeg prints a missing time.
const NO_TIME: i64 = i64::MIN;

impl Probed {
    /// Lists the packets of the picture, whose codec this is, with digests of their bytes.
    pub fn copied(&self, codec: &str) -> Command {
        let mut line = Line::listing();
        line.say("-copyts").input(&self.guard, &self.film.name()).map(0, self.picture).say("-c copy");
        line.all(same_in_all_containers(codec).into_iter().flat_map(|filter| ["-bsf:v", filter]));
        self.decoded(line.say("-f framehash -hash murmur3 -").finish())
    }
}

/// Containers store parameter sets and delimiters of these codecs in different places, and lengths in different forms; with the
/// parameter sets of HEVC they store its messages.
fn same_in_all_containers(codec: &str) -> Option<&'static str> {
    match codec {
        "h264" => Some("filter_units=remove_types=7-9"),
        "hevc" => Some("filter_units=remove_types=32-35|39"),
        _ => None,
    }
}

impl Packets {
    /// Reads one line of the list.
    pub fn line(&mut self, line: &str) {
        if let Some(base) = line.strip_prefix("#tb 0: ") {
            self.base = Rational::parse(base.trim());
        }
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        // Side data may follow.
        let ([_, _, shown, _, _, digest, ..], Some(base)) = (fields.as_slice(), self.base) else { return };
        let (Ok(shown), Some(digest)) = (shown.parse::<i64>(), digest.get(..DIGITS)) else { return };
        let Ok(digest) = u64::from_str_radix(digest, 16) else { return };
        if (self.all.len() as u64) <= FRAMES_MAX {
            let shown_us = (shown != NO_TIME).then(|| base.micros(shown));
            self.all.push(Packet { shown_us, digest });
        }
    }

    pub fn count(&self) -> u64 {
        self.all.len() as u64
    }

    /// When the first picture is shown.
    pub fn first_us(&self) -> Option<i64> {
        self.all.iter().filter_map(|packet| packet.shown_us).min()
    }
}

/// Fails if a packet is missing, is another one, or is shown at another time, counted from the first.
pub fn prove(source: &Packets, result: &Packets, allowed_ms: f64) -> Result<TimeProof, Fault> {
    let failed = |message: String| Err(Fault::new(FaultCode::ProofFailed, message));
    if source.count() != result.count() {
        let there = counted(result.count(), "packet");
        return failed(format!("the copied picture has {there}, and the source has {}", source.count()));
    }
    let (Some(first), Some(told)) = (source.first_us(), result.first_us()) else {
        return failed("the copied picture has no times".to_owned());
    };
    let mut error_max_ms: f64 = 0.0;
    for (number, (ours, theirs)) in result.all.iter().zip(&source.all).enumerate() {
        if ours.digest != theirs.digest {
            return failed(format!("packet {number} of the copied picture is not the source's"));
        }
        let Some(theirs) = theirs.shown_us else { continue };
        let Some(ours) = ours.shown_us else {
            return failed(format!("packet {number} of the copied picture has lost its time"));
        };
        let off_ms = ((ours - told) - (theirs - first)).abs() as f64 / 1000.0;
        if off_ms > allowed_ms {
            return failed(format!(
                "packet {number} of the copied picture is {off_ms:.3} ms off, {allowed_ms} are allowed"
            ));
        }
        error_max_ms = error_max_ms.max(off_ms);
    }
    Ok(TimeProof { frames: result.count(), error_max_ms })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(base: &str, packets: &[(&str, &str)]) -> Packets {
        let mut all = Packets::default();
        all.line("#format: frame checksums");
        all.line(&format!("#tb 0: {base}"));
        for (shown, digest) in packets {
            all.line(&format!("0,       -512, {shown:>10},      512,     1234, {digest}"));
        }
        all
    }

    const A: &str = "0123456789abcdef0123456789abcdef";
    const B: &str = "ffffffffffffffff0123456789abcdef";

    #[test]
    fn what_is_missing_changed_or_late_is_named() {
        let source = read("1/1000", &[("40", A), ("120", B), ("80", A)]);
        let prove = |packets: &[(&str, &str)]| {
            prove(&source, &read("1/25", packets), 1.0).map_err(|fault| fault.message)
        };
        assert_eq!(prove(&[("0", A), ("2", B), ("1", A)]).unwrap().frames, 3);
        assert!(prove(&[("0", A), ("2", B)]).unwrap_err().contains("has 2 packets, and the source has 3"));
        assert!(prove(&[("0", A), ("2", A), ("1", A)]).unwrap_err().contains("packet 1 of the copied"));
        assert!(
            prove(&[("0", A), ("3", B), ("1", A)])
                .unwrap_err()
                .contains("packet 1 of the copied picture is 40.000 ms off")
        );
        assert_eq!(prove(&[]).unwrap_err(), "the copied picture has 0 packets, and the source has 3");
    }

    #[test]
    fn a_packet_without_a_time_is_compared_by_its_bytes() {
        let side = format!("{A}, S=1,        1, eab45b77b4045352665e127eb5522268");
        assert_eq!(read("1/25", &[("0", &side)]), read("1/25", &[("0", A)]));
        let of = |digest| read("1/1000", &[("0", A), ("-9223372036854775808", digest)]);
        assert!(prove(&of(A), &of(A), 0.1).is_ok());
        assert!(prove(&of(A), &of(B), 0.1).is_err());
        let timed = read("1/1000", &[("0", A), ("40", A)]);
        assert!(
            prove(&timed, &of(A), 0.1)
                .unwrap_err()
                .message
                .contains("packet 1 of the copied picture has lost its time")
        );
        assert!(prove(&of(A), &timed, 0.1).is_ok(), "a container may give it one");
    }
}
