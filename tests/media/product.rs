//! A film through everything that the product decides, in one process: what server and clients would run, in their order
//! and with their second tries, without leases and wires.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::media::command::encode::{
    Start, can_hold, picture_arguments, picture_tags, picture_work,
};
use ffmpeg_cluster_common::media::command::ends;
use ffmpeg_cluster_common::media::command::examine::{Probed, Question};
use ffmpeg_cluster_common::media::command::heard::{self, StreamsWithSound};
use ffmpeg_cluster_common::media::command::join::{
    self, Guards, JoinPlan, ListedPiece, SoundPiece, list_text, parameter_sets_in_band_arguments,
};
use ffmpeg_cluster_common::media::command::sound::{check_sound, sound_arguments, sound_suffix, sound_works};
use ffmpeg_cluster_common::media::command::{Input, Line, Side};
use ffmpeg_cluster_common::media::params::{Profile, Refusal, parse, words};
use ffmpeg_cluster_common::media::plan::carriage::{self, Carriage};
use ffmpeg_cluster_common::media::plan::timeline::Timeline;
use ffmpeg_cluster_common::media::plan::witness::{self, Ends, Verdict};
use ffmpeg_cluster_common::media::plan::work::SoundWork;
use ffmpeg_cluster_common::media::proof::alike::check_params;
use ffmpeg_cluster_common::media::proof::probed::{PieceProbe, ProbedPiece, probe_piece};
use ffmpeg_cluster_common::media::proof::verify::{check_piece, quick_check};
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::media::source::clock::Clock;
use ffmpeg_cluster_common::media::source::guard::{Decoders, Guard};
use ffmpeg_cluster_common::media::source::index::{Index, IndexBuilder};
use ffmpeg_cluster_common::media::source::resets::Resets;
use ffmpeg_cluster_common::media::words::container::Container;

use crate::run::run;

/// What it took. Second tries are right by construction, but slow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effort {
    pub pieces: u32,
    /// Pieces that were made once more, from the film's beginning.
    pub again: u32,
    /// Films whose packets could not be trusted.
    pub decoded: u32,
    /// Films that could not be cut.
    pub one_piece: u32,
}

/// A film on its way. All its files are in `folder`.
pub struct Bench<'a> {
    path: &'a Path,
    folder: &'a Path,
    pub source: Source,
    pub profile: Profile,
    effort: Effort,
    joined: PathBuf,
}

/// What is wanted of a film.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// ffmpeg's options.
    pub line: &'a str,
    /// Of the result's name; it chooses the container.
    pub suffix: &'a str,
    /// Frames of the result at which a new piece begins.
    pub cuts: &'a [u64],
}

impl<'a> Asked<'a> {
    pub const fn lossless(cuts: &'a [u64]) -> Self {
        Self { line: "-c:v ffv1 -c:a copy", suffix: "mkv", cuts }
    }
}

/// As the door reads it, or all its refusals.
pub fn profile(wanted: &Asked<'_>) -> Result<Profile, String> {
    let line = words(wanted.line).map_err(|refusal| refusal.to_string())?;
    let container = Container::of_name(&format!("joined.{}", wanted.suffix)).ok_or("an unknown suffix")?;
    let told = |refusals: Vec<Refusal>| refusals.iter().map(Refusal::to_string).collect::<Vec<_>>();
    parse(&line, container).map_err(|refusals| told(refusals).join("\n"))
}

/// Gives the joined film.
pub fn transcode(path: &Path, wanted: &Asked<'_>, folder: &Path) -> Result<(PathBuf, Effort), String> {
    let mut bench = Bench::new(path, wanted, folder)?;
    let (index, by_packets) = bench.index()?;
    let mut timeline = bench.timeline(index)?;
    let mut pieces = bench.pieces(&timeline, wanted.cuts)?;
    if pieces.is_err() && by_packets {
        let keys: Vec<i64> = timeline.index.keys.iter().map(|&key| timeline.index.time(key)).collect();
        let index = bench.index_by_decoding(&keys)?;
        timeline = bench.timeline(index)?;
        pieces = bench.pieces(&timeline, wanted.cuts)?;
    }
    if let Err(fault) = &pieces {
        timeline = timeline.in_one_piece(Some(fault.message.clone()));
        bench.effort.one_piece = 1;
        pieces = bench.pieces(&timeline, &[])?;
    }
    let pieces = pieces.map_err(|fault| fault.message)?;
    let joined = bench.join(&timeline, &pieces)?;
    Ok((joined, bench.effort))
}

/// One piece, the film's first frame, listed so often and joined: what a film of so many pieces would be.
pub fn join_repeated(
    path: &Path,
    wanted: &Asked<'_>,
    starts_us: &[i64],
    folder: &Path,
) -> Result<PathBuf, String> {
    let mut bench = Bench::new(path, wanted, folder)?;
    let (index, _) = bench.index()?;
    let timeline = bench.timeline(index)?;
    let pieces = bench.pieces(&timeline, &[1])?.map_err(|fault| fault.message)?;
    let listed = |&start_us: &i64| ListedPiece { start_us, ..pieces[0].clone() };
    bench.join(&timeline, &starts_us.iter().map(listed).collect::<Vec<_>>())
}

/// The piece of a sound track.
struct Sound {
    path: String,
    start_us: i64,
    streams: Vec<u32>,
}

impl<'a> Bench<'a> {
    pub fn new(path: &'a Path, wanted: &Asked<'_>, folder: &'a Path) -> Result<Self, String> {
        let asked = ["-v", "error", "-of", "json", "-show_streams", "-show_format", "-show_chapters"];
        let mut asked = asked.map(str::to_owned).to_vec();
        asked.push(path.display().to_string());
        let mut source = ffmpeg_cluster_server::source_of_ffprobe(&run("ffprobe", &asked)?)?;
        tell_x264_build(&mut source, path);
        let profile = profile(wanted)?;
        let joined = folder.join(format!("joined.{}", wanted.suffix));
        let bench = Self { path, folder, source, profile, effort: Effort::default(), joined };
        let source = bench.listened_to()?;
        Ok(Self { source, ..bench })
    }

    /// With the sounds marked of which nothing is heard.
    fn listened_to(&self) -> Result<Source, String> {
        let mut source = self.source.clone();
        let carriage = carriage::plan(&source, &self.profile).map_err(|refusal| refusal.to_string())?;
        for work in sound_works(&source, &carriage, &self.profile) {
            let mut heard = StreamsWithSound::default();
            for &stream in &work.streams {
                let text = run("ffmpeg", &heard::arguments(&work, stream, &self.opened()))?;
                text.lines().for_each(|line| heard.line(&work, stream, line));
            }
            heard.mark(&mut source, &work);
        }
        Ok(source)
    }

    fn input(&self) -> String {
        self.path.display().to_string()
    }

    pub fn timeline(&self, index: Index) -> Result<Timeline, String> {
        let timeline = Timeline::new(index, &self.source, &self.profile).map_err(|fault| fault.message)?;
        let picture = self.source.film_stream().ok_or("no picture")?.1;
        can_hold(&self.profile, &timeline, picture).map(|()| timeline)
    }

    /// And whether it was made from packets alone.
    pub fn index(&mut self) -> Result<(Index, bool), String> {
        let base = self.source.film_stream().ok_or("no picture")?.1.time_base;
        let mut builder = IndexBuilder::packets(Clock::of(&self.source, base));
        let text = run("ffprobe", &self.probed().packets().arguments)?;
        text.lines().for_each(|line| builder.line(line));
        match builder.finish() {
            Ok(mut index) => {
                index.note_resets(&self.resets()?);
                Ok((index, true))
            }
            Err(untrusted) => Ok((self.index_by_decoding(&untrusted.key_times)?, false)),
        }
    }

    /// Of each film, though the server spares itself this of short ones.
    fn resets(&self) -> Result<String, String> {
        let Resets::Holding(units) = self.source.resets() else { return Ok(String::new()) };
        run("ffmpeg", &self.probed().resets(units).arguments)
    }

    fn probed(&self) -> Probed {
        let (film, guard) = (Input::File(self.path.to_owned()), self.guards().source);
        Probed { film, guard, picture: self.source.film_picture(), pixels: self.source.pixels() }
    }

    fn index_by_decoding(&mut self, key_times: &[i64]) -> Result<Index, String> {
        self.effort.decoded = 1;
        let base = self.source.film_stream().ok_or("no picture")?.1.time_base;
        let clock = Clock::of(&self.source, base);
        let mut builder = IndexBuilder::decoding(clock, key_times.to_vec());
        let text = run("ffmpeg", &self.probed().frames(clock).arguments)?;
        text.lines().for_each(|line| builder.line(line));
        builder.finish().map_err(|untrusted| untrusted.reason)
    }

    /// The inner error is a piece that the server would not take.
    fn pieces(
        &mut self,
        timeline: &Timeline,
        cuts: &[u64],
    ) -> Result<Result<Vec<ListedPiece>, Fault>, String> {
        let (mut listed, mut first, mut alike) = (Vec::new(), None, true);
        let mut before: Option<Ends> = None;
        // A film of one piece is not cut.
        let cuts = if timeline.one_piece().is_some() { &[] } else { cuts };
        for (number, range) in (0..).zip(ranges(timeline.frames(), cuts)) {
            let file = self.folder.join(format!("piece-{number}.nut"));
            let (probed, ends) = match self.piece(timeline, range, &file)? {
                Ok(made) => made,
                Err(fault) => return Ok(Err(fault)),
            };
            if before.is_some_and(|before| before.verdict(&ends) == Verdict::Disagree) {
                let message = format!("the decoders saw different pictures around frame {}", range.start);
                return Ok(Err(Fault::new(FaultCode::FramesDiffer, message)));
            }
            before = Some(ends);
            let facts = match check_piece(timeline, range, &probed) {
                Ok(facts) => facts,
                Err(fault) => return Ok(Err(fault)),
            };
            let first = first.get_or_insert_with(|| facts.clone());
            if let Err(fault) = check_params(&first.params, &facts.params) {
                return Ok(Err(fault));
            }
            alike &= first.params[0].extradata == facts.params[0].extradata;
            let start_us = timeline.time_us(range.start);
            listed.push(ListedPiece { path: file.display().to_string(), start_us });
        }
        if !alike {
            self.put_in_band(&mut listed)?;
        }
        Ok(Ok(listed))
    }

    fn put_in_band(&self, pieces: &mut [ListedPiece]) -> Result<(), String> {
        for piece in pieces {
            let in_band = format!("{}.band", piece.path);
            run("ffmpeg", &parameter_sets_in_band_arguments(&self.guards().piece, &piece.path, &in_band))?;
            piece.path = in_band;
        }
        Ok(())
    }

    /// As a client makes it: once more from the film's beginning where the first try does not give the frames.
    fn piece(
        &mut self,
        timeline: &Timeline,
        range: FrameRange,
        file: &Path,
    ) -> Result<Result<(ProbedPiece, Ends), Fault>, String> {
        self.effort.pieces += 1;
        let work = picture_work(&self.source, timeline, &self.profile, range).ok_or("no picture")?;
        let mut made = Err(Fault::new(FaultCode::Internal, "nothing was tried"));
        let hashes = file.with_extension("framehash");
        for start in [Start::Seek, Start::Beginning] {
            let output = file.display().to_string();
            let mut arguments = picture_arguments(&work, &self.opened(), &output, start);
            arguments.extend(ends::arguments(&work, &hashes));
            run("ffmpeg", &arguments)?;
            made = probed(&output, &self.guards().piece)
                .and_then(|probed| quick_check(&work, &probed).map(|()| probed));
            if made.is_ok() || work.window.seek.is_none() {
                break;
            }
            self.effort.again += u32::from(start == Start::Seek);
        }
        let text = std::fs::read_to_string(&hashes).unwrap_or_default();
        Ok(made.map(|probed| (probed, witness::read(&work.witness, &text))))
    }

    pub fn opened(&self) -> Vec<String> {
        Line::writing().input(&self.guards().source, &self.input()).finish()
    }

    pub fn guards(&self) -> Guards {
        Guards::new(decoders(), &self.source, &self.profile)
    }

    /// The piece of each sound track.
    fn sounds(&self, timeline: &Timeline, carriage: &Carriage) -> Result<Vec<Sound>, String> {
        let works = sound_works(&self.source, carriage, &self.profile);
        works.into_iter().enumerate().map(|(n, work)| self.sound(timeline, n, work)).collect()
    }

    fn sound(&self, timeline: &Timeline, n: usize, work: SoundWork) -> Result<Sound, String> {
        let work = timeline.with_sound(work, &self.source);
        let file = self.folder.join(format!("sound-{n}.{}", sound_suffix(&work))).display().to_string();
        run("ffmpeg", &sound_arguments(&work, &self.opened(), &format!("file:{file}")))?;
        let probed = probed(&file, &self.guards().sound).map_err(|fault| fault.message)?;
        check_sound(&work, &probed.facts).map_err(|fault| fault.message)?;
        Ok(Sound { path: file, start_us: probed.start_us.unwrap_or(0), streams: work.streams })
    }

    fn join(&self, timeline: &Timeline, pieces: &[ListedPiece]) -> Result<PathBuf, String> {
        let list = self.folder.join("pieces.ffconcat");
        let text = list_text(pieces).ok_or("a path contains a line break")?;
        std::fs::write(&list, text).map_err(|error| error.to_string())?;
        let carriage = carriage::plan(&self.source, &self.profile).map_err(|refusal| refusal.to_string())?;
        let sounds = self.sounds(timeline, &carriage)?;
        let sounds = sounds.iter().map(|sound| SoundPiece {
            path: &sound.path,
            start_us: sound.start_us,
            streams: &sound.streams,
        });
        let picture = self.source.film_stream().ok_or("no picture")?.1;
        let text = |path: &Path| path.display().to_string();
        let tags = self.folder.join("tags");
        let plan = JoinPlan {
            source: &self.source,
            source_path: &text(self.path),
            guards: &self.guards(),
            carriage: &carriage,
            profile: &timeline.profile(&self.profile),
            list_path: &text(&list),
            tags_path: &text(&tags),
            first_frame_us: timeline.time_us(0),
            frame_rate: timeline.constant_rate(picture),
            sounds: sounds.collect(),
            picture_tags: picture_tags(picture, &self.profile),
            covers: Vec::new(),
            unlike: false,
            source_from_us: None,
            output_path: &text(&self.joined),
        };
        std::fs::write(&tags, join::tags_text(&plan)).map_err(|error| error.to_string())?;
        run("ffmpeg", &join::arguments(&plan))?;
        Ok(self.joined.clone())
    }
}

fn tell_x264_build(source: &mut Source, path: &Path) {
    let Some(question) = Question::x264_build(source) else { return };
    let mut asked = ["-v", "error", "-of", "json"].map(str::to_owned).to_vec();
    asked.extend(question.options());
    asked.push(path.display().to_string());
    ffmpeg_cluster_server::read_x264_build(source, &run("ffprobe", &asked).unwrap_or_default());
}

/// ffprobe says so where there is nothing; then the probe stays empty.
pub fn probed(file: &str, guard: &Guard) -> Result<ProbedPiece, Fault> {
    let mut probe = PieceProbe::default();
    let asked = probe_piece(Side::Server, Path::new(file), guard).arguments;
    let text = run("ffprobe", &asked).unwrap_or_default();
    text.lines().for_each(|line| probe.line(line));
    probe.finish()
}

/// Of the ffmpeg that the tests run.
pub fn decoders() -> &'static Decoders {
    static ALL: OnceLock<Decoders> = OnceLock::new();
    let ask = ["-hide_banner", "-decoders"].map(str::to_owned);
    ALL.get_or_init(|| Decoders::read(&run("ffmpeg", &ask).expect("ffmpeg lists its decoders")))
}

fn ranges(frames: u64, cuts: &[u64]) -> Vec<FrameRange> {
    let mut edges: Vec<u64> = cuts.iter().copied().filter(|&cut| 0 < cut && cut < frames).collect();
    edges.extend([0, frames]);
    edges.sort_unstable();
    edges.dedup();
    edges.windows(2).map(|pair| FrameRange::new(pair[0], pair[1])).collect()
}

impl std::ops::Add for Effort {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let Self { pieces, again, decoded, one_piece } = other;
        Self {
            pieces: self.pieces + pieces,
            again: self.again + again,
            decoded: self.decoded + decoded,
            one_piece: self.one_piece + one_piece,
        }
    }
}
