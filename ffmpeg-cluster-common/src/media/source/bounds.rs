//! Inputs that claim too much, or too little.

use super::{Picture, Source};
use crate::fault::{Fault, FaultCode};
use crate::limits::{DURATION_US_MAX, PIXELS_MAX, STREAMS_MAX};

const HOUR_US: i64 = 3_600_000_000;

impl Source {
    /// Refuses an input whose headers claim more than the bounds allow, or do not claim enough to encode it.
    pub fn within_bounds(&self) -> Result<(), Fault> {
        let over = |message: String| Err(Fault::new(FaultCode::OverBound, message));
        if self.streams.len() > STREAMS_MAX {
            return over(format!("it has {} streams; at most {STREAMS_MAX} are allowed", self.streams.len()));
        }
        for picture in self.streams.iter().filter_map(|stream| stream.picture.as_ref()) {
            if picture.pixels() > PIXELS_MAX {
                let (width, height) = (picture.width, picture.height);
                return over(format!(
                    "its picture has {width}x{height} pixels; at most {PIXELS_MAX} are allowed"
                ));
            }
        }
        let is_vague = |picture: &Picture| picture.pixels() == 0 || picture.pix_fmt.is_empty();
        if self.film_stream().is_some_and(|(_, picture)| is_vague(picture)) {
            let message = "nothing tells the size or the pixel format of its picture";
            return Err(Fault::new(FaultCode::SourceUnreadable, message));
        }
        match self.duration_us {
            Some(us) if us > DURATION_US_MAX => over(format!(
                "it claims to last {} hours; at most {} are allowed",
                us / HOUR_US,
                DURATION_US_MAX / HOUR_US
            )),
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::sample::film;

    #[test]
    fn a_claim_beyond_a_bound_is_named() {
        let told = |change: &dyn Fn(&mut Source)| {
            let mut source = film();
            change(&mut source);
            source.within_bounds().map_err(|fault| (fault.code, fault.message))
        };
        let side = |width: u32, height: u32| {
            told(&|source| {
                let picture = source.streams.iter_mut().find_map(|stream| stream.picture.as_mut()).unwrap();
                (picture.width, picture.height) = (width, height);
            })
        };
        assert_eq!(told(&|_| {}), Ok(()));
        assert_eq!(side(16_384, 8_192), Ok(()));
        let (code, message) = side(16_384, 8_193).unwrap_err();
        assert_eq!(code, FaultCode::OverBound);
        assert!(message.contains("16384x8193 pixels; at most 134217728"), "{message}");
        assert_eq!(side(0, 5).unwrap_err().0, FaultCode::SourceUnreadable);
        let long = told(&|source| source.duration_us = Some(DURATION_US_MAX + 1));
        assert!(long.unwrap_err().1.contains("744 hours; at most 744 are allowed"));
        let many = told(&|source| source.streams = vec![source.streams[0].clone(); STREAMS_MAX + 1]);
        assert!(many.unwrap_err().1.contains("201 streams; at most 200 are allowed"));
    }
}
