//! Lines that would read, write, dial, grow or never end if they reached ffmpeg: each is refused,
//! and says which word.

use super::*;
use crate::media::params::filters;

/// A line, and what one of the refusals must name.
const HOSTILE: &[(&str, &str)] = &[
    // Files and addresses by options of ffmpeg itself.
    ("-i /etc/passwd", "-i"),
    ("-i http://evil.example/x", "-i"),
    ("/tmp/second.mp4", "/tmp/second.mp4"),
    ("-c:v libx264 out2.mkv", "out2.mkv"),
    ("-- x.mp4", "--"),
    ("- x", "-"),
    ("@/etc/passwd", "@/etc/passwd"),
    ("-attach /etc/passwd", "-attach"),
    ("-dump_attachment:t x", "-dump_attachment"),
    ("-progress http://evil.example/", "-progress"),
    ("-vstats_file /tmp/x", "-vstats_file"),
    ("-vstats", "-vstats"),
    ("-vstats_version 2", "-vstats_version"),
    ("-pass 1 -passlogfile /tmp/x", "-passlogfile"),
    ("-stats_enc_post /tmp/x", "-stats_enc_post"),
    ("-stats_mux_pre_fmt x", "-stats_mux_pre_fmt"),
    ("-print_graphs_file /tmp/x", "-print_graphs_file"),
    ("-sdp_file x", "-sdp_file"),
    ("-fpre /etc/passwd", "-fpre"),
    ("-vpre x", "-vpre"),
    ("-report", "-report"),
    ("-init_hw_device vaapi=/dev/x", "-init_hw_device"),
    ("-vaapi_device /dev/dri/x", "-vaapi_device"),
    ("-protocol_whitelist file,http", "-protocol_whitelist"),
    ("-format_whitelist concat", "-format_whitelist"),
    ("-max_alloc 99999999999", "-max_alloc"),
    ("-max_pixels 99999999999", "-max_pixels"),
    ("-max_error_rate 1", "-max_error_rate"),
    ("-filter_script:v /etc/passwd", "-filter_script"),
    ("-filter_complex movie=x", "-filter_complex"),
    ("-filter_complex_script /etc/passwd", "-filter_complex_script"),
    ("-lavfi movie=x", "-lavfi"),
    ("-/vf /etc/passwd", "-/vf"),
    ("-/filter:v /etc/passwd", "-/filter"),
    ("-/metadata /etc/passwd", "-/metadata"),
    ("-map 1:v", "-map"),
    ("-map [out]", "-map"),
    ("-map_metadata 1", "-map_metadata"),
    ("-map_metadata 0:s:v", "-map_metadata"),
    ("-itsoffset 5", "-itsoffset"),
    ("-stream_loop -1", "-stream_loop"),
    ("-re", "-re"),
    ("-enc_time_base 1:1000000000", "-enc_time_base"),
    ("-muxdelay 99", "-muxdelay"),
    ("-muxpreload 99", "-muxpreload"),
    ("-bsf:v h264_metadata=x", "-bsf:v"),
    ("-bsf:a noise=drop=1", "-bsf:a"),
    ("-vbsf x,y", "-vbsf"),
    ("-hls_segment_filename x%d.ts", "-hls_segment_filename"),
    ("-hls_key_info_file x", "-hls_key_info_file"),
    ("-segment_list x", "-segment_list"),
    ("-method PUT", "-method"),
    ("-headers x", "-headers"),
    ("-tls_verify 0", "-tls_verify"),
    // Containers.
    ("-f tee", "-f tee"),
    ("-f segment", "-f segment"),
    ("-f hls -method PUT", "-f hls"),
    ("-f ffmetadata", "-f ffmetadata"),
    ("-f rtp", "-f rtp"),
    ("-f null", "-f null"),
    ("-movflags frag_keyframe", "-movflags"),
    ("-movflags +faststart=/tmp/x", "-movflags"),
    ("-muxrate 9999999M", "-muxrate"),
    ("-muxrate 1e15", "-muxrate"),
    ("-max_interleave_delta 9999999999", "-max_interleave_delta"),
    // Lists that go straight to a library.
    ("-x264-params stats=/tmp/x", "-x264-params stats"),
    ("-x264-params cqm=etc/passwd", "-x264-params cqm"),
    ("-x264-params cqmfile=x", "-x264-params cqmfile"),
    ("-x264-params qpfile=x", "-x264-params qpfile"),
    ("-x264-params log-file=x", "-x264-params log-file"),
    ("-x264-params crf=20:dump_yuv=x", "-x264-params dump_yuv"),
    ("-x264-params psy-rd=../x", "-x264-params psy-rd"),
    ("-x264-params threads=100000", "-x264-params threads"),
    ("-x264-params rc-lookahead=99999", "-x264-params rc-lookahead"),
    ("-x264-params opencl=1:opencl-clbin=x", "-x264-params opencl"),
    ("-x264-params =x", "-x264-params"),
    ("-x264opts dump-yuv=/tmp/x", "-x264opts dump-yuv"),
    ("-x264opts keyint=5:stats=x", "-x264opts stats"),
    ("-c:v libx265 -x265-params csv=/tmp/x", "-x265-params csv"),
    ("-c:v libx265 -x265-params crf=20:recon=x", "-x265-params recon"),
    ("-c:v libx265 -x265-params analysis-save=x", "-x265-params analysis-save"),
    ("-c:v libx265 -x265-params analysis_load=x", "-x265-params analysis_load"),
    ("-c:v libx265 -x265-params logfile=x", "-x265-params logfile"),
    ("-c:v libx265 -x265-params qpfile=x", "-x265-params qpfile"),
    ("-c:v libx265 -x265-params zonefile=x", "-x265-params zonefile"),
    ("-c:v libx265 -x265-params lambda-file=x", "-x265-params lambda-file"),
    ("-c:v libx265 -x265-params scaling-list=x", "-x265-params scaling-list"),
    ("-c:v libx265 -x265-params dhdr10-info=x", "-x265-params dhdr10-info"),
    ("-c:v libx265 -x265-params film-grain=x", "-x265-params film-grain"),
    ("-c:v libx265 -x265-params frame-threads=4096", "-x265-params frame-threads"),
    ("-c:v libx265 -x265-params dump=x", "-x265-params dump"),
    ("-c:v libsvtav1 -svtav1-params stat=x", "-svtav1-params stat"),
    ("-c:v libsvtav1 -svtav1-params fgs-table=x", "-svtav1-params fgs-table"),
    ("-c:v libsvtav1 -svtav1-params lookahead=100000", "-svtav1-params lookahead"),
    ("-c:v libaom-av1 -aom-params fpf=x", "-aom-params fpf"),
    ("-c:v libaom-av1 -aom-params film-grain-table=x", "-aom-params film-grain-table"),
    ("-c:v libaom-av1 -aom-params partition-info-path=x", "-aom-params partition-info-path"),
    ("-c:v libaom-av1 -aom-params vmaf-model-path=x", "-aom-params vmaf-model-path"),
    // Filters that read, write or dial.
    ("-vf movie=/etc/passwd", "-vf movie"),
    ("-vf MOVIE=/etc/passwd", "-vf MOVIE"),
    ("-vf movie@x=/etc/passwd", "-vf movie@x"),
    ("-vf metadata=print:file=/tmp/x", "-vf metadata"),
    ("-vf ssim=stats_file=/tmp/x", "-vf ssim"),
    ("-vf psnr=stats_file=/tmp/x", "-vf psnr"),
    ("-vf libvmaf=log_path=x", "-vf libvmaf"),
    ("-vf vidstabdetect=result=x", "-vf vidstabdetect"),
    ("-vf subtitles=/etc/passwd", "-vf subtitles"),
    ("-vf subtitles=source:fontsdir=/", "-vf subtitles"),
    ("-vf subtitles=source:force_style=x", "-vf subtitles"),
    ("-vf ass=x", "-vf ass"),
    ("-vf lut3d=/etc/passwd", "-vf lut3d"),
    ("-vf lut1d=file=x", "-vf lut1d"),
    ("-vf haldclut", "-vf haldclut"),
    ("-vf frei0r=x", "-vf frei0r"),
    ("-vf zmq=bind_address=tcp\\://*", "-vf zmq"),
    ("-vf sendcmd=f=x", "-vf sendcmd"),
    ("-vf coreimage=filter=x", "-vf coreimage"),
    ("-vf openclsrc=source=x", "-vf openclsrc"),
    ("-vf dnn_processing=model=x", "-vf dnn_processing"),
    ("-af amovie=x", "-af amovie"),
    ("-af ladspa=file=x", "-af ladspa"),
    ("-af azmq", "-af azmq"),
    ("-af sofalizer=sofa=x", "-af sofalizer"),
    ("-af arnndn=m=x", "-af arnndn"),
    ("-af firequalizer=dumpfile=x", "-af firequalizer"),
    ("-af ametadata=print:file=x", "-af ametadata"),
    ("-af loudnorm=stats_file=x", "-af loudnorm stats_file"),
    ("-af volume=2,amovie=x", "-af amovie"),
    ("-vf curves=psfile=/tmp/x", "-vf curves psfile"),
    ("-vf curves=plot=x", "-vf curves plot"),
    ("-vf drawtext=textfile=/etc/passwd", "-vf drawtext textfile"),
    ("-vf drawtext=fontfile=/etc/passwd:text=x", "-vf drawtext fontfile"),
    // What is smuggled: by place, within quotes, behind backslashes, as the newer `/option`.
    ("-vf drawtext=a:b:/etc/passwd", "-vf drawtext a"),
    ("-vf \"drawtext='textfile=/etc/passwd'\"", "-vf drawtext"),
    ("-vf \"drawtext=text=x:'textfile=/etc/passwd'\"", "-vf drawtext"),
    ("-vf 'drawtext=te\\xtfile=/etc/passwd'", "-vf drawtext"),
    ("-vf \"drawtext=text=x\\:textfile=/etc/passwd\"", "-vf drawtext"),
    ("-vf \"drawtext=text='x:textfile=/etc/passwd'\"", "-vf drawtext"),
    ("-vf drawtext=/text=/etc/passwd", "-vf drawtext"),
    ("-vf \"drawtext= textfile=/etc/passwd\"", "-vf drawtext"),
    ("-vf curves=none:0/0:0/0:0/0:0/0:0/0:x:/tmp/plot", "-vf curves x"),
    ("-vf \"curves='plot=/tmp/plot'\"", "-vf curves"),
    ("-vf \"eq='brightness=1':'plot=x'\"", "-vf eq"),
    ("-vf \"scale=2:2:'movie=x'\"", "-vf scale"),
    ("-vf null[a];movie=x[b]", "-vf"),
    ("-vf [in]hflip[out]", "-vf"),
    ("-vf hflip;movie=x", "-vf"),
    ("-vf 'hflip\\,movie=x'", "-vf hflip"),
    ("-vf \"'hflip,movie=x'\"", "-vf"),
    ("-vf hflip=movie=x", "-vf hflip movie"),
    ("-vf 'scale=2:2\nmovie=x'", "-vf scale"),
    ("-vf ''", "-vf"),
    // Pictures and sounds without an end.
    ("-vf scale=32000:32000", "-vf scale"),
    ("-vf scale=20k:20k", "-vf scale"),
    ("-vf scale=1e9:2", "-vf scale"),
    ("-vf scale=0x9999:2", "-vf scale"),
    ("-vf scale=16384:16384", "-vf scale"),
    ("-vf pad=99999:99999", "-vf pad"),
    ("-vf zscale=s=99999x2", "-vf zscale"),
    ("-vf scale=w=iw:h='st(0\\,1)'", "-vf scale"),
    ("-vf hue=h='while(1,1)'", "-vf hue"),
    ("-vf hue=h='taylor(1,1,1)'", "-vf hue"),
    ("-vf fps=1000000", "-vf fps"),
    ("-vf fps=source_fps*1000", "-vf fps"),
    ("-vf framerate=fps=1e9", "-vf framerate"),
    ("-vf minterpolate=fps=1000000", "-vf minterpolate"),
    ("-vf loop=-1:1", "-vf loop"),
    ("-vf tpad=stop=-1", "-vf tpad"),
    ("-vf reverse", "-vf reverse"),
    ("-vf thumbnail=1000000", "-vf thumbnail"),
    ("-vf tmix=frames=1024", "-vf tmix"),
    ("-vf normalize=smoothing=268435455", "-vf normalize"),
    ("-vf geq=random(1)", "-vf geq"),
    ("-vf drawtext=text=x:fontsize=30000", "-vf drawtext"),
    ("-af aloop=-1", "-af aloop"),
    ("-af apad", "-af apad"),
    ("-af aevalsrc=0", "-af aevalsrc"),
    ("-af aresample=1000000000", "-af aresample"),
    ("-af aresample=filter_size=65536:phase_shift=24", "-af aresample"),
    ("-af aformat=r=48000|999999999", "-af aformat"),
    ("-r 1000000000", "-r"),
    ("-r 1e9", "-r"),
    ("-r 9223372036854775807/9223372036854775806", "-r"),
    ("-s 32000x32000", "-s"),
    ("-s 16384x16384", "-s"),
    ("-s 0x0", "-s"),
    ("-threads 100000", "-threads"),
    ("-refs 1000", "-refs"),
    ("-bf 100000", "-bf"),
    ("-rc-lookahead 100000", "-rc-lookahead"),
    ("-ar 999999999", "-ar"),
    ("-ac 100000", "-ac"),
    ("-ss 2562047788:00:54.999999", "-ss"),
    ("-t 99999999999999999999", "-t"),
    ("-frames:v +5", "-frames:v"),
    // Numbers that are none.
    ("-crf 1e400", "-crf"),
    ("-crf NaN", "-crf"),
    ("-crf inf", "-crf"),
    ("-crf 0x10", "-crf"),
    ("-crf 2e1", "-crf"),
    ("-g 1e3", "-g"),
    ("-g +5", "-g"),
    ("-g 99999999999999999999", "-g"),
    ("-b:a -5", "-b:a"),
    ("-b:a inf", "-b:a"),
    ("-aspect 1:0", "-aspect"),
    ("-aspect nan", "-aspect"),
    // Words that are none.
    ("-preset ../../x", "-preset"),
    ("-preset $(id)", "-preset"),
    ("-preset `id`", "-preset"),
    ("-pix_fmt a;b", "-pix_fmt"),
    ("-pix_fmt \"a'b\"", "-pix_fmt"),
    ("-pix_fmt file:x", "-pix_fmt"),
    ("-pix_fmt \u{443}uv420p", "-pix_fmt"),
    ("-tag:v 'a b'", "-tag:v"),
    ("-\u{441}rf 20", "-\u{441}rf"),
    ("-crf\u{a0}20", "-crf"),
    ("'-crf 20' x", "-crf 20"),
    ("'-crf\n' 20", "-crf?"),
    ("-CRF 20", "-CRF"),
    ("-crf=20", "-crf=20"),
    ("--crf 20", "--crf"),
    ("-metadata 'a\u{1b}[2Jb=x'", "-metadata"),
    ("-metadata 'title=a\u{1b}[2J'", "-metadata"),
    ("-metadata =x", "-metadata"),
    ("-metadata title", "-metadata"),
    ("-metadata:s:t:0 'filename/x=1'", "-metadata:s:t:0"),
    ("-metadata:s:x:0 a=b", "-metadata:s:x:0"),
    ("-metadata:s:v:+1 a=b", "-metadata:s:v:+1"),
    ("-disposition:a:0 default/x", "-disposition:a:0"),
    ("-c:s /etc/passwd", "-c:s"),
    ("-c:v h264_v4l2m2m", "-c:v"),
    ("-c:v wrapped_avframe", "-c:v"),
    ("-c:a file:x", "-c:a"),
];

#[test]
fn hostile_lines_are_refused_by_name() {
    assert!(HOSTILE.len() >= 150, "{}", HOSTILE.len());
    let wrong = HOSTILE.iter().filter_map(|(line, named)| {
        let typed = split(line);
        match parse(&typed, Container::Mp4) {
            Ok(profile) => Some(format!("TAKEN {line:?}: {profile:?}")),
            Err(refusals) if refusals.iter().any(|refusal| refusal.option.starts_with(named)) => None,
            Err(refusals) => Some(format!("{line:?} names {refusals:?}")),
        }
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_word_of_any_length_or_with_a_zero_byte_is_refused_in_one_line() {
    for word in ["x".repeat(15_000), format!("-{}", "x".repeat(15_000)), "-crf\0".into(), "-\0".into()] {
        for words in [vec![word.clone(), "20".into()], vec!["-preset".into(), word.clone()]] {
            let refusals = parse(&words, Container::Mp4).expect_err("nothing of it is known");
            let said = refusals[0].to_string();
            assert!(said.len() < 400 && !said.chars().any(char::is_control), "{said}");
        }
    }
    assert!(parse(&vec!["-an".to_owned(); 513], Container::Mp4).is_err());
}

/// What looks bad and is not: it means no more than it says, and is printed as it is here.
#[test]
fn harmless_lines_are_printed_again() {
    for (line, want) in [
        ("-metadata title=-i", "title=-i"),
        ("-metadata 'title=$(id) `id`; rm'", "title=$(id) `id`; rm"),
        ("-metadata 'title=a\nb'", "title=a\nb"),
        ("-metadata title=/etc/passwd", "title=/etc/passwd"),
        ("-metadata title=http://x/", "title=http://x/"),
    ] {
        assert_eq!(taken(line, "a.mp4").tags, [("metadata".to_owned(), want.to_owned())], "{line}");
    }
    for (line, want) in [
        ("-vf \"drawtext=text='textfile x'\"", "drawtext=text='textfile x'"),
        ("-vf drawtext=text=a=b", "drawtext=text='a=b'"),
        ("-vf 'scale=w=min(1280\\,iw):h=-2'", "scale=w='min(1280,iw)':h=-2"),
        ("-vf scale=0x10:2", ""),
    ] {
        match read(line, "a.mp4") {
            Ok(profile) => {
                assert_eq!(profile.video.filters.map(String::from).as_deref(), Some(want), "{line}")
            }
            Err(refusals) => assert!(want.is_empty(), "{refusals:?}"),
        }
    }
}

/// The words of everything that a profile says, as a person could have typed them.
fn printed(profile: &Profile) -> Vec<String> {
    let mut out = recheck::picture_words(&profile.video);
    out.extend(recheck::pairs(&profile.muxer).chain(recheck::pairs(&profile.tags)));
    out.extend(recheck::sound_words(&profile.sound));
    out
}

proptest! {
    #[test]
    fn what_is_printed_is_read_as_the_same(typed in proptest::collection::vec(super::any_word(), 0..14)) {
        if let Ok(mut profile) = parse(&typed, Container::Mp4) {
            (profile.span, profile.video.pace, profile.subtitles) = Default::default();
            (profile.source_tags, profile.chapters) = (true, true);
            let again = parse(&printed(&profile), Container::Mp4);
            prop_assert_eq!(again.as_ref(), Ok(&profile), "{:?}", typed);
        }
    }

    /// Whatever stands in a chain: it is refused, or what is printed names no file, and is read as
    /// the same.
    #[test]
    fn a_chain_never_names_a_file(name in "(drawtext|curves|scale|eq|loudnorm|select)", rest in "[a-z=:'/,\\\\ 0-9|]{0,40}") {
        let text = format!("{name}={rest}");
        if let Ok(chain) = filters::read(filters::FilterTable::Video, "-vf", &text) {
            let bare = chain.to_string().replace('\'', "");
            for word in ["textfile", "fontfile", "psfile", "plot", "stats_file", "movie"] {
                prop_assert!(!bare.contains(&format!("{word}=")), "{}", chain);
            }
            let again = filters::read(filters::FilterTable::Video, "-vf", &chain.to_string());
            prop_assert_eq!(again.as_ref(), Ok(&chain));
        }
    }
}
