//! What people read of a job that is done.

use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::media::proof::report::ClockSetBack;
use ffmpeg_cluster_common::protocol::command::JobState;

use super::*;

fn report(source: u64, wanted: u64, result: u64) -> Report {
    Report { frames_source: source, frames_wanted: wanted, frames_result: result, ..Report::default() }
}

fn done(report: Report) -> JobStatus {
    JobStatus {
        job_id: "j".parse().unwrap(),
        status: JobState::Completed,
        progress: 100.0,
        error: None,
        output_url: None,
        file_name: "film.mkv".into(),
        output_name: "output.mp4".into(),
        created_at: String::new(),
        completed_at: None,
        frames_total: Some(100),
        frames_done: 100,
        fps: 96.0,
        speed: None,
        eta_seconds: None,
        clients: 0,
        doing: "Completed".into(),
        result_removed_at: None,
        products: Vec::new(),
        report: Some(report),
    }
}

#[test]
fn frames_are_proved_against_those_that_were_wanted() {
    assert_eq!(proved(&report(300, 300, 300)), "300 of 300 frames");
    assert_eq!(proved(&report(300, 125, 125)), "125 of 125 frames (of 300 in the source)");
    assert_eq!(proved(&report(200, 400, 400)), "400 of 400 frames (from 200 in the source)");
    assert_eq!(proved(&report(300, 0, 300)), "300 of 300 frames", "of a server that does not say it");
    let copied = Report { counts_packets: true, ..report(711, 711, 711) };
    assert_eq!(proved(&copied), "711 of 711 packets", "of fields, two make a frame");
    assert_eq!(proved(&report(1, 1, 1)), "1 of 1 frame");
}

#[test]
fn people_are_told_who_counted_frames_that_only_filters_know() {
    let told = |counted| text(&done(Report { frames_counted: counted, ..report(750, 250, 250) }));
    let line = "counted  250 frames by the server's own run of the filters";
    assert!(told(Some(250)).lines().any(|all| all == line), "{}", told(Some(250)));
    assert!(!told(None).contains("counted"));
}

#[test]
fn people_are_told_at_how_many_seams_the_pictures_were_compared() {
    let told = |pieces, compared| text(&done(Report { pieces, seams_compared: compared, ..report(9, 9, 9) }));
    let line = "seams    at 3 of 3 places between pieces, both clients decoded the same pictures";
    assert!(told(4, 3).lines().any(|all| all == line), "{}", told(4, 3));
    assert!(told(2, 1).contains("at 1 of 1 place between"));
    assert!(!told(1, 0).contains("seams"), "one piece meets none");
    let twice = Report { pieces: 4, seams_compared: 3, pieces_decoded_twice: 1, ..report(9, 9, 9) };
    assert!(
        text(&done(twice)).contains("same pictures; frames of 1 piece decoded twice, with the same pictures")
    );
}

#[test]
fn people_are_told_all_that_was_found() {
    let piece = |range, psnr, ssim| PieceLikeness { frames: range, psnr, ssim };
    let all = Report {
        damage: vec!["frames 3..5 (0.1 s) do not decode".into()],
        likeness: vec![
            piece(FrameRange::new(0, 50), Some(41.26), 0.99),
            piece(FrameRange::new(50, 100), None, 1.0),
        ],
        streams_dropped: vec!["0:2 data".into()],
        warnings: vec!["beware".into()],
        encoded_with: [("libx264".to_owned(), 100)].into(),
        ..report(100, 100, 100)
    };
    let read = text(&done(all));
    for line in [
        "damaged  frames 3..5 (0.1 s) do not decode",
        "likeness PSNR 41.3 dB, SSIM 0.9900 (the lowest of 2 pieces, each compared with the source)",
        "dropped  0:2 data",
        "warning  beware",
        "encoder  libx264: 100 frames",
    ] {
        assert!(read.lines().any(|all| all == line), "{line:?} is not in {read}");
    }
}

#[test]
fn much_damage_is_counted() {
    let places: Vec<String> = (0..DAMAGE_SHOWN + 1).map(|n| n.to_string()).collect();
    let told = damage(&places);
    assert_eq!(told.last().unwrap(), "damaged  and 1 more place; --json has them all");
    assert_eq!(damage(&places[..DAMAGE_SHOWN]).len(), DAMAGE_SHOWN);
}

#[test]
fn a_status_tells_that_its_result_was_removed() {
    let status =
        JobStatus { result_removed_at: Some("2026-01-02T03:04:05Z".into()), ..done(report(1, 1, 1)) };
    let told = removed(&status).unwrap();
    assert!(told.contains("2026-01-02T03:04:05Z") && told.contains("submit the film again"), "{told}");
    assert!(text(&status).contains(&told));
    assert_eq!(removed(&done(report(1, 1, 1))), None);
}

#[test]
fn where_the_clock_is_set_back_is_told() {
    let places = vec![ClockSetBack { at_ms: 5_021.333, by_ms: 4_960.0 }];
    let lines = proof(&Report { clock_set_back: places, ..report(9, 9, 9) });
    let line =
        "clock    set back by 4.960 s at 5.021 s; the rest of the film was moved to follow what precedes it";
    assert!(lines.iter().any(|all| all == line), "{lines:?}");
}
