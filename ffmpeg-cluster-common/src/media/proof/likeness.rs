//! How similar a piece is to its source: the run that compares them, and its output.

use std::path::Path;

use crate::media::command::encode::reference;
use crate::media::command::piece::PieceCommands;
use crate::media::command::{Command, text};
use crate::media::plan::piece::{Likeness, StreamParams};
use crate::media::source::guard::Guard;

impl PieceCommands<'_> {
    /// Compares a piece with the source: decodes the source's window and the piece side by side.
    pub fn compare(&self, piece: &Path, guard: &Guard, params: &StreamParams) -> Command {
        let Self { work, source, start } = self;
        let StreamParams { width, height, pix_fmt, .. } = params;
        let (mut line, wanted) = reference(work, &source.words, *start);
        let like = format!("settb=AVTB,scale={width}:{height},format={pix_fmt}");
        let graph = format!(
            "[0:{}]{wanted},{like},split[a][b];[1:v:0]{like},split[c][d];[c][a]psnr[p];[d][b]ssim[s]",
            work.stream
        );
        line.say("-v info").input(guard, &text(piece)).option("-filter_complex", graph);
        self.run(line.say("-map [p] -map [s] -fps_mode passthrough -f null -").finish()).reads(piece)
    }
}

/// Reads the last lines of the run's error stream; None if the run did not get that far.
pub fn read<'a>(lines: impl Iterator<Item = &'a str> + Clone) -> Option<Likeness> {
    let psnr_mdb = psnr_mdb(lines.clone(), "")?;
    let ssim: f64 = last(lines, "SSIM ", "All:")?.parse().ok()?;
    Some(Likeness { psnr_mdb, ssim_millionths: (ssim.clamp(0.0, 1.0) * 1e6).round() as u32 })
}

/// The PSNR that the filter of this name printed last, in thousandths of a decibel.
pub(super) fn psnr_mdb<'a>(lines: impl Iterator<Item = &'a str>, filter: &str) -> Option<u32> {
    match last(lines.filter(|line| line.contains(filter)), "PSNR ", "average:")? {
        "inf" => Some(Likeness::SAME),
        text => Some((text.parse::<f64>().ok()?.clamp(0.0, 999.0) * 1000.0).round() as u32),
    }
}

/// The word after `key` in the last line that contains `mark`.
fn last<'a>(lines: impl Iterator<Item = &'a str>, mark: &str, key: &str) -> Option<&'a str> {
    let line = lines.filter(|line| line.contains(mark)).last()?;
    line.split_whitespace().find_map(|word| word.strip_prefix(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ffmpeg_prints_at_the_end() {
        let said = |psnr: &str| {
            let text = format!(
                "frame=  50 fps=0.0\n[Parsed_psnr_10 @ 0x55] PSNR y:41.1 u:43.3 v:44.1 average:{psnr} min:30.0 max:inf\n\
                 [Parsed_ssim_11 @ 0x55] SSIM Y:0.99 (20.1) U:0.98 (19.2) V:0.98 (18.3) All:0.991234 (20.571)"
            );
            read(text.lines())
        };
        assert_eq!(said("41.987654"), Some(Likeness { psnr_mdb: 41_988, ssim_millionths: 991_234 }));
        assert_eq!(said("inf").unwrap().psnr_mdb, Likeness::SAME);
        assert_eq!(read("nothing of the kind".lines()), None);
    }
}
