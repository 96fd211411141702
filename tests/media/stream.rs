//! A film as a stream, as our writer makes it from pieces: ffprobe and ffmpeg read it through its playlists.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ffmpeg_cluster_common::frames::{FrameRange, FrameTimes, Rational};
use ffmpeg_cluster_common::media::command::fragments::{FragmentedFile, Fragmenting};
use ffmpeg_cluster_common::media::source::guard::Guard;
use ffmpeg_cluster_common::media::stream::fragment::{MediaSegment, media_segments};
use ffmpeg_cluster_common::media::stream::fragmented::{Fragmented, read};
use ffmpeg_cluster_common::media::stream::head::with_edit;
use ffmpeg_cluster_common::media::stream::lists::Stream;
use ffmpeg_cluster_common::media::stream::prove::{self, Found};
use ffmpeg_cluster_common::media::stream::rendition::{HEAD, Label, Rendition};
use ffmpeg_cluster_common::media::stream::segments::MediaSegments;
use ffmpeg_cluster_common::media::stream::sound::SoundPackets;
use ffmpeg_cluster_common::time::Millis;
use harness::cluster::Scratch;
use harness::judge;

use crate::run::run;

/// Frames in the files that a test reads; no film here has more.
const MOST: u64 = 10_000;

/// A made-up film: when each frame is shown.
struct Film {
    name: &'static str,
    times: FrameTimes,
    last_length: i64,
}

fn films() -> Vec<Film> {
    let film = |name, base, ticks: Vec<i64>, last_length| {
        let times = FrameTimes { base, ticks };
        Film { name, times, last_length }
    };
    // Of 20 to 75 ms, and once of half a second.
    let jumps = (0..130_i64).map(|frame| 20 + frame * frame % 56 + if frame == 70 { 500 } else { 0 });
    let varying = jumps.scan(21, |at, gap| {
        *at += gap;
        Some(*at - gap)
    });
    vec![
        film("25 frames a second", Rational { num: 1, den: 25 }, (0..130).collect(), 1),
        film("NTSC", Rational { num: 1001, den: 30_000 }, (0..150).collect(), 1),
        film("a variable rate", Rational { num: 1, den: 1000 }, varying.collect(), 40),
    ]
}

/// Encoders with the options that make key frames come when they are asked for, and then alone.
const ENCODERS: [(&str, &str); 3] = [
    (
        "libx264",
        "-preset ultrafast -crf 30 -bf 3 -b_strategy 0 -x264-params b-pyramid=normal -sc_threshold 0 -flags +cgop",
    ),
    ("libx265", "-preset ultrafast -crf 35 -x265-params info=0:wpp=1:open-gop=0:scenecut=0:log-level=none"),
    ("libvpx-vp9", "-deadline realtime -cpu-used 8 -crf 40 -b:v 0"),
];

const LENGTH: Millis = Millis::secs(1);

impl Film {
    fn plan(&self) -> MediaSegments {
        MediaSegments::of_pictures(&self.times, self.last_length, LENGTH).expect("it can be streamed")
    }

    /// Three pieces, cut where media segments begin.
    fn ranges(&self, plan: &MediaSegments) -> Vec<FrameRange> {
        let (starts, end) = (plan.starts(), plan.frames());
        assert!(starts.len() >= 4, "{}: {starts:?}", self.name);
        let cuts = [0, starts[1], starts[3], end];
        cuts.windows(2).map(|pair| FrameRange::new(pair[0], pair[1])).collect()
    }

    /// The frames of this range, each at its time within the piece.
    fn encode(
        &self,
        plan: &MediaSegments,
        range: FrameRange,
        encoder: (&str, &str),
        folder: &Path,
    ) -> PathBuf {
        let Rational { num, den } = self.times.base;
        let times = &self.times.ticks[range.start as usize..range.end as usize];
        let of_frame = times.iter().enumerate();
        let times: Vec<String> = of_frame.map(|(n, time)| format!("eq(N,{n})*{}", time - times[0])).collect();
        let source =
            format!("testsrc2=s=128x72:r=25,trim=start_frame={}:end_frame={}", range.start, range.end);
        let filters = format!("settb={num}/{den},setpts='{}'", times.join("+"));
        let keys: Vec<String> = plan
            .keys_us(range)
            .iter()
            .map(|us| format!("{}.{:06}", us / 1_000_000, us % 1_000_000))
            .collect();
        let piece = folder.join(format!("{}.nut", range.start));
        let mut words: Vec<String> =
            ["-v", "error", "-f", "lavfi", "-i", &source, "-vf", &filters, "-c:v", encoder.0]
                .map(str::to_owned)
                .to_vec();
        words.extend(encoder.1.split(' ').map(str::to_owned));
        if !keys.is_empty() {
            words.extend(["-force_key_frames".into(), keys.join(",")]);
        }
        let forced = if encoder.0.starts_with("libx26") { "-forced-idr 1 " } else { "" };
        let rest = format!(
            "{forced}-pix_fmt yuv420p -g 600 -fps_mode passthrough -enc_time_base {num}:{den} -avoid_negative_ts disabled -f nut"
        );
        words.extend(rest.split(' ').map(str::to_owned));
        words.push(piece.display().to_string());
        run("ffmpeg", &words).unwrap_or_else(|why| panic!("{}: {why}", self.name));
        piece
    }
}

/// ffmpeg writes what belongs to the codec; times and boundaries are ours.
fn copied(piece: &Path, plan: &MediaSegments, encoder: &str) -> PathBuf {
    let to = piece.with_extension("mp4");
    let codec = if encoder == "libx265" { "hevc" } else { encoder };
    let file = FragmentedFile { stream: 0, codec: codec.into(), path: to.clone() };
    let guard = Guard::new("nut", "h264,hevc,vp9".into());
    let copy = Fragmenting {
        piece: piece.to_owned(),
        guard,
        bytes: 0,
        timescale: plan.timescale(),
        files: vec![file],
    };
    run("ffmpeg", &copy.command().arguments).expect("ffmpeg copies it");
    to
}

/// One rendition in its folder.
pub struct Made<'a> {
    pub plan: &'a MediaSegments,
    pub folder: PathBuf,
    pub read: Fragmented,
    pub found: Vec<Found>,
}

pub fn write_all(plan: &MediaSegments, range: FrameRange, file: &Path, folder: &Path) -> Fragmented {
    let read = read(File::open(file).expect("the copy"), MOST).expect("our reader reads it");
    for segment in media_segments(plan, range, &read).expect("whole media segments") {
        write(&segment, file, folder);
    }
    read
}

fn write(segment: &MediaSegment, from: &Path, folder: &Path) {
    let mut from = File::open(from).expect("the copy");
    let mut to = File::create(folder.join(prove::segment_name(segment.number))).expect("a new file");
    for fragment in &segment.fragments {
        to.write_all(&fragment.head).expect("written");
        for part in &fragment.copied {
            from.seek(SeekFrom::Start(part.start)).expect("it is there");
            std::io::copy(&mut (&mut from).take(part.end - part.start), &mut to).expect("copied");
        }
    }
}

impl<'a> Made<'a> {
    /// Writes the head and the lists, and proves all media segments.
    pub fn finish(plan: &'a MediaSegments, read_of: Fragmented, folder: &Path) -> Self {
        let head = with_edit(&read_of.head, plan.edit()).expect("a head");
        std::fs::write(folder.join(HEAD), &head).expect("written");
        let found = (0..plan.count()).map(|number| {
            let segment = File::open(folder.join(prove::segment_name(number))).expect("a media segment");
            let read = read(head.chain(segment), MOST).expect("our reader reads it");
            prove::check_segment(plan, number, &read).expect("as planned")
        });
        Self { plan, folder: folder.to_owned(), found: found.collect(), read: read_of }
    }

    pub fn rendition(&self, heard: Option<Label>) -> Rendition<'_> {
        let name = self.folder.file_name().expect("a name").display().to_string();
        Rendition { name, entry: &self.read.track.entry, segments: self.plan, found: &self.found, heard }
    }
}

/// Writes all lists of these renditions, and proves them.
pub fn list(folder: &Path, renditions: Vec<Rendition<'_>>) {
    let stream = Stream { renditions, subtitles: Vec::new() };
    for file in stream.files() {
        std::fs::write(folder.join(&file.path), &file.text).expect("written");
        stream.check(&file).expect("the list fits the files");
    }
}

fn picture<'a>(film: &Film, plan: &'a MediaSegments, encoder: (&str, &str), folder: &Path) -> Made<'a> {
    let stream = folder.join("v/72p");
    std::fs::create_dir_all(&stream).expect("a folder");
    let mut heads = Vec::new();
    for range in film.ranges(plan) {
        let piece = film.encode(plan, range, encoder, folder);
        heads.push(write_all(plan, range, &copied(&piece, plan, encoder.0), &stream));
    }
    assert!(heads.iter().all(|read| read.head == heads[0].head), "{}: the same head", film.name);
    Made::finish(plan, heads.remove(0), &stream)
}

/// The sorted times of what a player is shown, in ticks of the stream.
pub fn shown(list: &Path, kind: &str) -> Vec<i64> {
    let words =
        format!("-v error -select_streams {kind}:0 -show_entries packet=pts -of csv=p=0 {}", list.display());
    let told =
        run("ffprobe", &words.split(' ').map(str::to_owned).collect::<Vec<_>>()).expect("ffprobe reads it");
    let times = told.lines().map(|line| line.trim_end_matches(',')).filter(|line| !line.is_empty());
    let mut times: Vec<i64> = times.map(|time| time.parse().expect("a time")).collect();
    times.sort_unstable();
    times
}

/// The hashes of all decoded frames.
pub fn decoded(inputs: &[&Path], stream: usize) -> Vec<String> {
    let hashes = |input: &&Path| {
        let words = format!(
            "-v error -i {} -map 0:v:{stream} -fps_mode passthrough -f framehash -hash md5 -",
            input.display()
        );
        let told = run("ffmpeg", &words.split(' ').map(str::to_owned).collect::<Vec<_>>())
            .expect("ffmpeg decodes it");
        let lines = told.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| line.rsplit(',').next().unwrap_or_default().trim().to_owned()).collect::<Vec<_>>()
    };
    inputs.iter().flat_map(hashes).collect()
}

#[test]
fn every_frame_is_shown_through_the_playlist_exactly_when_the_films_is() {
    for film in films() {
        for encoder in ENCODERS {
            if !judge::has_encoder(encoder.0) {
                judge::not_checked(encoder.0, "this build of ffmpeg lacks it");
                continue;
            }
            let (scratch, plan, what) =
                (Scratch::new(), film.plan(), format!("{}, {}", film.name, encoder.0));
            let made = picture(&film, &plan, encoder, scratch.path());
            list(scratch.path(), vec![made.rendition(None)]);
            let wanted: Vec<i64> = (0..plan.frames()).map(|frame| plan.shown_at(frame)).collect();
            assert_eq!(shown(&made.folder.join("index.m3u8"), "v"), wanted, "{what}");
            let pieces: Vec<PathBuf> = film
                .ranges(&plan)
                .iter()
                .map(|range| scratch.path().join(format!("{}.nut", range.start)))
                .collect();
            let pieces: Vec<&Path> = pieces.iter().map(PathBuf::as_path).collect();
            let pictures = decoded(&pieces, 0);
            assert_eq!(decoded(&[&made.folder.join("index.m3u8")], 0), pictures, "{what}");
            let keys: Vec<String> =
                plan.starts().iter().map(|&start| pictures[start as usize].clone()).collect();
            assert_eq!(decoded(&[&made.folder.join("iframes.m3u8")], 0), keys, "{what}: key frames alone");
            each_alone(&made, &pictures, &what);
        }
    }
}

/// A player may begin with any media segment.
pub fn each_alone(made: &Made<'_>, pictures: &[String], what: &str) {
    for number in 0..made.plan.count() {
        let alone = made.folder.join("alone.mp4");
        let mut bytes = std::fs::read(made.folder.join("init.mp4")).expect("a head");
        bytes.extend(std::fs::read(made.folder.join(prove::segment_name(number))).expect("a media segment"));
        std::fs::write(&alone, bytes).expect("written");
        let range = made.plan.range(number);
        let wanted = &pictures[range.start as usize..range.end as usize];
        assert_eq!(decoded(&[&alone], 0), wanted, "{what}: media segment {number}");
    }
}

#[test]
fn a_stream_with_sound_is_read_by_both_kinds_of_players() {
    let (scratch, film) = (Scratch::new(), &films()[1]);
    let plan = film.plan();
    let made = picture(film, &plan, ENCODERS[0], scratch.path());
    let folder = scratch.path().join("a/eng-0");
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = scratch.path().join("sound.mp4");
    let words = format!(
        "-v error -f lavfi -i sine=f=440:d=5.005:r=48000 -c:a aac -b:a 64k -ac 2 -map_metadata -1 -fflags +bitexact \
         -f mp4 -movflags +empty_moov+default_base_moof+frag_keyframe -frag_duration 1000000 {}",
        file.display()
    );
    run("ffmpeg", &words.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).expect("sound");
    let of_sound = read(File::open(&file).expect("sound"), MOST).expect("our reader reads it");
    let lengths = of_sound.samples().map(|sample| sample.length).collect();
    let packets = SoundPackets { rate: 48_000, lengths, priming: 1024, begins_us: 0 };
    let sound_plan = plan.beside(&packets).expect("it fits");
    let range = FrameRange::new(0, sound_plan.frames());
    let sound = Made::finish(&sound_plan, write_all(&sound_plan, range, &file, &folder), &folder);
    assert_eq!(sound_plan.count(), plan.count());

    let heard =
        Label { group: "sound".into(), title: "English".into(), is_default: true, ..Label::default() };
    list(scratch.path(), vec![made.rendition(None), sound.rendition(Some(heard))]);
    let wanted: Vec<i64> = (0..plan.frames()).map(|frame| plan.shown_at(frame)).collect();
    let heard: Vec<i64> = (0..sound_plan.frames()).map(|packet| sound_plan.shown_at(packet)).collect();
    let demuxers = run("ffmpeg", &["-hide_banner", "-demuxers"].map(str::to_owned)).expect("a list");
    let has_dash = demuxers.lines().any(|line| line.split_whitespace().nth(1) == Some("dash"));
    if !has_dash {
        judge::not_checked("manifest.mpd", "this build of ffmpeg reads no DASH");
    }
    for name in ["master.m3u8", "manifest.mpd"].into_iter().filter(|name| has_dash || *name != "manifest.mpd")
    {
        let list = scratch.path().join(name);
        assert_eq!(shown(&list, "v"), wanted, "{}", list.display());
        assert_eq!(shown(&list, "a"), heard, "{}", list.display());
    }
}
