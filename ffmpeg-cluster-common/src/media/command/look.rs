//! Runs by which the server examines a film, before a job and after it.

use super::list::{decode_arguments, packet_arguments, sound_arguments};
use super::{Command, Input, Line, Opening, Side};
use crate::frames::Rational;
use crate::limits::{memory_to_decode, memory_to_encode};
use crate::media::command::{count, heard};
use crate::media::plan::work::{PictureWork, SoundWork};
use crate::media::source::guard::{Guard, Via};
use crate::time::Millis;

/// ffprobe is silent while it reads a large file's header.
const PROBE_QUIET_MAX: Millis = Millis::secs(30);
/// Assumed pixels before anything is known of the film: 8K.
const PIXELS_USUAL: u64 = 7680 * 4320;

/// Asks ffprobe about a film of which nothing is known yet.
pub fn probe(film: &Input, guard: &Guard, what: &str) -> Command {
    let mut line = Line::asking();
    line.all(guard.words(Via::File)).say("-of json").say(what).asked(&film.name());
    let run = Command::ffprobe(Side::Server, line.finish()).opens(film);
    Command { quiet_max: Some(PROBE_QUIET_MAX), ..run.memory(memory_to_decode(PIXELS_USUAL)) }
}

/// A film that was probed.
#[derive(Debug, Clone)]
pub struct Probed {
    pub film: Input,
    pub guard: Guard,
    /// Pixels of its largest picture.
    pub pixels: u64,
}

impl Probed {
    /// Lists the packets of the picture.
    pub fn packets(&self) -> Command {
        self.demuxed(packet_arguments(&self.film.name(), &self.guard))
    }

    /// Lists the packets of all sounds.
    pub fn sound_packets(&self) -> Command {
        self.demuxed(sound_arguments(&self.film.name(), &self.guard))
    }

    /// Decodes and lists all frames of the picture.
    pub fn frames(&self, base: Rational) -> Command {
        self.decoded(decode_arguments(&self.film.name(), &self.guard, base))
    }

    /// Decodes the first frame of one sound.
    pub fn listen(&self, work: &SoundWork, stream: u32) -> Command {
        let opening = Opening::listing(self.film.clone(), &self.guard);
        self.decoded(heard::arguments(work, stream, &opening.words))
    }

    /// Lists the times of frames that only the filters know.
    pub fn count(&self, work: &PictureWork) -> Command {
        let opening = Opening::watched(self.film.clone(), &self.guard);
        self.decoded(count::arguments(work, &opening.words)).memory(memory_to_encode(work.pixels_max()))
    }

    fn demuxed(&self, arguments: Vec<String>) -> Command {
        Command::ffprobe(Side::Server, arguments).opens(&self.film).memory(memory_to_decode(self.pixels))
    }

    pub(in crate::media) fn decoded(&self, arguments: Vec<String>) -> Command {
        Command::ffmpeg(Side::Server, arguments).opens(&self.film).memory(memory_to_decode(self.pixels))
    }
}
