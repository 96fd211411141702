//! Compares a piece with the server's own encode of a few of its frames.
//!
//! Neither the source nor another encoder's output shows what a piece must look like.
//! Filters change the pictures, and quality is the user's choice.
//! So both the piece and the server's own encode are compared with the input of the encoder.
//! An honest piece is about as far from that input as the server's own encode.

use std::path::Path;

use crate::fault::{Fault, FaultCode};
use crate::frames::FrameRange;
use crate::limits::{memory_to_encode, piece_bytes_max};
use crate::media::command::encode::{Start, picture_arguments, picture_work, reference};
use crate::media::command::line::file;
use crate::media::command::{Command, Opening, Side, text};
use crate::media::params::Profile;
use crate::media::plan::piece::{PieceFacts, StreamParams};
use crate::media::plan::timeline::Timeline;
use crate::media::plan::work::PictureWork;
use crate::media::proof::alike::check_expected;
use crate::media::proof::likeness::psnr_mdb;
use crate::media::source::Source;
use crate::media::source::guard::Guard;

/// The number of frames that the server encodes.
pub const FRAMES: u64 = 8;
/// The smallest share of our own encode's decibels that a piece must reach.
/// Encoders with a target bit rate spend more on their first frames, and ours are always the first.
/// Honest pieces reached at least three quarters; wrong pictures have about 10 dB.
const SHARE_OF_OURS: (u32, u32) = (3, 5);
/// The value at which our own encode is capped.
/// A perfect encode of ours, as of a flat or black picture,
/// does not show how good an encoder must be.
/// Honest pieces that reached such a picture after a different one had at least 40.9 dB.
const OURS_MAX_MDB: u32 = 50_000;

/// How far our own encode and the piece are from the input of the encoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// The stream of our own encode.
    pub params: StreamParams,
    /// PSNR in thousandths of a decibel, [`Likeness::SAME`] if no pixel differs.
    pub own_mdb: u32,
    pub piece_mdb: u32,
}

impl Audit {
    pub fn is_good(&self) -> bool {
        let (share, of) = SHARE_OF_OURS;
        self.piece_mdb >= self.own_mdb.min(OURS_MAX_MDB) / of * share
    }
}

/// Chooses a few frames of a piece from a random number.
pub(crate) fn spot(range: FrameRange, chance: u64) -> FrameRange {
    let frames = range.len().min(FRAMES);
    let start = range.start + chance % (range.len() - frames + 1);
    FrameRange::new(start, start + frames)
}

/// Some frames of a piece.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    pub piece: FrameRange,
    pub frames: FrameRange,
}

/// The work for the chosen frames, and how many frames of the piece lie before them.
/// Reading starts where it started for the piece, because a decoder
/// that starts elsewhere may return other pictures.
pub fn work(
    source: &Source,
    timeline: &Timeline,
    profile: &Profile,
    sample: Sample,
) -> Option<(PictureWork, u64)> {
    let whole = picture_work(source, timeline, profile, sample.piece)?;
    if timeline.is_own() {
        return Some((whole, 0));
    }
    let mut work = picture_work(source, timeline, profile, sample.frames)?;
    work.window.seek = whole.window.seek;
    Some((work, sample.frames.start - sample.piece.start))
}

/// The arguments of the run that makes our own frames, as a client would.
fn own_arguments(
    work: &PictureWork,
    input: &[String],
    output: &str,
    start: Start,
    frames: u64,
) -> Vec<String> {
    let mut all = picture_arguments(work, input, output, start);
    let muxer = all.len() - 3;
    all.splice(muxer..muxer, ["-frames:v".to_owned(), frames.to_string()]);
    all
}

/// Two files to compare: our own frames, and the piece with `skip` frames before the compared ones.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    pub own: &'a Path,
    pub piece: &'a Path,
    /// The number of the compared stream in both.
    pub stream: usize,
    pub skip: u64,
    pub frames: u64,
    /// How both may be read.
    pub guard: &'a Guard,
    /// The stream of the piece.
    pub params: &'a StreamParams,
}

/// Decodes the source, our own frames and those of the piece.
/// Frames are matched by number, because their times may be rounded differently.
fn arguments(work: &PictureWork, input: &[String], pair: &Pair<'_>, start: Start) -> Vec<String> {
    let Pair {
        own,
        piece,
        stream: rung,
        skip,
        frames,
        guard,
        params: StreamParams { width, height, pix_fmt, .. },
    } = pair;
    let (mut line, wanted) = reference(work, input, start);
    let [own, piece] = [own, piece].map(|path| path.display().to_string());
    line.input(guard, &own).input(guard, &piece);
    let like = format!("settb=1/25,setpts=N,scale={width}:{height},format={pix_fmt}");
    let (stream, end) = (work.stream, skip + frames);
    let graph = format!(
        "[0:{stream}]{wanted},trim=end_frame={frames},{like},split[a][b];[1:v:{rung}]trim=end_frame={frames},{like}[c];\
         [2:v:{rung}]trim=start_frame={skip}:end_frame={end},{like}[d];[c][a]psnr@own[p];[d][b]psnr@piece[q]"
    );
    line.say("-v info").option("-filter_complex", graph);
    line.say("-map [p] -map [q] -fps_mode passthrough -f null -").finish()
}

/// An audit to run.
#[derive(Debug, Clone, Copy)]
pub struct Auditing<'a> {
    pub work: &'a PictureWork,
    pub source: &'a Opening,
    pub start: Start,
}

impl Auditing<'_> {
    /// Encodes the frames into `own`, as a client does.
    pub fn encode(&self, own: &Path, frames: u64) -> Command {
        let Self { work, source, start } = self;
        let arguments = own_arguments(work, &source.words, &file(&text(own)), *start, frames);
        self.run(arguments).writes(own, piece_bytes_max(work.pixels_max(), frames))
    }

    /// Compares the source, our own frames and those of the piece.
    pub fn compare(&self, pair: &Pair<'_>) -> Command {
        let arguments = arguments(self.work, &self.source.words, pair, self.start);
        self.run(arguments).reads(pair.own).reads(pair.piece)
    }

    fn run(&self, arguments: Vec<String>) -> Command {
        let memory = memory_to_encode(self.work.pixels_max());
        Command::ffmpeg(Side::Server, arguments).opens(&self.source.input).memory(memory)
    }
}

/// Reads the PSNR of our own encode and of the piece from the last lines of the run's error stream.
pub fn read<'a>(lines: impl Iterator<Item = &'a str> + Clone) -> Option<(u32, u32)> {
    Some((psnr_mdb(lines.clone(), "psnr@own")?, psnr_mdb(lines, "psnr@piece")?))
}

/// Checks that the piece can be an honest encode of these frames.
/// `odd` is set if the piece's picture differs from that at the film's beginning;
/// our own encode of these frames must then match the piece.
pub(crate) fn verdict(audit: &Audit, facts: &PieceFacts, spot: FrameRange, odd: bool) -> Result<(), Fault> {
    let Audit { params, own_mdb, piece_mdb } = audit;
    if odd {
        check_odd(params, facts)?;
    }
    if audit.is_good() {
        return Ok(());
    }
    let decibels = |mdb: u32| f64::from(mdb) / 1000.0;
    Err(Fault::new(
        FaultCode::AuditFailed,
        format!(
            "frames {spot} of the piece are not those of the source: {:.1} dB, where the server's own encode has {:.1} dB",
            decibels(*piece_mdb),
            decibels(*own_mdb)
        ),
    ))
}

/// A different pixel format alone is no lie: versions of an encoder may choose different ones.
fn check_odd(own: &StreamParams, facts: &PieceFacts) -> Result<(), Fault> {
    let Err(fault) = check_expected(own, facts) else { return Ok(()) };
    let size =
        facts.params.first().is_some_and(|piece| (piece.width, piece.height) != (own.width, own.height));
    let code = if size { FaultCode::AuditFailed } else { FaultCode::StreamDiffers };
    Err(Fault { code, ..fault })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::Rational;
    use crate::media::plan::piece::Likeness;

    fn audit(own_mdb: u32, piece_mdb: u32) -> Result<(), Fault> {
        let params = StreamParams {
            codec: "h264".into(),
            width: 64,
            height: 36,
            pix_fmt: "yuv420p".into(),
            time_base: Rational { num: 1, den: 25 },
            extradata: String::new(),
            looks: Default::default(),
        };
        let facts = PieceFacts {
            frames: 8,
            params: vec![params.clone()],
            findings: Default::default(),
            encoder: None,
            begins: None,
        };
        verdict(&Audit { params, own_mdb, piece_mdb }, &facts, FrameRange::new(0, 8), false)
    }

    #[test]
    fn an_honest_piece_is_about_as_good_as_ours_and_another_film_is_not() {
        for (own, piece) in [
            (38_000, 37_000),
            (24_000, 21_000),
            (45_700, 34_700),
            (Likeness::SAME, Likeness::SAME),
            (Likeness::SAME, 40_899),
            (60_000, 30_000),
        ] {
            assert_eq!(audit(own, piece), Ok(()), "{own} and {piece}");
        }
        for (own, piece) in [
            (38_000, 9_000),
            (24_000, 9_000),
            (Likeness::SAME, 29_999),
            (Likeness::SAME, 10_000),
            (18_000, 9_000),
        ] {
            assert_eq!(audit(own, piece).unwrap_err().code, FaultCode::AuditFailed, "{own} and {piece}");
        }
    }

    #[test]
    fn a_spot_lies_within_its_piece() {
        for (frames, chance) in [(1, 0), (1, 99), (8, 5), (9, 1), (250, u64::MAX)] {
            let range = FrameRange::new(100, 100 + frames);
            let spot = spot(range, chance);
            assert!(range.contains(spot) && spot.len() == frames.min(FRAMES), "{spot} of {range}");
        }
    }

    #[test]
    fn what_ffmpeg_prints_of_both() {
        let said = "[psnr@piece @ 0x5] PSNR y:9.1 u:43.3 v:44.1 average:10.25 min:30.0 max:inf\n\
                    [psnr@own @ 0x6] PSNR y:9.1 u:43.3 v:44.1 average:inf min:30.0 max:inf";
        assert_eq!(read(said.lines()), Some((Likeness::SAME, 10_250)));
        assert_eq!(read("nothing of the kind".lines()), None);
    }
}
