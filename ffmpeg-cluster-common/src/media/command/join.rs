//! Joins ordered pieces into one file: ffmpeg's list of pieces (concat), and the run's arguments.
//! That run copies the picture from the pieces, sound from its piece, and the rest from the source.

mod container;
mod list;
mod plan;
mod refused;
mod tags;

use crate::frames::Rational;
use crate::media::command::Line;
use crate::media::command::line::file;
use crate::media::command::mixed_encoders;
use crate::media::command::sound::SOUND_SHIFT_US;
use crate::media::params::Profile;
use crate::media::plan::carriage::Carried;
use crate::media::source::guard::Guard;
use crate::media::words::container::Container;
pub(super) use list::seconds;
pub use list::{ListedPiece, list_text};
pub use plan::{Cover, Guards, JoinPlan, SoundPiece, covers_apart};
use plan::{
    Mapped, first_in_result, is_cover, is_film, mapped, picture_offset, pieces, source_input, told_rate,
};
pub use refused::why;
use tags::ResultTags;

/// Extracts one cover from the source unchanged.
pub(crate) fn cover_arguments(guard: &Guard, source_path: &str, stream: u32, output: &str) -> Vec<String> {
    let mut line = Line::writing();
    line.input(guard, source_path).map(0, stream);
    line.say("-c copy -frames 1 -f image2 -update 1").output(output).finish()
}

/// Puts the parameter sets before every key frame of a piece, for pieces whose extradata differ.
pub fn parameter_sets_in_band_arguments(guard: &Guard, piece: &str, output: &str) -> Vec<String> {
    let mut line = Line::writing();
    line.input(guard, piece).map(0, "v:0");
    line.say("-c copy -bsf:v dump_extra=freq=keyframe -f nut").output(output).finish()
}

/// The result's titles and other tags, in ffmpeg's file format.
pub fn tags_text(plan: &JoinPlan<'_>) -> String {
    ResultTags::of(plan).text()
}

/// The arguments of the join.
pub fn arguments(plan: &JoinPlan<'_>) -> Vec<String> {
    let mut line = Joining(Line::joining());
    line.inputs(plan);
    let (streams, sheet) = (mapped(plan), ResultTags::of(plan));
    if !sheet.is_empty() {
        line.0.say("-f ffmetadata").input(&Guard::new("ffmetadata", String::new()), plan.tags_path);
    }
    for Mapped { input, stream, .. } in &streams {
        line.0.map(*input, stream);
    }
    line.codecs(plan, &streams);
    line.tags(plan, &sheet, &streams);
    line.attach(plan, &sheet, streams.len());
    line.span(plan, &streams);
    line.container(plan);
    line.0.output(plan.output_path);
    line.together(plan);
    line.0.finish()
}

/// The arguments of a join.
struct Joining(Line);

impl Joining {
    /// Adds the pieces, the sounds and the source.
    fn inputs(&mut self, plan: &JoinPlan<'_>) {
        let mut unmoved = 0;
        if pieces(plan) > 0 {
            self.0.option("-itsoffset", seconds(picture_offset(plan)));
            let list = if plan.unlike { &plan.guards.unlike } else { &plan.guards.list };
            self.0.say("-f concat -safe 0").input(list, plan.list_path);
            // If the picture can't start at its place, the sound is moved with it.
            unmoved = first_in_result(plan) - picture_offset(plan);
        }
        for sound in &plan.sounds {
            self.0.option("-itsoffset", seconds(sound.start_us - SOUND_SHIFT_US - unmoved));
            self.0.input(&plan.guards.sound, sound.path);
        }
        if let Some(us) = plan.source_from_us {
            self.0.option("-ss", seconds(us)).say("-t 1");
        } else if plan.profile.span.start_us > 0 {
            self.0.option("-itsoffset", seconds(-plan.profile.span.start_us));
        }
        self.0.input(&plan.guards.source, plan.source_path);
    }

    fn codecs(&mut self, plan: &JoinPlan<'_>, streams: &[Mapped<'_>]) {
        for (n, Mapped { kept, .. }) in streams.iter().enumerate() {
            let encoder = match &kept.what {
                Carried::Converted { encoder } => encoder,
                Carried::Picture | Carried::Sound | Carried::Copied => "copy",
            };
            self.0.option(format!("-c:{n}"), encoder);
            match &kept.what {
                Carried::Picture => self.picture(plan, n),
                Carried::Copied if is_film(plan, kept) => self.picture_tag(plan, n),
                Carried::Sound if needs_last_duration(plan.profile) => {
                    self.0.option(format!("-bsf:{n}"), LAST_DURATION);
                }
                Carried::Sound if plan.profile.container.wants_constant_rate() => {
                    self.0.option(format!("-bsf:{n}"), NOTHING_BEFORE_ZERO);
                }
                Carried::Sound | Carried::Copied | Carried::Converted { .. } => {}
            }
        }
        self.0.all(&plan.picture_tags);
    }

    /// The tag that the user gives the picture.
    fn picture_tag(&mut self, plan: &JoinPlan<'_>, n: usize) {
        // Only for this stream: a cover is a picture too, and would not accept the tag.
        let users = plan.profile.muxer.iter().filter(|(name, _)| name == "tag:v" && !plan.unlike);
        for (_, tag) in users {
            self.0.option(format!("-tag:{n}"), tag);
        }
    }

    fn picture(&mut self, plan: &JoinPlan<'_>, n: usize) {
        self.picture_tag(plan, n);
        if plan.unlike {
            let tagged = matches!(plan.profile.container, Container::Mp4 | Container::Mov);
            if let Some(tag) = mixed_encoders::tag(plan.profile.video.codec()).filter(|_| tagged) {
                self.0.option(format!("-tag:{n}"), tag);
            }
            self.0.option(format!("-bsf:{n}"), mixed_encoders::IN_ORDER);
        }
        if needs_headers_in_band(plan.profile) {
            self.0.option(format!("-bsf:{n}"), "dump_extra=freq=keyframe");
        }
        // AVI and MXF count frames and have no times; without the rate ffmpeg doubles it.
        if let Some(rate) = told_rate(plan).filter(|_| plan.profile.container.wants_constant_rate()) {
            self.0.option(format!("-r:{n}"), rate);
        }
    }

    /// A tag option for one stream stops ffmpeg from copying all others,
    /// so each stream states where its tags come from.
    fn tags(&mut self, plan: &JoinPlan<'_>, sheet: &ResultTags, streams: &[Mapped<'_>]) {
        sheet.say(&mut self.0, plan);
        let chapters = if plan.profile.chapters { source_input(plan).to_string() } else { "-1".to_owned() };
        self.0.option("-map_chapters", chapters);
        let of_source = |number: u32| plan.source.streams.iter().find(|stream| stream.index == number);
        for (n, Mapped { kept, .. }) in streams.iter().enumerate() {
            let Some(stream) = of_source(kept.stream) else { continue };
            let flags = stream.dispositions.join("+");
            self.0.option(format!("-disposition:{n}"), if flags.is_empty() { "0" } else { &flags });
        }
        for (name, value) in plan.profile.tags.iter().filter(|(name, _)| name.starts_with("disposition")) {
            self.0.option(format!("-{name}"), value);
        }
    }

    /// Cuts copied streams to the wanted part, by leaving out what lies before zero.
    /// The pieces are cut already, and an output `-ss` would drop their first key frame:
    /// it compares decoding times, which lie earlier where frames are reordered.
    fn span(&mut self, plan: &JoinPlan<'_>, streams: &[Mapped<'_>]) {
        let span = plan.profile.span;
        if let Some(us) = span.length_us {
            self.0.option("-t", format!("{us}us"));
        }
        if span.start_us == 0 {
            return;
        }
        for (n, Mapped { kept, .. }) in streams.iter().enumerate() {
            match &kept.what {
                Carried::Copied if !is_cover(plan, kept) => self.0.option(format!("-copypriorss:{n}"), 0),
                Carried::Converted { .. } => self.0.option(format!("-bsf:{n}"), NOTHING_BEFORE_ZERO),
                Carried::Copied | Carried::Picture | Carried::Sound => continue,
            };
        }
    }

    /// A second, discarded output that keeps all pictures and sounds of the source in use.
    /// In formats whose times count from the streams in use,
    /// copied streams would come too early without it.
    fn together(&mut self, plan: &JoinPlan<'_>) {
        let copied = |what: &Carried| matches!(what, Carried::Copied | Carried::Converted { .. });
        let copies = plan.carriage.kept.iter().any(|kept| copied(&kept.what));
        if copies && plan.source.counts_from_used_streams() {
            let source = source_input(plan);
            self.0.map(source, "V?").map(source, "a?").say("-c copy -f null -");
        }
    }

    fn attach(&mut self, plan: &JoinPlan<'_>, sheet: &ResultTags, mapped: usize) {
        for (n, cover) in (mapped..).zip(&plan.covers) {
            self.0.option("-attach", file(&cover.path));
            self.0.option(format!("-metadata:s:{n}"), format!("filename={}", sheet.file_name(n)));
        }
    }
}

/// Gives the last packet of a track the duration of the packet before it.
/// NUT stores no durations, and without one an edit list would end before the last packet.
const LAST_DURATION: &str = "setts=duration=if(DURATION\\,DURATION\\,PREV_OUTDURATION)";

/// Drops packets before zero, such as an encoder's priming and all sound before the picture.
/// AVI and MXF would play these from zero on, and everything after them too late.
/// It drops whole packets, so up to half a packet may remain.
const NOTHING_BEFORE_ZERO: &str = "noise=drop=lt(pts\\,0)";

fn needs_last_duration(profile: &Profile) -> bool {
    matches!(profile.container, Container::Mp4 | Container::Mov)
}

/// NUT stores the header of MPEG-4 part 2 outside the stream;
/// a transport stream can hold it only in band.
fn needs_headers_in_band(profile: &Profile) -> bool {
    profile.container == Container::MpegTs && profile.video.codec() == "mpeg4"
}

/// Whether a tag describes the film; false for tags of the file, which the muxer writes itself.
pub(in crate::media) fn tells_of_the_film(key: &str) -> bool {
    const FILE: &[&str] =
        &["encoder", "duration", "vendor_id", "major_brand", "minor_version", "compatible_brands"];
    const STATISTICS: &[&str] = &["bps", "number_of_frames", "number_of_bytes", "_statistics"];
    let key = key.to_ascii_lowercase();
    !FILE.contains(&key.as_str()) && !STATISTICS.iter().any(|start| key.starts_with(start))
}

/// How far the container may misstate a frame's time, for the proof.
pub fn time_error_allowed_ms(profile: &Profile, frame_rate: Rational) -> f64 {
    profile.container.time_error_ms(frame_rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::params::{parse, words};
    use crate::media::plan::carriage::plan;
    use crate::media::sample::film;
    use crate::media::source::guard::Decoders;

    fn joined(name: &str, line: &str, change: impl FnOnce(&mut JoinPlan<'_>)) -> String {
        told(name, line, change, |plan| arguments(plan).join(" "))
    }

    fn told(
        name: &str,
        line: &str,
        change: impl FnOnce(&mut JoinPlan<'_>),
        of: impl FnOnce(&JoinPlan<'_>) -> String,
    ) -> String {
        let source = film();
        let profile = parse(&words(line).unwrap(), Container::of_name(name).unwrap()).unwrap();
        let carriage = plan(&source, &profile).unwrap();
        let mut plan = JoinPlan {
            source: &source,
            source_path: "/m/film.mkv",
            guards: &Guards::new(&Decoders::default(), &source, &profile),
            carriage: &carriage,
            profile: &profile,
            list_path: "/w/list.txt",
            tags_path: "/w/tags",
            first_frame_us: 23_000,
            frame_rate: Some(Rational { num: 25, den: 1 }),
            sounds: vec![SoundPiece { path: "/w/s.mka", start_us: 9_976_780, streams: &[1, 2] }],
            picture_tags: vec!["-color_range:v:0".into(), "tv".into()],
            covers: Vec::new(),
            unlike: false,
            source_from_us: None,
            output_path: "/w/-out.mkv",
        };
        change(&mut plan);
        of(&plan)
    }

    #[test]
    fn one_run_copies_everything_to_its_place() {
        let cover = Cover { stream: 5, path: "/w/c5".into() };
        let line = joined("a.mkv", "-metadata title=Neu", |plan| plan.covers.push(cover));
        assert_eq!(
            line,
            "-nostdin -hide_banner -v warning -y -progress pipe:1 -nostats -itsoffset 0.023000 -f concat -safe 0 \
             -max_alloc 1200000000 -max_pixels 134217728 -max_streams 200 -protocol_whitelist file -format_whitelist concat,nut -i file:/w/list.txt -itsoffset -0.023220 \
             -max_alloc 1200000000 -max_pixels 134217728 -max_streams 200 -protocol_whitelist file -format_whitelist matroska,webm -i file:/w/s.mka \
             -max_alloc 1200000000 -max_pixels 134217728 -max_streams 200 -protocol_whitelist file \
             -format_whitelist matroska,webm -i file:/m/film.mkv -f ffmetadata -max_alloc 1200000000 -max_pixels 134217728 \
             -max_streams 200 -protocol_whitelist file -format_whitelist ffmetadata -i file:/w/tags \
             -map 0:v:0 -map 1:a:0 -map 1:a:1 -map 2:3 -map 2:4 \
             -c:0 copy -c:1 copy -c:2 copy -c:3 copy -c:4 copy -color_range:v:0 tv \
             -map_metadata:g 3:g -map_metadata:s:0 3:s:0 -map_metadata:s:1 3:s:1 -map_metadata:s:2 3:s:2 -map_metadata:s:5 3:s:3 \
             -map_metadata:g 2:g -map_metadata:s:0 0:s:v:0 -map_metadata:s:1 1:s:a:0 -map_metadata:s:2 1:s:a:1 -map_metadata:s:3 2:s:3 \
             -map_metadata:s:4 2:s:4 -map_chapters 2 -disposition:0 0 -disposition:1 default -disposition:2 0 \
             -disposition:3 default+forced -disposition:4 0 \
             -attach file:/w/c5 -metadata:s:5 filename=front.png -f matroska file:/w/-out.mkv"
        );
    }

    /// ffmpeg rounded 1.01 s to the frame at 1 s; MP4 hid that frame, and the result had one frame
    /// too few.
    #[test]
    fn the_frame_with_which_a_part_begins_does_not_lie_before_the_beginning_of_an_mp4() {
        let line = |name| joined(name, "-ss 1.01 -t 3", |plan| plan.first_frame_us = 1_000_000);
        for name in ["a.mp4", "a.mov"] {
            let line = line(name);
            assert!(line.contains("-itsoffset 0.000000 -f concat"), "{line}");
            assert!(line.contains("-itsoffset -0.013220"), "the sound is moved with it: {line}");
        }
        assert!(line("a.mkv").contains("-itsoffset -0.010000 -f concat"));
    }

    /// An output `-ss` dropped the first key frame if frames were reordered, and the result had no
    /// picture.
    #[test]
    fn a_part_is_moved_to_zero_and_only_what_is_copied_is_cut() {
        let line = joined("a.mkv", "-ss 2 -t 3", |plan| plan.first_frame_us = 2_023_000);
        for words in [
            "-itsoffset 0.023000 -f concat",
            "-itsoffset -0.023220 -max_alloc",
            "-itsoffset -2.000000 -max_alloc",
            "-t 3000000us -copypriorss:3 0",
        ] {
            assert!(line.contains(words), "{words}: {line}");
        }
        assert!(!line.contains("-ss "), "{line}");
    }

    /// Other users of the machine can read argument lists, and many long titles made a list too long.
    #[test]
    fn tags_stand_in_their_file_and_in_no_argument() {
        let cover = || Cover { stream: 5, path: "/w/c5".into() };
        let line = "-metadata title=Neu -metadata:s:a:1 comment=Hm";
        let text = told("a.mkv", line, |plan| plan.covers.push(cover()), tags_text);
        assert_eq!(
            text,
            ";FFMETADATA1\ntitle=Neu\n[STREAM]\ntitle=Bild\n[STREAM]\nlanguage=ger\n[STREAM]\ncomment=Hm\nlanguage=fre\n\
             title=Commentaire\n[STREAM]\nfilename=front.png\nmimetype=image/png\n"
        );
        let line = joined("a.mkv", line, |plan| plan.covers.push(cover()));
        for word in ["Neu", "Bild", "ger", "Commentaire", "Hm"] {
            assert!(!line.contains(word), "{word} in {line}");
        }
    }

    #[test]
    fn mp4_starts_fast_and_keeps_titles_where_it_can() {
        let line = joined("a.mp4", "-c:v libx265 -tag:v hvc1 -movflags use_metadata_tags", |_| {});
        for words in [
            "-c:0 copy -tag:0 hvc1",
            "-c:3 mov_text",
            "-map_metadata:s:2 3:s:2",
            "-movflags +faststart+use_metadata_tags -strict -2 -f mp4",
            "-bsf:1 setts=duration=if(DURATION\\,DURATION\\,PREV_OUTDURATION)",
            "-disposition:4 attached_pic",
            "-metadata:s:3 encoder=",
        ] {
            assert!(line.contains(words), "{words} in {line}");
        }
        let tags = told("a.mp4", "-c:v libx265", |_| {}, tags_text);
        assert!(tags.ends_with("handler_name=Commentaire\nlanguage=fre\ntitle=Commentaire\n"), "{tags}");
    }

    #[test]
    fn unlike_pieces_say_that_their_parameter_sets_are_in_band() {
        let line = joined("a.mp4", "-c:v libx265 -tag:v hvc1", |plan| plan.unlike = true);
        assert!(line.contains("-c:0 copy -tag:0 hev1 -bsf:0 setts=pts=PTS:dts=max("), "{line}");
        assert!(line.contains("-format_whitelist concat,mov") && !line.contains("hvc1"), "{line}");
        let line = joined("a.mkv", "-c:v libx264", |plan| plan.unlike = true);
        assert!(line.contains("-c:0 copy -bsf:0 setts=") && !line.contains("-tag:0"), "{line}");
    }

    #[test]
    fn without_a_sound_piece_the_source_is_the_second_input() {
        let line = joined("a.mkv", "-c:a copy -map_metadata -1 -map_chapters -1", |plan| plan.sounds.clear());
        assert!(line.contains("-map 0:v:0 -map 1:1 -map 1:2 -map 1:3 -map 1:4"), "{line}");
        assert!(line.contains("-map_metadata -1 -map_chapters -1"), "{line}");
        assert!(!line.contains("language="), "{line}");
    }

    #[test]
    fn each_sound_comes_from_the_piece_that_holds_its_stream() {
        let line = joined("a.mkv", "", |plan| {
            let first = SoundPiece { path: "/w/1.mka", start_us: 10_000_000, streams: &[2] };
            plan.sounds = vec![first, SoundPiece { path: "/w/2.mka", streams: &[1], ..first }];
        });
        assert!(line.contains("-i file:/w/1.mka -itsoffset"), "{line}");
        assert!(line.contains("-map 0:v:0 -map 2:a:0 -map 1:a:0 -map 3:3 -map 3:4"), "{line}");
        assert!(line.contains("-map_metadata:s:1 2:s:a:0 -map_metadata:s:2 1:s:a:0"), "{line}");
        assert!(line.contains("-map_metadata:s:1 4:s:1"), "the tags follow the source: {line}");
    }

    #[test]
    fn a_copied_picture_comes_from_the_source_with_the_users_tag() {
        let line = joined("a.mp4", "-c:v copy -c:a aac -tag:v hvc1", |_| {});
        assert!(!line.contains("concat"), "{line}");
        assert!(
            line.contains("-nostats -itsoffset -0.023220 -max_alloc"),
            "the sound is the first input: {line}"
        );
        assert!(line.contains("-map 1:0 -map 0:a:0 -map 0:a:1 -map 1:3"), "{line}");
        assert!(line.contains("-c:0 copy -tag:0 hvc1 -c:1 copy"), "{line}");
        let line = joined("a.mkv", "-map 0:v:0 -map 0:s -c copy", |plan| plan.sounds.clear());
        assert!(line.contains("-map 0:0 -map 0:3 -c:0 copy -c:1 copy"), "{line}");
        assert!(line.contains("-map_chapters 0"), "{line}");
    }

    #[test]
    fn avi_is_told_its_rate_and_nothing_shifts_it() {
        let line = joined("a.avi", "-c:v ffv1", |_| {});
        assert!(line.contains("-itsoffset 0.000000 -f concat"), "{line}");
        // The picture starts 23 ms early and the sound moves with it; the part that then lies before
        // zero is dropped.
        assert!(line.contains("-itsoffset -0.046220"), "{line}");
        assert!(line.contains("-bsf:1 noise=drop=lt(pts\\,0) -c:2 copy -bsf:2 noise"), "{line}");
        assert!(line.contains("-r:0 25/1") && line.contains("-avoid_negative_ts disabled"), "{line}");
    }

    /// A Matroska film that starts at 0.021 s failed with `-r 25`: its first frame lies at the
    /// rate's second tick.
    #[test]
    fn a_rate_that_begins_at_its_second_tick_is_not_doubled_by_avi() {
        let first = |us: i64| joined("a.avi", "-c:v ffv1", |plan| plan.first_frame_us = us);
        assert!(
            first(40_000).starts_with("-nostdin") && first(40_000).contains("-itsoffset 0.000000 -f concat")
        );
        assert!(first(80_000).contains("-itsoffset 0.080000 -f concat"), "{}", first(80_000));
    }

    #[test]
    fn mxf_begins_with_its_one_picture_at_zero() {
        let line = joined("a.mxf", "-c:v prores_ks", |plan| plan.first_frame_us = 5_000_000);
        assert!(line.contains("-itsoffset 0.000000 -f concat"), "{line}");
        assert!(line.contains("-itsoffset -5.023220"), "{line}");
        assert!(line.contains("-map 0:v:0 -map 1:a:0 -map 1:a:1 -c:0 copy -r:0 25/1"), "{line}");
        assert!(line.ends_with("-avoid_negative_ts disabled -f mxf file:/w/-out.mkv"), "{line}");
    }

    #[test]
    fn covers_go_apart_for_matroska_alone() {
        let source = film();
        for (container, want) in [(Container::Matroska, vec![5]), (Container::Mp4, vec![])] {
            let carriage = plan(&source, &parse(&[], container).unwrap()).unwrap();
            assert_eq!(covers_apart(&source, &carriage, container), want);
        }
        let guard = Guard::new(&source.format, String::new());
        let line = cover_arguments(&guard, "/m/film.mkv", 5, "/w/c5").join(" ");
        assert!(
            line.ends_with("-i file:/m/film.mkv -map 0:5 -c copy -frames 1 -f image2 -update 1 file:/w/c5"),
            "{line}"
        );
    }

    #[test]
    fn the_list_does_not_drift_and_quotes_names() {
        let piece = |path: &str, start_us| ListedPiece { path: path.into(), start_us };
        let pieces =
            [piece("/w/it's 1.nut", -7_000), piece("/w/2.nut", 1_001_333), piece("/w/3.nut", 2_002_667)];
        assert_eq!(
            list_text(&pieces).unwrap(),
            "ffconcat version 1.0\nfile 'file:/w/it'\\''s 1.nut'\nduration 1.008333\nfile 'file:/w/2.nut'\nduration 1.001334\n\
             file 'file:/w/3.nut'\n"
        );
        assert_eq!(list_text(&[piece("/w/a\nfile '/etc/passwd'", 0)]), None);
        assert_eq!(seconds(-1), "-0.000001");
    }
}
