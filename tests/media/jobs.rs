//! Whole jobs by chance through one cluster, each exact or refused with a reason; and those that once were neither, by name.
//! `JOBS_BY_CHANCE=2000` makes more, `JOBS_SEED=7` others. The program `jobs` of this crate makes finds small.

use std::time::{Duration, Instant};

use harness::jobs::bench::{Bench, Outcome, prepare};
use harness::jobs::{Job, run};
use harness::share::number;

const AT_ONCE: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn jobs_by_chance_are_exact_or_refused() {
    prepare();
    let (seed, count) = (number("JOBS_SEED", 1), number("JOBS_BY_CHANCE", 100));
    let (bench, long) = (Bench::new(), Instant::now() + Duration::from_secs(24 * 3600));
    let tally = run::all(&bench, run::of_seed(seed, 0..count), AT_ONCE, long, |_| ()).await;
    assert!(tally.finds.is_empty(), "{tally}\nthe server said last:\n{}", bench.said(40));
    assert!(tally.exact() * 5 > count, "most are refused, so that little was judged:\n{tally}");
    assert_eq!(bench.left_behind(), Vec::<String>::new());
}

/// What becomes of a job that was found by chance.
#[derive(Debug, Clone, Copy)]
enum Now {
    Exact,
    Refused,
}

/// What it was, and the line that repeats it.
const FOUND: &[(&str, Now, &str)] = &[
    (
        "the_key_frame_of_a_part_whose_frames_are_reordered",
        Now::Exact,
        "no-audio.mkv | -c:v libx264 -ss 0.52 | .mkv",
    ),
    // ffmpeg 5 reads beyond the picture of these two; what it finds there differs from run to run.
    (
        "cfhd_garbled_what_was_left_over_of_eight_rows",
        Now::Refused,
        "prores.mov | -c:v cfhd -vf lut=v=negval | .mov",
    ),
    ("cfhd_of_whole_rows", Now::Exact, "prores.mov | -c:v cfhd -vf scale=192:104,lut=v=negval | .mov"),
    (
        "fftdnoiz_gave_other_pixels_in_each_run",
        Now::Refused,
        "subtitles.mkv | -c:v ffv1 -vf smartblur,fftdnoiz | .mkv",
    ),
    (
        "loudnorm_made_three_channels_of_one_in_avi",
        Now::Exact,
        "h264-plain.mp4 | -c:v ffv1 -c:a ac3 -af loudnorm | .avi",
    ),
    ("the_same_with_sound_and_an_end", Now::Exact, "h264-plain.mp4 | -c:v libx264 -ss 0.52 -t 2 | .mp4"),
    ("the_same_of_three_sounds", Now::Exact, "three-audio.mkv | -c:v libx265 -preset ultrafast -ss 1 | .mkv"),
    ("no_client_offered_snow", Now::Exact, "no-audio.mkv | -c:v snow -q:v 7 | .mkv"),
    (
        "a_part_of_a_late_film_had_a_frame_less",
        Now::Exact,
        "three-audio.mkv | -c:v png -to 0.04 -r 60 -an | .mkv",
    ),
    (
        "a_part_of_interpolated_frames_began_between_them",
        Now::Exact,
        "h264-vfr.mkv | -c:v ffv1 -vf minterpolate -ss 1 -t 2 -an | .mkv",
    ),
    (
        "avi_had_twice_the_fields_at_half_their_rate",
        Now::Exact,
        "audio-pcm.mov | -c:v ffv1 -vf w3fdif=mode=field -an | .avi",
    ),
    ("a_rate_that_begins_at_its_second_tick", Now::Exact, "tags.mkv | -c:v mpeg4 -q:v 2 -r 25 | .avi"),
    (
        "the_films_own_rate_was_that_of_its_clock",
        Now::Exact,
        "h264-vfr.mp4 | -c:v ffv1 -fps_mode cfr -an | .mkv",
    ),
    ("mpeg_1_in_avi_was_a_frame_late", Now::Exact, "h264-plain.mp4 | -c:v mpeg1video -q:v 6 -an | .avi"),
    ("gray_forgot_that_its_range_is_full", Now::Exact, "h264-plain.mp4 | -c:v ffv1 -pix_fmt gray -an | .mkv"),
    (
        "a_film_that_avi_makes_unreadable",
        Now::Refused,
        "vp9-alpha.webm | -c:v rawvideo -pix_fmt gbrp -an | .avi",
    ),
    ("wma_in_avi_lost_the_size_of_its_blocks", Now::Exact, "h264-plain.mp4 | -c:v ffv1 -c:a wmav2 | .avi"),
    ("nut_called_e_ac_3_ac_3", Now::Exact, "h264-plain.mp4 | -c:v libx264 -preset ultrafast -c:a eac3 | .ts"),
    ("five_frames_of_four_in_avi", Now::Exact, "h264-plain.mp4 | -c:v ffv1 -vf telecine -an | .avi"),
    ("a_range_that_a_filter_set", Now::Exact, "sar.mp4 | -c:v ffv1 -vf setrange=range=full -an | .mkv"),
    (
        "mpeg_2_of_frames_that_a_filter_chose_was_a_second_late",
        Now::Exact,
        "audio-pcm.mov | -c:v mpeg2video -q:v 2 -pix_fmt yuv420p -vf select=1 | .mkv",
    ),
    (
        "mp4_hid_the_frame_with_which_a_part_began",
        Now::Exact,
        "ffv1-rgb.avi | -c:v libx264 -preset ultrafast -pix_fmt yuv420p -ss 1.01 -to 3.3 | .mp4",
    ),
    (
        "quicktime_took_a_tag_that_nobody_knows",
        Now::Refused,
        "h264-plain.mp4 | -c:v png -c:a pcm_alaw -tag:a 0x1 | .mov",
    ),
    ("tta_lost_its_last_second", Now::Refused, "prores.mov | -c:v ffv1 -c:a tta | .mkv"),
    ("xvid_kept_the_last_frames_back", Now::Refused, "subtitles.mp4 | -c:v libxvid -q:v 3 -bf 4 | .mov"),
    (
        "a_part_without_its_sound_was_counted_from_the_sound",
        Now::Exact,
        "h264-plain.ts | -c:v ffv1 -ss 1.01 -to 3.3 -an | .avi",
    ),
    ("jpegs_were_said_to_have_limited_range", Now::Exact, "hevc-open-gop.mkv | -c:v mjpeg -q:v 6 -an | .mkv"),
    ("no_piece_holds_qtrle", Now::Refused, "audio-44100.mp4 | -c:v qtrle -an | .mov"),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_chance_found() {
    let bench = Bench::new();
    let mut wrong = Vec::new();
    for (name, now, line) in FOUND {
        let outcome = bench.judged(&Job::read(line).expect("a line that was printed")).await;
        let holds = match now {
            Now::Exact => matches!(outcome, Outcome::Exact { .. }),
            Now::Refused => matches!(outcome, Outcome::Refused { .. }),
        };
        if !holds {
            wrong.push(format!("{name}: {outcome:?}\n    {line}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
