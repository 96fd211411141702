//! Parameter lists of encoders: the user's list,
//! with HDR10 data and field order of the source added to it.

use super::codes_fields;
use crate::frames::Rational;
use crate::media::params::{HdrNames, OwnList, VideoProfile, is_parameter_list};
use crate::media::source::{Hdr, Picture};

/// The user's list, with the source's HDR10 data unless the list has such data itself.
pub(super) fn parameter_list(profile: &VideoProfile, picture: &Picture) -> Option<(String, String)> {
    let users = profile.options.iter().find(|(name, _)| is_parameter_list(name)).cloned();
    let hdr = picture.hdr.as_ref().filter(|_| profile.filters.is_none());
    let hdr = |names| hdr.map(|hdr| hdr_text(hdr, names)).unwrap_or_default();
    let Some(list) = profile.row().list else { return users };
    let parts = [hdr(&list.hdr), lower_first(list, profile, picture)];
    let ours = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(":");
    if ours.is_empty() {
        return users;
    }
    match users {
        Some((name, text)) if ["master", "cll", "content-light"].iter().any(|word| text.contains(word)) => {
            Some((name, text))
        }
        Some((name, text)) => Some((name, format!("{text}:{ours}"))),
        None => Some((list.names[0].to_owned(), ours)),
    }
}

/// States the lower field first; x264 assumes the upper field, regardless of the frames.
fn lower_first(list: &OwnList, profile: &VideoProfile, picture: &Picture) -> String {
    let lower = picture.field_order.as_deref().is_some_and(|order| order.starts_with('b'));
    if lower && codes_fields(profile) { list.lower_first.to_owned() } else { String::new() }
}

fn hdr_text(hdr: &Hdr, names: &HdrNames) -> String {
    let mut all = Vec::new();
    if let Some(values) = &hdr.mastering {
        let [rx, ry, gx, gy, bx, by, wx, wy] =
            [0, 1, 2, 3, 4, 5, 6, 7].map(|n| scaled(values[n], names.chromaticity));
        let (low, high) = (scaled(values[8], names.luminance), scaled(values[9], names.luminance));
        let display = names.display;
        all.push(format!("{display}=G({gx},{gy})B({bx},{by})R({rx},{ry})WP({wx},{wy})L({high},{low})"));
    }
    if let (Some(most), Some(mean)) = (hdr.max_content, hdr.max_average) {
        all.push(format!("{}={most},{mean}", names.light));
    }
    all.join(":")
}

/// Rounds to whole numbers of the unit; with a unit of 1, to the five digits that standards use.
fn scaled(value: Rational, unit: i64) -> f64 {
    let finest = if unit == 1 { 100_000.0 } else { 1.0 };
    (value.as_f64() * unit as f64 * finest).round() / finest
}
