//! Whole jobs by chance: a film, parameters that the product's own tables allow (and some that they do not), a container. One server
//! and its clients make them; one plain run of ffmpeg is the judge. Each is exact, or refused with a reason.
//!
//! [`make`] makes jobs up, with [`values`] from the tables and [`help`] of ffmpeg · [`plain`] is the one run · [`verdict`] compares ·
//! [`bench`] runs one, [`run`] many · [`shrink`] makes a find small · [`tally`] counts.

pub mod bench;
pub mod help;
pub mod make;
pub mod options;
pub mod plain;
pub mod run;
pub mod shrink;
pub mod tally;
pub mod values;
pub mod verdict;

use std::fmt;

use ffmpeg_cluster_common::media::params;

/// Small films of many kinds, of the zoo. The first are the plainest: what shrinks tries them.
pub const FILMS: &[&str] = &[
    "h264-plain.mp4",
    "h264-plain.mkv",
    "no-audio.mkv",
    "h264-open-gop.mp4",
    "h264-open-gop.ts",
    "h264-vfr.mkv",
    "h264-vfr.mp4",
    "h264-mbaff.ts",
    "h264-bff.mp4",
    "h264-444.mp4",
    "h264-422-10.mp4",
    "h264-odd-size.mp4",
    "h264-23976.mp4",
    "h264-23976.mkv",
    "h264-5994.ts",
    "h264-gap.mp4",
    "hevc-10.mp4",
    "hevc-open-gop.mkv",
    "ffv1-alpha.mkv",
    "ffv1-rgb.avi",
    "qtrle-alpha.mov",
    "vp9-alpha.webm",
    "mpeg4-b.avi",
    "mpeg2-interlaced.mkv",
    "prores.mov",
    "rotated-90.mov",
    "sar.mp4",
    "tall.mp4",
    "tiny.mp4",
    "narrow.mp4",
    "list-mid-group.mp4",
    "three-audio.mkv",
    "audio-44100.mp4",
    "audio-71.mkv",
    "audio-late.mp4",
    "audio-longer.mp4",
    "audio-pcm.mov",
    "audio-opus.mkv",
    "subtitles.mkv",
    "subtitles.mp4",
    "chapters.mp4",
    "tags.mkv",
    "cover-last.mp4",
    "one-frame.mp4",
    "two-frames.ts",
];

/// Films that a find is tried on before all others.
pub const PLAINEST: usize = 3;

/// One job, as it is submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub film: String,
    /// An option and its value each; malformed ones may be anything.
    pub parts: Vec<Vec<String>>,
    pub suffix: String,
}

impl Job {
    pub fn words(&self) -> Vec<String> {
        self.parts.concat()
    }

    /// Of a line as one is printed.
    pub fn read(line: &str) -> Result<Self, String> {
        let fields: Vec<&str> = line.split(" | ").map(str::trim).collect();
        let [film, params, suffix] = fields[..] else {
            return Err(format!("expected FILM | PARAMETERS | SUFFIX, not {line:?}"));
        };
        let mut parts: Vec<Vec<String>> = Vec::new();
        for word in params::words(params).map_err(|why| why.to_string())? {
            let is_option = word.strip_prefix('-').is_some_and(|rest| rest.parse::<f64>().is_err());
            match parts.last_mut() {
                Some(part) if !is_option => part.push(word),
                Some(_) | None => parts.push(vec![word]),
            }
        }
        Ok(Self { film: film.to_owned(), parts, suffix: suffix.to_owned() })
    }

    /// The value of an option, the last one that is said.
    pub fn value(&self, names: &[&str]) -> Option<&str> {
        let said = |part: &&Vec<String>| part.len() == 2 && names.contains(&part[0].as_str());
        self.parts.iter().rev().find(said).map(|part| part[1].as_str())
    }

    pub fn says(&self, name: &str) -> bool {
        self.parts.iter().any(|part| part[0] == name)
    }
}

/// The line that repeats it.
impl fmt::Display for Job {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.words().iter().map(|word| quoted(word)).collect();
        write!(to, "{} | {} | {}", self.film, words.join(" "), self.suffix)
    }
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.+-=:/,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_read_as_it_was_printed() {
        let part = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let job = Job {
            film: "tiny.mp4".into(),
            parts: vec![
                part(&["-c:v", "ffv1"]),
                part(&["-vf", "hflip=enable='gt(t,1)',null"]),
                part(&["-an"]),
                part(&["-g", "-1"]),
                part(&["-metadata", ""]),
            ],
            suffix: ".mkv".into(),
        };
        assert_eq!(Job::read(&job.to_string()), Ok(job));
    }
}
