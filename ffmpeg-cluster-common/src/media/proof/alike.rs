//! Checks that pieces fit into one film.

use crate::fault::{Fault, FaultCode};
use crate::media::plan::piece::{PieceFacts, StreamParams};

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
    // Depending on its version, ffmpeg states full range by the format's name or separately.
    let format = |params: &StreamParams| params.pix_fmt.replace("yuvj", "yuv");
    if format(expected) != format(got) {
        return fault(FaultCode::PictureDiffers, "pixel format", &expected.pix_fmt, &got.pix_fmt);
    }
    if expected.time_base != got.time_base {
        return fault(FaultCode::StreamDiffers, "time base", &expected.time_base, &got.time_base);
    }
    Ok(())
}

/// Checks that a piece can be joined with the first.
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
/// One encoder may leave out a property that another states, but they must not contradict each other.
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
