//! The run that copies a piece, or the sound of a stream, into fragmented files of one stream each.

use std::path::PathBuf;

use super::{Command, Line, Side, text};
use crate::media::params::ladder::SOUND_CODEC;
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

/// A piece, of pictures or of sound, on its way into a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragmenting {
    pub piece: PathBuf,
    pub guard: Guard,
    pub bytes: u64,
    /// Ticks in a second of its pictures.
    pub timescale: u32,
    pub files: Vec<FragmentedFile>,
}

const AT_KEYS: &str = "-movflags +frag_keyframe+empty_moov+default_base_moof+negative_cts_offsets";
const EACH_SECOND: &str = "-frag_duration 1000000 -movflags +empty_moov+default_base_moof";
/// Of the tables beside the frames; the frames are copied as they are.
const BESIDES: u64 = 64 << 20;

impl Fragmenting {
    pub fn command(&self) -> Command {
        let mut line = Line::writing();
        line.input(&self.guard, &text(&self.piece));
        for file in &self.files {
            line.map(0, file.stream).say("-c copy -map_metadata -1 -map_chapters -1 -fflags +bitexact");
            match file.codec.as_str() {
                // Apple's players know no other tag.
                "hevc" => line.say("-tag:v hvc1").say(AT_KEYS),
                // Each packet of sound is a key; a fragment for each would be more head than sound.
                SOUND_CODEC => line.say(EACH_SECOND),
                _ => line.say(AT_KEYS),
            };
            line.say("-f mp4");
            line.option("-video_track_timescale", self.timescale).output(&text(&file.path));
        }
        let run = Command::ffmpeg(Side::Server, line.finish()).reads(&self.piece);
        self.files.iter().fold(run, |run, file| run.writes(&file.path, self.bytes.saturating_add(BESIDES)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stream_is_copied_into_a_file_of_its_own() {
        let file = |stream, codec: &str| FragmentedFile {
            stream,
            codec: codec.into(),
            path: format!("/w/{stream}.mp4").into(),
        };
        let files =
            ["h264", "hevc", "aac"].iter().enumerate().map(|(stream, codec)| file(stream, codec)).collect();
        let (piece, guard) = (PathBuf::from("/w/p.nut"), Guard::new("nut", String::new()));
        let run = Fragmenting { piece, guard, bytes: 5, timescale: 12_800, files }.command();
        let line = run.line();
        let (_, line) = line.split_once("-i file:/w/p.nut ").unwrap();
        let begins = "-c copy -map_metadata -1 -map_chapters -1 -fflags +bitexact";
        let flags = "empty_moov+default_base_moof";
        let ends = "-f mp4 -video_track_timescale 12800 file:/w";
        assert_eq!(
            line,
            format!(
                "-map 0:0 {begins} -movflags +frag_keyframe+{flags}+negative_cts_offsets {ends}/0.mp4 \
                 -map 0:1 {begins} -tag:v hvc1 -movflags +frag_keyframe+{flags}+negative_cts_offsets {ends}/1.mp4 \
                 -map 0:2 {begins} -frag_duration 1000000 -movflags +{flags} {ends}/2.mp4"
            )
        );
        assert_eq!((run.writes.len(), run.reads.len(), run.write_bytes_max), (3, 1, BESIDES + 5));
    }
}
