use super::*;
use crate::frames::Rational;
use crate::limits::piece_bytes_max;
use crate::media::params::{self, ColorProperties, words as split};
use crate::media::plan::film::{Film, IndexedBy};
use crate::media::plan::timeline::tests::plain;
use crate::media::plan::track::Segment;
use crate::media::plan::work::Cut;
use crate::media::sample::film;
use crate::media::source::Hdr;
use crate::media::source::index::Index;
use crate::media::source::index::tests::PICTURE;
use crate::media::words::container::Container;

fn both(params: &str, container: Container, range: FrameRange) -> (PictureWork, Film) {
    let profile = params::parse(&split(params).unwrap(), container).unwrap();
    let times = (0..300i64).map(|n| 1400 + n * 512).collect();
    let time_base = Rational { num: 1, den: 12_800 };
    let index = Index {
        time_base,
        times,
        keys: (0..300).step_by(25).collect(),
        doubled: vec![],
        leading: false,
        resets: vec![],
        setbacks: vec![],
        last_length: 0,
    };
    let mut source = film();
    source.start_us = 0;
    let timeline = Timeline::new(index, &source, &profile).unwrap();
    let film = timeline.film(&source, &profile, IndexedBy::Packets, &[]);
    let picture: Picture = serde_json::from_str(PICTURE).unwrap();
    let work = picture_work(&source, &timeline, &profile, range).unwrap();
    (PictureWork { picture, stream: 2, ..work }, film)
}

fn work(params: &str, container: Container, range: FrameRange) -> PictureWork {
    both(params, container, range).0
}

fn tags(work: &PictureWork) -> Vec<String> {
    let profile = params::parse(&[], work.container).unwrap();
    picture_tags(&work.picture, &Profile { video: work.profile.clone(), ..profile })
}

fn arguments(work: &PictureWork, start: Start) -> String {
    picture_arguments(work, &["-i".into(), "URL".into()], "OUT", start).join(" ")
}

#[test]
fn a_segment_in_the_middle() {
    let work = work("-c:v libx264 -preset fast -crf 20", Container::Mp4, FrameRange::new(60, 120));
    assert_eq!(
        arguments(&work, Start::Seek),
        "-copyts -seek_timestamp 1 -noaccurate_seek -ss 1.109875 -i URL -map 0:2 -an -sn -dn -map_metadata -1 \
         -map_chapters -1 -vf trim=start_pts=32120:end_pts=62840,format=yuv420p,setpts=PTS-32120 -fps_mode passthrough \
         -enc_time_base 1:12800 -c:v libx264 -preset fast -crf 20 -max_pixels:v 57142857 -avoid_negative_ts disabled -f nut OUT"
    );
    assert!(arguments(&work, Start::Beginning).starts_with("-copyts -i URL"));
}

#[test]
fn the_last_segment_has_no_end_and_filters_stand_inside_the_window() {
    let work = work("-c:v ffv1 -vf hflip,scale=80:60", Container::Matroska, FrameRange::new(200, 300));
    let text = arguments(&work, Start::Seek);
    assert!(
        text.contains(
            "-vf trim=start_pts=103800,format=yuv420p,hflip,scale=80:60,settb=1/12800,setpts=PTS-103800 "
        ),
        "{text}"
    );
    assert!(
        text.contains("-c:v ffv1 -level 3 -max_pixels:v 83333333 -avoid_negative_ts disabled -f nut"),
        "{text}"
    );
}

/// ffmpeg makes wrong colours of it at level 3, which nobody had asked for.
#[test]
fn ffv1_of_odd_sizes_with_few_samples_of_colour_gets_a_low_level() {
    let mut work = work("-c:v ffv1", Container::Matroska, FrameRange::new(0, 300));
    let mut said = |pix_fmt: &str, width: u32| {
        (work.picture.pix_fmt, work.picture.width) = (pix_fmt.to_owned(), width);
        arguments(&work, Start::Seek)
            .split_once("-c:v ffv1 ")
            .unwrap()
            .1
            .split_once("-max_pixels")
            .unwrap()
            .0
            .to_owned()
    };
    assert_eq!(said("yuv410p", 162), "-level 1 ");
    assert_eq!(said("yuv410p", 160), "-level 3 -slices 4 ");
    assert_eq!(said("yuv420p", 162), "-level 3 -slices 4 ");
    assert_eq!(said("yuv420p", 161), "-level 3 ");
}

/// A scale may make the sides odd of what was even before.
#[test]
fn ffv1_of_a_size_that_only_filters_know_gets_no_slices() {
    let said = |line: &str| {
        let work = work(line, Container::Matroska, FrameRange::new(0, 300));
        let text = arguments(&work, Start::Seek);
        (text.contains("-slices"), text.contains("-level 3"))
    };
    assert_eq!(said("-c:v ffv1"), (true, true));
    assert_eq!(said("-c:v ffv1 -vf scale=161:91"), (false, true));
    assert_eq!(said("-c:v ffv1 -pix_fmt yuv410p -vf scale=161:91"), (false, false));
    assert_eq!(said("-c:v ffv1 -vf scale=190:121,format=yuv410p"), (false, false), "the filters make it");
    assert_eq!(said("-c:v ffv1 -vf format=yuv422p|yuv411p"), (false, false));
}

#[test]
fn filters_that_must_remember_times_are_not_set_up_anew() {
    let mut work = work("-c:v ffv1", Container::Matroska, FrameRange::new(0, 300));
    work.window.doubled = true;
    let text = arguments(&work, Start::Seek);
    assert!(text.starts_with("-copyts -reinit_filter 0 -i URL"), "{text}");
    assert!(text.contains("PREV_OUTPTS+1))',scale=160:120,settb"), "{text}");
    work.picture.rotation = 90;
    assert!(arguments(&work, Start::Seek).contains("scale=120:160"));
    work.window.result.cut = Cut::Margins { pad: 0 };
    assert!(!arguments(&work, Start::Seek).contains("reinit"), "only where the film is in one piece");
}

#[test]
fn filters_tell_time_as_the_index_does() {
    let mut work = work("-c:v ffv1", Container::Matroska, FrameRange::new(0, 300));
    work.window.doubled = true;
    assert!(arguments(&work, Start::Seek).contains("-vf trim="), "the stream's own ticks");
    work.window.time_base.den *= 128;
    let text = arguments(&work, Start::Seek);
    let told = format!("-vf settb=1/{},trim=", work.window.time_base.den);
    assert!(text.contains(&told), "{text}");
}

#[test]
fn filters_lay_out_a_film_whose_clock_is_set_back_before_they_choose_frames() {
    let mut work = work("-c:v ffv1", Container::Matroska, FrameRange::new(0, 300));
    work.shifts = vec![7_000];
    let text = arguments(&work, Start::Seek);
    let laid =
        "-vf setpts='st(0,ld(0)+lt(PTS,PREV_INPTS-6400));PTS+gte(ld(0),1)*(7000)',trim=start_pts=1400,";
    assert!(text.contains(laid), "{text}");
    assert!(text.starts_with("-copyts -reinit_filter 0 -i URL"), "it forgets no setback: {text}");
    // The stretches are told in the stream's own ticks, whatever the index counts in.
    work.window.doubled = true;
    work.window.time_base.den *= 128;
    assert!(arguments(&work, Start::Seek).contains("(7000)',settb="));
}

#[test]
fn fields_stay_fields_where_the_encoder_can() {
    let mut work = work("-c:v libx264", Container::Matroska, FrameRange::new(0, 300));
    work.picture.field_order = Some("tt".into());
    assert!(arguments(&work, Start::Seek).contains("-flags +ildct+ilme"));
    work.picture.field_order = Some("bb".into());
    assert!(arguments(&work, Start::Seek).contains("-x264-params bff=1"));
    work.profile.filters = "hflip".parse().ok();
    assert!(!arguments(&work, Start::Seek).contains("ildct"));
}

#[test]
fn hdr_travels_in_band() {
    let mut work = work("-c:v libx265 -x265-params aq-mode=3", Container::Mp4, FrameRange::new(0, 300));
    let part = |num| Rational { num, den: 50_000 };
    let mut mastering = [34_000, 16_000, 13_250, 34_500, 7_500, 3_000, 15_635, 16_450].map(part).to_vec();
    mastering.extend([Rational { num: 50, den: 10_000 }, Rational { num: 10_000_000, den: 10_000 }]);
    let mastering = Some(mastering.try_into().unwrap());
    work.picture.hdr = Some(Hdr { mastering, max_content: Some(1000), max_average: Some(400) });
    let wanted = "-x265-params aq-mode=3:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50):max-cll=1000,400";
    let text = arguments(&work, Start::Seek);
    assert!(text.contains(wanted), "{text}");
    (work.profile.encoder, work.profile.options) = ("libsvtav1".into(), Vec::new());
    let wanted = "-svtav1-params mastering-display=G(0.265,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L(1000,0.005):content-light=1000,400";
    let text = arguments(&work, Start::Seek);
    assert!(text.contains(wanted), "{text}");
}

#[test]
fn an_encoder_of_constant_rates_refuses_variable_ones() {
    let profile = params::parse(&split("-c:v mpeg2video -q:v 3").unwrap(), Container::Matroska).unwrap();
    let picture: Picture = serde_json::from_str(PICTURE).unwrap();
    let time_base = Rational { num: 1, den: 12_800 };
    let mut index = Index {
        time_base,
        times: (0..50).map(|n| n * 512).collect(),
        keys: vec![0],
        doubled: vec![],
        leading: false,
        resets: vec![],
        setbacks: vec![],
        last_length: 0,
    };
    assert_eq!(can_hold(&profile, &plain(index.clone()), &picture), Ok(()));
    index.times[20] += 99;
    assert!(can_hold(&profile, &plain(index), &picture).unwrap_err().contains("mpeg2video"));
}

#[test]
fn mxf_knows_some_rates_only() {
    let picture: Picture = serde_json::from_str(PICTURE).unwrap();
    let time_base = Rational { num: 1, den: 12_800 };
    let times = (0..50).map(|n| n * 512).collect();
    let index = Index {
        time_base,
        times,
        keys: vec![0],
        doubled: vec![],
        leading: false,
        resets: vec![],
        setbacks: vec![],
        last_length: 0,
    };
    let held = |line: &str| {
        let profile = params::parse(&split(line).unwrap(), Container::Mxf).unwrap();
        let timeline = Timeline::new(index.clone(), &film(), &profile).unwrap();
        can_hold(&profile, &timeline, &picture)
    };
    assert_eq!(held("-c:v prores_ks"), Ok(()));
    let reason = held("-c:v prores_ks -r 12").unwrap_err();
    assert!(reason.starts_with("MXF can't hold 12/1 frames per second; -r asks"), "{reason}");
    assert!(reason.contains(": 24000/1001, 24, 25,"), "{reason}");
    assert!(held("-c:v prores_ks -vf decimate").unwrap_err().contains("only these filters know"));
}

#[test]
fn colours_are_told_again_unless_the_user_changed_them() {
    let mut picture: Picture = serde_json::from_str(PICTURE).unwrap();
    picture.color_space = Some("bt709".into());
    let mut profile = params::parse(&split("-c:v ffv1").unwrap(), Container::Matroska).unwrap();
    assert_eq!(picture_tags(&picture, &profile), ["-colorspace:v:0", "bt709"]);
    profile.video.filters = "colorspace=bt2020".parse().ok();
    assert!(picture_tags(&picture, &profile).is_empty());
    profile.video.filters = "tmix=frames=3:scale=1,drawtext=text=format".parse().ok();
    assert_eq!(picture_tags(&picture, &profile), ["-colorspace:v:0", "bt709"], "no filter of that name");
    profile.video.filters = "noformat=yuv444p".parse().ok();
    assert!(picture_tags(&picture, &profile).is_empty());
    let looks = ColorProperties {
        color_range: Some("tv".into()),
        color_transfer: Some("bt470m".into()),
        ..ColorProperties::default()
    };
    profile.looks = Some(looks);
    assert_eq!(picture_tags(&picture, &profile), ["-color_range:v:0", "tv", "-color_trc:v:0", "gamma22"]);
    profile.video.filters = None;
    assert_eq!(picture_tags(&picture, &profile), ["-colorspace:v:0", "bt709"], "nothing changed them");
    (picture.pix_fmt, picture.color_space, picture.color_range) =
        ("gbrp".into(), Some("gbr".into()), Some("pc".into()));
    assert_eq!(picture_tags(&picture, &profile), ["-color_range:v:0", "pc", "-colorspace:v:0", "rgb"]);
    profile.video.encoder = "libx264".into();
    assert!(picture_tags(&picture, &profile).is_empty(), "x264 is given other colours");
}

/// Matroska said that JPEGs have limited range, which players then stretched once more.
#[test]
fn jpegs_have_full_range_unless_they_may_keep_the_other() {
    let mut picture: Picture = serde_json::from_str(PICTURE).unwrap();
    picture.color_range = Some("tv".into());
    let told = |line: &str| {
        picture_tags(&picture, &params::parse(&split(line).unwrap(), Container::Matroska).unwrap()).join(" ")
    };
    assert!(!told("-c:v mjpeg -q:v 3").contains("color_range"));
    assert!(told("-c:v mjpeg -q:v 3 -strict:v unofficial").contains("-color_range:v:0 tv"));
    assert!(told("-c:v ffv1").contains("-color_range:v:0 tv"));
}

#[test]
fn full_range_stays_what_it_is_whatever_the_encoder_can_say() {
    let filters = |encoder: &str, pix_fmt: &str| {
        let mut work = work(&format!("-c:v {encoder}"), Container::Matroska, FrameRange::new(0, 300));
        (work.picture.pix_fmt, work.picture.color_range) = (pix_fmt.to_owned(), Some("pc".into()));
        assert!(tags(&work).join(" ").contains("-color_range:v:0 pc"));
        filters(&work, &[])
    };
    let (plain, unsaid) = ("scale=in_range=pc:out_range=pc,format=yuv420p", "setparams=range=tv");
    assert!(filters("ffv1", "yuvj420p").contains(&format!(",{plain},{unsaid},setpts")));
    assert!(filters("ffv1", "yuv420p10le").contains(&format!(",{unsaid},setpts")));
    assert!(filters("prores_ks", "yuv422p10le").contains(unsaid));
    assert!(filters("libsvtav1", "yuvj420p").contains(&format!(",{plain},setpts")));
    for encoder in ["libx264", "libx265", "libvpx-vp9", "libsvtav1"] {
        assert!(!filters(encoder, "yuv420p").contains("range"), "{encoder}");
    }
}

/// A film whose range became full midway had wrong levels from there on, and was called proved.
#[test]
fn frames_whose_range_differs_from_the_first_are_converted_before_the_users_filters() {
    let filters = |pix_fmt: &str, range: Option<&str>| {
        let mut work = work("-c:v libx264 -vf hflip", Container::Mp4, FrameRange::new(0, 300));
        (work.picture.pix_fmt, work.picture.color_range) = (pix_fmt.to_owned(), range.map(str::to_owned));
        filters(&work, &[])
    };
    for (pix_fmt, range) in [("yuv420p", Some("tv")), ("yuv444p", None), ("yuvj422p", Some("pc"))] {
        assert!(filters(pix_fmt, range).contains(&format!(",format={pix_fmt},hflip")), "{pix_fmt}");
    }
    assert!(!filters("yuv420p", Some("pc")).contains("format="), "its full range is not told by the name");
    assert!(!filters("rgb24", None).contains("format="));
}

/// A film's join ended with "Unable to parse option value bt470m".
#[test]
fn colours_are_told_by_the_names_that_options_have() {
    let mut work = work("-c:v libx264", Container::Mp4, FrameRange::new(0, 300));
    let mut told = |space: &str, transfer: &str| {
        work.picture.color_space = Some(space.to_owned());
        work.picture.color_transfer = Some(transfer.to_owned());
        tags(&work).join(" ")
    };
    assert!(told("bt709", "bt470m").contains("-color_trc:v:0 gamma22"));
    assert!(told("bt470bg", "bt470bg").contains("-colorspace:v:0 bt470bg -color_trc:v:0 gamma28"));
    let reserved = told("reserved", "reserved");
    assert!(!reserved.contains("reserved") && !reserved.contains("color_trc"), "{reserved}");
}

/// They disagreed, and an honest client was called a liar.
#[test]
fn the_server_takes_every_piece_that_a_client_may_write() {
    for chain in ["hflip", "fps=50", "yadif=1", "minterpolate=fps=120", "scale=64:64"] {
        let range = FrameRange::new(0, 300);
        let (work, film) = both(&format!("-c:v ffv1 -vf {chain}"), Container::Matroska, range);
        let written = piece_bytes_max(work.pixels_max(), work.frames_max());
        assert!(film.piece_bytes_max(Segment::new(Film::PICTURES, range)) >= written, "{chain}");
    }
}

#[test]
fn all_rungs_of_a_piece_come_from_one_decode() {
    use crate::media::params::ladder::Ladder;
    use crate::media::plan::work::LadderWork;

    let work = work("-c:v libx264 -vf hflip", Container::Mp4, FrameRange::new(60, 120));
    let picture = Picture { width: 1280, height: 720, ..work.picture.clone() };
    let fitted = |config: &str| {
        let ladder = Ladder::read(&serde_json::from_str(config).unwrap()).unwrap();
        ladder.fit(&picture).unwrap().rungs
    };
    let high = r#"{"rungs": ["720p"], "ffmpeg_params": "-c:v libx264 -profile:v high -pix_fmt yuv420p"}"#;
    let small = r#"{"rungs": [{"name": "small", "height": 90, "ffmpeg_params": "-x265-params ref=2 -maxrate 1M"}],
        "ffmpeg_params": "-c:v libx265 -profile:v main -pix_fmt yuv420p"}"#;
    let rungs = [fitted(high), fitted(small)].concat();
    let ladder = LadderWork { rungs, keys_us: vec![1_990_000, 3_990_001], longest: 50 };
    let work = PictureWork { ladder: Some(Box::new(ladder)), ..work };
    let line = arguments(&work, Start::Beginning);
    let (_, rest) = line.split_once("-filter_complex ").unwrap();
    assert_eq!(
        rest,
        "[0:2]trim=start_pts=32120:end_pts=62840,format=yuv420p,hflip,settb=1/12800,setpts=PTS-32120,\
         split=2[c0][c1];[c0]scale=1280:720:flags=bicubic,setsar=1,format=yuv420p[r0];\
         [c1]scale=160:90:flags=bicubic,setsar=1,format=yuv420p[r1] -map [r0] -map [r1] \
         -an -sn -dn -map_metadata -1 -map_chapters -1 -fps_mode passthrough -enc_time_base 1:12800 \
         -c:v:0 libx264 -profile:v:0 high -crf:v:0 21 -forced-idr:v:0 1 -sc_threshold:v:0 0 -flags:v:0 +cgop \
         -maxrate:v:0 2800k -bufsize:v:0 2800k -g:v:0 100 -force_key_frames:v:0 1.990000,3.990001 -max_pixels:v:0 921600 \
         -c:v:1 libx265 -profile:v:1 main -crf:v:1 23 -forced-idr:v:1 1 \
         -x265-params:v:1 ref=2:info=0:wpp=1:open-gop=0:scenecut=0 -maxrate:v:1 1000k -bufsize:v:1 1000k -g:v:1 100 \
         -force_key_frames:v:1 1.990000,3.990001 -max_pixels:v:1 14400 -avoid_negative_ts disabled -f nut OUT"
    );
    let as_read: PictureWork = serde_json::from_str(&serde_json::to_string(&work).unwrap()).unwrap();
    assert_eq!(as_read, work);
}
