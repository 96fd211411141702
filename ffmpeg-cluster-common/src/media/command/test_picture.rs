//! The picture of a device test.
//! The test encodes one second of it with the arguments of an ordinary segment;
//! this module makes the work and checks the result.

use crate::frames::{FrameRange, Rational};
use crate::media::command::Line;
use crate::media::params::{self, hardware};
use crate::media::plan::piece::Likeness;
use crate::media::plan::witness::{Lead, Witness};
use crate::media::plan::work::{Cut, PictureWork, ResultWindow, Window};
use crate::media::source::Picture;
use crate::media::words::container::Container;
use crate::media::words::device::Method;

/// A moving picture with a frame number in it, of a size that every device accepts.
const FILM: &str = "testsrc2=size=1280x720:rate=25:duration=1,format=yuv420p";
const FRAMES: u64 = 25;
const RATE: Rational = Rational { num: 25, den: 1 };
/// At this quality software encoders reach 40 dB and more; wrong pictures have about 10 dB.
const QUALITY: &str = "20";
const PSNR_LEAST_MDB: u32 = 28_000;

/// The work of the test; None if this method can't make the codec.
pub fn work(method: Method, codec: &str) -> Option<PictureWork> {
    let encoder = params::software_of(codec)?;
    let words = ["-c:v", encoder, "-crf", QUALITY].map(str::to_owned);
    let video = params::parse(&words, Container::Matroska).ok()?.video;
    let picture = picture();
    Some(PictureWork {
        range: FrameRange::new(0, FRAMES),
        window: window(),
        profile: hardware::mapped(&video, &picture, method).ok()?,
        picture,
        stream: 0,
        container: Container::Matroska,
        constant_rate: None,
        compare: true,
        witness: Witness::default(),
        shifts: Vec::new(),
        lead: Lead::Usual,
        second: None,
        ladder: None,
    })
}

/// The arguments that draw the test picture.
pub(crate) fn input() -> Vec<String> {
    Line::writing().say("-f lavfi").option("-i", FILM).finish()
}

/// Whether the device's output shows the test picture.
pub fn is_like(likeness: Likeness) -> Result<(), String> {
    if likeness.psnr_mdb >= PSNR_LEAST_MDB {
        return Ok(());
    }
    let (has, wants) = (f64::from(likeness.psnr_mdb) / 1000.0, f64::from(PSNR_LEAST_MDB) / 1000.0);
    Err(format!("its output decodes to other pictures: {has:.1} dB, and at least {wants:.0} dB are required"))
}

fn window() -> Window {
    let time_base = RATE.inverse();
    let last = FRAMES as i64 - 1;
    let result = ResultWindow { time_base, first: 0, last, end: None, lay: None, cut: Cut::None };
    Window { time_base, start: 0, end: None, seek: None, zero: 0, doubled: false, counted_from: None, result }
}

fn picture() -> Picture {
    Picture::plain(1280, 720, RATE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::command::encode::{Start, device_arguments};
    use crate::media::words::device::{CODECS, Device};

    #[test]
    fn every_encoder_has_a_trial_that_is_like_a_segment() {
        for method in Method::ALL {
            for codec in CODECS {
                let work = work(method, codec);
                assert_eq!(work.as_ref().map(|work| work.profile.encoder.as_str()), method.encoder(codec));
            }
        }
        let device = Device::new(Method::Vaapi, Some("/dev/dri/renderD128"), 1);
        let work = work(Method::Vaapi, "h264").unwrap();
        let line = device_arguments(&work, &input(), "OUT", Start::Beginning, Some(&device)).join(" ");
        for words in [
            "-init_hw_device vaapi=hw:/dev/dri/renderD128 ",
            "-f lavfi -i testsrc2",
            ",format=nv12,hwupload ",
            "-c:v h264_vaapi -rc_mode CQP -qp 20 -g 250 ",
        ] {
            assert!(line.contains(words), "{words} in {line}");
        }
    }

    #[test]
    fn other_pictures_prove_nothing() {
        let likeness = |psnr_mdb| Likeness { psnr_mdb, ssim_millionths: 900_000 };
        assert!(is_like(likeness(40_000)).is_ok() && is_like(likeness(Likeness::SAME)).is_ok());
        assert!(is_like(likeness(12_300)).unwrap_err().contains("12.3 dB"));
    }
}
