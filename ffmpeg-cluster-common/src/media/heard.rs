//! Which sounds of a source hold anything to be heard in the part that is wanted. A film that was cut short may end before its
//! sound begins; nothing can be encoded then, and the sound is dropped by name.
//!
//! One frame of each sound is decoded; reading ends as soon as all have given one.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;

use super::sound::{read_together, span_arguments};
use super::source::Source;
use super::work::SoundWork;

/// `input` is all that opens the source, `-i` and what must stand before it.
pub fn arguments(work: &SoundWork, input: &[String]) -> Vec<String> {
    let mut all = input.to_vec();
    let maps = work.streams.iter().flat_map(|stream| ["-map".to_owned(), format!("0:{stream}")]);
    all.extend(maps);
    // However much of it does not decode: what does is heard.
    all.extend("-vn -sn -dn -max_error_rate 1 -c:a pcm_s16le -frames:a 1".split(' ').map(str::to_owned));
    all.extend(span_arguments(work.span).into_iter().flat_map(|(name, value)| [name.to_owned(), value]));
    all.extend("-f framecrc -".split(' ').map(str::to_owned));
    if work.together && !work.span.is_whole() {
        all.extend(read_together(work));
    }
    all
}

/// Takes the lines of [`arguments`].
#[derive(Debug, Default)]
pub struct Heard(BTreeSet<usize>);

impl Heard {
    /// `stream, dts, pts, duration, size, checksum`; comments start with `#`.
    pub fn line(&mut self, line: &str) {
        let nth = line.split_once(',').map(|(nth, _)| nth.trim().parse::<usize>());
        self.0.extend(nth.and_then(Result::ok));
    }

    /// Marks the sounds of which nothing was heard.
    pub fn mark(&self, source: &mut Source, work: &SoundWork) {
        for (nth, stream) in work.streams.iter().enumerate() {
            let found = source.streams.iter_mut().find(|known| known.index == *stream);
            if let Some(sound) = found.and_then(|stream| stream.sound.as_mut()) {
                sound.silent = !self.0.contains(&nth);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::carriage::plan;
    use super::super::container::Container;
    use super::super::profile::{parse, words};
    use super::super::sample::film;
    use super::super::sound::sound_work;
    use super::*;

    fn work(source: &Source, line: &str) -> SoundWork {
        let profile = parse(&words(line).unwrap(), Container::Matroska).unwrap();
        sound_work(source, &plan(source, &profile).unwrap(), &profile).unwrap()
    }

    #[test]
    fn a_sound_without_a_frame_is_marked() {
        let mut source = film();
        let work = work(&source, "");
        let mut heard = Heard::default();
        for line in ["#tb 0: 1/48000", "#media_type 1: audio", "1,          0,          0, 1024, 4096, 0x1"] {
            heard.line(line);
        }
        heard.mark(&mut source, &work);
        let silent = |stream: usize| source.streams[stream].is_silent();
        assert_eq!((silent(1), silent(2)), (true, false));
    }

    #[test]
    fn only_the_part_that_is_wanted_is_listened_to() {
        let mut source = film();
        source.format = "mpegts".into();
        let line = |line: &str| arguments(&work(&source, line), &["-i".into(), "SRC".into()]).join(" ");
        let one = "-i SRC -map 0:1 -map 0:2 -vn -sn -dn -max_error_rate 1 -c:a pcm_s16le -frames:a 1";
        assert_eq!(line(""), format!("{one} -f framecrc -"));
        // Times of such a file count from the first of what is read.
        let part =
            format!("{one} -ss 3000000us -t 2000000us -f framecrc - -map 0:V? -map 0:a? -c copy -f null -");
        assert_eq!(line("-ss 3 -t 2"), part);
    }
}
