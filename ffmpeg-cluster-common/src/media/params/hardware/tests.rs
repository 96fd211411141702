use super::super::{Allowed, Profile, check_picture, parse, words};
use super::{allowed, mapped, methods};
use crate::frames::{FrameRange, Rational};
use crate::media::command::encode::{Start, device_arguments, picture_work};
use crate::media::plan::timeline::Timeline;
use crate::media::sample::film;
use crate::media::source::Picture;
use crate::media::source::index::Index;
use crate::media::words::container::Container;
use crate::media::words::device::{Device, Hw, Method};

fn profile(line: &str) -> Profile {
    parse(&words(line).unwrap(), Container::Matroska).unwrap()
}

fn picture() -> Picture {
    let source = film();
    source.film_stream().unwrap().1.clone()
}

/// Of the profile alone: the encoder and its options as they are printed.
fn options(line: &str, method: Method) -> Result<String, String> {
    let video = profile(line).video;
    let mapped = mapped(&video, &picture(), method).map_err(|refusal| refusal.to_string())?;
    check_picture(&mapped, Container::Matroska, &Allowed::default()).expect("a client takes what is mapped");
    let pairs: Vec<String> = mapped.options.iter().map(|(name, value)| format!("-{name} {value}")).collect();
    Ok(format!("{} {}", mapped.encoder, pairs.join(" ")))
}

/// The whole line of a segment.
fn line(params: &str, device: &Device) -> String {
    let (source, mut profile) = (film(), profile(params));
    profile.video = mapped(&profile.video, &picture(), device.method).unwrap();
    let times = (0..100i64).map(|n| n * 40).collect();
    let time_base = Rational { num: 1, den: 1000 };
    let index = Index {
        time_base,
        times,
        keys: vec![0, 50],
        doubled: vec![],
        leading: false,
        resets: vec![],
        setbacks: vec![],
        last_length: 0,
    };
    let timeline = Timeline::new(index, &source, &profile).unwrap();
    let work = picture_work(&source, &timeline, &profile, FrameRange::new(10, 60)).unwrap();
    let input = ["-i".to_owned(), "URL".to_owned()];
    device_arguments(&work, &input, "OUT", Start::Beginning, Some(device)).join(" ")
}

type Line = (Method, Option<&'static str>, &'static str, &'static str, &'static str, &'static str);

/// What stands before the input, at the end of the filters, and behind `-c:v`, for each method and
/// codec.
#[rustfmt::skip]
const LINES: &[Line] = &[
    (Method::Nvenc, Some("1"), "-c:v libx264 -preset medium -crf 20", "",
     "format=nv12", "h264_nvenc -preset p4 -rc vbr -cq 20 -b:v 0 -g 250 -gpu 1"),
    (Method::Nvenc, Some("0"), "-c:v libx265 -preset slow -crf 26", "",
     "format=nv12", "hevc_nvenc -preset p5 -rc vbr -cq 26 -b:v 0 -g 250 -gpu 0"),
    (Method::Nvenc, None, "-c:v libsvtav1 -preset 8 -crf 30", "",
     "format=nv12", "av1_nvenc -preset p3 -rc vbr -cq 24 -b:v 0 -g 250"),
    (Method::Qsv, Some("/dev/dri/renderD128"), "-c:v libx264 -crf 20", "-init_hw_device qsv=hw,child_device=/dev/dri/renderD128 ",
     "format=nv12", "h264_qsv -global_quality 20 -g 250"),
    (Method::Qsv, None, "-c:v libx265 -preset veryslow", "-init_hw_device qsv=hw ",
     "format=nv12", "hevc_qsv -preset veryslow -global_quality 28 -g 250"),
    (Method::Qsv, None, "-c:v libaom-av1 -cpu-used 4 -crf 63", "-init_hw_device qsv=hw ",
     "format=nv12", "av1_qsv -preset medium -global_quality 51 -g 250"),
    (Method::Amf, None, "-c:v libx264 -preset ultrafast -crf 20", "",
     "format=nv12", "h264_amf -quality speed -rc cqp -qp_i 20 -qp_p 20 -qp_b 20 -g 250"),
    (Method::Amf, None, "-c:v libx265 -crf 20", "",
     "format=nv12", "hevc_amf -rc cqp -qp_i 20 -qp_p 20 -g 250"),
    (Method::Amf, None, "-c:v librav1e -speed 6 -qp 100", "",
     "format=nv12", "av1_amf -quality balanced -rc cqp -qp_i 100 -qp_p 100 -g 250"),
    (Method::Videotoolbox, None, "-c:v libx264 -preset slow -crf 20", "",
     "format=nv12", "h264_videotoolbox -q:v 61 -g 250"),
    (Method::Videotoolbox, None, "-c:v libx265 -crf 51", "",
     "format=nv12", "hevc_videotoolbox -q:v 1 -g 250"),
    (Method::Vaapi, Some("/dev/dri/renderD129"), "-c:v libx264 -preset fast -crf 20",
     "-init_hw_device vaapi=hw:/dev/dri/renderD129 -filter_hw_device hw ",
     "format=nv12,hwupload", "h264_vaapi -rc_mode CQP -qp 20 -g 250"),
    (Method::Vaapi, None, "-c:v libx265 -crf 22 -pix_fmt yuv420p -profile:v main",
     "-init_hw_device vaapi=hw -filter_hw_device hw ",
     "format=nv12,hwupload", "hevc_vaapi -profile:v main -rc_mode CQP -qp 22 -g 250"),
    (Method::Vaapi, None, "-c:v libsvtav1 -crf 30", "-init_hw_device vaapi=hw -filter_hw_device hw ",
     "format=nv12,hwupload", "av1_vaapi -rc_mode CQP -global_quality 121 -g 250"),
];

#[test]
fn the_line_of_each_method_and_codec() {
    for (method, spot, params, opened, brought, told) in LINES {
        assert_eq!(
            line(params, &Device::new(*method, *spot, 1)),
            format!(
                "{opened}-copyts -i URL -map 0:0 -an -sn -dn -map_metadata -1 -map_chapters -1 \
                 -vf trim=start_pts=400:end_pts=2400,format=yuv420p,setpts=PTS-400,{brought} -fps_mode passthrough \
                 -enc_time_base 1:1000 -c:v {told} -max_pixels:v PIXELS -avoid_negative_ts disabled -f nut OUT"
            )
            .replace("PIXELS", &super::super::pixels_max(&mapped(&profile(params).video, &picture(), *method).unwrap()).to_string()),
            "{method:?} {params}"
        );
    }
    let all: usize = Method::ALL.iter().map(|method| method.encoders().count()).sum();
    assert_eq!(LINES.len(), all, "each encoder has a line here");
}

#[test]
fn what_the_user_said_besides_is_kept() {
    let said = "-c:v libx264 -crf 18 -g 50 -bf 2 -profile:v high -level 41 -pix_fmt yuv420p -threads 4 \
                -color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv -aspect 16:9";
    assert_eq!(
        options(said, Method::Nvenc).unwrap(),
        "h264_nvenc -g 50 -bf 2 -profile:v high -level 4.1 -color_primaries bt709 -color_trc bt709 -colorspace bt709 \
         -color_range tv -aspect 16:9 -rc vbr -cq 18 -b:v 0 -pix_fmt nv12"
    );
    assert!(options(said, Method::Qsv).unwrap().contains("-level 41 "));
    assert!(
        options("-c:v libx264 -profile:v baseline", Method::Vaapi)
            .unwrap()
            .contains("-profile:v constrained_baseline")
    );
    assert!(options("-c:v libx264 -qp 30", Method::Nvenc).unwrap().contains("-rc constqp -qp 30"));
    let filtered = mapped(&profile("-c:v libx264 -vf hflip").video, &picture(), Method::Amf).unwrap();
    assert_eq!(filtered.filters, "hflip".parse().ok());
}

#[test]
fn what_has_no_equivalent_is_named() {
    for (line, why) in [
        ("-c:v ffv1", "-c:v ffv1: no hardware encoder"),
        ("-c:v libvpx -crf 10", "-c:v libvpx: no hardware encoder"),
        ("-c:v libvpx-vp9 -crf 10", "-c:v libvpx-vp9: no hardware encoder"),
        ("-c:v libx264rgb -crf 10", "-c:v libx264rgb: no hardware encoder"),
        ("-c:v libx264 -crf 0", "-crf 0: hardware has no equivalent lossless mode"),
        ("-c:v libx264 -qp 0", "-qp 0: hardware has no equivalent lossless mode"),
        (
            "-c:v libx264 -crf 20 -pix_fmt yuv420p10le",
            "-pix_fmt yuv420p10le: hardware is not proved to make h264",
        ),
        ("-c:v libx265 -crf 20 -pix_fmt yuv422p", "-pix_fmt yuv422p: hardware is not proved to make hevc"),
        ("-c:v libx264 -x264-params ref=2", "-x264-params ref=2: hardware has no equivalent"),
        ("-c:v libx265 -x265-params lossless=1", "-x265-params lossless=1: hardware has no equivalent"),
        ("-c:v libx264 -tune film", "-tune film: hardware has no equivalent"),
        ("-c:v libx264 -refs 4", "-refs 4: hardware has no equivalent"),
        ("-c:v libx264 -s 640x360", "-s 640x360: hardware has no equivalent"),
        ("-c:v libx264 -profile:v high10", "-profile:v high10: hardware has no such profile"),
        ("-c:v libx264 -level banana", "-level banana: hardware encoders can't be set"),
        ("-c:v libsvtav1", "-c:v libsvtav1: give a quality"),
        ("-c:v h264_nvenc -cq 20", "-c:v h264_nvenc: it is hardware already"),
        ("-c:v libx264 -vf format=yuv444p", "-vf: the pixel format"),
        ("-c:v libx264 -vf colorspace=bt709:bt709:tv:bt709:bt709:yuv422p", "-vf: the pixel format"),
    ] {
        for method in Method::ALL {
            let said = options(line, method).expect_err(line);
            assert!(
                said.starts_with(why) || said.contains("has no encoder of av1"),
                "{method:?} {line}: {said}"
            );
        }
        let said = methods(&profile(line).video, &picture()).unwrap_err().to_string();
        assert!(said.starts_with(why), "{line}: {said}");
    }
}

#[test]
fn what_hardware_would_lose_of_the_source_is_named() {
    let video = profile("-c:v libx264 -crf 20").video;
    let odd = |change: fn(&mut Picture)| {
        let mut picture = picture();
        change(&mut picture);
        methods(&video, &picture).unwrap_err().to_string()
    };
    assert!(odd(|p| p.field_order = Some("tt".into())).contains("fields"));
    assert!(odd(|p| p.color_range = Some("pc".into())).contains("full"));
    assert!(odd(|p| p.pix_fmt = "yuv422p".into()).contains("yuv422p"));
    assert!(odd(|p| p.pix_fmt = "yuv420p10le".into()).contains("yuv420p10le"));
    assert!(odd(|p| p.pix_fmt = "yuvj420p".into()).contains("yuvj420p"));
    assert_eq!(methods(&profile("-c:v libsvtav1 -crf 30").video, &picture()).unwrap().len(), 4);
}

/// A better quality never becomes a worse one.
#[test]
fn quality_stays_in_order() {
    for method in Method::ALL {
        for codec in ["libx264", "libx265", "libsvtav1"] {
            let told = |crf: u32| {
                let options = options(&format!("-c:v {codec} -crf {crf}"), method).ok()?;
                let names = ["-cq ", "-global_quality ", "-qp_i ", "-qp ", "-q:v "];
                let (_, rest) = names.iter().find_map(|name| options.split_once(name))?;
                rest.split(' ').next()?.parse::<i64>().ok()
            };
            let all: Vec<i64> = (1..=51).filter_map(told).collect();
            let up = all.windows(2).all(|pair| pair[0] <= pair[1]);
            let down = all.windows(2).all(|pair| pair[0] >= pair[1]);
            let right = if method == Method::Videotoolbox { down } else { up };
            assert!(right, "{method:?} {codec}: {all:?}");
        }
    }
}

#[test]
fn a_job_says_whether_hardware_takes_part() {
    let allowed =
        |hw, line: &str| allowed(hw, &profile(line).video, &picture()).map_err(|why| why.to_string());
    let off = Ok((Hw::Off, Vec::new()));
    assert_eq!(allowed(Hw::Off, "-c:v libx264"), off);
    assert_eq!(allowed(Hw::Prefer, "-c:v ffv1"), off, "without a likeness it is software's");
    assert_eq!(allowed(Hw::Prefer, "-c:v libx264").unwrap().1.len(), 5);
    assert_eq!(allowed(Hw::Require, "-c:v libsvtav1 -crf 30").unwrap().1.len(), 4);
    assert!(allowed(Hw::Require, "-c:v ffv1").unwrap_err().contains("ffv1"));
    let named = allowed(Hw::Off, "-c:v h264_nvenc -cq 20");
    assert_eq!(named, Ok((Hw::Require, vec![(Method::Nvenc, "h264_nvenc".to_owned())])));
}
