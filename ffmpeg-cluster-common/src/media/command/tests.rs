//! What each kind of run may touch: nothing but what its own line names.

use std::path::Path;

use super::dry_run::DryRunFiles;
use super::examine::{Probed, Question, probe};
use super::joining::{Copying, Parts, dry_run, join, pack};
use super::piece::{PieceCommands, list, sound};
use super::{Command, Input, Opening, Side, Tool, device_test};
use crate::frames::{FrameRange, Rational};
use crate::limits::{MEMORY_BYTES_FEW, PIXELS_MAX, memory_to_decode, memory_to_encode};
use crate::media::command::encode::{Start, picture_tags, picture_work, reference};
use crate::media::command::join::{Guards, JoinPlan, SoundPiece};
use crate::media::command::sound::sound_works;
use crate::media::command::test_picture;
use crate::media::params::{Profile, parse, words};
use crate::media::plan::carriage::plan;
use crate::media::plan::piece::StreamParams;
use crate::media::plan::timeline::Timeline;
use crate::media::plan::work::{ListWork, PictureWork, SoundWork};
use crate::media::plan::{list, witness};
use crate::media::proof::audit::{Auditing, Pair};
use crate::media::proof::probed::probe_piece;
use crate::media::proof::seams::Seam;
use crate::media::sample;
use crate::media::source::guard::{Decoders, Guard};
use crate::media::source::index::Index;
use crate::media::source::sequence::{Pattern, Sequence};
use crate::media::source::{FilmPicture, Source, StreamKind};
use crate::media::words::container::Container;
use crate::media::words::device::{Device, Method};
use crate::time::Millis;

const PIXELS: u64 = 1280 * 720;
const OWN: &str = "/w/own.nut";
const PIECE: &str = "/w/piece.nut";
const TO: &str = "/w/to";

fn index() -> Index {
    let (time_base, times) = (Rational { num: 1, den: 1000 }, (0..100).map(|n| n * 40).collect());
    Index {
        time_base,
        times,
        keys: vec![0, 50],
        doubled: vec![],
        leading: false,
        resets: vec![],
        setbacks: vec![],
        last_length: 40,
    }
}

fn profile(line: &str) -> Profile {
    parse(&words(line).unwrap(), Container::Matroska).unwrap()
}

fn picture(line: &str) -> PictureWork {
    let (source, profile) = (sample::film(), profile(line));
    let timeline = Timeline::new(index(), &source, &profile).unwrap();
    picture_work(&source, &timeline, &profile, FrameRange::new(50, 100)).unwrap()
}

fn sounds(source: &Source) -> SoundWork {
    let profile = profile("");
    sound_works(source, &plan(source, &profile).unwrap(), &profile).remove(0)
}

fn stretch() -> ListWork {
    list::work(&sample::film(), &index(), FrameRange::new(0, 50)).unwrap()
}

fn params() -> StreamParams {
    StreamParams {
        codec: "h264".into(),
        width: 1280,
        height: 720,
        pix_fmt: "yuv420p".into(),
        time_base: Rational { num: 1, den: 25 },
        extradata: String::new(),
        looks: Default::default(),
    }
}

fn guard() -> Guard {
    Guard::new("nut", String::new())
}

fn held() -> Input {
    Input::Held("/proc/self/fd/9".to_owned())
}

fn gateway() -> Opening {
    Opening::watched(Input::Gateway { url: "http://127.0.0.1:4000/1".to_owned(), port: 4000 }, &guard())
}

/// In words, and nothing but what the line names: `what it reads > what it writes`.
fn touched(run: &Command) -> String {
    let named: Vec<&str> = run.arguments.iter().filter_map(|word| word.strip_prefix("file:")).collect();
    for file in run.reads.iter().chain(&run.writes) {
        let is_named = named.iter().any(|name| Path::new(name).starts_with(file));
        assert!(is_named, "{} is in reach and not in {}", file.display(), run.arguments.join(" "));
    }
    for name in named {
        let is_source = run.holds_source && name.starts_with("/proc/self/fd/");
        let mut reach = run.reads.iter().chain(&run.writes);
        assert!(is_source || reach.any(|file| Path::new(name).starts_with(file)), "{name} is out of reach");
    }
    assert_eq!(run.writes.is_empty(), run.write_bytes_max == 0, "what is written has a bound");
    let paths =
        |all: &[std::path::PathBuf]| all.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
    let mut all = paths(&run.reads);
    all.extend(run.holds_source.then(|| "source".to_owned()));
    all.extend(run.port.map(|port| format!("port {port}")));
    all.extend(run.cards.then(|| "cards".to_owned()));
    [all, vec![">".to_owned()], paths(&run.writes)].concat().join(" ")
}

#[test]
fn the_line_of_a_run_for_a_log_has_no_key() {
    let run = Command::ffmpeg(Side::Client, vec!["-i".into(), "http://127.0.0.1:4000/1".into()]);
    let run = run.opens(&gateway().input);
    assert_eq!(run.line(), "-i (its source)");
}

#[test]
fn what_looks_at_a_source_reads_it_alone_and_writes_nothing() {
    let (seam, base) = (Seam { at: 9, frames: 9, from_us: None, length_us: None }, Rational::MICROS);
    let film = Probed { film: held(), guard: guard(), picture: FilmPicture::default(), pixels: PIXELS };
    let source = sample::film();
    let looks = [
        probe(&held(), &guard(), Question::Facts),
        film.packets(),
        film.sound_packets(),
        film.frames(base),
        film.seam(&seam),
        film.pictures(Some(2)),
        film.listen(&sounds(&source), 1),
        film.count(&picture("-c:v ffv1 -vf mpdecimate")),
    ];
    for run in &looks {
        assert_eq!(touched(run), "source >", "{}", run.arguments.join(" "));
    }
    assert_eq!(looks.each_ref().map(|run| run.tool == Tool::Ffprobe)[..4], [true, true, true, false]);
    assert!(looks[1..7].iter().all(|run| run.memory_max == memory_to_decode(PIXELS)));
    assert_eq!(looks[7].memory_max, memory_to_encode(PIXELS_MAX), "filters may make pictures of any size");
    assert_eq!(looks[0].quiet_max, Some(Millis::secs(30)));
    let of_ours = Probed { film: Input::File("/w/result.mkv".into()), ..film };
    assert_eq!(touched(&of_ours.frames(base)), "/w/result.mkv >");
}

#[test]
fn an_encoder_reads_the_gateway_and_writes_its_piece() {
    let (work, source) = (picture("-c:v ffv1"), gateway());
    let commands = PieceCommands { work: &work, source: &source, start: Start::Seek };
    let ends = Path::new("/w/ends.framehash");
    let run = commands.encode(None, Path::new(PIECE), ends);
    assert_eq!(touched(&run), format!("port 4000 > {PIECE} /w/ends.framehash"));
    assert_eq!((run.memory_max, run.nice, run.quiet_max), (memory_to_encode(PIXELS), 5, None));
    assert!(run.write_bytes_max > witness::bytes_max(work.range.len()));
    let run = commands.compare(Path::new(PIECE), &guard(), &params());
    assert_eq!(touched(&run), format!("{PIECE} port 4000 >"));
    assert_eq!(touched(&list(&stretch(), &source, Path::new(TO))), format!("port 4000 > {TO}"));
    let run = sound(&sounds(&sample::film()), &source, Path::new(TO));
    assert_eq!((touched(&run), run.memory_max), (format!("port 4000 > {TO}"), MEMORY_BYTES_FEW));
    assert_eq!(commands.decode_again(Path::new(TO)), None, "not asked for");
}

#[test]
fn only_an_encoder_on_a_device_touches_cards() {
    let work = test_picture::work(Method::Vaapi, "h264").unwrap();
    let device = Device::new(Method::Vaapi, Some("/dev/dri/renderD128"), 1);
    let run = device_test::make(&work, &device, Path::new(PIECE));
    assert_eq!(touched(&run), format!("cards > {PIECE}"));
    let commands = PieceCommands { work: &work, source: &device_test::opening(), start: Start::Beginning };
    let run = commands.compare(Path::new(PIECE), &guard(), &params());
    assert_eq!(touched(&run), format!("{PIECE} >"));
    let source = gateway();
    let commands = PieceCommands { work: &work, source: &source, start: Start::Seek };
    let run = commands.encode(Some(&device), Path::new(PIECE), Path::new(TO));
    assert!(run.cards && run.port.is_some());
    for of in [StreamKind::Audio, StreamKind::Video] {
        assert_eq!(touched(&device_test::encoder("flac", of)), ">");
    }
}

#[test]
fn an_audit_reads_source_and_piece_and_writes_its_own_frames() {
    let work = picture("-c:v ffv1");
    let auditing =
        Auditing { work: &work, source: &Opening::watched(held(), &guard()), start: Start::Beginning };
    assert_eq!(touched(&auditing.encode(Path::new(OWN), 8)), format!("source > {OWN}"));
    let (own, piece) = (Path::new(OWN), Path::new(PIECE));
    let pair = Pair { own, piece, stream: 0, skip: 0, frames: 8, guard: &guard(), params: &params() };
    let run = auditing.compare(&pair);
    assert_eq!(touched(&run), format!("{OWN} {PIECE} source >"));
    assert_eq!((run.nice, run.quiet_max), (2, Some(Millis::secs(120))));
    for (side, nice) in [(Side::Server, 2), (Side::Client, 5)] {
        let run = probe_piece(side, piece, &guard());
        assert_eq!((touched(&run), run.nice), (format!("{PIECE} >"), nice));
    }
}

#[test]
fn a_join_reads_the_source_and_its_folder_and_writes_the_result() {
    let (source, profile) = (sample::film(), profile("-c:a copy"));
    let carriage = plan(&source, &profile).unwrap();
    let plan = JoinPlan {
        source: &source,
        source_path: &held().name(),
        guards: &Guards::new(&Decoders::default(), &source, &profile),
        carriage: &carriage,
        profile: &profile,
        list_path: "/w/job/list",
        tags_path: "/w/job/tags",
        first_frame_us: 0,
        sounds: vec![SoundPiece { path: "/w/job/sound.mka", start_us: 0, streams: &[1, 2] }],
        frame_rate: None,
        picture_tags: picture_tags(source.film_stream().unwrap().1, &profile),
        covers: Vec::new(),
        unlike: false,
        source_from_us: None,
        output_path: "/w/result.mkv",
    };
    let folder = Path::new("/w/job");
    let run = join(&plan, &Parts { source: &held(), folder, bytes: 1000, pixels: PIXELS });
    assert_eq!(touched(&run), "/w/job source > /w/result.mkv");
    assert_eq!(run.memory_max, memory_to_decode(PIXELS));
}

#[test]
fn what_is_copied_is_read_and_its_copy_written() {
    let (piece, to) = (Input::File(PIECE.into()), Path::new(TO));
    let copying = Copying { from: &piece, guard: &guard(), to, bytes: 1000 };
    for run in [copying.in_band(), copying.unlike("hevc")] {
        assert_eq!(touched(&run), format!("{PIECE} > {TO}"));
        assert!(run.write_bytes_max >= 1000 && run.memory_max == MEMORY_BYTES_FEW);
    }
    let run = Copying { from: &held(), ..copying }.cover(5);
    assert_eq!((touched(&run), run.memory_max), (format!("source > {TO}"), memory_to_decode(PIXELS_MAX)));
    let (pattern, rate) = (Pattern::read("f_%04d.png").unwrap(), Rational { num: 25, den: 1 });
    let sequence = Sequence {
        folder: "/media".into(),
        pattern,
        rate,
        first: 1,
        images: 9,
        bytes: 1000,
        mark: String::new(),
    };
    let run = pack(&sequence, Path::new("/w/images"), 1000, to);
    assert_eq!(touched(&run), format!("/w/images > {TO}"), "copies, not the user's own folder");
}

#[test]
fn a_dry_run_reads_nothing_and_writes_what_a_dry_join_needs() {
    let (source, profile) = (sample::film(), profile("-c:v ffv1"));
    let picture = source.film_stream().unwrap().1;
    assert_eq!(touched(&dry_run(&profile, picture, None)), ">");
    let made =
        DryRunFiles { picture: PIECE.into(), sound: TO.into(), sounds: 2, looks: Some("/w/looks".into()) };
    assert_eq!(touched(&dry_run(&profile, picture, Some(&made))), format!("> {PIECE} {TO} /w/looks"));
}

#[test]
fn a_still_is_found_like_the_beginning_of_a_segment_and_goes_into_its_file() {
    let (mut work, to) = (picture("-c:v ffv1"), Path::new(TO));
    work.window.seek = Some(1_000);
    let film = Probed { film: held(), guard: guard(), picture: FilmPicture::default(), pixels: PIXELS };
    let run = film.still(&work, Start::Seek, Some(640), to);
    assert_eq!((touched(&run), run.nice), (format!("source > {TO}"), 10));
    assert_eq!((run.write_bytes_max, run.memory_max), (32 << 20, memory_to_decode(PIXELS)));
    let Opening { words, .. } = Opening::watched(held(), &guard());
    let (said, (_, wanted)) = (run.arguments.join(" "), reference(&work, &words, Start::Seek));
    assert!(said.contains(&format!("-vf {wanted},scale=w='min(iw,640)':h=-1 ")), "{said}");
    assert!(said.contains(" -frames:v 1 ") && said.contains(" -ss "), "{said}");
    let whole = film.still(&work, Start::Beginning, None, to).arguments.join(" ");
    assert!(!whole.contains("scale=") && !whole.contains(" -ss "), "{whole}");
    let thumbs = Probed { film: Input::File(PIECE.into()), ..film };
    assert_eq!(touched(&thumbs.row(9, to)), format!("{PIECE} > {TO}"));
}
