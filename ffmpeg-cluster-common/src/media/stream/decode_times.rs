//! When the frames of a media segment are decoded.

/// The times at which these frames are decoded, given when they are shown, in the order in which
/// they are decoded:
/// the first when it is shown, each later than the one before, and none more than `delay` after it is shown.
pub(super) fn decode_times(shown: &[i64], delay: u32) -> Result<Vec<i64>, String> {
    let mut in_order = shown.to_vec();
    in_order.sort_unstable();
    let (mut times, mut next, mut first_shown) = (vec![0; shown.len()], i64::MAX, i64::MAX);
    for at in (0..shown.len()).rev() {
        first_shown = first_shown.min(shown[at]);
        next = in_order[at].min(first_shown + i64::from(delay)).min(next - 1);
        times[at] = next;
    }
    match (times.first(), in_order.first(), shown.first()) {
        (Some(decoded), Some(earliest), Some(key)) if decoded == earliest && earliest == key => Ok(times),
        (None, ..) => Err("a media segment without frames".into()),
        (_, earliest, key) if earliest != key => {
            Err("the key frame of a media segment is not shown first".into())
        }
        _ => Err("frames are reordered over too long a time to be streamed".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn frames_without_reordering_are_decoded_when_they_are_shown() {
        assert_eq!(decode_times(&[40, 80, 130], 160).unwrap(), [40, 80, 130]);
    }

    #[test]
    fn b_frames_are_decoded_at_the_times_of_frames_before_them() {
        assert_eq!(decode_times(&[0, 160, 80, 40, 120], 160).unwrap(), [0, 40, 80, 120, 160]);
    }

    #[test]
    fn no_frame_is_decoded_long_after_it_is_shown() {
        // The last is shown so early that the frames before it can't wait for their own turn.
        assert_eq!(decode_times(&[0, 9000, 5000, 100], 200).unwrap(), [0, 100, 299, 300]);
    }

    #[test]
    fn what_can_not_be_told_is_refused() {
        assert!(decode_times(&[], 10).is_err());
        assert!(decode_times(&[40, 0], 10).is_err(), "a leading frame");
        assert!(decode_times(&[0, 9, 8, 7, 6, 5, 4, 3, 2, 1], 1).is_err());
    }

    proptest! {
        #[test]
        fn times_ascend_and_no_frame_is_late(gaps in prop::collection::vec(1_i64..5000, 1..80), groups in prop::collection::vec(1_usize..6, 80), mean in 1_u32..40) {
            let shown: Vec<i64> = std::iter::once(7).chain(gaps.iter().scan(7, |at, gap| { *at += gap; Some(*at) })).collect();
            // Each group is decoded last frame first, as references before B-frames.
            let (mut order, mut at) = (vec![shown[0]], 1);
            for group in groups {
                let end = (at + group).min(shown.len());
                order.extend(shown[at..end].iter().rev());
                at = end;
            }
            let delay = mean * 100;
            let times = decode_times(&order, delay).unwrap();
            prop_assert_eq!(times[0], 7);
            prop_assert!(times.is_sorted_by(|a, b| a < b));
            for (decoded, shown) in times.iter().zip(&order) {
                prop_assert!(decoded - shown <= i64::from(delay));
            }
            prop_assert!(times.last() <= shown.last());
        }
    }
}
