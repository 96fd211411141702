//! Proves files of a stream against the plan, by what our readers find in them.

use std::ops::Range;

use super::fragmented::Fragmented;
use super::moof::Sample;
use super::playlist::media::MediaPlaylist;
use super::segments::MediaSegments;

/// What a media segment was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub bytes: u64,
    /// Where its first fragment is, which for a picture is the key frame.
    pub key: Range<u64>,
}

/// Checks a media segment, read as players do: behind its head.
pub fn check_segment(plan: &MediaSegments, number: usize, read: &Fragmented) -> Result<Found, String> {
    let told = |what: &str| Err(format!("media segment {number}: {what}"));
    let range = plan.range(number);
    if (read.track.timescale, read.track.edit) != (plan.timescale(), i64::from(plan.edit())) {
        return told("another clock or another edit");
    }
    let samples: Vec<&Sample> = read.samples().collect();
    let mut shown: Vec<i64> = samples.iter().map(|sample| sample.shown).collect();
    shown.sort_unstable();
    if shown != (range.start..range.end).map(|frame| plan.shown_at(frame)).collect::<Vec<_>>() {
        return told("its frames are not shown when the film's are");
    }
    let ends = plan.decoded_at(range.end);
    let next = samples.iter().skip(1).map(|sample| sample.decoded).chain([ends]);
    if !samples.iter().zip(next).all(|(sample, next)| sample.decoded + sample.length.cast_signed() == next) {
        return told("decode times do not follow each other up to the next media segment");
    }
    if samples[0].decoded != plan.decoded_at(range.start) {
        return told("it begins at another time");
    }
    let alone = !plan.is_picture() || read.fragments[0].samples.len() == 1;
    if !samples[0].key || samples[0].shown != plan.shown_at(range.start) || !alone {
        return told("it does not begin with a key frame of its own");
    }
    let first = number as u64 * 2 + 1;
    if !read.fragments.iter().zip(first..).all(|(fragment, wanted)| fragment.sequence == wanted) {
        return told("fragments are not numbered in their order");
    }
    let head = read.head.len() as u64;
    let [begins, ends] =
        [read.fragments[0].at, read.fragments[0].at + read.fragments[0].bytes].map(|at| at - head);
    Ok(Found { bytes: read.bytes - head, key: begins..ends })
}

/// The name of a media segment's file.
pub fn segment_name(number: usize) -> String {
    format!("{number:05}.m4s")
}

/// Checks a playlist that was read against the files that were found.
pub(super) fn check_playlist(
    plan: &MediaSegments,
    list: &MediaPlaylist,
    found: &[Found],
) -> Result<(), String> {
    if list.entries.len() != plan.count() || found.len() != plan.count() {
        return Err(format!("{} media segments of {}", list.entries.len().min(found.len()), plan.count()));
    }
    let mut sum_us = plan.micros(plan.begins(0)).cast_unsigned();
    for (number, (entry, found)) in list.entries.iter().zip(found).enumerate() {
        sum_us += entry.length_us;
        if sum_us != plan.micros(plan.begins(number + 1)).cast_unsigned() || entry.uri != segment_name(number)
        {
            return Err(format!("the playlist has another length or name for media segment {number}"));
        }
        let wanted = list.keys_only.then(|| found.key.clone());
        if entry.bytes != wanted || found.key.end > found.bytes {
            return Err(format!("the playlist names other bytes of media segment {number}"));
        }
    }
    Ok(())
}
