//! Which sounds of a source hold anything to be heard in the part that is wanted. A film that was cut short may end before its
//! sound begins; nothing can be encoded then, and the sound is dropped by name.
//!
//! One frame of each sound is decoded, in a run of its own: ffmpeg ends a whole output when the first of its streams has as
//! many frames as were asked for.

use std::collections::BTreeSet;

use crate::media::command::sound::{read_together, say_span};
use crate::media::plan::work::SoundWork;
use crate::media::source::Source;

/// For one of the work's streams. `input` is all that opens the source, `-i` and what must stand before it.
pub fn arguments(work: &SoundWork, stream: u32, input: &[String]) -> Vec<String> {
    let mut line = work.opened(input);
    // However much of it does not decode: what does is heard.
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

/// Streams of which something was heard.
#[derive(Debug, Default)]
pub struct Heard(BTreeSet<u32>);

impl Heard {
    /// A line of what a run with [`arguments`] prints: a frame, or a comment that starts with `#`.
    pub fn line(&mut self, stream: u32, line: &str) {
        if !line.trim().is_empty() && !line.starts_with('#') {
            self.0.insert(stream);
        }
    }

    /// Nobody could listen to it; it is not called silent for that.
    pub fn unknown(&mut self, stream: u32) {
        self.0.insert(stream);
    }

    /// Marks the sounds of which nothing was heard.
    pub fn mark(&self, source: &mut Source, work: &SoundWork) {
        for stream in &work.streams {
            let found = source.streams.iter_mut().find(|known| known.index == *stream);
            if let Some(sound) = found.and_then(|stream| stream.sound.as_mut()) {
                sound.silent = !self.0.contains(stream);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::command::sound::sound_work;
    use crate::media::params::{parse, words};
    use crate::media::plan::carriage::plan;
    use crate::media::sample::film;
    use crate::media::words::container::Container;

    fn work(source: &Source, line: &str) -> SoundWork {
        let profile = parse(&words(line).unwrap(), Container::Matroska).unwrap();
        sound_work(source, &plan(source, &profile).unwrap(), &profile).unwrap()
    }

    #[test]
    fn a_sound_without_a_frame_is_marked() {
        let mut source = film();
        let work = work(&source, "");
        let mut heard = Heard::default();
        heard.line(work.streams[0], "#tb 0: 1/48000");
        for line in ["#tb 0: 1/48000", "0,          0,          0, 1024, 4096, 0x1"] {
            heard.line(work.streams[1], line);
        }
        heard.mark(&mut source, &work);
        let silent = |stream: usize| source.streams[stream].is_silent();
        assert_eq!((silent(1), silent(2)), (true, false));
    }

    #[test]
    fn only_the_part_that_is_wanted_is_listened_to() {
        let mut source = film();
        source.format = "mpegts".into();
        let line = |line: &str| arguments(&work(&source, line), 2, &["-i".into(), "SRC".into()]).join(" ");
        let one = "-i SRC -map 0:2 -vn -sn -dn -max_error_rate 1 -c:a pcm_s16le -frames:a 1";
        assert_eq!(line(""), format!("{one} -f framecrc -"));
        // Times of such a file count from the first of what is read.
        let part =
            format!("{one} -ss 3000000us -t 2000000us -f framecrc - -map 0:V? -map 0:a? -c copy -f null -");
        assert_eq!(line("-ss 3 -t 2"), part);
    }
}
