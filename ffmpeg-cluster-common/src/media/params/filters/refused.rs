//! Filters that are refused, each with its reason.

/// A reason, and the names of the filters that it applies to.
type Reasons = &'static [(&'static str, &'static str)];

const VIDEO_FILTERS: Reasons = &[
    // This happens after any other filter and with any of its arguments, in ffmpeg 5 to 8.
    (
        "reads beyond its picture, so two runs of ffmpeg give different pixels; use hqdn3d, atadenoise or nlmeans to reduce noise",
        "fftdnoiz",
    ),
    ("gives its frames no times, so ffmpeg drops all of them", "repeatfields"),
    (
        "changes the times of the film, which its sound would not follow; -ss, -to and -t take a part of it, -r and fps change its rate",
        "setpts trim loop reverse tpad freezeframes segment settb",
    ),
    (
        "is not supported yet",
        "nnedi tlut2 bm3d deshake vidstabtransform mcdeint geq zoompan untile tile split extractplanes random",
    ),
    (
        "reads or writes files or prints, which parameters may not",
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
        "reads or writes files or prints, which parameters may not",
        "amovie arnndn sofalizer ametadata asendcmd azmq ladspa lv2 astats ebur128 headphone afir asr ashowinfo",
    ),
    (
        "needs more than one track of sound",
        "amix amerge join channelsplit sidechaincompress sidechaingate acrossfade asplit ainterleave",
    ),
    // Its last block of samples may be shorter than the number that it writes,
    // with any of its arguments, in ffmpeg 5 to 8.
    (
        "writes beyond its own memory where the sound ends, and ffmpeg crashes; use afftdn to reduce noise",
        "anlmdn",
    ),
];

fn reason(reasons: Reasons, name: &str) -> Option<&'static str> {
    let listed = |names: &str| names.split_whitespace().any(|known| known == name);
    reasons.iter().find(|(_, names)| listed(names)).map(|(reason, _)| *reason)
}

/// Why a picture filter can't run in pieces.
pub(super) fn of_pictures(name: &str) -> Option<&'static str> {
    reason(VIDEO_FILTERS, name)
}

/// Why a sound filter is refused.
pub(super) fn of_sound(name: &str) -> Option<&'static str> {
    reason(SOUND_FILTERS, name)
}
