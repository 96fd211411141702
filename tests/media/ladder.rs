//! Films in several sizes, as clients make them and players read them.

use std::fs::File;
use std::path::{Path, PathBuf};

use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::media::command::encode::{Start, picture_arguments, picture_work};
use ffmpeg_cluster_common::media::command::fragments::{FragmentedFile, Fragmenting};
use ffmpeg_cluster_common::media::command::join::Guards;
use ffmpeg_cluster_common::media::command::sound::{sound_arguments, sound_suffix, sound_works};
use ffmpeg_cluster_common::media::params::Profile;
use ffmpeg_cluster_common::media::params::ladder::{FittedRung, Ladder};
use ffmpeg_cluster_common::media::plan::carriage;
use ffmpeg_cluster_common::media::plan::timeline::Timeline;
use ffmpeg_cluster_common::media::plan::work::{PictureWork, SoundWork};
use ffmpeg_cluster_common::media::proof::unaided;
use ffmpeg_cluster_common::media::proof::verify::quick_check_streams;
use ffmpeg_cluster_common::media::stream::entry::Media;
use ffmpeg_cluster_common::media::stream::fragmented::read;
use ffmpeg_cluster_common::media::stream::rendition::Label;
use ffmpeg_cluster_common::media::stream::segments::MediaSegments;
use ffmpeg_cluster_common::media::stream::sound::SoundPackets;
use ffmpeg_cluster_common::media::stream::tracks::LadderPlan;
use ffmpeg_cluster_common::media::words::container::Container;
use harness::cluster::Scratch;
use harness::films::film;

use crate::pieces::of_ffprobe;
use crate::product::{Asked, Bench, decoders, probed};
use crate::run::run;
use crate::stream::{Made, decoded, each_alone, list, shown, write_all};

/// A ladder of small pictures.
const LADDER: &str = r#"{"rungs": [{"name": "high", "height": 120}, {"name": "low", "height": 60, "ffmpeg_params": "-crf 30 -maxrate 100k"}],
    "ffmpeg_params": "-c:v libx264 -preset ultrafast -bf 3 -b_strategy 0", "segment_seconds": 1, "sound": ["-c:a aac -b:a 64k -ac 2"]}"#;

/// A film of 8 s with two rungs, in pieces of one, two, and all other media segments.
struct Laddered<'a> {
    bench: Bench<'a>,
    timeline: Timeline,
    plan: LadderPlan,
    ladder: Ladder,
    folder: &'a Path,
}

impl<'a> Laddered<'a> {
    fn new(path: &'a Path, wanted: &Asked<'_>, folder: &'a Path) -> Self {
        let mut bench = Bench::new(path, wanted, folder).expect("a film");
        let (index, _) = bench.index().expect("its frames");
        let picture = bench.source.film_stream().expect("a picture").1.clone();
        let timeline = bench.timeline(index).expect("a timeline").laid_on_its_rate(&picture, Container::Mp4);
        let ladder = Ladder::read(&serde_json::from_str(LADDER).expect("JSON")).expect("a ladder");
        let plan = LadderPlan::new(&ladder, &timeline, &bench.source).expect("it can be streamed");
        Self { bench, timeline, plan, ladder, folder }
    }

    fn ranges(&self) -> Vec<FrameRange> {
        let (starts, end) = (self.plan.segments.starts(), self.plan.segments.frames());
        assert!(starts.len() >= 5, "{starts:?}");
        let edges = [0, starts[1], starts[3], end];
        edges.windows(2).map(|pair| FrameRange::new(pair[0], pair[1])).collect()
    }

    /// One run of ffmpeg, one file, all rungs.
    fn piece(&self, range: FrameRange) -> PathBuf {
        let Bench { source, profile, .. } = &self.bench;
        let work = picture_work(source, &self.timeline, profile, range).expect("a picture");
        let work = self.plan.work(work);
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
        let files = self.plan.rungs.iter().enumerate().map(|(stream, rung)| FragmentedFile {
            stream,
            codec: rung.video.codec().into(),
            path: path(stream),
        });
        let files: Vec<FragmentedFile> = files.collect();
        let (piece, guard, timescale) =
            (piece.to_owned(), self.bench.guards().piece, self.plan.segments.timescale());
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
        let mut heads = vec![Vec::new(); self.plan.rungs.len()];
        for range in self.ranges() {
            for (number, file) in self.fragmented(&self.piece(range)).iter().enumerate() {
                let folder = self.folder_of(&self.plan.rungs[number]);
                heads[number].push(write_all(&self.plan.segments, range, file, &folder));
            }
        }
        let made = heads.into_iter().zip(&self.plan.rungs).map(|(mut heads, rung)| {
            assert!(heads.iter().all(|read| read.head == heads[0].head), "{}: one head", rung.name);
            Made::finish(&self.plan.segments, heads.remove(0), &self.folder_of(rung))
        });
        made.collect()
    }

    /// Of each track of sound in the film: what it is copied into, and what it is.
    fn sounds(&self) -> Vec<SoundMade> {
        let Bench { source, profile, .. } = &self.bench;
        let profile = Profile { sound: self.ladder.sounds[0].clone(), ..profile.clone() };
        let carriage = carriage::plan(source, &profile).expect("it can be carried");
        let works = sound_works(source, &carriage, &profile);
        let guards = Guards::new(decoders(), source, &profile);
        let of_work = |(number, work): (usize, SoundWork)| {
            let work = self.timeline.with_sound(work, source);
            let piece = self.folder.join(format!("sound-{number}.{}", sound_suffix(&work)));
            let line = sound_arguments(&work, &self.bench.opened(), &format!("file:{}", piece.display()));
            run("ffmpeg", &line).expect("ffmpeg encodes the sound");
            let probed = probed(&piece.display().to_string(), &guards.sound).expect("a sound piece");
            let copy = |(stream, begins_us): (&usize, &i64)| {
                let path = piece.with_extension(format!("{stream}.mp4"));
                let files = vec![FragmentedFile { stream: *stream, codec: "aac".into(), path: path.clone() }];
                let copy = Fragmenting {
                    piece: piece.clone(),
                    guard: guards.sound.clone(),
                    bytes: 0,
                    timescale: 1000,
                    files,
                };
                run("ffmpeg", &copy.command().arguments).expect("ffmpeg copies it");
                let read = read(File::open(&path).expect("the copy"), 10_000).expect("our reader reads it");
                let plan =
                    self.plan.segments.beside(&SoundPackets::of_piece(&read, *begins_us)).expect("it fits");
                SoundMade { path, plan, begins_us: *begins_us }
            };
            probed.begins_us.iter().map(copy).collect::<Vec<_>>()
        };
        works.into_iter().enumerate().flat_map(of_work).collect()
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

struct SoundMade {
    path: PathBuf,
    plan: MediaSegments,
    /// In the piece, which lies ten seconds later than the film.
    begins_us: i64,
}

/// When each packet is heard, in ticks, and its hash.
fn packets(list: &Path, stream: usize) -> Vec<(i64, String)> {
    let words = format!(
        "-v error -select_streams a:{stream} -show_data_hash md5 -show_entries packet=pts,data_hash -of csv=p=0 {}",
        list.display()
    );
    let told =
        run("ffprobe", &words.split(' ').map(str::to_owned).collect::<Vec<_>>()).expect("ffprobe reads it");
    let lines = told.lines().filter(|line| line.contains("MD5"));
    let packet = |line: &str| {
        let mut words = line.split(',');
        let time = words.next().and_then(|time| time.parse().ok()).expect("a time");
        (time, words.find(|word| word.contains("MD5")).expect("a hash").to_owned())
    };
    lines.map(packet).collect()
}

#[test]
fn two_sounds_beside_the_picture() {
    let (scratch, path) = (Scratch::new(), film("two-audio.mkv"));
    let laddered = Laddered::new(&path, &Asked { line: "", ..PLAIN }, scratch.path());
    let (made, sounds) = (laddered.made(), laddered.sounds());
    assert_eq!(sounds.len(), 2);
    let mut renditions: Vec<_> = made.iter().map(|made| made.rendition(None)).collect();
    let made: Vec<Made<'_>> = sounds
        .iter()
        .enumerate()
        .map(|(number, sound)| {
            let folder = scratch.path().join(format!("a/{number}"));
            std::fs::create_dir_all(&folder).expect("a folder");
            let range = FrameRange::new(0, sound.plan.frames());
            Made::finish(&sound.plan, write_all(&sound.plan, range, &sound.path, &folder), &folder)
        })
        .collect();
    renditions.extend(made.iter().enumerate().map(|(number, made)| {
        let (group, title) = ("sound".to_owned(), format!("Sound {number}"));
        made.rendition(Some(Label { group, title, is_default: number == 0, ..Label::default() }))
    }));
    list(scratch.path(), renditions);
    for (number, sound) in sounds.iter().enumerate() {
        let heard = packets(&scratch.path().join(format!("a/{number}/index.m3u8")), 0);
        let hashes = |all: &[(i64, String)]| all.iter().map(|(_, hash)| hash.clone()).collect::<Vec<_>>();
        assert_eq!(hashes(&heard), hashes(&packets(&sound.path, 0)), "the same packets");
        // The first packet is heard when the piece's is, to the sample.
        let rate = i64::from(sound.plan.timescale());
        let wanted = ((sound.begins_us - 10_000_000) * rate + 500_000).div_euclid(1_000_000);
        assert_eq!(heard[0].0, wanted, "sound {number}");
        assert!(heard.windows(2).all(|pair| pair[1].0 - pair[0].0 == 1024), "sound {number}");
        assert!(
            heard.len() > 300 && sound.plan.count() >= 7,
            "{} packets, {}",
            heard.len(),
            sound.plan.count()
        );
    }
    let shown = shown(&scratch.path().join("master.m3u8"), "v");
    assert_eq!(shown.len() as u64, laddered.plan.segments.frames());
}

fn judge(name: &str, wanted: &Asked<'_>) -> Vec<Media> {
    let (scratch, path) = (Scratch::new(), film(name));
    let laddered = Laddered::new(&path, wanted, scratch.path());
    let made = laddered.made();
    list(scratch.path(), made.iter().map(|made| made.rendition(None)).collect());
    let plan = &laddered.plan.segments;
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
