//! Accepts a piece or a result by its facts, or returns a fault.

use std::collections::BTreeMap;
use std::path::Path;

use crate::fault::{Fault, FaultCode};
use crate::frames::{FrameRange, FrameTimes, Rational};
use crate::limits::{FRAMES_MAX, STREAMS_MAX};
use crate::media::command::{Command, Line, Side, text};
use crate::media::plan::timeline::Timeline;
use crate::media::plan::work::{Cut, Findings, PictureWork, PieceFacts, StreamParams};
use crate::media::source::guard::{Guard, Via};
use crate::text::counted;

/// Asks ffprobe for the streams of a piece and the times of all its packets.
pub fn piece_probe_arguments(path: &str, guard: &Guard) -> Vec<String> {
    let mut line = Line::asking();
    line.say(
        "-show_data_hash sha256 -show_entries \
        stream=codec_name,width,height,pix_fmt,time_base,extradata_hash,color_range,color_space,color_transfer,color_primaries,field_order:packet=pts,stream_index:format=start_time -of compact",
    );
    line.all(guard.words(Via::File)).asked(path).finish()
}

/// Lists the streams of a piece and the times of all its packets.
pub fn probe_piece(side: Side, piece: &Path, guard: &Guard) -> Command {
    Command::ffprobe(side, piece_probe_arguments(&text(piece), guard)).reads(piece)
}

const LOOKS: [&str; 5] = ["color_range", "color_space", "color_transfer", "color_primaries", "field_order"];
const SAYS_NOTHING: [&str; 4] = ["", "unknown", "unspecified", "N/A"];

/// Reads the output of [`piece_probe_arguments`].
#[derive(Debug, Default)]
pub struct PieceProbe {
    params: Vec<StreamParams>,
    times: Vec<i64>,
    /// The number of packets beyond the bound for a film, whose times are not kept.
    beyond: u64,
    without_time: u64,
    start_us: Option<i64>,
    /// The first time of each stream, in its own ticks.
    begins: BTreeMap<usize, i64>,
}

/// What ffprobe found in a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbedPiece {
    pub facts: PieceFacts,
    /// Ascending times of all packets, in ticks of their streams.
    pub times: Vec<i64>,
    pub start_us: Option<i64>,
    /// The first time of each stream.
    pub begins_us: BTreeMap<usize, i64>,
}

impl PieceProbe {
    pub fn line(&mut self, line: &str) {
        let mut parts = line.split('|');
        let kind = parts.next().unwrap_or_default();
        let field = |name: &str| line.split('|').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        match kind {
            "packet" => match field("pts").map(str::parse) {
                Some(Ok(_)) if self.times.len() as u64 >= FRAMES_MAX => self.beyond += 1,
                Some(Ok(pts)) => {
                    self.times.push(pts);
                    let stream = field("stream_index").and_then(|number| number.parse().ok()).unwrap_or(0);
                    let first = self.begins.entry(stream).or_insert(pts);
                    *first = pts.min(*first);
                }
                Some(Err(_)) | None => self.without_time += 1,
            },
            // One stream beyond the bound is enough to refuse the piece.
            "stream" if self.params.len() > STREAMS_MAX => {}
            "stream" => self.params.push(StreamParams {
                codec: field("codec_name").unwrap_or_default().to_owned(),
                width: field("width").and_then(|w| w.parse().ok()).unwrap_or(0),
                height: field("height").and_then(|h| h.parse().ok()).unwrap_or(0),
                pix_fmt: field("pix_fmt").unwrap_or_default().to_owned(),
                time_base: field("time_base")
                    .and_then(Rational::parse)
                    .unwrap_or(Rational { num: 1, den: 1 }),
                extradata: field("extradata_hash")
                    .unwrap_or_default()
                    .trim_start_matches("SHA256:")
                    .to_owned(),
                looks: LOOKS
                    .into_iter()
                    .filter_map(|name| Some((name, field(name).filter(|said| !SAYS_NOTHING.contains(said))?)))
                    .map(|(name, said)| (name.to_owned(), said.to_owned()))
                    .collect(),
            }),
            "format" => {
                let seconds = field("start_time").and_then(|text| text.parse::<f64>().ok());
                self.start_us = seconds.map(|seconds| (seconds * 1e6).round() as i64);
            }
            _ => {}
        }
    }

    pub fn finish(mut self) -> Result<ProbedPiece, Fault> {
        if self.params.is_empty() || self.times.is_empty() {
            return Err(differs("the piece holds no frames"));
        }
        if self.without_time > 0 {
            return Err(differs(format!("{} packets of the piece have no time", self.without_time)));
        }
        self.times.sort_unstable();
        let frames = self.times.len() as u64 + self.beyond;
        let told =
            |(stream, pts): (&usize, &i64)| Some((*stream, self.params.get(*stream)?.time_base.micros(*pts)));
        let begins_us = self.begins.iter().filter_map(told).collect();
        let facts = PieceFacts { frames, params: self.params, findings: Findings::default(), encoder: None };
        Ok(ProbedPiece { facts, times: self.times, start_us: self.start_us, begins_us })
    }
}

fn differs(message: impl Into<String>) -> Fault {
    Fault::new(FaultCode::FramesDiffer, message)
}

/// The client's check of its own piece:
/// the number of frames, and the time from the first to the last.
pub fn quick_check(work: &PictureWork, probed: &ProbedPiece) -> Result<(), Fault> {
    let result = &work.window.result;
    if matches!(result.cut, Cut::Own { .. }) {
        return check_order(probed);
    }
    check_count(work.range, probed)?;
    let (first, last) = (probed.times.first().unwrap_or(&0), probed.times.last().unwrap_or(&0));
    let want = result.time_base.micros(result.last - result.first);
    let off = (want - base(probed).micros(last - first)).abs();
    if off > allowed_micros(result.time_base, base(probed)) {
        return Err(differs(format!(
            "frames {} span {} µs in the piece, which is {off} µs from what they should",
            work.range,
            base(probed).micros(last - first)
        )));
    }
    Ok(())
}

/// The server's check: every frame has the right time, counted from the first of the piece.
pub fn check_piece(
    timeline: &Timeline,
    range: FrameRange,
    probed: &ProbedPiece,
) -> Result<PieceFacts, Fault> {
    if range.is_empty() || range.end > timeline.frames() {
        return Err(differs(format!("the film has no frames {range}")));
    }
    if timeline.is_own() {
        return check_order(probed).map(|()| probed.facts.clone());
    }
    check_count(range, probed)?;
    let (first, tb) = (probed.times[0], base(probed));
    let allowed = allowed_micros(timeline.time_base(), tb);
    for (number, got) in (range.start..).zip(&probed.times) {
        let want = timeline.time_base().micros(timeline.time(number) - timeline.time(range.start));
        let off = (want - tb.micros(got - first)).abs();
        if off > allowed {
            return Err(differs(format!("frame {number} is {off} µs off in its piece")));
        }
    }
    Ok(probed.facts.clone())
}

/// The check of frames that only the filters know: not too many, and no two at the same time.
fn check_order(probed: &ProbedPiece) -> Result<(), Fault> {
    if probed.facts.frames > FRAMES_MAX {
        return Err(differs(format!(
            "the piece holds {} frames; {FRAMES_MAX} are the most",
            probed.facts.frames
        )));
    }
    match probed.times.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => {
            Err(differs(format!("two frames of the piece have the time {} µs", base(probed).micros(pair[0]))))
        }
        None => Ok(()),
    }
}

fn check_count(range: FrameRange, probed: &ProbedPiece) -> Result<(), Fault> {
    if probed.facts.frames == range.len() {
        return Ok(());
    }
    Err(differs(format!(
        "frames {range} were asked for, which are {}; {} came",
        range.len(),
        probed.facts.frames
    )))
}

fn base(probed: &ProbedPiece) -> Rational {
    probed.facts.params[0].time_base
}

/// How far two times may differ: not at all in equal time bases.
/// Otherwise one tick of the source for each of two frames,
/// because an encoder of constant rate removes their rounding.
fn allowed_micros(source: Rational, piece: Rational) -> i64 {
    if source == piece { 0 } else { 2 * source.micros(1).max(1) + 1 }
}

/// Compares a piece's stream with the server's own encode of the film's beginning.
/// Extradata are not compared, because they depend on the encoder's version.
pub(crate) fn check_expected(expected: &StreamParams, piece: &PieceFacts) -> Result<(), Fault> {
    let fault = |code, what: &str, want: &dyn std::fmt::Debug, got: &dyn std::fmt::Debug| {
        let message = format!("the piece's {what} is {got:?}, and the server's own encode has {want:?}");
        Err(Fault::new(code, message))
    };
    let Some(got) = piece.params.first() else {
        return fault(FaultCode::NotAsLeased, "number of streams", &1, &0);
    };
    if expected.codec != got.codec {
        return fault(FaultCode::NotAsLeased, "codec", &expected.codec, &got.codec);
    }
    let size = |params: &StreamParams| (params.width, params.height);
    if size(expected) != size(got) {
        return fault(FaultCode::PictureDiffers, "size", &size(expected), &size(got));
    }
    // Versions of ffmpeg state the full range by the format's name, or beside it.
    let format = |params: &StreamParams| params.pix_fmt.replace("yuvj", "yuv");
    if format(expected) != format(got) {
        return fault(FaultCode::PictureDiffers, "pixel format", &expected.pix_fmt, &got.pix_fmt);
    }
    if expected.time_base != got.time_base {
        return fault(FaultCode::StreamDiffers, "time base", &expected.time_base, &got.time_base);
    }
    Ok(())
}

/// Whether a piece can be joined with the first.
/// Parameter sets of H.264 and HEVC may differ, because the join puts them in band.
pub fn check_params(first: &[StreamParams], piece: &[StreamParams]) -> Result<(), Fault> {
    let because = |code, what: &str, a: &dyn std::fmt::Debug, b: &dyn std::fmt::Debug| {
        let message = format!("the piece can't be joined with the others: its {what} is {b:?}, theirs {a:?}");
        Err(Fault::new(code, message))
    };
    let fault = |what: &str, a: &dyn std::fmt::Debug, b: &dyn std::fmt::Debug| {
        because(FaultCode::StreamDiffers, what, a, b)
    };
    let (Some(a), Some(b)) = (first.first(), piece.first()) else {
        return fault("number of streams", &first.len(), &piece.len());
    };
    if a.codec != b.codec {
        return fault("codec", &a.codec, &b.codec);
    }
    if (a.width, a.height) != (b.width, b.height) {
        return because(FaultCode::PictureDiffers, "size", &(a.width, a.height), &(b.width, b.height));
    }
    if a.pix_fmt != b.pix_fmt {
        return because(FaultCode::PictureDiffers, "pixel format", &a.pix_fmt, &b.pix_fmt);
    }
    if a.time_base != b.time_base {
        return fault("time base", &a.time_base, &b.time_base);
    }
    let in_band = matches!(a.codec.as_str(), "h264" | "hevc" | "av1" | "mpeg2video");
    if a.extradata != b.extradata && !in_band {
        return fault("private data", &a.extradata, &b.extradata);
    }
    Ok(())
}

/// Compares colours and fields of pieces from different encoders.
/// These may leave a property out, but must not contradict each other.
pub(crate) fn check_looks(first: &StreamParams, piece: &PieceFacts) -> Result<(), Fault> {
    let Some(got) = piece.params.first() else { return Ok(()) };
    let other = |(name, said): &(&String, &String)| first.looks.get(*name).is_some_and(|want| want != *said);
    match got.looks.iter().find(other) {
        Some((name, said)) => {
            let message = format!(
                "the piece can't be joined with the others: its {name} is {said}, theirs {}",
                first.looks[name]
            );
            Err(Fault::new(FaultCode::StreamDiffers, message))
        }
        None => Ok(()),
    }
}

/// How the times of a result compare with the index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeProof {
    pub frames: u64,
    pub error_max_ms: f64,
}

/// Proves that every wanted frame is in the result at its time.
/// With `exactly: false`, differences are no fault, and the proof states them.
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
    /// Frames that only the filters know, as a run of the filters made them.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::source::index::Index;

    const TB: Rational = Rational { num: 1, den: 15_360 };

    fn timeline() -> Timeline {
        let times = (0..20).map(|n| 700 + n * 512).collect();
        let index = Index {
            time_base: TB,
            times,
            keys: vec![0, 10],
            doubled: vec![],
            leading: false,
            setbacks: vec![],
            last_length: 0,
        };
        crate::media::plan::timeline::tests::plain(index)
    }

    fn probed(times: &[i64], tb: &str) -> Result<ProbedPiece, Fault> {
        let mut probe = PieceProbe::default();
        times.iter().for_each(|pts| probe.line(&format!("packet|stream_index=0|pts={pts}")));
        probe.line(&format!("stream|codec_name=h264|width=160|height=120|pix_fmt=yuv420p|time_base={tb}|extradata_hash=SHA256:ab"));
        probe.line("format|start_time=0.000000");
        probe.finish()
    }

    #[test]
    fn a_piece_with_every_frame_at_its_time_is_accepted() {
        let good = probed(&[0, 1024, 512, 1536], "1/15360").unwrap();
        let facts = check_piece(&timeline(), FrameRange::new(5, 9), &good).unwrap();
        assert_eq!((facts.frames, facts.params[0].extradata.as_str()), (4, "ab"));
    }

    #[test]
    fn a_piece_without_an_end_is_counted_and_not_kept_in_memory() {
        let mut probe = PieceProbe::default();
        (0..FRAMES_MAX + 3).for_each(|_| probe.line("packet|pts=1"));
        (0..2 * STREAMS_MAX).for_each(|_| probe.line("stream|codec_name=h264|time_base=1/25"));
        assert_eq!((probe.times.len() as u64, probe.params.len()), (FRAMES_MAX, STREAMS_MAX + 1));
        let probed = probe.finish().unwrap();
        assert_eq!(probed.facts.frames, FRAMES_MAX + 3);
        let told = check_order(&probed).unwrap_err().message;
        assert!(told.contains("holds 8388611 frames; 8388608 are the most"), "{told}");
    }

    #[test]
    fn one_frame_more_or_less_or_elsewhere_is_refused_by_number() {
        let check = |times: &[i64]| {
            check_piece(&timeline(), FrameRange::new(5, 9), &probed(times, "1/15360").unwrap())
        };
        assert!(check(&[0, 512, 1024]).unwrap_err().message.contains("3 came"));
        assert!(check(&[0, 512, 1024, 1536, 2048]).unwrap_err().message.contains("5 came"));
        let late = check(&[0, 512, 1025, 1536]).unwrap_err();
        assert!(late.message.contains("frame 7 is 65 µs off"), "{}", late.message);
        assert_eq!(late.code, FaultCode::FramesDiffer);
    }

    #[test]
    fn a_constant_rate_is_the_same_time_in_other_ticks() {
        let times = vec![0, 33, 67, 100];
        let base = Rational { num: 1, den: 1000 };
        let film = crate::media::plan::timeline::tests::plain(Index {
            time_base: base,
            times,
            keys: vec![0],
            doubled: vec![],
            leading: false,
            setbacks: vec![],
            last_length: 0,
        });
        assert!(check_piece(&film, FrameRange::new(0, 4), &probed(&[1, 2, 3, 4], "1/30").unwrap()).is_ok());
        assert!(check_piece(&film, FrameRange::new(0, 4), &probed(&[1, 2, 3, 5], "1/30").unwrap()).is_err());
    }

    #[test]
    fn empty_pieces_and_pieces_without_times_are_refused() {
        assert!(probed(&[], "1/25").is_err());
        let mut probe = PieceProbe::default();
        probe.line("packet|stream_index=0|pts=N/A");
        probe.line("stream|codec_name=h264|time_base=1/25");
        assert!(probe.finish().is_err());
    }

    #[test]
    fn pieces_of_unlike_encoders_join_only_where_headers_can_ride_along() {
        let h264 = probed(&[0], "1/15360").unwrap().facts;
        let mut other = h264.clone();
        other.params[0].extradata = "cd".into();
        assert_eq!(check_params(&h264.params, &other.params), Ok(()));
        other.params[0].width = 80;
        assert!(check_params(&h264.params, &other.params).unwrap_err().message.contains("size"));
        let (mut a, mut b) = (h264.clone(), h264);
        (a.params[0].codec, b.params[0].codec, b.params[0].extradata) =
            ("ffv1".into(), "ffv1".into(), "cd".into());
        assert_eq!(check_params(&a.params, &b.params).unwrap_err().code, FaultCode::StreamDiffers);
    }

    #[test]
    fn the_proof_allows_what_the_container_rounds_and_no_more() {
        let base = Rational { num: 1, den: 1000 };
        let mut times = FrameTimes { base, ticks: (0..20).map(|n| n * 1000 / 30).collect() };
        let proof = prove_times(&Times::Known(&timeline()), &times, 1.0, true).unwrap();
        assert!(proof.error_max_ms > 0.3 && proof.error_max_ms < 1.0, "{proof:?}");
        times.ticks[7] += 2;
        let late = prove_times(&Times::Known(&timeline()), &times, 1.0, true).unwrap_err();
        assert!(late.message.contains("frame 7"), "{}", late.message);
        times.ticks.pop();
        assert!(
            prove_times(&Times::Known(&timeline()), &times, 1.0, true)
                .unwrap_err()
                .message
                .contains("19 frames")
        );
        assert_eq!(prove_times(&Times::Known(&timeline()), &times, 1.0, false).unwrap().frames, 19);
    }
}
