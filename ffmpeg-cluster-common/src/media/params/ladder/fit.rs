//! The rungs that a film gets.

use serde::{Deserialize, Serialize};

use super::size::Shown;
use super::usual::{Encoder, KeyFrames};
use super::{Cap, Ladder, LadderRefusal, Rung};
use crate::media::params::VideoProfile;
use crate::media::source::Picture;

/// A film that is smaller than a rung by less than a tenth, because bars were cut off, gets the
/// rung at its own size.
const ENLARGED_MAX: f64 = 1.1;
/// A film in which a media segment has fewer frames is hardly a film.
const FRAMES_MIN: f64 = 12.0;
const HIGH_RANGE: [&str; 2] = ["smpte2084", "arib-std-b67"];

/// The rungs of one film, and what its submitter should know.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FittedLadder {
    pub(crate) rungs: Vec<FittedRung>,
    pub(crate) warnings: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedRung {
    pub name: String,
    pub width: u32,
    pub height: u32,
    /// The pixel format that its players can decode.
    pub pix_fmt: String,
    /// Without filters.
    pub video: VideoProfile,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Cap>,
}

impl FittedRung {
    pub(crate) const fn pixels(&self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// What its encoder must be told to begin media segments where it is forced to, and nowhere else.
    pub(crate) fn key_frames(&self) -> KeyFrames {
        Encoder::of(&self.video.encoder).map(|encoder| encoder.keys).unwrap_or_default()
    }
}

impl Ladder {
    /// Leaves out rungs that are larger than the film. If all are, the smallest remains, at the
    /// film's own size.
    pub(crate) fn fit(&self, picture: &Picture) -> Result<FittedLadder, LadderRefusal> {
        self.long_enough(picture)?;
        let shown = Shown::of(picture);
        let fits = |rung: &&Rung| shown.enlarged(rung.height) < ENLARGED_MAX;
        let (mut kept, large): (Vec<&Rung>, Vec<&Rung>) = self.rungs.iter().partition(fits);
        let mut warnings: Vec<String> = Vec::new();
        if kept.is_empty() {
            kept.extend(large.iter().min_by_key(|rung| rung.height));
        }
        for rung in large.iter().filter(|rung| !kept.contains(rung)) {
            warnings.push(format!("the ladder has no rung {}, because the film is smaller", rung.name));
        }
        let rungs = kept.into_iter().map(|rung| fitted(rung, shown, picture)).collect::<Result<_, _>>()?;
        Ok(FittedLadder { rungs, warnings })
    }

    fn long_enough(&self, picture: &Picture) -> Result<(), LadderRefusal> {
        let frames = picture.frame_rate.as_f64() * self.segment.0 as f64 / 1000.0;
        if !picture.frame_rate.is_positive() || frames >= FRAMES_MIN {
            return Ok(());
        }
        let why = format!(
            "a media segment of this film would have {frames:.0} frames, and {FRAMES_MIN} is the least"
        );
        Err(LadderRefusal::request("segment_seconds", why))
    }
}

fn fitted(rung: &Rung, shown: Shown, picture: &Picture) -> Result<FittedRung, LadderRefusal> {
    let size = shown.times(shown.enlarged(rung.height).min(1.0));
    let is_high = picture.color_transfer.as_deref().is_some_and(|transfer| HIGH_RANGE.contains(&transfer));
    let ten_bits = rung.video.option("pix_fmt").unwrap_or("yuv420p10le").contains("10");
    if is_high && (rung.video.codec() == "h264" || !ten_bits) {
        let why = format!(
            "{}: the film has a high dynamic range, which needs ten bits and a codec that players show in it; \
             -c:v libx265 without -pix_fmt keeps it",
            rung.name
        );
        return Err(LadderRefusal::parameters("", why));
    }
    let usual = if is_high { "yuv420p10le" } else { "yuv420p" };
    let pix_fmt = rung.video.option("pix_fmt").unwrap_or(usual).to_owned();
    Ok(FittedRung {
        name: rung.name.clone(),
        width: size.width,
        height: size.height,
        pix_fmt,
        video: rung.video.clone(),
        cap: rung.cap,
    })
}
