//! Checks that pieces fit into one film.

use std::fmt::Debug;

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

/// Checks that each stream of a piece can be joined with that of the first piece.
/// Parameter sets of H.264 and HEVC may differ, because the join puts them in band.
pub fn check_params(first: &[StreamParams], piece: &[StreamParams]) -> Result<(), Fault> {
    check_streams(first, piece)?;
    first.iter().zip(piece).try_for_each(|(a, b)| {
        let in_band = matches!(a.codec.as_str(), "h264" | "hevc" | "av1" | "mpeg2video");
        if in_band { Ok(()) } else { check_head(a, b) }
    })
}

/// The same where players get parameter sets once: they must not differ.
pub(crate) fn check_one_head(first: &[StreamParams], piece: &[StreamParams]) -> Result<(), Fault> {
    check_streams(first, piece)?;
    first.iter().zip(piece).try_for_each(|(a, b)| check_head(a, b))
}

fn check_streams(first: &[StreamParams], piece: &[StreamParams]) -> Result<(), Fault> {
    if first.len() != piece.len() || first.is_empty() {
        return unlike(FaultCode::StreamDiffers, "number of streams", &first.len(), &piece.len());
    }
    first.iter().zip(piece).try_for_each(|(a, b)| check_stream(a, b))
}

fn check_stream(a: &StreamParams, b: &StreamParams) -> Result<(), Fault> {
    if a.codec != b.codec {
        return unlike(FaultCode::StreamDiffers, "codec", &a.codec, &b.codec);
    }
    if (a.width, a.height) != (b.width, b.height) {
        return unlike(FaultCode::PictureDiffers, "size", &(a.width, a.height), &(b.width, b.height));
    }
    if a.pix_fmt != b.pix_fmt {
        return unlike(FaultCode::PictureDiffers, "pixel format", &a.pix_fmt, &b.pix_fmt);
    }
    if a.time_base != b.time_base {
        return unlike(FaultCode::StreamDiffers, "time base", &a.time_base, &b.time_base);
    }
    Ok(())
}

fn check_head(a: &StreamParams, b: &StreamParams) -> Result<(), Fault> {
    if a.extradata == b.extradata {
        return Ok(());
    }
    unlike(FaultCode::StreamDiffers, "private data", &a.extradata, &b.extradata)
}

fn unlike(code: FaultCode, what: &str, theirs: &dyn Debug, its: &dyn Debug) -> Result<(), Fault> {
    let message =
        format!("the piece can't be joined with the others: its {what} is {its:?}, theirs {theirs:?}");
    Err(Fault::new(code, message))
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
