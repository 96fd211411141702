//! The run that copies a piece, or the sound of a stream, into fragmented files of one stream each.

use std::path::PathBuf;

use super::{Command, Line, Side, text};
use crate::media::source::guard::Guard;

/// A stream of a piece, and the file that it is copied into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FragmentedFile {
    /// Its number in the piece.
    pub stream: usize,
    /// By ffprobe's name.
    pub codec: String,
    pub path: PathBuf,
}

/// A piece on its way into a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragmenting {
    pub piece: PathBuf,
    pub guard: Guard,
    pub bytes: u64,
    /// Ticks in a second.
    pub timescale: u32,
    pub files: Vec<FragmentedFile>,
}

/// Of the tables beside the frames; the frames are copied as they are.
const BESIDES: u64 = 64 << 20;

impl Fragmenting {
    pub fn command(&self) -> Command {
        let mut line = Line::writing();
        line.input(&self.guard, &text(&self.piece));
        for file in &self.files {
            line.map(0, file.stream).say("-c copy -map_metadata -1 -map_chapters -1 -fflags +bitexact");
            if file.codec == "hevc" {
                // Apple's players know no other tag.
                line.say("-tag:v hvc1");
            }
            line.say("-f mp4 -movflags +frag_keyframe+empty_moov+default_base_moof+negative_cts_offsets");
            line.option("-video_track_timescale", self.timescale).output(&text(&file.path));
        }
        let run = Command::ffmpeg(Side::Server, line.finish()).reads(&self.piece);
        self.files.iter().fold(run, |run, file| run.writes(&file.path, self.bytes.saturating_add(BESIDES)))
    }
}
