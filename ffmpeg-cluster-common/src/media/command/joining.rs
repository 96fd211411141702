//! The runs that join a result on the server, and the dry runs before it accepts a job.

use std::path::Path;

use super::dry_run::{self, DryRunFiles};
use super::{Command, Input, Line, Side, text};
use crate::frames::Rational;
use crate::limits::{PIXELS_MAX, joined_bytes_max, memory_to_decode, memory_to_encode, piece_bytes_max};
use crate::media::command::join::{self, JoinPlan};
use crate::media::command::mixed_encoders;
use crate::media::params::Profile;
use crate::media::source::Picture;
use crate::media::source::guard::Guard;
use crate::media::source::sequence::Sequence;

/// An upper bound on the frames of a dry run, generous because a filter may enlarge the picture.
const DRY_FRAMES: u64 = 100;
/// Bytes that packing adds to the images: per image, and in total.
const BESIDE_IMAGE: u64 = 1024;
const BESIDE_ALL: u64 = 1 << 20;

/// What a join reads, and how large it is.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    pub source: &'a Input,
    /// The folder of the pieces, their list, and the tags.
    pub folder: &'a Path,
    /// Bytes of everything that goes into the result.
    pub bytes: u64,
    /// Pixels of one frame.
    pub pixels: u64,
}

/// Joins a result.
pub fn join(plan: &JoinPlan<'_>, parts: &Parts<'_>) -> Command {
    let run = Command::ffmpeg(Side::Server, join::arguments(plan)).opens(parts.source).reads(parts.folder);
    run.writes(Path::new(plan.output_path), joined_bytes_max(parts.bytes))
        .memory(memory_to_decode(parts.pixels))
}

/// A part of a film to copy without encoding.
#[derive(Debug, Clone, Copy)]
pub struct Copying<'a> {
    pub from: &'a Input,
    pub guard: &'a Guard,
    pub to: &'a Path,
    /// Bytes of the input.
    pub bytes: u64,
}

impl Copying<'_> {
    /// Extracts one cover; its size is unknown until then.
    pub fn cover(&self, stream: u32) -> Command {
        let arguments = join::cover_arguments(self.guard, &self.from.name(), stream, &text(self.to));
        self.run(arguments).memory(memory_to_decode(PIXELS_MAX))
    }

    /// Copies a piece with its parameter sets in band.
    pub fn in_band(&self) -> Command {
        let (guard, from) = (self.guard, self.from.name());
        self.run(join::parameter_sets_in_band_arguments(guard, &from, &text(self.to)))
    }

    /// Remuxes a piece that shares a film with pieces of other encoders.
    pub fn unlike(&self, codec: &str) -> Command {
        self.run(mixed_encoders::arguments(self.guard, codec, &self.from.name(), &text(self.to)))
    }

    fn run(&self, arguments: Vec<String>) -> Command {
        Command::ffmpeg(Side::Server, arguments)
            .opens(self.from)
            .writes(self.to, joined_bytes_max(self.bytes))
    }
}

/// Packs the images in `folder`, which are `bytes` long in total.
pub fn pack(sequence: &Sequence, folder: &Path, bytes: u64, to: &Path) -> Command {
    let arguments = pack_arguments(&text(folder), sequence.rate, &sequence.suffix(), &text(to));
    let most = bytes + BESIDE_ALL + BESIDE_IMAGE * sequence.images;
    Command::ffmpeg(Side::Server, arguments).reads(folder).writes(to, most)
}

/// Tries parameters on a few frames like the film's, and writes the files of `made`.
pub fn dry_run(profile: &Profile, picture: &Picture, made: Option<&DryRunFiles>) -> Command {
    // Whatever a copied picture is like, only the sound beside it is tried.
    let arguments = dry_run::arguments(profile, (!profile.copies_picture()).then_some(picture), made);
    let most = piece_bytes_max(picture.pixels(), DRY_FRAMES);
    let run = Command::ffmpeg(Side::Server, arguments).memory(memory_to_encode(picture.pixels()));
    made.into_iter().flat_map(DryRunFiles::files).fold(run, |run, file| run.writes(Path::new(file), most))
}

/// Packs the images in `folder`, whose names are numbers from 0.
fn pack_arguments(folder: &str, rate: Rational, suffix: &str, output: &str) -> Vec<String> {
    let mut line = Line::writing();
    line.say("-f image2 -pattern_type sequence -start_number 0").option("-framerate", rate);
    line.input(&Guard::new("image2", String::new()), &format!("{folder}/%d.{suffix}"));
    line.say("-c copy -map 0:v -map_metadata -1 -f mov").output(output).finish()
}
