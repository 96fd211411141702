//! Finds the sounds that have samples in the wanted part of the film.
//!
//! A film that was cut short may end before its sound begins.
//! Such a sound can't be encoded, and is dropped with a message.
//!
//! Each sound has its own run, which decodes one frame.
//! A shared run would end its whole output as soon as the first stream had its frame.
//! A sound needs no run if the probe already decoded a frame of it,
//! the whole film is wanted, and no layout moves its times.

use std::collections::BTreeSet;

use crate::frames::Rational;
use crate::media::command::sound::{read_together, say_span};
use crate::media::plan::work::SoundWork;
use crate::media::source::Source;

/// The run for one stream of the work. `input` is `-i` and all arguments before it.
pub fn arguments(work: &SoundWork, stream: u32, input: &[String]) -> Vec<String> {
    let mut line = work.opened(input);
    // Skips packets that do not decode; one packet that does is enough.
    line.map(0, stream).say("-vn -sn -dn -max_error_rate 1 -c:a pcm_s16le -frames:a 1");
    if let Some(layout) = &work.layout {
        line.option("-af", layout.sound_filters());
    }
    say_span(&mut line, work.span).say("-f framecrc -");
    if work.together && work.layout.is_none() && !work.span.is_whole() {
        read_together(&mut line, work);
    }
    line.finish()
}

/// Whether the probe's answer holds: a part may begin after the sound ends, and a layout moves the sound.
fn is_heard(source: &Source, work: &SoundWork, stream: u32) -> bool {
    let known = source.streams.iter().find(|known| known.index == stream);
    let heard = known.and_then(|stream| stream.sound.as_ref()).is_some_and(|sound| sound.heard);
    heard && work.span.is_whole() && work.layout.is_none()
}

/// The streams that have samples.
#[derive(Debug, Default)]
pub struct StreamsWithSound {
    heard: BTreeSet<u32>,
    /// The unit of the times that the run tells.
    base: Option<Rational>,
}

impl StreamsWithSound {
    /// Starts from what the probe heard, and returns the streams that still need a run.
    pub fn begin<'a>(source: &Source, works: &'a [SoundWork]) -> (Self, Vec<(&'a SoundWork, u32)>) {
        let each = works.iter().flat_map(|work| work.streams.iter().map(move |stream| (work, *stream)));
        let (heard, left): (Vec<_>, Vec<_>) =
            each.partition(|(work, stream)| is_heard(source, work, *stream));
        let heard = heard.into_iter().map(|(_, stream)| stream).collect();
        (Self { heard, base: None }, left)
    }

    /// Takes a line of the run with [`arguments`]: a frame, or a comment that starts with `#`.
    pub fn line(&mut self, work: &SoundWork, stream: u32, line: &str) {
        if let Some(base) = line.strip_prefix("#tb 0: ") {
            self.base = Rational::parse(base.trim());
        } else if !line.trim().is_empty() && !line.starts_with('#') && !self.is_behind(work, line) {
            self.heard.insert(stream);
        }
    }

    /// Whether this frame lies behind the wanted part: ffmpeg lets one pass if it is the first.
    fn is_behind(&self, work: &SoundWork, frame: &str) -> bool {
        let time = frame.split(',').nth(2).and_then(|time| time.trim().parse().ok());
        let begins_us = self.base.zip(time).map(|(base, time)| base.micros(time));
        let length_us = work.span.length_us.filter(|_| work.begun_at_zero().is_none());
        length_us.zip(begins_us).is_some_and(|(length_us, begins_us)| begins_us >= length_us)
    }

    /// Takes the failure of the run: it does not prove the stream silent,
    /// but ffmpeg always fails at a stream of unknown form that never has a frame.
    pub fn failed(&mut self, source: &Source, stream: u32) {
        let known = source.streams.iter().find(|known| known.index == stream);
        if known.is_some_and(|stream| stream.untold().is_none()) {
            self.heard.insert(stream);
        }
    }

    /// Marks the sounds without samples as silent.
    pub fn mark(&self, source: &mut Source, work: &SoundWork) {
        for stream in &work.streams {
            let found = source.streams.iter_mut().find(|known| known.index == *stream);
            if let Some(sound) = found.and_then(|stream| stream.sound.as_mut()) {
                sound.silent = !self.heard.contains(stream);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::command::sound::sound_works;
    use crate::media::params::{parse, words};
    use crate::media::plan::carriage::plan;
    use crate::media::sample::film;
    use crate::media::words::container::Container;

    fn work(source: &Source, line: &str) -> SoundWork {
        let profile = parse(&words(line).unwrap(), Container::Matroska).unwrap();
        sound_works(source, &plan(source, &profile).unwrap(), &profile).remove(0)
    }

    #[test]
    fn a_sound_without_a_frame_is_marked() {
        let mut source = film();
        let work = work(&source, "");
        let mut heard = StreamsWithSound::default();
        heard.line(&work, work.streams[0], "#tb 0: 1/48000");
        for line in ["#tb 0: 1/48000", "0,          0,          0, 1024, 4096, 0x1"] {
            heard.line(&work, work.streams[1], line);
        }
        heard.mark(&mut source, &work);
        let silent = |stream: usize| source.streams[stream].is_silent();
        assert_eq!((silent(1), silent(2)), (true, false));
    }

    /// ffmpeg lets the first frame pass, however late it is.
    #[test]
    fn a_frame_behind_the_wanted_part_is_not_heard() {
        let source = film();
        for (line, is_heard) in [("-t 1.5", false), ("-t 2.2", true), ("", true)] {
            let (mut source, work) = (source.clone(), work(&source, line));
            let mut heard = StreamsWithSound::default();
            for said in ["#tb 0: 1/44100", "0,      92610,      92610,     1024,     2048, 0x365edb3d"] {
                heard.line(&work, 1, said);
            }
            heard.mark(&mut source, &work);
            assert_eq!(!source.streams[1].is_silent(), is_heard, "{line}");
        }
    }

    #[test]
    fn a_failure_does_not_prove_silence_unless_nobody_knows_the_sound() {
        let mut source = film();
        source.streams[1].sound.as_mut().unwrap().sample_rate = 0;
        let work = work(&source, "");
        let mut heard = StreamsWithSound::default();
        work.streams.iter().for_each(|&stream| heard.failed(&source, stream));
        heard.mark(&mut source, &work);
        let silent = |stream: usize| source.streams[stream].is_silent();
        assert_eq!((silent(1), silent(2)), (true, false));
    }

    #[test]
    fn what_the_probe_heard_counts_for_the_whole_film_alone() {
        let mut source = film();
        source.streams[2].sound.as_mut().unwrap().heard = true;
        let left = |line: &str| {
            let works = [work(&source, line)];
            StreamsWithSound::begin(&source, &works)
                .1
                .into_iter()
                .map(|(_, stream)| stream)
                .collect::<Vec<_>>()
        };
        assert_eq!(left(""), [1]);
        assert_eq!(left("-ss 3"), [1, 2], "it may end before");
    }

    #[test]
    fn only_the_part_that_is_wanted_is_listened_to() {
        let mut source = film();
        source.format = "mpegts".into();
        let line = |line: &str| arguments(&work(&source, line), 2, &["-i".into(), "SRC".into()]).join(" ");
        let one = "-i SRC -map 0:2 -vn -sn -dn -max_error_rate 1 -c:a pcm_s16le -frames:a 1";
        assert_eq!(line(""), format!("{one} -f framecrc -"));
        // Times in such a file count from the earliest stream that is read.
        let part =
            format!("{one} -ss 3000000us -t 2000000us -f framecrc - -map 0:V? -map 0:a? -c copy -f null -");
        assert_eq!(line("-ss 3 -t 2"), part);
    }
}
