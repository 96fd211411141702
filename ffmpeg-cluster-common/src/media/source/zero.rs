//! The zero of a film's times.

use super::Source;

impl Source {
    /// Whether ffmpeg counts times from the earliest time of the streams
    /// that a run uses, instead of the file's.
    /// It does so for formats whose clock may jump.
    pub(crate) fn counts_from_used_streams(&self) -> bool {
        matches!(self.format.as_str(), "mpegts" | "mpeg" | "ogg" | "live_flv")
    }

    /// What one run of ffmpeg subtracts from every time of the input, in microseconds.
    pub(crate) fn zero_us(&self, with_sound: bool) -> i64 {
        let of_picture = || {
            let (stream, _) = self.film_stream()?;
            stream.start_us.filter(|&start| start > self.start_us)
        };
        let alone = !with_sound && self.counts_from_used_streams();
        alone.then(of_picture).flatten().unwrap_or(self.start_us)
    }
}

#[cfg(test)]
mod tests {
    use crate::media::sample::film;

    #[test]
    fn without_its_sound_a_film_of_jumping_clocks_begins_with_its_picture() {
        let mut source = film();
        source.start_us = 1_400_000;
        for stream in &mut source.streams {
            stream.start_us = Some(if stream.picture.is_some() { 1_480_000 } else { 1_400_000 });
        }
        assert_eq!((source.zero_us(true), source.zero_us(false)), (1_400_000, 1_400_000), "MP4");
        source.format = "mpegts".into();
        assert_eq!((source.zero_us(true), source.zero_us(false)), (1_400_000, 1_480_000));
    }
}
