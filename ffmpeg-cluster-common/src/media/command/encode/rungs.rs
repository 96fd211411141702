//! The run that makes all rungs of a piece from one decode: one file, with a stream for each.

use super::hdr::parameter_list;
use super::{FIRST_AT_ZERO, Start, filters, opened, piece_suffix, piece_time_base};
use crate::media::command::Line;
use crate::media::params::ladder::{FittedRung, KeyFrames};
use crate::media::params::{self, VideoProfile};
use crate::media::plan::work::{LadderWork, PictureWork};

/// The rungs of a piece, and where its decoder begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rungs<'a> {
    pub(super) work: &'a PictureWork,
    pub(super) ladder: &'a LadderWork,
    pub(super) start: Start,
}

pub(super) fn arguments(all: &Rungs<'_>, input: &[String], output: &str) -> Vec<String> {
    let Rungs { work, ladder, start } = all;
    let mut line = opened(Line::default(), work, input, *start);
    line.option("-filter_complex", graph(all, input));
    for number in 0..ladder.rungs.len() {
        line.option("-map", format!("[r{number}]"));
    }
    line.say("-an -sn -dn -map_metadata -1 -map_chapters -1 -fps_mode passthrough");
    line.time_base(piece_time_base(&work.window));
    for (number, rung) in ladder.rungs.iter().enumerate() {
        all.say(&mut line, number, rung);
    }
    line.say(FIRST_AT_ZERO).option("-f", piece_suffix()).word(output).finish()
}

/// The film's filters once, and then a size for each rung.
fn graph(all: &Rungs<'_>, input: &[String]) -> String {
    let Rungs { work, ladder, .. } = all;
    let (count, film) = (ladder.rungs.len(), filters(work, input));
    let copies: String = (0..count).map(|number| format!("[c{number}]")).collect();
    let sized = ladder.rungs.iter().enumerate().map(|(number, rung)| {
        let FittedRung { width, height, pix_fmt, .. } = rung;
        format!(";[c{number}]scale={width}:{height}:flags=bicubic,setsar=1,format={pix_fmt}[r{number}]")
    });
    format!("[0:{}]{film},split={count}{copies}{}", work.stream, sized.collect::<String>())
}

impl Rungs<'_> {
    /// The encoder of one stream; each option names the stream.
    fn say(&self, line: &mut Line, number: usize, rung: &FittedRung) {
        let of = |name: &str| format!("-{}:v:{number}", name.strip_suffix(":v").unwrap_or(name));
        line.option(of("c"), &rung.video.encoder);
        // The filters make the pixel format.
        let plain = |name: &str| !params::is_parameter_list(name) && name != "pix_fmt";
        for (name, value) in rung.video.options.iter().filter(|(name, _)| plain(name)) {
            line.option(of(name), value);
        }
        let KeyFrames { options, list } = rung.key_frames();
        for (name, value) in options {
            line.option(of(name), value);
        }
        if let Some((name, value)) = self.list(rung, list) {
            line.option(of(&name), value);
        }
        if let Some(cap) = rung.cap {
            line.option(of("maxrate"), format!("{}k", cap.rate));
            line.option(of("bufsize"), format!("{}k", cap.buffer));
        }
        // No media segment is longer, so none gets a key frame within it.
        line.option(of("g"), self.ladder.longest.saturating_mul(2));
        if !self.ladder.keys_us.is_empty() {
            line.option(of("force_key_frames"), times(&self.ladder.keys_us));
        }
        line.option(of("max_pixels"), rung.pixels());
    }

    /// The user's list, with the film's HDR10 data, and with what makes key frames come; the last word counts.
    fn list(&self, rung: &FittedRung, keys: &str) -> Option<(String, String)> {
        let video = VideoProfile { filters: self.work.profile.filters.clone(), ..rung.video.clone() };
        let ours = video.row().list.map(|list| list.names[0].to_owned()).filter(|_| !keys.is_empty());
        match (parameter_list(&video, &self.work.picture), ours) {
            (Some((name, text)), Some(_)) => Some((name, format!("{text}:{keys}"))),
            (None, Some(name)) => Some((name, keys.to_owned())),
            (list, None) => list,
        }
    }
}

fn times(keys_us: &[i64]) -> String {
    let told = keys_us.iter().map(|us| format!("{}.{:06}", us / 1_000_000, us % 1_000_000));
    told.collect::<Vec<_>>().join(",")
}
