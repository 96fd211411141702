//! Numbered images that make one film, such as `frame_%04d.png`.
//!
//! The server packs them into one file without encoding;
//! from then on they are a source like any other.
//! No client opens more than one file, and no other code knows about images.

use serde::{Deserialize, Serialize};

use crate::frames::Rational;
use crate::limits::FRAMES_MAX;

/// Suffixes of images that QuickTime holds unchanged and that open no other file.
const SUFFIXES: &[&str] = &["png", "jpg", "jpeg", "tif", "tiff", "dpx", "exr", "tga", "jp2", "sgi"];
/// The most digits of a number with leading zeros.
const DIGITS_MAX: usize = 9;
const RATE_MAX: i64 = 1000;
/// ffmpeg's default.
pub const RATE_USUAL: Rational = Rational { num: 25, den: 1 };

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// The folder of the images; absolute, without symbolic links.
    pub folder: String,
    pub pattern: Pattern,
    /// The number of the first image.
    pub first: u64,
    pub images: u64,
    /// The total size of all images in bytes.
    pub bytes: u64,
    /// Distinguishes these images from later versions of them; empty in records of older servers.
    #[serde(default)]
    pub mark: String,
    /// Images per second.
    pub rate: Rational,
}

/// A file name with a number in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    before: String,
    /// The minimum number of digits, padded with zeros; 0 for a plain `%d`.
    digits: usize,
    after: String,
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::read(&text)
    }
}

impl std::convert::From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.to_string()
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { before, digits, after } = self;
        if *digits > 0 { write!(to, "{before}%0{digits}d{after}") } else { write!(to, "{before}%d{after}") }
    }
}

impl Pattern {
    /// Reads a file name with one `%d` or `%04d` and the suffix of a known image format.
    pub fn read(name: &str) -> Result<Self, String> {
        let wanted = || "expected a file name with one %d or %04d in it, such as frame_%04d.png".to_owned();
        let (before, rest) = name.split_once('%').ok_or_else(wanted)?;
        let (digits, after) = rest.split_once('d').ok_or_else(wanted)?;
        let digits = match digits.strip_prefix('0') {
            None if digits.is_empty() => 0,
            Some(number) => {
                number.parse().ok().filter(|&n| (1..=DIGITS_MAX).contains(&n)).ok_or_else(wanted)?
            }
            None => return Err(wanted()),
        };
        if after.contains('%') || name.contains(['/', '\\', '\0', '\n', '\r']) {
            return Err(wanted());
        }
        let suffix = after.rsplit_once('.').map_or("", |(_, suffix)| suffix).to_ascii_lowercase();
        if !SUFFIXES.contains(&suffix.as_str()) {
            return Err(format!("images of these kinds can be a film: {}", SUFFIXES.join(", ")));
        }
        Ok(Self { before: before.to_owned(), digits, after: after.to_owned() })
    }

    pub fn name(&self, number: u64) -> String {
        format!("{}{number:0width$}{}", self.before, self.after, width = self.digits)
    }

    /// The number of the image with this name; None if the name does not fit the pattern.
    pub fn number(&self, name: &str) -> Option<u64> {
        let digits = name.strip_prefix(self.before.as_str())?.strip_suffix(self.after.as_str())?;
        let number = digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        (self.name(number) == name).then_some(number)
    }

    /// The first number and the count of the images.
    /// Fails at a gap, because ffmpeg would end the film there silently.
    pub fn run(&self, mut numbers: Vec<u64>) -> Result<(u64, u64), String> {
        numbers.sort_unstable();
        let Some((&first, &last)) = numbers.first().zip(numbers.last()) else {
            return Err(format!("there is no image with a name like {}", self.name(1)));
        };
        if let Some(pair) = numbers.windows(2).find(|pair| pair[1] != pair[0] + 1) {
            let (missing, last) = (self.name(pair[0] + 1), self.name(last));
            return Err(format!("{missing} is missing; the images go on to {last}"));
        }
        let images = numbers.len() as u64;
        if images > FRAMES_MAX {
            return Err(format!("there are more than {FRAMES_MAX} images"));
        }
        Ok((first, images))
    }
}

/// Reads images per second as people type them: `25`, `23.976`, `24000/1001`.
pub fn rate(text: &str) -> Option<Rational> {
    let text = text.trim();
    let rate = Rational::parse(text).or_else(|| decimal(text))?;
    let fits = rate.is_positive() && rate.num <= RATE_MAX.saturating_mul(rate.den) && rate.den <= 1_001_000;
    fits.then_some(rate)
}

fn decimal(text: &str) -> Option<Rational> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let plain = part.len() <= 3
        && !whole.is_empty()
        && [whole, part].iter().all(|t| t.bytes().all(|b| b.is_ascii_digit()));
    let den = 10_i64.pow(u32::try_from(part.len()).ok().filter(|_| plain)?);
    let num = format!("{whole}{part}").parse::<i64>().ok()?;
    Rational::new(num, den)
}

impl Sequence {
    /// The suffix of the images in lower case; ffmpeg chooses their decoder by it.
    pub fn suffix(&self) -> String {
        self.pattern.after.rsplit_once('.').map_or(String::new(), |(_, suffix)| suffix.to_ascii_lowercase())
    }

    /// The sequence of the first image alone, enough to probe the film.
    pub fn first(&self) -> Self {
        Self { images: 1, mark: String::new(), ..self.clone() }
    }

    pub fn numbers(&self) -> std::ops::Range<u64> {
        self.first..self.first + self.images
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::read(text).unwrap()
    }

    #[test]
    fn a_pattern_names_its_images_and_knows_them() {
        for (text, number, name) in
            [("f_%04d.png", 7, "f_0007.png"), ("f_%04d.png", 12345, "f_12345.png"), ("%d.JPG", 7, "7.JPG")]
        {
            assert_eq!(
                (pattern(text).name(number), pattern(text).number(name)),
                (name.to_owned(), Some(number))
            );
            assert_eq!(pattern(text).to_string(), text);
        }
        for other in ["f_007.png", "f_0007.jpg", "f_+007.png", "f_00007.png", "g_0007.png", "f_.png"] {
            assert_eq!(pattern("f_%04d.png").number(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_no_pattern_of_images_is_refused() {
        for text in [
            "f.png",
            "%s.png",
            "%n.png",
            "%d%d.png",
            "%5d.png",
            "%00d.png",
            "%099999999d.png",
            "%-4d.png",
            "a/%d.png",
            "%d.mkv",
            "%d",
            "%d.png\n",
            "%*d.png",
            "%ld.png",
        ] {
            assert!(Pattern::read(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_gap_is_named_and_never_the_silent_end_of_a_film() {
        let images = pattern("f_%03d.png");
        assert_eq!(images.run(vec![5, 3, 4]), Ok((3, 3)));
        assert_eq!(
            images.run(vec![3, 4, 6]).unwrap_err(),
            "f_005.png is missing; the images go on to f_006.png"
        );
        assert!(images.run(vec![]).unwrap_err().contains("f_001.png"));
    }

    #[test]
    fn rates_as_people_type_them() {
        let told = |num, den| Some(Rational { num, den });
        assert_eq!(rate("25"), told(25, 1));
        assert_eq!(rate("24000/1001"), told(24000, 1001));
        assert_eq!(rate("23.976"), told(23976, 1000));
        for wrong in ["0", "-1", "1/0", "x", "", ".", "1e3", "1001", "25fps", "0.0001"] {
            assert_eq!(rate(wrong), None, "{wrong}");
        }
    }
}
