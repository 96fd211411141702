//! Tables of what is taken and what is refused, and the promise that nothing else gets through.

#[path = "docs_tests.rs"]
mod docs;
#[path = "hostile_tests.rs"]
mod hostile;

use proptest::prelude::*;

use super::*;
use crate::media::command::dry_run::{self, DryRunFiles};
use crate::media::words::container::Container;

fn split(line: &str) -> Vec<String> {
    words(line).expect(line)
}
fn read(line: &str, name: &str) -> Result<Profile, Vec<Refusal>> {
    parse(&split(line), Container::of_name(name).expect(name))
}
fn taken(line: &str, name: &str) -> Profile {
    read(line, name).unwrap_or_else(|refusals| panic!("{line}: {refusals:?}"))
}
fn refused(line: &str, name: &str) -> Vec<Refusal> {
    read(line, name).expect_err(line)
}
fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_line_is_split_as_by_a_shell() {
    for (line, want) in [
        ("-c:v libx264  -crf 23", vec!["-c:v", "libx264", "-crf", "23"]),
        ("-metadata 'title=Der Film'", vec!["-metadata", "title=Der Film"]),
        (r#"-metadata "title=a \"b\" \$c \d""#, vec!["-metadata", r#"title=a "b" $c \d"#]),
        (r"a\ b 'c'd''e", vec!["a b", "cde"]),
        ("'' x", vec!["", "x"]),
        ("a\tb\nc \\\n d", vec!["a", "b", "c", "d"]),
        ("$HOME *", vec!["$HOME", "*"]),
        ("  ", vec![]),
    ] {
        assert_eq!(split(line), want, "{line}");
    }
    for line in ["'open", "\"open", "end\\", "\"end\\"] {
        assert!(words(line).is_err(), "{line}");
    }
    assert!(words(&"x".repeat(17_000)).is_err());
}

#[test]
fn parameters_are_sorted_into_what_they_concern() {
    let profile = taken(
        "-preset slow -crf 20 -vcodec libx264 -codec:v:0 libx265 -x265-params aq-mode=3:no-sao=1 -vf scale=-2:720,hflip \
         -acodec libmp3lame -b:a 128k -b:a:1 64k -ac 2 -af loudnorm=I=-16 -c:s mov_text -metadata title=X \
         -movflags +faststart -vtag hvc1 -pix_fmt yuv420p10le -y -map 0",
        "a.mp4",
    );
    assert_eq!(profile.video.encoder, "libx265");
    let options = [
        ("preset", "slow"),
        ("crf", "20"),
        ("x265-params", "aq-mode=3:no-sao=1"),
        ("pix_fmt", "yuv420p10le"),
    ];
    assert_eq!(profile.video.options, pairs(&options));
    assert_eq!(profile.video.filters, "scale=-2:720,hflip".parse().ok());
    assert_eq!(
        profile.sound,
        SoundProfile::Encode {
            encoder: Some("libmp3lame".into()),
            options: pairs(&[("b:a", "128k"), ("b:a:1", "64k"), ("ac", "2")]),
            filters: "loudnorm=I=-16".parse().ok(),
        }
    );
    assert_eq!(profile.subtitles, SubtitleProfile::Encode { encoder: "mov_text".into() });
    assert_eq!(profile.tags, pairs(&[("metadata", "title=X")]));
    assert_eq!(profile.muxer, pairs(&[("movflags", "+faststart"), ("tag:v", "hvc1")]));
    assert_eq!(profile.kind(1280, 720).0, "libx265/slow/1280x720/scale=-2:720,hflip");
    assert_eq!(profile.video.codec(), "hevc");
}

#[test]
fn mxf_takes_sound_that_fits_it() {
    taken("-c:v mpeg2video -q:v 3 -bf 2 -c:a pcm_s24le -ar 48000", "a.mxf");
    for (line, reason) in [
        ("-c:v libx264", "-c:v libx264: MXF can't hold h264; a result named .mp4"),
        ("-c:v prores_ks -ar 44100", "-ar 44100: MXF can hold sound at 48000 Hz only"),
        ("-c:v prores_ks -c:a copy", "-c:a copy: MXF plays sound from its first frame on"),
        ("-c:v prores_ks -c:a aac", "-c:a aac: MXF can't hold aac"),
    ] {
        let said = refused(line, "a.mxf")[0].to_string();
        assert!(said.starts_with(reason), "{line}: {said}");
    }
}

#[test]
fn nothing_said_means_what_ffmpeg_does() {
    let profile = taken("", "a.mkv");
    assert_eq!(profile.video.encoder, "libx264");
    assert_eq!(profile.sound_encoder(), Some("libvorbis"));
    assert_eq!(taken("-an", "a.mp4").sound, SoundProfile::Drop);
    assert_eq!(taken("-c:a copy", "a.mp4").sound, SoundProfile::Copy);
    assert_eq!(taken("-sn", "a.mp4").subtitles, SubtitleProfile::Drop);
}

/// A job with the usual sound in Matroska waited for ever for a client with libvorbis, which builds
/// without libraries lack.
#[test]
fn an_ffmpeg_that_lacks_the_usual_sound_encoder_takes_the_next_one() {
    let encoder = |line: &str, name: &str, has: &[&str]| {
        let mut profile = taken(line, name);
        profile.settle_sound(&has.iter().map(|&encoder| encoder.to_owned()).collect());
        profile.sound_encoder().map(str::to_owned)
    };
    assert_eq!(encoder("", "a.mkv", &["aac", "ac3"]).unwrap(), "ac3");
    assert_eq!(encoder("", "a.mkv", &["ac3", "libvorbis"]).unwrap(), "libvorbis");
    assert_eq!(encoder("-c:v libvpx-vp9 -crf 30 -b:v 0", "a.webm", &["libvorbis"]).unwrap(), "libvorbis");
    assert_eq!(encoder("-c:v mpeg4 -q:v 4", "a.avi", &["ac3"]).unwrap(), "ac3");
    assert_eq!(encoder("-c:a libvorbis", "a.mkv", &["ac3"]).unwrap(), "libvorbis", "a client may have it");
    assert_eq!(encoder("", "a.mkv", &[]).unwrap(), "libvorbis", "a client may have it");
    assert_eq!(encoder("-an", "a.mkv", &["ac3"]), None);
}

#[test]
fn a_copy_is_for_the_streams_that_are_named() {
    let read = |line: &str| {
        let profile = taken(line, "a.mkv");
        (profile.picture, profile.sound == SoundProfile::Copy, profile.subtitles)
    };
    use PictureProfile::{Copy, Encode};
    assert_eq!(read("-c copy"), (Copy, true, SubtitleProfile::Copy));
    assert_eq!(read("-codec copy -threads 4 -sn"), (Copy, true, SubtitleProfile::Drop));
    assert_eq!(read("-sn -c copy -c:a aac -b:a 96k"), (Copy, false, SubtitleProfile::Drop));
    assert_eq!(read("-c:v copy"), (Copy, false, SubtitleProfile::Keep));
    assert_eq!(read("-c copy -c:v libx264 -crf 20"), (Encode, true, SubtitleProfile::Copy));
    assert_eq!(read("-vcodec copy -fps_mode passthrough"), (Copy, false, SubtitleProfile::Keep));
    for name in ["a.avi", "a.mxf"] {
        let said = refused("-c:v copy -an", name)[0].to_string();
        assert!(said.starts_with("-c:v copy: ") && said.contains("has no times"), "{said}");
    }
    let text = serde_json::to_string(&taken("-c copy", "a.mkv")).unwrap();
    assert!(text.contains(r#""picture":"copy""#), "{text}");
    assert!(!serde_json::to_string(&taken("-map 0:v", "a.mkv")).unwrap().contains("picture"), "as before");
}

#[test]
fn the_last_word_counts() {
    assert_eq!(taken("-crf 20 -crf 30", "a.mp4").video.option("crf"), Some("30"));
    assert_eq!(taken("-speed 4 -c:v librav1e", "a.mkv").video.option("speed"), Some("4"));
}

#[test]
fn what_people_type_is_taken() {
    for (line, name) in [
        ("-c:v libx264 -preset medium", "a.mp4"),
        ("-c:v libx264 -preset veryfast", "a.mkv"),
        ("-c:v libx264 -qp 0", "a.mkv"),
        ("-c:v libx265 -crf 28 -tag:v hvc1", "a.mp4"),
        ("-c:v libvpx-vp9 -crf 30 -b:v 0 -row-mt 1 -cpu-used 4", "a.webm"),
        ("-c:v libsvtav1 -preset 8 -crf 35 -svtav1-params tune=0:film-grain=8", "a.mkv"),
        ("-c:v libaom-av1 -cpu-used 6 -crf 30 -aom-params aq-mode=1", "a.webm"),
        ("-c:v ffv1 -level 3 -g 1 -slices 4 -slicecrc 1", "a.mkv"),
        ("-c:v mpeg2video -q:v 3 -flags +ildct+ilme", "a.ts"),
        ("-c:v mpeg4 -qscale:v 4", "a.avi"),
        ("-c:v prores_ks -profile:v 3", "a.mov"),
        ("-c:v dnxhd -b:v 36M", "a.mov"),
        ("-c:v h264_nvenc -cq 23 -preset p5", "a.mp4"),
        ("-x264-params keyint=60:no-scenecut=1:psy-rd=1.0,0.15", "a.mp4"),
        ("-vf scale='min(1280,iw)':-2:flags=lanczos,format=yuv420p", "a.mp4"),
        ("-vf crop=iw-16:ih:8:0,setsar=1", "a.mp4"),
        ("-vf eq=contrast=1.1:brightness=0.02", "a.mp4"),
        ("-vf yadif=1,hqdn3d=4,fps=24000/1001", "a.mp4"),
        ("-vf hue=h=90*t,fade=t=in:st=0:d=2", "a.mp4"),
        ("-vf drawbox=enable='between(t,1,2)'", "a.mp4"),
        (r#"-vf "drawtext=text='A film, really':x=10:fontsize=20""#, "a.mp4"),
        ("-ss 1:30 -to 00:02:00.5 -r 29.97", "a.mp4"),
        ("-frames:v 10 -vsync cfr", "a.mp4"),
        ("-af pan='stereo|c0=FL+0.5*FC|c1=FR+0.5*FC',volume=0.8", "a.mp4"),
        ("-af aresample=48000 -ar 48000 -ac 2 -c:a flac", "a.mkv"),
        ("-metadata:s:a:0 language=ger -disposition:a:0 default", "a.mkv"),
        ("-map_metadata -1 -map_chapters -1 -f matroska -fps_mode passthrough", "a.mkv"),
        ("-strict -2 -color_primaries bt709 -color_trc bt709 -colorspace bt709", "a.mp4"),
    ] {
        taken(line, name);
    }
}

#[test]
fn what_ffmpeg_says_of_itself_is_nothing_of_the_result() {
    let plain = taken("-c:v libx264 -crf 30", "a.mkv");
    let pasted =
        "-hide_banner -loglevel error -y -c:v libx264 -v warning -max_muxing_queue_size 1024 -crf 30";
    assert_eq!(taken(pasted, "a.mkv"), plain);
}

#[test]
fn what_can_not_be_honoured_in_pieces_is_refused_by_name() {
    for (line, named) in [
        ("-ss -10", "-ss"),
        ("-ss 5 -to 5", "-to"),
        ("-ss 1:2:3:4", "-ss"),
        ("-sseof -5", "-sseof"),
        ("-b:v 2M", "-b:v"),
        ("-maxrate 2M", "-maxrate"),
        ("-r 0", "-r"),
        ("-r 25 -fps_mode passthrough", "-fps_mode"),
        ("-vsync drop", "-vsync"),
        ("-map 0:x", "-map 0:x"),
        ("-map -0:a", "-map -0:a"),
        ("-map:v 0", "-map:v"),
        ("-shortest", "-shortest"),
        ("-vn", "-vn"),
        ("-c aac", "-c"),
        ("-c copy -t 5", "-t"),
        ("-c:v copy -ss 5 -to 9", "-ss"),
        ("-c:v copy -crf 20", "-crf"),
        ("-c:v copy -vf hflip", "-vf"),
        ("-c:v copy -r 25", "-r"),
        ("-c copy -frames:v 5", "-frames:v"),
        ("-c copy -b:a 64k", "-b:a"),
        ("-frames:v 0", "-frames:v"),
        ("-frames:v 20 -vf scale=2:2,mpdecimate", "-frames:v"),
        ("-frames:a 10", "-frames:a"),
        ("-vf setpts=2*PTS", "-vf setpts"),
        ("-vf reverse", "-vf reverse"),
        ("-vf fps=25:round=up", "-vf fps round"),
        ("-vf hue=h=time(0)", "-vf hue"),
        ("-vf scale=2:2:eval=frame", "-vf scale eval"),
        ("-af atempo=2", "-af atempo"),
        ("-force_key_frames 1", "-force_key_frames"),
        ("-c:v libx264 -preset bogus", "-preset"),
        ("-c:v libx264 -row-mt 1", "-row-mt"),
        ("-c:v ffv1", "-c:v ffv1"),
        ("-c:a pcm_s16le", "-c:a pcm_s16le"),
        ("-c:v mpeg4", "-c:v mpeg4"),
        ("-c:a copy -b:a 64k", "-b:a"),
        ("-crf 99", "-crf"),
        ("-crf", "-crf"),
        ("-b 1M", "-b"),
        ("-c:a:1 aac", "-c:a:1"),
        ("-f matroska", "-f matroska"),
        ("-c:v libx264 -crf 9999999999999999999999", "-crf"),
    ] {
        let refusals = refused(line, "a.mp4");
        assert!(refusals.iter().any(|refusal| refusal.option.starts_with(named)), "{line}: {refusals:?}");
    }
}

#[test]
fn a_refusal_says_what_to_do() {
    let says = |line: &str, name: &str| {
        refused(line, name).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        says("-c:v libx265 -c:a aac -presset fast", "a.mp4"),
        "-presset: unknown option; did you mean -preset?"
    );
    assert!(says("-c:v x264", "a.mp4").contains("did you mean libx264?"));
    assert!(refused("-c:v x264", "a.mp4")[0].unknown_encoder);
    assert!(refused("-c:a bogus", "a.mp4")[0].unknown_encoder);
    assert!(says("-preset fasst", "a.mp4").contains("did you mean fast?"));
    assert_eq!(
        says("-c:v ffv1", "a.mp4"),
        "-c:v ffv1: MP4 can't hold ffv1; a result named .mov or .mkv or .avi can"
    );
    assert!(says("-c:v libx264", "a.webm").starts_with("-c:v libx264: WebM can't hold h264"));
    assert_eq!(refused("-sseof 1 -vn -i x -bogus 1 -vf reverse,trim=5 second.mp4", "a.mp4").len(), 7);
    assert!(says("-an\u{1b}[2J\n 1", "a.mp4").chars().all(|c| c == '\n' || !c.is_control()));
}

#[test]
fn a_profile_survives_the_wire() {
    let profile = taken("-c:v libx264 -crf 20 -vf hflip -c:a copy -metadata title=X", "a.mp4");
    let text = serde_json::to_string(&profile).unwrap();
    assert_eq!(serde_json::from_str::<Profile>(&text).unwrap(), profile);
}

#[test]
fn the_trial_runs_what_was_asked_for() {
    let profile = taken("-c:v libx264 -preset fast -vf scale=64:-2 -c:a aac -b:a 64k -af volume=2", "a.mp4");
    let line = dry_run::arguments(&profile, None, None).join(" ");
    assert_eq!(
        line,
        "-nostdin -hide_banner -v error -y -max_alloc 536870912 -f lavfi -i color=gray:size=320x240:rate=25,format=yuv444p,trim=end_frame=330 -f lavfi -i \
         sine=frequency=440:sample_rate=48000:duration=2 -map 0:v -vf format=yuv420p,scale=64:-2 -c:v libx264 -preset \
         fast -max_pixels:v 57142857 -frames:v 3 -map 1:a -t 0.2 -c:a aac -af volume=2 -b:a 64k -f null -"
    );
    let made = DryRunFiles { picture: "/t/p".into(), sound: "/t/s".into(), sounds: 2, looks: None };
    let line = dry_run::arguments(&profile, None, Some(&made)).join(" ");
    assert!(
        line.ends_with(
            "-avoid_negative_ts disabled -f nut file:/t/p -map 1:a -map 1:a -t 0.2 -c:a aac -af volume=2 -b:a 64k -strict -2 -f mp4 file:/t/s"
        ),
        "{line}"
    );
    let line =
        dry_run::arguments(&taken("-an", "a.mkv"), None, Some(&DryRunFiles { sounds: 0, ..made.clone() }))
            .join(" ");
    assert!(line.ends_with("-f nut file:/t/p"), "{line}");
    let made =
        DryRunFiles { picture: "/t/p".into(), sound: "/t/s".into(), sounds: 0, looks: Some("/t/l".into()) };
    let line =
        dry_run::arguments(&taken("-c:v ffv1 -pix_fmt gray -an", "a.mkv"), None, Some(&made)).join(" ");
    assert!(
        line.contains("-pix_fmt gray -max_pixels:v 83333333 -frames:v 1 -f matroska file:/t/l -map 0:v"),
        "{line}"
    );
    let device = taken("-c:v h264_nvenc -cq 23", "a.mp4");
    assert!(dry_run::arguments(&device, None, None).join(" ").contains("-c:v wrapped_avframe"));
}

/// Words as a person in a bad mood would type them.
fn any_word() -> impl Strategy<Value = String> {
    let option = prop_oneof![
        Just("-c:v"),
        Just("-c:a"),
        Just("-vf"),
        Just("-af"),
        Just("-preset"),
        Just("-crf"),
        Just("-i"),
        Just("-x264-params"),
        Just("-metadata"),
        Just("-b:a"),
        Just("-g"),
        Just("-movflags"),
        Just("-attach"),
        Just("-progress"),
        Just("-f"),
        Just("-q:v"),
        Just("-bf"),
        Just("-pix_fmt"),
        Just("-report"),
        Just("-an"),
        Just("-map"),
        Just("-filter:v"),
    ];
    let value = prop_oneof![
        Just("libx264"),
        Just("aac"),
        Just("fast"),
        Just("23"),
        Just("/etc/passwd"),
        Just("scale=2:2"),
        Just("hflip"),
        Just("keyint=5"),
        Just("stats=x"),
        Just("title=-i"),
        Just("128k"),
        Just("+faststart"),
        Just("-1"),
        Just("mp4"),
        Just("movie=x"),
        Just("file:x"),
        Just("http://x/"),
        Just("a=b'c"),
        Just("0"),
        Just("copy"),
        Just("volume=2"),
    ];
    prop_oneof![3 => option.prop_map(str::to_owned), 3 => value.prop_map(str::to_owned), 1 => "[-a-z:=/'.0-9]{0,12}"]
}

proptest! {
    /// Whatever was typed: all that a profile prints as an option is in the tables, no value of the
    /// picture, sound or container looks like a path or an address, and every refusal fits on a
    /// line.
    #[test]
    fn nothing_outside_the_tables_is_ever_printed(typed in proptest::collection::vec(any_word(), 0..12)) {
        match parse(&typed, Container::Mp4) {
            Err(refusals) => for refusal in refusals {
                prop_assert!(!refusal.to_string().chars().any(char::is_control));
            },
            Ok(profile) => {
                let mut said = profile.video.options.clone();
                said.extend(profile.muxer.clone());
                if let SoundProfile::Encode { options, .. } = &profile.sound { said.extend(options.clone()); }
                for (name, value) in said {
                    let base = name.split(':').next();
                    prop_assert!(rows::printed().any(|row| row.name.split(':').next() == base), "{:?}", name);
                    prop_assert!(!value.contains('/') || !value.starts_with('/'), "{}", value);
                    prop_assert!(!value.contains("://") && !value.contains('\''), "{}", value);
                }
                for (name, _) in &profile.tags {
                    prop_assert!(name.starts_with("metadata") || name.starts_with("disposition"));
                }
                // Read again, what was printed means the same: nothing depends on how it was typed.
                for filters in profile.video.filters.iter() {
                    let again = filters::read(filters::FilterTable::Video, "-vf", &filters.to_string()).unwrap();
                    prop_assert_eq!(&again, filters);
                }
            }
        }
    }

    #[test]
    fn splitting_gives_back_what_was_quoted(wanted in proptest::collection::vec("[^\0]{0,12}", 0..6)) {
        let line: Vec<String> = wanted.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''"))).collect();
        prop_assert_eq!(words(&line.join(" ")).unwrap(), wanted);
    }
}
