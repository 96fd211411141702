//! Options of ffmpeg that are refused, each with its reason; so that nobody must guess.

/// A refused option: does a value follow it, and why is it refused.
pub(super) struct Refused {
    pub(super) names: &'static [&'static str],
    pub(super) valued: bool,
    pub(super) reason: &'static str,
}

const fn valued(names: &'static [&'static str], reason: &'static str) -> Refused {
    Refused { names, valued: true, reason }
}
const fn flag(names: &'static [&'static str], reason: &'static str) -> Refused {
    Refused { names, valued: false, reason }
}

const REFUSED: &[Refused] = &[
    valued(&["i"], "a job has one input, the film itself; a second one can't be given"),
    valued(
        &["sseof", "itsoffset", "itsscale", "stream_loop", "timestamp", "output_ts_offset", "start_at_zero"],
        "sound and picture keep their places; -ss, -to and -t take a part of the film",
    ),
    valued(
        &["filter_complex", "lavfi", "filter_complex_script", "filter_script", "/filter", "/filter_complex"],
        "only single chains of filters (-vf, -af) can be run in pieces",
    ),
    valued(
        &["reserve_index_space"],
        "where too little is reserved, the result fails at its very end; -cues_to_front 1 puts the index in front at its own size",
    ),
    valued(
        &["pass", "passlogfile", "stats", "fastfirstpass", "rc_init_occupancy"],
        "two passes need the whole film in one place; use -crf for constant quality",
    ),
    valued(
        &[
            "maxrate",
            "minrate",
            "bufsize",
            "bt",
            "nal-hrd",
            "undershoot-pct",
            "overshoot-pct",
            "rc_eq",
            "rc_override",
        ],
        "control of the bit rate needs the whole film in one place; use -crf for constant quality",
    ),
    valued(
        &["fpsmax", "enc_time_base", "frame_drop_threshold"],
        "every frame keeps its own time; -r or the filter fps change the frame rate",
    ),
    valued(&["force_key_frames"], "key frames at chosen times are not possible in pieces yet; use -g"),
    valued(
        &["map", "map_channel"],
        "every stream that the container can hold is kept; choosing streams is not supported yet, -an and -sn drop sound and subtitles",
    ),
    flag(&["shortest"], "every stream keeps its own length"),
    flag(&["vn"], "without the picture there is nothing to encode in pieces"),
    valued(
        &["frames", "vframes", "aframes", "dframes", "fs", "timelimit", "shortest_buf_duration"],
        "a job encodes the whole film, from its first frame to its last",
    ),
    valued(
        &[
            "attach",
            "dump_attachment",
            "progress",
            "vstats_file",
            "sdp_file",
            "report_file",
            "stats_enc_pre",
            "stats_enc_post",
            "stats_mux_pre",
        ],
        "parameters can't read or write files",
    ),
    flag(
        &[
            "vstats",
            "report",
            "psnr",
            "copyts",
            "isync",
            "re",
            "dump",
            "hex",
            "benchmark",
            "benchmark_all",
            "qphist",
            "accurate_seek",
            "noautorotate",
            "autorotate",
        ],
        "this changes how ffmpeg itself runs, which is the cluster's business",
    ),
    valued(
        &[
            "protocol_whitelist",
            "protocol_blacklist",
            "format_whitelist",
            "codec_whitelist",
            "max_alloc",
            "cpuflags",
            "init_hw_device",
            "filter_hw_device",
            "hwaccel",
            "hwaccel_device",
            "vaapi_device",
            "qsv_device",
            "max_muxing_queue_size",
            "max_error_rate",
            "readrate",
            "thread_queue_size",
            "avoid_negative_ts",
            "loglevel",
            "v",
        ],
        "this changes how ffmpeg itself runs, which is the cluster's business",
    ),
    valued(
        &["fpre", "pre", "vpre", "apre", "spre", "target"],
        "preset files are not read; give the options themselves",
    ),
    valued(&["bsf", "absf", "vbsf"], "bitstream filters are not supported yet"),
    valued(&["canvas_size", "fix_sub_duration"], "options of subtitles are not supported yet"),
];

pub(super) fn refused(base: &str) -> Option<&'static Refused> {
    REFUSED.iter().find(|refused| refused.names.contains(&base))
}

/// Why filters can't be taken: a reason and the names that it is for.
type Reasons = &'static [(&'static str, &'static str)];

const VIDEO_FILTERS: Reasons = &[
    // After another filter it does, with any of its arguments, in ffmpeg 5 to 8.
    (
        "reads beyond its picture, so that two runs of ffmpeg give other pixels; hqdn3d, atadenoise and nlmeans reduce noise, too",
        "fftdnoiz",
    ),
    ("gives its frames no times, so that none is left of them", "repeatfields"),
    (
        "changes the times of the film, which its sound would not follow; -ss, -to and -t take a part of it, -r and fps change its rate",
        "setpts trim loop reverse tpad freezeframes segment settb",
    ),
    (
        "is not supported yet",
        "nnedi tlut2 bm3d deshake vidstabtransform mcdeint geq zoompan untile tile split extractplanes random",
    ),
    (
        "reads or writes files or prints, which parameters can't",
        "movie ass lut3d lut1d haldclut metadata ssim psnr libvmaf identity vidstabdetect sr derain \
         dnn_processing signature frei0r ocr removelogo coreimage sendcmd zmq libplacebo program_opencl cover_rect \
         find_rect vmafmotion blackdetect blackframe cropdetect showinfo",
    ),
    (
        "needs a second picture, and there is one input only",
        "overlay blend hstack vstack xstack xfade alphamerge maskedmerge concat paletteuse palettegen scale2ref \
         displace remap threshold mix interleave",
    ),
];

const SOUND_FILTERS: Reasons = &[
    (
        "changes the length of the sound, which would leave the picture",
        "atempo atrim asetrate asetpts apad adelay aloop areverse silenceremove aselect rubberband aecho \
         asetnsamples asegment",
    ),
    (
        "reads or writes files or prints, which parameters can't",
        "amovie arnndn sofalizer ametadata asendcmd azmq ladspa lv2 astats ebur128 headphone afir asr ashowinfo",
    ),
    (
        "needs more than one track of sound",
        "amix amerge join channelsplit sidechaincompress sidechaingate acrossfade asplit ainterleave",
    ),
    // Its last block of samples may be shorter than what it writes there, with any of its arguments, in ffmpeg 5 to 8.
    (
        "writes beyond its own memory where the sound ends, and ffmpeg dies of it; afftdn reduces noise, too",
        "anlmdn",
    ),
];

fn reason(reasons: Reasons, name: &str) -> Option<&'static str> {
    let listed = |names: &str| names.split_whitespace().any(|known| known == name);
    reasons.iter().find(|(_, names)| listed(names)).map(|(reason, _)| *reason)
}

/// Why a filter of pictures can't be run in pieces.
pub(super) fn video_filter(name: &str) -> Option<&'static str> {
    reason(VIDEO_FILTERS, name)
}

/// Why a filter of sound is not taken.
pub(super) fn sound_filter(name: &str) -> Option<&'static str> {
    reason(SOUND_FILTERS, name)
}
