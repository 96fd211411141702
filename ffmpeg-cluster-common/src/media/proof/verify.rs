//! Accepts a piece by its frames and their times, or returns a fault.

use crate::fault::{Fault, FaultCode};
use crate::frames::{FrameRange, Rational};
use crate::limits::FRAMES_MAX;
use crate::media::plan::piece::PieceFacts;
use crate::media::plan::timeline::Timeline;
use crate::media::plan::work::{Cut, PictureWork};
use crate::media::proof::packets::Packets;
use crate::media::proof::probed::ProbedPiece;

fn differs(message: impl Into<String>) -> Fault {
    Fault::new(FaultCode::FramesDiffer, message)
}

/// The client's check of its own piece: the number of streams and of their frames, the time from the first to
/// the last, and the key frames that the work asks for.
pub fn quick_check(work: &PictureWork, probed: &ProbedPiece) -> Result<(), Fault> {
    check_bound(probed.facts.frames)?;
    quick_check_streams(work, &probed.streams)
}

/// The same check of a piece that we read ourselves.
pub fn quick_check_streams(work: &PictureWork, streams: &[Packets]) -> Result<(), Fault> {
    let wanted = work.streams();
    if streams.len() != wanted {
        return Err(differs(format!("the piece has {} streams instead of {wanted}", streams.len())));
    }
    streams.iter().try_for_each(|stream| check_ends(work, stream).and_then(|()| check_keys(work, stream)))
}

fn check_ends(work: &PictureWork, stream: &Packets) -> Result<(), Fault> {
    let result = &work.window.result;
    if matches!(result.cut, Cut::Own { .. }) {
        return check_order(stream);
    }
    check_count(work.range, stream)?;
    let (first, last) = (stream.times.first().unwrap_or(&0), stream.times.last().unwrap_or(&0));
    let want = result.time_base.micros(result.last - result.first);
    let spans = stream.base.micros(last - first);
    let off = (want - spans).abs();
    if off > allowed_micros(result.time_base, stream.base) {
        let message = format!(
            "frames {} span {spans} µs in the piece, which is {off} µs from what they should",
            work.range
        );
        return Err(differs(message));
    }
    Ok(())
}

/// Players change rungs where media segments begin, so each begins with a key frame in every rung.
fn check_keys(work: &PictureWork, stream: &Packets) -> Result<(), Fault> {
    let Some(ladder) = &work.ladder else { return Ok(()) };
    let first = stream.times.first().copied().unwrap_or(0);
    let begins = |key_us: i64| {
        let at = stream.times.partition_point(|time| stream.base.micros(time - first) < key_us);
        stream.times.get(at).copied()
    };
    for key_us in std::iter::once(0).chain(ladder.keys_us.iter().copied()) {
        if begins(key_us).is_none_or(|time| stream.keys.binary_search(&time).is_err()) {
            return Err(differs(format!(
                "the frame {key_us} µs behind the first should be a key frame, and is none"
            )));
        }
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
        check_bound(probed.facts.frames)?;
        return probed.streams.iter().try_for_each(check_order).map(|()| probed.facts.clone());
    }
    for stream in &probed.streams {
        check_count(range, stream)?;
        check_times(timeline, range, stream)?;
    }
    Ok(probed.facts.clone())
}

fn check_times(timeline: &Timeline, range: FrameRange, stream: &Packets) -> Result<(), Fault> {
    let (first, tb) = (stream.times[0], stream.base);
    let allowed = allowed_micros(timeline.time_base(), tb);
    for (number, got) in (range.start..).zip(&stream.times) {
        let want = timeline.time_base().micros(timeline.time(number) - timeline.time(range.start));
        let off = (want - tb.micros(got - first)).abs();
        if off > allowed {
            return Err(differs(format!("frame {number} is {off} µs off in its piece")));
        }
    }
    Ok(())
}

fn check_bound(frames: u64) -> Result<(), Fault> {
    if frames <= FRAMES_MAX {
        return Ok(());
    }
    Err(differs(format!("the piece holds {frames} frames; at most {FRAMES_MAX} are allowed")))
}

/// The check of frames that only the filters determine: no two at the same time.
fn check_order(stream: &Packets) -> Result<(), Fault> {
    match stream.times.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => {
            Err(differs(format!("two frames of the piece have the time {} µs", stream.base.micros(pair[0]))))
        }
        None => Ok(()),
    }
}

fn check_count(range: FrameRange, stream: &Packets) -> Result<(), Fault> {
    let came = stream.times.len() as u64;
    if came == range.len() {
        return Ok(());
    }
    Err(differs(format!("frames {range} were asked for, which are {}; {came} came", range.len())))
}

/// How far two times may differ: not at all in equal time bases,
/// otherwise by one tick of the source for each of two frames,
/// because an encoder of constant rate removes their rounding.
fn allowed_micros(source: Rational, piece: Rational) -> i64 {
    if source == piece { 0 } else { 2 * source.micros(1).max(1) + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::FrameTimes;
    use crate::limits::STREAMS_MAX;
    use crate::media::plan::piece::StreamParams;
    use crate::media::proof::alike::{check_one_head, check_params};
    use crate::media::proof::probed::PieceProbe;
    use crate::media::proof::times::{Times, prove_times};
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
            resets: vec![],
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
        assert_eq!(probe.kept(), (FRAMES_MAX, STREAMS_MAX + 1));
        let probed = probe.finish().unwrap();
        assert_eq!(probed.facts.frames, FRAMES_MAX + 3);
        let told = check_bound(probed.facts.frames).unwrap_err().message;
        assert!(told.contains("holds 8388611 frames; at most 8388608 are allowed"), "{told}");
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
            resets: vec![],
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
        let two = |first: &StreamParams, second: &StreamParams| vec![first.clone(), second.clone()];
        let (plain, small) = (&h264.params[0], &other.params[0]);
        assert_eq!(check_one_head(&two(plain, small), &two(plain, small)), Ok(()));
        assert!(check_params(&two(plain, plain), &two(plain, small)).is_err(), "the second stream");
        assert!(check_params(&two(plain, plain), &h264.params).is_err(), "a stream less");
        let mut another = plain.clone();
        another.extradata = "cd".into();
        assert!(check_one_head(&two(plain, plain), &two(plain, &another)).is_err());
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
