//! The filter chain of one piece: the frames to read, the user's filters, and the frames to keep.

use super::looks::{levels_kept, one_range};
use crate::frames::Rational;
use crate::media::params::{Chain, Filter};
use crate::media::plan::work::{Cut, PictureWork, RateGrid, Window};
use crate::media::source::clock;

/// The time base for filters that choose their own times; it is fine enough for any time.
const FINE: Rational = Rational::MICROS;

pub(super) const fn piece_time_base(window: &Window) -> Rational {
    match window.result.cut {
        Cut::None | Cut::Margins { .. } => window.result.time_base,
        Cut::Own { .. } => FINE,
    }
}

/// The whole chain; it makes the piece start at zero.
/// NUT holds no times before zero, and the concat demuxer does not always notice a later start.
pub(super) fn filters(work: &PictureWork, input: &[String]) -> String {
    let all = in_place(work, input);
    match work.window.result.cut {
        Cut::Own { .. } => format!("{all},setpts=PTS-STARTPTS"),
        Cut::None | Cut::Margins { .. } => all,
    }
}

/// The same chain, but frames that only the filters determine keep their times within the wanted part.
pub(super) fn in_place(work: &PictureWork, input: &[String]) -> String {
    let window = &work.window;
    let end = window.end.map_or_else(String::new, |end| format!(":end_pts={end}"));
    let counted = window.counted_from.map(|time| format!("setpts=PTS-STARTPTS{}", minus(-time)));
    let laid_out = clock::picture_filter(work.picture.time_base, &work.shifts);
    let mut all: Vec<String> = laid_out.into_iter().chain(told_in(work)).chain(counted).collect();
    all.push(format!("trim=start_pts={}{end}", window.start));
    all.extend(one_range(&work.picture));
    let user = work.profile.filters.as_ref();
    let levels = levels_kept(&work.picture, &work.profile);
    let as_read = !window.doubled && work.shifts.is_empty();
    let plain = as_read && window.result.lay.is_none() && window.result.cut == Cut::None;
    if user.is_none() && plain {
        all.extend(levels);
        all.push(format!("setpts=PTS{}", minus(window.result.first + window.zero)));
        return all.join(",");
    }
    if window.doubled {
        let time = format!("PTS{}", minus(window.zero));
        all.push(format!("setpts='if(isnan(PREV_OUTPTS),{time},max({time},PREV_OUTPTS+1))'"));
    } else if window.zero != 0 {
        all.push(format!("setpts=PTS{}", minus(window.zero)));
    }
    all.extend(user.map(|chain| padded(of_source(chain, input), window.result.cut).to_string()));
    all.extend(one_size(work));
    all.extend(levels);
    all.extend(kept(window));
    all.join(",")
}

/// Sets the index's time base if it subdivides the source's ticks.
pub(in crate::media::command) fn told_in(work: &PictureWork) -> Option<String> {
    let Rational { num, den } = work.window.time_base;
    (work.window.doubled && work.window.time_base != work.picture.time_base)
        .then(|| format!("settb={num}/{den}"))
}

/// Scales all frames to one size if ffmpeg must not rebuild the filters.
/// It does so when the picture size changes midway, and the filters then forget the last time.
/// A film in one piece needs that time if its frames share times or its clock is set back.
pub(super) fn one_size(work: &PictureWork) -> Option<String> {
    let whole = work.window.result.cut == Cut::None && work.profile.filters.is_none();
    let upright = work.picture.rotation % 180 == 0;
    let (width, height) = (work.picture.width, work.picture.height);
    let (width, height) = if upright { (width, height) } else { (height, width) };
    let remembers = work.window.doubled || !work.shifts.is_empty();
    (remembers && whole).then(|| format!("scale={width}:{height}"))
}

fn minus(time: i64) -> String {
    if time < 0 { format!("+{}", time.unsigned_abs()) } else { format!("-{time}") }
}

/// Gives the input's address to filters that read the source a second time.
fn of_source(chain: &Chain, input: &[String]) -> Chain {
    chain.with_source(input.last().map_or("", String::as_str))
}

/// Adds frames after the film's last if a constant rate needs them.
fn padded(chain: Chain, cut: Cut) -> Chain {
    match cut {
        Cut::Margins { pad } if pad > 0 => {
            chain.with_each_rate(&Filter::new("tpad").with("stop", pad).with("stop_mode", "clone"))
        }
        Cut::None | Cut::Margins { .. } | Cut::Own { .. } => chain,
    }
}

fn kept(window: &Window) -> Vec<String> {
    let result = &window.result;
    if let Cut::Own { start_us, length_us } = result.cut {
        return own(start_us, length_us);
    }
    let base = piece_time_base(window);
    let first = result.time_base.rescale(result.first, base);
    let start = format!("setpts=PTS{}", minus(first));
    let mut all = vec![format!("settb={base}")];
    all.extend(result.lay.map(laid));
    if matches!(result.cut, Cut::Margins { .. }) {
        let end = result.end.map_or(result.last + 1, |end| end);
        all.push(format!("trim=start_pts={}:end_pts={end}", result.first));
    }
    all.push(start);
    all
}

/// Cuts like a single run of ffmpeg:
/// its trim filter counts in the filters' ticks, its encoder in microseconds.
fn own(start_us: i64, length_us: Option<i64>) -> Vec<String> {
    let start = (start_us > 0).then(|| format!("start={start_us}us"));
    let length = length_us.map(|us| format!("duration={us}us"));
    let both: Vec<String> = start.into_iter().chain(length).collect();
    let mut all = Vec::new();
    if !both.is_empty() {
        all.push(format!("trim={}", both.join(":")));
    }
    all.push(format!("settb={FINE}"));
    all.extend(length_us.map(|us| format!("trim=end_pts={}", start_us.saturating_add(us))));
    all.push(format!("setpts=PTS{}", minus(start_us)));
    all
}

fn laid(lay: RateGrid) -> String {
    let RateGrid { origin, step } = lay;
    format!("setpts='{origin}+{step}*round((PTS{})/{step})'", minus(origin))
}
