use super::*;
use crate::media::command::list::piece_arguments as arguments;
use crate::media::sample::film;
use crate::media::source::index::{APART, Untrusted};

const TB: Rational = Rational { num: 1, den: 25 };

/// Packets as an AVI with frames out of order tells them: no times but those of decoding.
fn packets(frames: i64) -> Index {
    let mut builder = IndexBuilder::packets(TB);
    for n in 0..frames {
        builder.line(&format!("N/A,{n},1,{}", if n % 50 == 0 { "K__" } else { "___" }));
    }
    *builder.finish().unwrap_err().packets.expect("enough to share the decoding out")
}

fn untrusted(lines: &[&str]) -> Untrusted {
    let mut builder = IndexBuilder::packets(TB);
    lines.iter().for_each(|line| builder.line(line));
    builder.finish().unwrap_err()
}

fn work_of(packets: &Index, range: FrameRange) -> ListWork {
    work(&film(), packets, range).expect("it has a picture")
}

/// What an honest client tells of a film with these times.
fn piece(packets: &Index, range: FrameRange, film: &[i64]) -> (ListWork, ListPiece) {
    let work = work_of(packets, range);
    let within =
        |&&time: &&i64| work.start.is_none_or(|first| time >= first) && work.end.is_none_or(|end| time < end);
    let times: Vec<i64> = film.iter().filter(within).copied().collect();
    let line = |(n, time): (usize, &i64)| format!("0, 0, {}, 1, 384, 0x1\n", time + APART * n as i64);
    let text: String = times.iter().enumerate().map(line).collect();
    (work, read(&work, text.as_bytes()).expect("honest"))
}

fn pieces(packets: &Index, film: &[i64]) -> Vec<(ListWork, ListPiece)> {
    [(0, 70), (70, 200), (200, 300)].map(|(a, b)| piece(packets, FrameRange::new(a, b), film)).into()
}

#[test]
fn parts_become_the_list_that_one_decode_makes() {
    let (packets, frames) = (packets(300), (1..=300).collect::<Vec<i64>>());
    let index = join(&packets, &pieces(&packets, &frames)).unwrap();
    let mut whole = IndexBuilder::decoding(TB, packets.keys.iter().map(|&key| packets.time(key)).collect());
    for (n, time) in frames.iter().enumerate() {
        whole.line(&format!("0, 0, {}, 1, 384, 0x1", time + APART * n as i64));
    }
    assert_eq!(index, whole.finish().unwrap());
}

#[test]
fn a_part_is_read_from_two_key_frames_before_and_tells_frames_on_either_side() {
    let packets = packets(300);
    let work = work_of(&packets, FrameRange::new(190, 240));
    assert_eq!((work.start, work.end, work.seek), (Some(158), Some(272), Some(100)));
    let (first, last) =
        (work_of(&packets, FrameRange::new(0, 20)), work_of(&packets, FrameRange::new(280, 300)));
    assert_eq!((first.start, first.seek, last.end), (None, None, None));
}

#[test]
fn a_frame_that_one_of_two_neighbours_does_not_see_is_not_believed_away() {
    let (packets, frames) = (packets(300), (0..300).collect::<Vec<i64>>());
    let mut all = pieces(&packets, &frames);
    all[1].1.times.retain(|&time| time != 205);
    assert!(join(&packets, &all).unwrap_err().contains("neighbouring"));
}

#[test]
fn a_client_that_leaves_out_a_frame_is_not_believed() {
    let (packets, frames) = (packets(300), (0..300).collect::<Vec<i64>>());
    let mut all = pieces(&packets, &frames);
    all[1].1.times.retain(|&time| time != 150);
    assert_eq!(join(&packets, &all).unwrap_err(), "299 frames were listed, and the packets have 300 times");
}

#[test]
fn a_time_that_goes_back_is_left_to_a_decode_from_the_beginning() {
    let (packets, frames) = (packets(300), (0..300).collect::<Vec<i64>>());
    let mut all = pieces(&packets, &frames);
    all[0].1.times.swap(30, 31);
    assert!(join(&packets, &all).unwrap_err().starts_with("time goes back"));
}

#[test]
fn what_was_not_asked_for_is_refused() {
    let packets = packets(300);
    let work = work_of(&packets, FrameRange::new(70, 200));
    assert!(read(&work, "0, 0, 5, 1, 384, 0x1\n".as_bytes()).is_err());
    assert!(read(&work, "0, 0, 299, 1, 384, 0x1\n".as_bytes()).is_err());
    assert!(read(&work, "0, 0, NOPTS, 1, 384, 0x1\n".as_bytes()).is_err());
    assert!(read(&work, &b"\xff\xfe\n"[..]).is_err());
}

/// Whoever lists a whole film may send two gigabytes.
#[test]
fn a_line_without_an_end_is_not_kept() {
    let work = work_of(&packets(300), FrameRange::new(0, 300));
    let endless = std::io::BufReader::new(std::io::repeat(b'7'));
    assert_eq!(read(&work, endless).unwrap_err(), "it has a line that is too long");
}

#[test]
fn packets_whose_clock_is_set_back_or_missing_are_not_shared_out() {
    assert_eq!(untrusted(&["N/A,5,1,K", "N/A,4,1,_"]).packets, None);
    assert_eq!(untrusted(&["N/A,5,1,K", "N/A,N/A,1,_"]).packets, None);
    let doubled = untrusted(&["5,5,1,K", "5,6,1,_", "6,7,1,_"]).packets.expect("as the packets of VP8 are");
    assert_eq!(doubled.times, [5, 6]);
}

#[test]
fn short_films_are_decoded_here() {
    let (source, packets) = (film(), packets(300));
    let secs = source.pixels() * 300 / PIXELS_A_SECOND;
    assert!(!is_worth_sharing(&source, &packets, secs + 1));
    assert!(is_worth_sharing(&source, &packets, 0));
}

#[test]
fn the_run_of_a_part_keeps_to_its_stretch() {
    let packets = packets(300);
    let input = ["-i".to_owned(), "SRC".to_owned()];
    let all = arguments(&work_of(&packets, FrameRange::new(190, 240)), &input, "file:o").join(" ");
    assert!(
        all.starts_with("-copyts -seek_timestamp 1 -noaccurate_seek -ss 4.000500 -reinit_filter 0 -i SRC"),
        "{all}"
    );
    assert!(all.contains("trim=start_pts=158:end_pts=272,setpts='"), "{all}");
    let all = arguments(&work_of(&packets, FrameRange::new(0, 300)), &input, "file:o").join(" ");
    assert!(all.starts_with("-copyts -reinit_filter 0 -i SRC") && !all.contains("trim"), "{all}");
}
