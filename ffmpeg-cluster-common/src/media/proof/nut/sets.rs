//! Parameter sets of H.264 and HEVC, which say what the pictures are: whether frames bring some of their own.

/// Which NAL units are parameter sets.
type IsSet = fn(u8) -> bool;

/// Watches frames for parameter sets.
#[derive(Debug)]
pub(super) struct Sets {
    is_set: IsSet,
    /// The last bytes of the frame.
    last: u32,
    met: bool,
}

impl Sets {
    /// None for other codecs, and where the head has no parameter sets behind start codes.
    pub(super) fn of(codec: &[u8], private: &[u8]) -> Option<Self> {
        let is_set: IsSet = match codec {
            b"H264" => |first| matches!(first & 0x1f, 7 | 8 | 13 | 15),
            b"HEVC" => |first| matches!(first >> 1 & 0x3f, 32..=34),
            _ => return None,
        };
        let mut sets = Self { is_set, last: u32::MAX, met: false };
        sets.watch(private);
        sets.met.then_some(Self { is_set, last: u32::MAX, met: false })
    }

    pub(super) fn begin_frame(&mut self) {
        self.last = u32::MAX;
    }

    pub(super) fn watch(&mut self, some: &[u8]) {
        for &byte in some {
            self.met |= self.last << 8 == 0x100 && (self.is_set)(byte);
            self.last = self.last << 8 | u32::from(byte);
        }
    }

    pub(super) const fn were_met(&self) -> bool {
        self.met
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_set_is_met_wherever_a_frame_is_parted() {
        let frame = [0, 0, 0, 1, 0x65, 9, 0, 0, 1, 0x67, 1];
        for parted in 0..frame.len() {
            let mut sets = Sets::of(b"H264", &[0, 0, 1, 0x67]).unwrap();
            sets.begin_frame();
            sets.watch(&frame[..parted]);
            sets.watch(&frame[parted..]);
            assert!(sets.were_met(), "{parted}");
        }
    }

    #[test]
    fn what_is_no_parameter_set_is_none() {
        let mut sets = Sets::of(b"HEVC", &[0, 0, 1, 0x42]).unwrap();
        for frame in [&[0, 0, 1, 0x26][..], &[0, 1, 0x42], &[0, 0, 2, 0x42], &[0, 0]] {
            sets.begin_frame();
            sets.watch(frame);
        }
        sets.begin_frame();
        sets.watch(&[1, 0x42]);
        assert!(!sets.were_met(), "no start code lies in two frames");
        sets.watch(&[0, 0, 1, 0x40]);
        assert!(sets.were_met());
    }

    #[test]
    fn a_head_without_parameter_sets_tells_nothing() {
        assert!(Sets::of(b"H264", &[]).is_none());
        assert!(
            Sets::of(b"H264", &[1, 0x64, 0, 0x1e, 0xff, 0xe1]).is_none(),
            "lengths in the place of start codes"
        );
        assert!(Sets::of(b"FMP4", &[0, 0, 1, 0x67]).is_none());
    }
}
