//! Encodes all sound once, into an intermediate file that the join copies from.
//!
//! The intermediate must keep what one plain run of ffmpeg gives:
//! the time of every packet, including priming before zero,
//! and the padding that a player cuts off at the end.
//! No format keeps all of it for every container, so the intermediate depends on the container.

use std::collections::BTreeSet;

use crate::fault::{Fault, FaultCode};
use crate::media::command::Line;
use crate::media::params::{self, Chain, Profile, SoundPieceFormat, SoundProfile, Span};
use crate::media::plan::carriage::Carriage;
use crate::media::plan::piece::PieceFacts;
use crate::media::plan::track::Track;
use crate::media::plan::work::SoundWork;
use crate::media::source::Source;
use crate::media::words::container::Container;

/// Sound pieces lie this much later than in the source,
/// because sound may begin before zero, which not every intermediate can express.
pub const SOUND_SHIFT_US: i64 = 10_000_000;

/// An intermediate format: its muxer, and the demuxers that may read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SoundFormat {
    pub muxer: &'static str,
    /// In the notation of `-format_whitelist`.
    pub demuxer: &'static str,
    pub suffix: &'static str,
}

const NUT: SoundFormat = SoundFormat { muxer: "nut", demuxer: "nut", suffix: "nut" };
const MATROSKA: SoundFormat = SoundFormat { muxer: "matroska", demuxer: "matroska,webm", suffix: "mka" };
const MP4: SoundFormat = SoundFormat { muxer: "mp4", demuxer: "mov,mp4,m4a,3gp,3g2,mj2", suffix: "m4a" };

/// The intermediate format for sound of this encoder on its way into this container.
///
/// Matroska keeps the padding at the end;
/// it rounds to milliseconds, but Matroska and WebM results do so anyway.
/// MP4 keeps every time to the sample, and the lengths of all packets but the last.
/// An encoder's row names the exceptions.
pub(crate) fn sound_format(container: Container, encoder: &str) -> SoundFormat {
    let piece_formats = &params::sound_or_plain(encoder).piece_formats;
    let rest = match container {
        Container::Matroska | Container::WebM => piece_formats.matroska,
        Container::Mp4 | Container::Mov => piece_formats.mp4,
        Container::MpegTs | Container::Avi | Container::Mxf => piece_formats.others,
    };
    match rest {
        SoundPieceFormat::Nut => NUT,
        SoundPieceFormat::Matroska => MATROSKA,
        SoundPieceFormat::Mp4 => MP4,
    }
}

/// The work that makes the piece of each sound track; empty if no sound is encoded.
pub fn sound_works(source: &Source, carriage: &Carriage, profile: &Profile) -> Vec<SoundWork> {
    let tracks = carriage.sound_tracks().into_iter();
    tracks.map(|streams| sound_work(source, profile, streams)).collect()
}

/// The work that makes the piece of the sound track with these streams.
pub fn sound_work(source: &Source, profile: &Profile, streams: Vec<u32>) -> SoundWork {
    SoundWork {
        streams,
        profile: profile.sound.clone(),
        container: profile.container,
        duration_us: source.duration_us,
        conform: conforms(source, profile),
        together: source.counts_from_used_streams(),
        untold: untold(source),
        layout: None,
        span: profile.span,
    }
}

/// Pictures and sounds that no muxer accepts, without covers, which are never read with the others.
fn untold(source: &Source) -> Vec<u32> {
    let read = source.streams.iter().filter(|stream| !stream.is_cover());
    read.filter(|stream| stream.untold().is_some()).map(|stream| stream.index).collect()
}

impl SoundWork {
    /// The encoder; the container's default if the user named none.
    pub(crate) fn encoder(&self) -> &str {
        match &self.profile {
            SoundProfile::Encode { encoder: Some(encoder), .. } => encoder,
            SoundProfile::Encode { encoder: None, .. } | SoundProfile::Drop | SoundProfile::Copy => {
                self.container.default_sound_encoder()
            }
        }
    }
    /// The track as the scheduler sees it.
    pub(crate) fn track(&self, source: &Source) -> Track {
        let theirs = source.streams.iter().filter(|stream| self.streams.contains(&stream.index));
        let codecs: BTreeSet<&String> = theirs.map(|stream| &stream.codec).collect();
        let reads = codecs.into_iter().cloned().collect();
        Track { streams: self.streams.clone(), ..Track::sound(self.encoder(), reads) }
    }
    pub(crate) fn format(&self) -> SoundFormat {
        sound_format(self.container, self.encoder())
    }

    /// The arguments that open the source. A layout needs the original times.
    pub(in crate::media) fn opened(&self, input: &[String]) -> Line {
        let mut line = Line::default();
        line.all(self.layout.iter().map(|_| "-copyts")).all(input);
        line
    }

    /// The filter that makes sound begin at zero, for containers without times.
    /// It comes before all other filters: after them ffmpeg could choose another channel layout.
    pub(super) fn begun_at_zero(&self) -> Option<String> {
        self.container.wants_constant_rate().then(|| FROM_ZERO.to_owned())
    }

    /// The filter that adds silence at the end, for containers that end with their shortest stream.
    fn padded(&self) -> Option<String> {
        let end = self.duration_us.filter(|_| self.container.is_one_picture());
        end.map(|us| format!("apad=whole_dur={}us", us + LONGER_US))
    }

    fn filters(&self) -> Vec<String> {
        let asked = match &self.profile {
            SoundProfile::Encode { filters, .. } => filters.as_ref().map(Chain::to_string),
            SoundProfile::Drop | SoundProfile::Copy => None,
        };
        let layouts = params::sound_or_plain(self.encoder()).layouts.filter(|_| self.conform);
        let conformed = layouts.map(|taken| format!("aformat=channel_layouts={}", taken.join("|")));
        let laid_out = self.layout.iter().map(|layout| layout.sound_filters());
        laid_out.chain(self.begun_at_zero()).chain(asked).chain(conformed).chain(self.padded()).collect()
    }

    /// The wanted part, lengthened by the silence that must follow the picture.
    fn padded_span(&self) -> Span {
        let more = if self.container.is_one_picture() { LONGER_US } else { 0 };
        Span { length_us: self.span.length_us.map(|us| us + more), ..self.span }
    }
}

/// Whether some sound has a channel layout that the encoder does not accept.
fn conforms(source: &Source, profile: &Profile) -> bool {
    let Some(taken) = profile.sound_encoder().and_then(|name| params::sound_or_plain(name).layouts) else {
        return false;
    };
    let sounds = source.streams.iter().filter_map(|stream| stream.sound.as_ref());
    sounds.filter_map(|sound| sound.layout.as_deref()).any(|layout| !taken.contains(&layout))
}

/// The suffix of a sound piece's file.
pub fn sound_suffix(work: &SoundWork) -> &'static str {
    work.format().suffix
}

/// The run that encodes all sound.
/// `input` is `-i` and all arguments before it; `output` is passed on unchanged.
pub fn sound_arguments(work: &SoundWork, input: &[String], output: &str) -> Vec<String> {
    let format = work.format();
    let mut line = work.opened(input);
    for stream in &work.streams {
        line.map(0, stream);
    }
    line.say("-vn -sn -dn -map_metadata -1 -map_chapters -1").option("-c:a", work.encoder());
    if let SoundProfile::Encode { options, .. } = &work.profile {
        for (name, value) in options {
            line.option(format!("-{name}"), value);
        }
    }
    let filters = work.filters();
    if !filters.is_empty() {
        line.option("-af", filters.join(","));
    }
    if let Some(rate) = work.container.sound_rate() {
        line.option("-ar", rate);
    }
    say_span(&mut line, work.padded_span());
    line.option("-output_ts_offset", SOUND_SHIFT_US / 1_000_000).say("-avoid_negative_ts disabled");
    if format == MP4 {
        // Edit lists count in this unit;
        // the default of 1000 would move the sound by up to half a millisecond.
        line.option("-movie_timescale", MOVIE_TIMESCALE).say("-strict -2");
    }
    line.option("-f", format.muxer).word(output);
    if work.together && work.layout.is_none() {
        read_together(&mut line, work);
    }
    line.finish()
}

/// A second, discarded output that makes ffmpeg read picture and sound together.
pub(in crate::media) fn read_together(line: &mut Line, work: &SoundWork) {
    line.say("-map 0:V? -map 0:a?");
    for stream in &work.untold {
        line.option("-map", format!("-0:{stream}"));
    }
    line.say("-c copy -f null -");
}

/// The wanted part of the film, as output options.
pub(in crate::media) fn say_span(line: &mut Line, span: Span) -> &mut Line {
    if span.start_us > 0 {
        line.option("-ss", format!("{}us", span.start_us));
    }
    match span.length_us {
        Some(us) => line.option("-t", format!("{us}us")),
        None => line,
    }
}

/// AVI and MXF have no times and would play later sound from zero on;
/// silence fills the beginning and all gaps.
const FROM_ZERO: &str = "aresample=async=1:first_pts=0";

/// MXF ends with its shortest stream, so shorter sound would cut frames off the picture.
/// This is more than the longest frame; the picture's end cuts off the rest.
const LONGER_US: i64 = 1_000_000;

/// A multiple of both 44100 and 48000.
const MOVIE_TIMESCALE: &str = "7056000";

/// Whether a sound piece has the right number of streams and the right codec, and is not empty.
pub fn check_sound(work: &SoundWork, facts: &PieceFacts) -> Result<(), Fault> {
    let differs = |message: String| Err(Fault::new(FaultCode::StreamDiffers, message));
    if facts.params.len() != work.streams.len() {
        return differs(format!(
            "the piece should have {} streams of sound and has {}",
            work.streams.len(),
            facts.params.len()
        ));
    }
    let wanted = crate::media::params::sound_codec(work.encoder());
    if let Some(other) = facts.params.iter().find(|params| wanted.is_some_and(|codec| params.codec != codec))
    {
        return differs(format!("the sound should come from {} and is {}", work.encoder(), other.codec));
    }
    if facts.frames == 0 {
        return Err(Fault::new(FaultCode::FramesDiffer, "the sound piece is empty"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::Rational;
    use crate::media::params::{parse, words};
    use crate::media::plan::carriage::plan;
    use crate::media::plan::piece::StreamParams;
    use crate::media::sample::film;

    fn work(name: &str, line: &str) -> Option<SoundWork> {
        let profile = parse(&words(line).unwrap(), Container::of_name(name).unwrap()).unwrap();
        sound_works(&film(), &plan(&film(), &profile).unwrap(), &profile).pop()
    }

    #[test]
    fn sound_is_encoded_whole_and_once() {
        let work = work("a.mp4", "-c:a aac -b:a 96k -ac 2 -af volume=2").unwrap();
        assert_eq!(work.streams, [1, 2]);
        let line = sound_arguments(&work, &["-i".into(), "SRC".into()], "OUT").join(" ");
        assert_eq!(
            line,
            "-i SRC -map 0:1 -map 0:2 -vn -sn -dn -map_metadata -1 -map_chapters -1 -c:a aac -b:a 96k -ac 2 -af volume=2 \
             -output_ts_offset 10 -avoid_negative_ts disabled -movie_timescale 7056000 -strict -2 -f mp4 OUT"
        );
    }

    #[test]
    fn sound_for_avi_begins_at_zero() {
        let line = |line: &str| {
            sound_arguments(&work("a.avi", line).unwrap(), &["-i".into(), "SRC".into()], "OUT").join(" ")
        };
        assert!(line("-c:v ffv1").contains(" -af aresample=async=1:first_pts=0 "));
        assert!(line("-c:v ffv1 -af volume=2").contains(" -af aresample=async=1:first_pts=0,volume=2 "));
    }

    #[test]
    fn sound_for_mxf_lasts_longer_than_the_picture() {
        let line = |line: &str| {
            let work = SoundWork { duration_us: Some(5_000_000), ..work("a.mxf", line).unwrap() };
            sound_arguments(&work, &["-i".into(), "SRC".into()], "OUT").join(" ")
        };
        let whole = line("-c:v prores_ks");
        assert!(whole.contains("first_pts=0,apad=whole_dur=6000000us -ar 48000 -output_ts"), "{whole}");
        let part = line("-c:v prores_ks -ss 1 -t 2");
        assert!(part.contains(" -ss 1000000us -t 3000000us "), "{part}");
    }

    #[test]
    fn a_stream_that_nobody_can_know_is_not_read_with_the_others() {
        let mut source = film();
        source.format = "mpegts".into();
        source.streams[2].sound.as_mut().unwrap().sample_rate = 0;
        source.streams[5].picture.as_mut().unwrap().width = 0;
        let profile = parse(&[], Container::Matroska).unwrap();
        let work = sound_works(&source, &plan(&source, &profile).unwrap(), &profile).remove(0);
        let line = sound_arguments(&work, &["-i".into(), "SRC".into()], "OUT").join(" ");
        assert!(line.ends_with("OUT -map 0:V? -map 0:a? -map -0:2 -c copy -f null -"), "{line}");
    }

    #[test]
    fn channels_are_moved_to_where_opus_knows_them() {
        let line = |layout: &str| {
            let mut source = film();
            source
                .streams
                .iter_mut()
                .filter_map(|s| s.sound.as_mut())
                .for_each(|s| s.layout = Some(layout.into()));
            let profile = parse(&words("-c:a libopus").unwrap(), Container::Matroska).unwrap();
            let work = sound_works(&source, &plan(&source, &profile).unwrap(), &profile).remove(0);
            sound_arguments(&work, &["-i".into(), "SRC".into()], "OUT").join(" ")
        };
        assert!(
            line("5.1(side)").contains("-af aformat=channel_layouts=mono|stereo|"),
            "{}",
            line("5.1(side)")
        );
        assert!(!line("5.1").contains("aformat"));
    }

    #[test]
    fn no_work_where_nothing_is_encoded() {
        assert_eq!(work("a.mkv", "-c:a copy"), None);
        assert_eq!(work("a.mkv", "-an"), None);
    }

    #[test]
    fn where_sound_rests_depends_on_where_it_goes() {
        for (name, line, want) in [
            ("a.mp4", "", "m4a"),
            ("a.mov", "-c:a pcm_s16le", "nut"),
            ("a.mkv", "", "mka"),
            ("a.mkv", "-c:a libopus", "m4a"),
            ("a.webm", "", "m4a"),
            ("a.webm", "-c:a libvorbis", "mka"),
            ("a.ts", "-c:v libx264", "nut"),
            ("a.ts", "-c:v libx264 -c:a eac3", "m4a"),
            ("a.avi", "-c:v ffv1", "nut"),
            ("a.avi", "-c:v ffv1 -c:a wmav2 -b:a 128k", "mka"),
            ("a.mxf", "-c:v prores_ks", "nut"),
        ] {
            assert_eq!(sound_suffix(&work(name, line).unwrap()), want, "{name} {line}");
        }
    }

    #[test]
    fn a_piece_of_another_codec_or_with_a_track_less_is_no_sound_piece() {
        let work = work("a.mp4", "").unwrap();
        let params = |codec: &str| StreamParams {
            codec: codec.into(),
            width: 0,
            height: 0,
            pix_fmt: String::new(),
            time_base: Rational { num: 1, den: 48_000 },
            extradata: String::new(),
            looks: Default::default(),
        };
        let facts = |codecs: &[&str], frames| PieceFacts {
            frames,
            params: codecs.iter().map(|c| params(c)).collect(),
            findings: Default::default(),
            encoder: None,
            begins: None,
        };
        assert_eq!(check_sound(&work, &facts(&["aac", "aac"], 9)), Ok(()));
        for (codecs, frames) in [(&["aac"][..], 9), (&["aac", "mp3"], 9), (&["aac", "aac"], 0)] {
            assert!(check_sound(&work, &facts(codecs, frames)).is_err());
        }
    }
}
