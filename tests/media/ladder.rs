//! Films in several sizes, as clients make them and players read them.

use std::fs::File;
use std::path::{Path, PathBuf};

use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::media::command::encode::{Start, picture_arguments, picture_work};
use ffmpeg_cluster_common::media::command::fragments::{FragmentedFile, Fragmenting};
use ffmpeg_cluster_common::media::params::ladder::{FittedRung, Ladder};
use ffmpeg_cluster_common::media::plan::timeline::Timeline;
use ffmpeg_cluster_common::media::plan::work::PictureWork;
use ffmpeg_cluster_common::media::proof::unaided;
use ffmpeg_cluster_common::media::proof::verify::quick_check_streams;
use ffmpeg_cluster_common::media::stream::entry::Media;
use ffmpeg_cluster_common::media::stream::segments::MediaSegments;
use ffmpeg_cluster_common::media::words::container::Container;
use harness::cluster::Scratch;
use harness::films::film;

use crate::pieces::of_ffprobe;
use crate::product::{Asked, Bench};
use crate::run::run;
use crate::stream::{Made, decoded, each_alone, list, shown, write_all};

/// A ladder of small pictures.
const LADDER: &str = r#"{"rungs": [{"name": "high", "height": 120}, {"name": "low", "height": 60, "ffmpeg_params": "-crf 30 -maxrate 100k"}],
    "ffmpeg_params": "-c:v libx264 -preset ultrafast -bf 3 -b_strategy 0", "segment_seconds": 1, "sound": []}"#;

/// A film of 8 s with two rungs, in pieces of one, two, and all other media segments.
struct Laddered<'a> {
    bench: Bench<'a>,
    timeline: Timeline,
    plan: MediaSegments,
    rungs: Vec<FittedRung>,
    folder: &'a Path,
}

impl<'a> Laddered<'a> {
    fn new(path: &'a Path, wanted: &Asked<'_>, folder: &'a Path) -> Self {
        let mut bench = Bench::new(path, wanted, folder).expect("a film");
        let (index, _) = bench.index().expect("its frames");
        let picture = bench.source.film_stream().expect("a picture").1.clone();
        let timeline = bench.timeline(index).expect("a timeline").laid_on_its_rate(&picture, Container::Mp4);
        let ladder = Ladder::read(&serde_json::from_str(LADDER).expect("JSON")).expect("a ladder");
        let plan = MediaSegments::of_film(&timeline, ladder.segment).expect("it can be streamed");
        let rungs = ladder.fit(&picture).expect("it fits").rungs;
        Self { bench, timeline, plan, rungs, folder }
    }

    fn ranges(&self) -> Vec<FrameRange> {
        let (starts, end) = (self.plan.starts(), self.plan.frames());
        assert!(starts.len() >= 5, "{starts:?}");
        let edges = [0, starts[1], starts[3], end];
        edges.windows(2).map(|pair| FrameRange::new(pair[0], pair[1])).collect()
    }

    /// One run of ffmpeg, one file, all rungs.
    fn piece(&self, range: FrameRange) -> PathBuf {
        let Bench { source, profile, .. } = &self.bench;
        let work = picture_work(source, &self.timeline, profile, range).expect("a picture");
        let work = self.plan.in_rungs(work, self.rungs.clone());
        let piece = self.folder.join(format!("{}.nut", range.start));
        let line = picture_arguments(&work, &self.bench.opened(), &piece.display().to_string(), Start::Seek);
        run("ffmpeg", &line).expect("ffmpeg encodes it");
        self.check(&work, &piece);
        piece
    }

    /// As the client checks its piece, and with key frames elsewhere, which the piece lacks.
    fn check(&self, work: &PictureWork, piece: &Path) {
        let streams =
            unaided::read(File::open(piece).expect("a piece")).expect("our reader reads it").streams;
        assert_eq!(streams, of_ffprobe(piece));
        quick_check_streams(work, &streams).expect("as leased");
        let mut other = work.clone();
        let ladder = other.ladder.as_mut().expect("a ladder");
        ladder.keys_us.push(200_000);
        let fault = quick_check_streams(&other, &streams).expect_err("no key frame there");
        assert!(fault.message.contains("should be a key frame"), "{}", fault.message);
        let fault = quick_check_streams(work, &streams[..1]).expect_err("a rung is missing");
        assert!(fault.message.contains("has 1 streams instead of 2"), "{}", fault.message);
    }

    /// Into a fragmented file for each rung.
    fn fragmented(&self, piece: &Path) -> Vec<PathBuf> {
        let path = |number: usize| piece.with_extension(format!("{number}.mp4"));
        let files = self.rungs.iter().enumerate().map(|(stream, rung)| FragmentedFile {
            stream,
            codec: rung.video.codec().into(),
            path: path(stream),
        });
        let files: Vec<FragmentedFile> = files.collect();
        let (piece, guard, timescale) = (piece.to_owned(), self.bench.guards().piece, self.plan.timescale());
        let copy = Fragmenting { piece, guard, bytes: 0, timescale, files: files.clone() };
        run("ffmpeg", &copy.command().arguments).expect("ffmpeg copies it");
        files.into_iter().map(|file| file.path).collect()
    }

    fn folder_of(&self, rung: &FittedRung) -> PathBuf {
        let folder = self.folder.join("v").join(&rung.name);
        std::fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    fn made(&self) -> Vec<Made<'_>> {
        let mut heads = vec![Vec::new(); self.rungs.len()];
        for range in self.ranges() {
            for (number, file) in self.fragmented(&self.piece(range)).iter().enumerate() {
                let folder = self.folder_of(&self.rungs[number]);
                heads[number].push(write_all(&self.plan, range, file, &folder));
            }
        }
        let made = heads.into_iter().zip(&self.rungs).map(|(mut heads, rung)| {
            assert!(heads.iter().all(|read| read.head == heads[0].head), "{}: one head", rung.name);
            Made::finish(&self.plan, heads.remove(0), &self.folder_of(rung))
        });
        made.collect()
    }

    /// The pictures of one rung, as the pieces hold them.
    fn pictures(&self, number: usize) -> Vec<String> {
        let pieces = self.ranges().into_iter().map(|range| {
            let piece = self.folder.join(format!("{}.nut", range.start));
            decoded(&[&piece], number)
        });
        pieces.flatten().collect()
    }
}

fn judge(name: &str, wanted: &Asked<'_>) -> Vec<Media> {
    let (scratch, path) = (Scratch::new(), film(name));
    let laddered = Laddered::new(&path, wanted, scratch.path());
    let made = laddered.made();
    list(scratch.path(), made.iter().map(|made| made.rendition(None)).collect());
    let plan = &laddered.plan;
    let times: Vec<i64> = (0..plan.frames()).map(|frame| plan.shown_at(frame)).collect();
    for (number, made) in made.iter().enumerate() {
        let playlist = made.folder.join("index.m3u8");
        assert_eq!(shown(&playlist, "v"), times, "{name}");
        let pictures = laddered.pictures(number);
        assert_eq!(decoded(&[&playlist], 0), pictures, "{name}");
        each_alone(made, &pictures, name);
    }
    made.iter().map(|made| made.read.track.entry.media).collect()
}

const PLAIN: Asked<'_> = Asked { line: "-an", suffix: "mp4", cuts: &[] };

fn sizes(media: &[Media]) -> Vec<(u32, u32)> {
    let size = |media: &Media| match media {
        Media::Picture { width, height, .. } => (*width, *height),
        Media::Sound { .. } => (0, 0),
    };
    media.iter().map(size).collect()
}

#[test]
fn a_film_of_a_constant_rate() {
    judge("h264-open-gop.mp4", &PLAIN);
}

#[test]
fn a_film_of_ntsc() {
    judge("rate-2997.mp4", &PLAIN);
}

#[test]
fn a_film_of_a_variable_rate() {
    judge("vfr.mkv", &PLAIN);
}

#[test]
fn a_film_that_lies_on_its_side() {
    let sizes = sizes(&judge("rotated.mp4", &PLAIN));
    assert!(sizes.iter().all(|(width, height)| height > width), "{sizes:?}");
}

#[test]
fn a_film_through_filters_that_look_around() {
    judge("h264-open-gop.mp4", &Asked { line: "-an -vf yadif,hflip -ss 1", ..PLAIN });
}
