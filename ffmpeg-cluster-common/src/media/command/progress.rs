//! Reads the output of ffmpeg's `-progress`.

/// What ffmpeg reported last.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Progress {
    pub frames: u64,
    pub fps: f32,
    /// Position in the output, in microseconds.
    pub out_time_us: i64,
}

impl Progress {
    /// Takes a line; returns true at the end of a block, when all numbers belong together.
    pub fn line(&mut self, line: &str) -> bool {
        let Some((key, value)) = line.split_once('=') else { return false };
        let value = value.trim();
        match key.trim() {
            "frame" => self.frames = value.parse().unwrap_or(self.frames),
            "fps" => self.fps = value.parse().unwrap_or(self.fps),
            "out_time_us" => self.out_time_us = value.parse().unwrap_or(self.out_time_us),
            "progress" => return true,
            _ => {}
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_as_ffmpeg_prints_it() {
        let text = "frame=120\nfps=31.5\nstream_0_0_q=28.0\nbitrate=N/A\ntotal_size=4096\nout_time_us=4800000\n\
                    out_time=00:00:04.800000\nspeed=1.2x\nprogress=continue\nframe=N/A\nprogress=end";
        let (mut progress, mut blocks) = (Progress::default(), 0);
        text.lines().for_each(|line| blocks += u32::from(progress.line(line)));
        let wanted = Progress { frames: 120, fps: 31.5, out_time_us: 4_800_000 };
        assert_eq!((progress, blocks), (wanted, 2));
    }
}
