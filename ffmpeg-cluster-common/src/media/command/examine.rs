//! The runs with which the server examines a film, before a job and after it.

use std::path::Path;

use super::list::{decode_arguments, marked_arguments, packet_arguments, reset_arguments, sound_arguments};
use super::{Command, Input, Line, Opening, Side, still};
use crate::limits::{memory_to_decode, memory_to_encode};
use crate::media::command::encode::Start;
use crate::media::command::{count, heard};
use crate::media::plan::work::{PictureWork, SoundWork};
use crate::media::source::clock::Clock;
use crate::media::source::guard::{Guard, InputProtocol};
use crate::media::source::{FilmPicture, Source};
use crate::time::Millis;

/// ffprobe is silent while it reads a large file's header.
const PROBE_QUIET_MAX: Millis = Millis::secs(30);
/// The pixels that are assumed before the film is probed: 8K.
const PIXELS_USUAL: u64 = 7680 * 4320;

/// What ffprobe is asked about a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// The container, the streams, and the number of chapters.
    Facts,
    /// Everything about a small film in one run: its facts, the positions of its first `packets`
    /// packets, and the contents of their frames.
    Beginning { packets: usize },
    /// The facts of a small file and the times of all its packets, in one run.
    Whole,
    /// Side data of the first few frames of the picture, because the very first may be damaged.
    SideData(FilmPicture),
    /// The time of the first packet of this stream.
    FirstTime(u32),
    /// The bytes of the first packet of this stream.
    FirstPacket(u32),
}

impl Question {
    /// Asks for the packet that may name the x264 build of the film's picture; None if none can.
    pub fn x264_build(source: &Source) -> Option<Self> {
        let (film, _) = source.film_stream().filter(|(stream, _)| stream.codec == "h264")?;
        Some(Self::FirstPacket(film.index))
    }

    /// ffprobe's options for it.
    pub fn options(self) -> Vec<String> {
        let mut line = Line::default();
        match self {
            Self::Facts => line.say(FACTS).say("-show_entries chapter=id"),
            Self::Beginning { packets } => {
                line.option("-read_intervals", format!("%+#{packets}"));
                line.say(FACTS).say("-show_packets -show_frames");
                line.option("-show_entries", format!("{BEGINNING},{LOOKS}"))
            }
            Self::Whole => line.say(FACTS).say("-show_packets").say(WHOLE),
            Self::SideData(picture) => line
                .option("-select_streams", picture)
                .say("-read_intervals %+#24 -show_frames")
                .option("-show_entries", format!("frame={LOOKS}")),
            Self::FirstTime(stream) => {
                line.option("-select_streams", stream).say(ONE_PACKET).say(PACKET_TIME)
            }
            Self::FirstPacket(stream) => {
                line.option("-select_streams", stream).say(ONE_PACKET).say(PACKET_DATA)
            }
        };
        line.finish()
    }
}

const FACTS: &str = "-show_streams -show_format -show_chapters";
const BEGINNING: &str = "chapter=id:packet=stream_index,pos,size:frame=stream_index,nb_samples";
/// What decoders tell of a picture, and some containers do not.
const LOOKS: &str =
    "color_range,color_space,color_transfer,color_primaries,interlaced_frame,top_field_first,side_data_list";
const WHOLE: &str = "-show_entries chapter=id:packet=stream_index,pts,dts,duration,flags";
const ONE_PACKET: &str = "-read_intervals %+#1 -show_packets";
const PACKET_TIME: &str = "-show_entries packet=pts_time";
const PACKET_DATA: &str = "-show_data -show_entries packet=data";

/// Asks ffprobe about a film before anything else is known about it.
pub fn probe(film: &Input, guard: &Guard, question: Question) -> Command {
    let mut line = Line::asking();
    line.all(guard.words(InputProtocol::File)).say("-of json").all(question.options()).asked(&film.name());
    let run = Command::ffprobe(Side::Server, line.finish()).opens(film);
    Command { quiet_max: Some(PROBE_QUIET_MAX), ..run.memory(memory_to_decode(PIXELS_USUAL)) }
}

/// A film that was probed.
#[derive(Debug, Clone)]
pub struct Probed {
    pub film: Input,
    pub guard: Guard,
    pub picture: FilmPicture,
    /// Pixels of its largest picture.
    pub pixels: u64,
}

impl Probed {
    /// Lists the packets of the picture.
    pub fn packets(&self) -> Command {
        self.demuxed(packet_arguments(&self.film.name(), &self.guard, self.picture))
    }

    /// Lists the packets of the picture that hold one of these NAL units.
    pub fn resets(&self, units: &str) -> Command {
        self.decoded(reset_arguments(&self.film.name(), &self.guard, self.picture, units))
    }

    /// Lists the packets of all sounds.
    pub fn sound_packets(&self) -> Command {
        self.demuxed(sound_arguments(&self.film.name(), &self.guard))
    }

    /// Decodes and lists all frames of the picture.
    pub fn frames(&self, clock: impl Into<Clock>) -> Command {
        self.decoded(decode_arguments(&self.film.name(), &self.guard, self.picture, clock.into()))
    }

    /// The same, for [`Places`](crate::media::proof::damage::Places).
    pub fn frames_with_complaints(&self, clock: Clock) -> Command {
        self.decoded(marked_arguments(&self.film.name(), &self.guard, self.picture, clock))
    }

    /// Decodes the first frame of one sound.
    pub fn listen(&self, work: &SoundWork, stream: u32) -> Command {
        let opening = Opening::listing(self.film.clone(), &self.guard);
        self.decoded(heard::arguments(work, stream, &opening.words))
    }

    /// Lists the times of frames that only the filters determine.
    pub fn count(&self, work: &PictureWork) -> Command {
        let opening = Opening::watched(self.film.clone(), &self.guard);
        self.decoded(count::arguments(work, &opening.words)).memory(memory_to_encode(work.pixels_max()))
    }

    /// Draws the first frame of the work into `to`, at most this wide.
    pub fn still(&self, work: &PictureWork, start: Start, width: Option<u32>, to: &Path) -> Command {
        let opening = Opening::watched(self.film.clone(), &self.guard);
        self.drawn(still::arguments(work, &opening.words, start, width, to), to)
    }

    /// Puts PPMs of one size, which follow each other in this file, in a row.
    pub fn row(&self, count: u64, to: &Path) -> Command {
        self.drawn(still::row_arguments(&self.film.name(), &self.guard, count, to), to)
    }

    fn drawn(&self, arguments: Vec<String>, to: &Path) -> Command {
        Command { nice: still::NICE, ..self.decoded(arguments).writes(to, still::BYTES_MAX) }
    }

    fn demuxed(&self, arguments: Vec<String>) -> Command {
        Command::ffprobe(Side::Server, arguments).opens(&self.film).memory(memory_to_decode(self.pixels))
    }

    pub(in crate::media) fn decoded(&self, arguments: Vec<String>) -> Command {
        Command::ffmpeg(Side::Server, arguments).opens(&self.film).memory(memory_to_decode(self.pixels))
    }
}
