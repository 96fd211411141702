//! How each stream of the source goes into the result, or why it can't.

mod fate;

use serde::{Deserialize, Serialize};

use crate::media::params::{Chain, Profile, Refusal, Selection};
use crate::media::source::{Source, Stream, StreamKind};
use fate::{Fate, fate, fate_behind, film_fate, is_no_loss, laid_out};

/// All streams of a source, each in exactly one of the two lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carriage {
    /// In the order in which they were chosen, or of the source; the picture comes first in containers that require it.
    pub kept: Vec<Kept>,
    pub dropped: Vec<Dropped>,
    /// Other things in the source that the result can't keep, such as chapters; for people.
    #[serde(default)]
    pub lost: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The stream's number in the source.
    pub stream: u32,
    pub kind: StreamKind,
    pub what: Carried,
    /// For people, for instance `0:1 audio aac (ger): encoded as aac`.
    pub sentence: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carried {
    /// The film's picture, from the pieces.
    Picture,
    /// Copied from the source unchanged: sound, subtitles, covers, attachments, further pictures.
    Copied,
    /// Encoded, in the sound track that names the stream.
    Sound,
    /// A text subtitle, converted to another codec.
    Converted { encoder: String },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    pub stream: u32,
    /// Names the stream and the reason, for people.
    pub sentence: String,
}

impl Carriage {
    pub fn kept_sentences(&self) -> Vec<String> {
        self.kept.iter().map(|kept| kept.sentence.clone()).collect()
    }
    /// Streams of sound that are encoded, in the order of the result.
    pub fn encoded_sounds(&self) -> Vec<u32> {
        let encoded = self.kept.iter().filter(|kept| kept.what == Carried::Sound);
        encoded.map(|kept| kept.stream).collect()
    }
    /// The streams of each sound track. One track holds them all,
    /// because each track reads the whole film, which costs more than encoding its sound.
    pub(crate) fn sound_tracks(&self) -> Vec<Vec<u32>> {
        Some(self.encoded_sounds()).filter(|streams| !streams.is_empty()).into_iter().collect()
    }
    /// The streams that a sound track names; records of older releases name none, which means all of
    /// them.
    pub fn sounds_of(&self, named: &[u32]) -> Vec<u32> {
        if named.is_empty() { self.encoded_sounds() } else { named.to_owned() }
    }
    /// Text subtitles that are converted, in the order of the result.
    pub fn converted(&self) -> Vec<u32> {
        let converted = self.kept.iter().filter(|kept| matches!(kept.what, Carried::Converted { .. }));
        converted.map(|kept| kept.stream).collect()
    }
    /// What a stream in media segments carries of it: the picture, sound that is encoded, and subtitles that are text.
    pub fn in_stream(self, source: &Source) -> Self {
        let of = |index: u32| source.streams.iter().find(|stream| stream.index == index);
        let as_text = |kept: Kept| match of(kept.stream) {
            Some(stream) if is_text(stream) => Kept {
                what: Carried::Converted { encoder: "webvtt".to_owned() },
                sentence: format!("{}: converted to WebVTT", stream.described()),
                ..kept
            },
            Some(_) | None => kept,
        };
        let carried = |kept: &Kept| kept.what != Carried::Copied;
        let (kept, left): (Vec<Kept>, Vec<Kept>) = self.kept.into_iter().map(as_text).partition(carried);
        let (mut dropped, mut lost) = (self.dropped, self.lost);
        let all = left.iter().filter_map(|kept| of(kept.stream));
        let why = "a ladder carries the picture, encoded sound, and subtitles that are text";
        dropped.extend(all.map(|stream| Dropped {
            stream: stream.index,
            sentence: format!("{}: {why}", stream.described()),
        }));
        dropped.sort_by_key(|dropped| dropped.stream);
        if source.chapters > 0 && lost.is_empty() {
            lost.push(format!("{} chapters: {why}", source.chapters));
        }
        Self { kept, dropped, lost }
    }
    fn add(&mut self, stream: &Stream, fate: Fate) {
        let sentence = |how: &str| format!("{}: {how}", stream.described());
        let (index, kind) = (stream.index, stream.kind);
        match fate {
            Fate::Kept(what, how) => {
                self.kept.push(Kept { stream: index, kind, what, sentence: sentence(&how) });
            }
            Fate::Dropped(why) => self.dropped.push(Dropped { stream: index, sentence: sentence(&why) }),
        }
    }
    /// Adds the streams that were not chosen.
    fn leave_behind(&mut self, source: &Source, selection: &Selection) {
        let has = |carriage: &Self, index: u32| {
            let mut kept = carriage.kept.iter().map(|kept| kept.stream);
            kept.any(|stream| stream == index) || carriage.dropped.iter().any(|one| one.stream == index)
        };
        for stream in &source.streams {
            if !has(self, stream.index) {
                self.add(stream, Fate::Dropped(format!("the parameters say {selection}")));
            }
        }
        self.dropped.sort_by_key(|dropped| dropped.stream);
    }
    pub fn dropped_sentences(&self) -> Vec<String> {
        let streams = self.dropped.iter().map(|dropped| &dropped.sentence);
        streams.chain(&self.lost).cloned().collect()
    }
}

/// Refuses to burn in subtitles that the film lacks, or that are pictures.
pub fn can_burn(source: &Source, profile: &Profile) -> Result<(), Refusal> {
    let Some(track) = profile.video.filters.as_ref().and_then(Chain::burnt) else { return Ok(()) };
    let refuse = |reason: String| Err(Refusal::new("-vf subtitles", reason));
    let all: Vec<&Stream> = source.of_kind(StreamKind::Subtitle).collect();
    match all.get(track as usize) {
        None => refuse(format!("the film has {} subtitles; si={track} is not among them", all.len())),
        Some(stream) if !TEXT_SUBTITLES.contains(&stream.codec.as_str()) => {
            refuse(format!("{} are pictures; only text can be burnt in", stream.described()))
        }
        Some(_) => Ok(()),
    }
}

/// Decides for each stream; keeps everything that the parameters choose and the container can hold.
/// Fails only if the parameters demand the impossible,
/// such as a copy of sound that the container can't hold.
pub fn plan(source: &Source, profile: &Profile) -> Result<Carriage, Refusal> {
    let film = source.film_stream().map(|(stream, _)| stream.index);
    let chosen = profile.selection.choose(source)?;
    let mut carriage = Carriage::default();
    for choice in &chosen {
        let stream = choice.stream;
        let fate = if Some(stream.index) == film {
            film_fate(stream, profile, source.clock_set_back)?
        } else if let Some(fate) = fate_behind(stream, source, profile) {
            fate
        } else {
            fate(stream, profile)?
        };
        if let Fate::Dropped(why) = &fate
            && !is_no_loss(stream, profile)
        {
            choice.can_be_dropped(why)?;
        }
        let fate = if source.clock_set_back { laid_out(stream, fate)? } else { fate };
        carriage.add(stream, fate);
    }
    carriage.leave_behind(source, &profile.selection);
    if !carriage.kept.iter().any(|kept| Some(kept.stream) == film) && !profile.selection.is_all() {
        return Err(Refusal::new(
            profile.selection.to_string(),
            "this chooses no picture, and a job needs one; -map 0:v chooses it",
        ));
    }
    if profile.container.is_one_picture() {
        carriage.kept.sort_by_key(|kept| kept.what != Carried::Picture);
    }
    carriage.lost = lost(source, profile);
    Ok(carriage)
}

fn lost(source: &Source, profile: &Profile) -> Vec<String> {
    let title = profile.container.title();
    let mut out = Vec::new();
    if source.chapters > 0 && !profile.chapters {
        out.push(format!("{} chapters: the parameters say -map_chapters -1", source.chapters));
    } else if source.chapters > 0 && !profile.container.holds_chapters() {
        out.push(format!("{} chapters: {title} can't hold chapters", source.chapters));
    }
    out
}

/// Codecs of text subtitles, which ffmpeg can convert to another codec.
fn is_text(stream: &Stream) -> bool {
    stream.kind == StreamKind::Subtitle && TEXT_SUBTITLES.contains(&stream.codec.as_str())
}

const TEXT_SUBTITLES: &[&str] =
    &["subrip", "ass", "ssa", "webvtt", "mov_text", "text", "microdvd", "subviewer", "sami"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::params::{parse, words};
    use crate::media::sample::film;
    use crate::media::words::container::Container;

    fn planned(name: &str, line: &str) -> Result<Carriage, Refusal> {
        let container = Container::of_name(name).unwrap();
        plan(&film(), &parse(&words(line).unwrap(), container).unwrap())
    }

    #[test]
    fn only_what_is_decoded_follows_a_clock_that_is_set_back() {
        let source = Source { clock_set_back: true, ..film() };
        let planned = |line: &str| plan(&source, &parse(&words(line).unwrap(), Container::Matroska).unwrap());
        let carriage = planned("").unwrap();
        let kept: Vec<u32> = carriage.kept.iter().map(|kept| kept.stream).collect();
        assert_eq!(kept, [0, 1, 2, 4, 5], "picture, sounds, a font and a cover");
        let dropped = carriage.dropped_sentences().join("\n");
        assert!(dropped.contains("0:3 subtitle subrip (eng): the film's clock jumps midway"), "{dropped}");
        let refusal = planned("-c:a copy").unwrap_err().to_string();
        assert!(refusal.contains("stream 0:1 can't be copied"), "{refusal}");
    }

    #[test]
    fn matroska_keeps_all_but_data() {
        let carriage = planned("a.mkv", "").unwrap();
        assert_eq!(
            carriage.kept_sentences(),
            [
                "0:0 video h264: encoded as libx264",
                "0:1 audio aac (ger): encoded as libvorbis",
                "0:2 audio ac3 (fre): encoded as libvorbis",
                "0:3 subtitle subrip (eng): copied",
                "0:4 attachment ttf: copied",
                "0:5 cover png: cover copied",
            ]
        );
        assert_eq!(carriage.dropped_sentences(), ["0:6 data bin_data: data streams are not carried"]);
        assert_eq!(carriage.kept[2].what, Carried::Sound);
    }

    #[test]
    fn what_is_chosen_is_kept_in_that_order_and_the_rest_is_named() {
        let carriage = planned("a.mkv", "-map 0:s -map 0:a:1 -map 0:v:0 -map 0:2?").unwrap_err();
        assert!(carriage.to_string().starts_with("-map 0:2?: 0:2 is chosen already"), "{carriage}");
        let carriage = planned("a.mkv", "-map 0:s -map 0:a:1 -map 0:V -map 0:d?").unwrap();
        let kept: Vec<u32> = carriage.kept.iter().map(|kept| kept.stream).collect();
        assert_eq!((kept, carriage.encoded_sounds()), (vec![3, 2, 0], vec![2]));
        assert_eq!(
            carriage.dropped_sentences(),
            [
                "0:1 audio aac (ger): the parameters say -map 0:s -map 0:a:1 -map 0:V -map 0:d?",
                "0:4 attachment ttf: the parameters say -map 0:s -map 0:a:1 -map 0:V -map 0:d?",
                "0:5 cover png: the parameters say -map 0:s -map 0:a:1 -map 0:V -map 0:d?",
                "0:6 data bin_data: data streams are not carried",
            ]
        );
        let mxf = planned("a.mxf", "-map 0:a -map 0:0 -c:v prores_ks").unwrap();
        assert_eq!(mxf.kept[0].what, Carried::Picture, "{mxf:?}");
    }

    #[test]
    fn a_stream_that_was_named_on_its_own_is_not_left_behind() {
        let said = |name: &str, line: &str| planned(name, line).map_err(|refusal| refusal.to_string());
        assert_eq!(
            said("a.mp4", "-map 0:0 -map 0:4").unwrap_err(),
            "-map 0:4: 0:4 attachment ttf: MP4 can't hold ttf; leave this option out, or take a container that can hold it"
        );
        for line in
            ["-map 0:0 -map 0:t", "-map 0:0 -map 0:4?", "-map 0:0 -map 0:1 -an", "-map 0:0 -map 0:s:0 -sn"]
        {
            assert_eq!(said("a.mp4", line).unwrap().kept.len(), 1, "{line}");
        }
        assert!(said("a.mkv", "-map 0:a").unwrap_err().contains("this chooses no picture"));
    }

    #[test]
    fn of_several_pictures_the_first_that_is_chosen_is_encoded() {
        let mut film = film();
        film.streams[5].dispositions.clear();
        let profile = parse(&words("-map 0:5 -map 0:0 -map 0:a").unwrap(), Container::Matroska).unwrap();
        let source = profile.with_its_picture(film.clone());
        assert_eq!(source.film_stream().map(|(stream, _)| stream.index), Some(5));
        assert_eq!(source.film_picture().to_string(), "5");
        let kept = plan(&source, &profile).unwrap().kept;
        assert_eq!((&kept[0].what, &kept[1].what), (&Carried::Picture, &Carried::Copied));
        let all = parse(&words("-map 0").unwrap(), Container::Matroska).unwrap();
        assert_eq!(all.with_its_picture(film).film_stream().map(|(stream, _)| stream.index), Some(0));
    }

    #[test]
    fn what_a_container_can_not_hold_is_named() {
        let carriage = planned("a.mp4", "").unwrap();
        assert_eq!(carriage.kept[3].what, Carried::Converted { encoder: "mov_text".into() });
        assert_eq!(carriage.dropped_sentences()[0], "0:4 attachment ttf: MP4 can't hold ttf");
        let carriage = planned("a.ts", "-c:v libx264 -an").unwrap();
        assert_eq!(carriage.kept.len(), 1);
        assert_eq!(
            carriage.dropped_sentences(),
            [
                "0:1 audio aac (ger): the parameters say -an",
                "0:2 audio ac3 (fre): the parameters say -an",
                "0:3 subtitle subrip (eng): MPEG-TS can't hold subrip",
                "0:4 attachment ttf: MPEG-TS can't hold ttf",
                "0:5 cover png: MPEG-TS can't hold a cover of png",
                "0:6 data bin_data: data streams are not carried",
                "2 chapters: MPEG-TS can't hold chapters",
            ]
        );
    }

    #[test]
    fn a_copy_that_can_not_be_is_refused_aloud() {
        let refusal = planned("a.webm", "-c:a copy").unwrap_err();
        assert_eq!(refusal.to_string(), "-c:a copy: WebM can't hold the aac of stream 0:1");
        assert_eq!(planned("a.mkv", "-c:a copy").unwrap().kept[1].what, Carried::Copied);
    }

    #[test]
    fn a_stream_that_nobody_can_know_is_dropped_by_name() {
        let mut source = film();
        let sound = source.streams[1].sound.as_mut().unwrap();
        (sound.sample_rate, sound.silent) = (0, true);
        source.streams[2].codec.clear();
        source.streams[5].picture.as_mut().unwrap().width = 0;
        for line in ["", "-c:a copy"] {
            let profile = parse(&words(line).unwrap(), Container::Matroska).unwrap();
            let dropped = plan(&source, &profile).unwrap().dropped_sentences();
            assert_eq!(
                dropped[..3],
                [
                    "0:1 audio aac (ger): the film does not tell its sample rate and channels",
                    "0:2 audio (fre): the film does not tell its codec",
                    "0:5 cover png: the film does not tell its size",
                ],
                "{line}"
            );
        }
    }

    /// The sound of a recording that begins after its first five megabytes was dropped, though ffmpeg finds it.
    #[test]
    fn sound_that_is_heard_later_than_it_is_probed_is_encoded() {
        let mut source = film();
        source.streams[1].sound.as_mut().unwrap().sample_rate = 0;
        let profile = parse(&[], Container::Matroska).unwrap();
        assert_eq!(plan(&source, &profile).unwrap().kept[1].what, Carried::Sound);
    }

    #[test]
    fn sound_that_ends_before_it_begins_is_dropped_by_name_where_it_would_be_encoded() {
        let mut source = film();
        source.streams[1].sound.as_mut().unwrap().silent = true;
        let planned =
            |line: &str| plan(&source, &parse(&words(line).unwrap(), Container::Matroska).unwrap()).unwrap();
        let carriage = planned("");
        assert_eq!(carriage.kept[1].what, Carried::Sound);
        assert_eq!(
            carriage.dropped[0].sentence,
            "0:1 audio aac (ger): it has no sound in the chosen part of the film"
        );
        assert_eq!(planned("-c:a copy").kept[1].what, Carried::Copied);
    }

    /// The job failed at its end: "its sound 1 is 2205 ms too early".
    #[test]
    fn sound_that_begins_behind_the_chosen_part_is_dropped_by_name() {
        let mut source = film();
        source.streams[1].start_us = Some(source.start_us + 2_100_000);
        let kept = |line: &str, container| {
            let carriage = plan(&source, &parse(&words(line).unwrap(), container).unwrap()).unwrap();
            carriage.kept.iter().any(|kept| kept.stream == 1)
        };
        for (line, is_kept) in
            [("-t 1.5", false), ("-t 2.2", true), ("-ss 1 -t 1.5", true), ("-c:a copy -t 1.5", false)]
        {
            assert_eq!(kept(line, Container::Matroska), is_kept, "{line}");
        }
        assert!(kept("-c:v ffv1 -t 1.5", Container::Avi), "silence stands for it");
    }

    #[test]
    fn only_subtitles_that_are_there_are_burnt_in() {
        let told = |line: &str| {
            let profile = parse(&words(line).unwrap(), Container::Matroska).unwrap();
            can_burn(&film(), &profile).map_err(|refusal| refusal.to_string())
        };
        assert_eq!((told("-vf subtitles=source"), told("-vf hflip")), (Ok(()), Ok(())));
        let missing = told("-vf subtitles=source:si=4").unwrap_err();
        assert_eq!(missing, "-vf subtitles: the film has 1 subtitles; si=4 is not among them");
    }

    #[test]
    fn every_stream_has_one_fate() {
        for container in Container::ALL {
            for line in ["-an", "-sn", "-c:s copy", ""] {
                let name = format!("a.{}", container.suffixes()[0]);
                let encoder = match container {
                    Container::WebM => "libvpx-vp9",
                    Container::Mxf => "prores_ks",
                    _ => "libx264 -bf 0",
                };
                let carriage = planned(&name, &format!("-c:v {encoder} {line}")).unwrap();
                let kept = carriage.kept.iter().map(|kept| kept.stream);
                let mut all: Vec<u32> = kept.chain(carriage.dropped.iter().map(|d| d.stream)).collect();
                all.sort_unstable();
                assert_eq!(all, [0, 1, 2, 3, 4, 5, 6], "{name} {line}");
            }
        }
    }
}
