//! The version of an ffmpeg, and whether it is new enough.

/// The oldest version with everything that we rely on, and why.
pub(crate) const FLOOR: &str = "5.1 or newer is needed, the first with -fps_mode";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    Fine,
    TooOld,
    /// A build without a version number, from some state of the source code.
    Unnumbered,
}

/// The age of versions such as `5.1.9-0+deb12u1`, `n7.1-2-g123`, `N-118000-g123` and
/// `2024-05-02-git-71669f2ad5`.
pub(crate) fn age(version: &str) -> Age {
    let mut parts = version.trim_start_matches('n').split(['.', '-', '+']).map(str::parse::<u32>);
    let Some(Ok(major)) = parts.next() else { return Age::Unnumbered };
    // A date, not a version number.
    if major > 1_000 {
        return Age::Unnumbered;
    }
    let minor = parts.next().and_then(Result::ok).unwrap_or(0);
    if (major, minor) < (5, 1) { Age::TooOld } else { Age::Fine }
}

/// The version in `ffmpeg version 5.1.9-0+deb12u1 Copyright …`, for ffmpeg or ffprobe.
/// Returns None if the text does not start like that.
pub(crate) fn version_in<'a>(text: &'a str, program: &str) -> Option<&'a str> {
    let rest = text.lines().next()?.strip_prefix(program)?.strip_prefix(" version ")?;
    rest.split(' ').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_many_builders() {
        let of = |versions: &[&str]| versions.iter().map(|version| age(version)).collect::<Vec<_>>();
        let fine = [
            "5.1.9-0+deb12u1",
            "5.1",
            "n7.1-2-gabc",
            "n8.1.2",
            "8.1.2-https://www.martin-riedl.de",
            "6.1.1-3ubuntu5",
        ];
        assert_eq!(of(&fine), [Age::Fine; 6]);
        assert_eq!(of(&["5.0.3", "4.4.2-0ubuntu0.22.04.1", "n5.0", "5", "0.8"]), [Age::TooOld; 5]);
        assert_eq!(
            of(&["N-118000-gabc", "2024-05-02-git-71669f2ad5", "git-2020-01-01", ""]),
            [Age::Unnumbered; 4]
        );
    }

    #[test]
    fn versions_stand_in_the_first_line() {
        assert_eq!(version_in("ffmpeg version n8.1.2 Copyright (c)\nbuilt", "ffmpeg"), Some("n8.1.2"));
        assert_eq!(version_in("ffprobe version 5.1 Copyright", "ffprobe"), Some("5.1"));
        assert_eq!(version_in("ffprobe version 5.1 Copyright", "ffmpeg"), None);
        assert_eq!(version_in("", "ffmpeg"), None);
    }
}
