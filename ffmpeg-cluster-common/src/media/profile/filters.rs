//! Chains of filters. Taken are filters without memory and without files, each with the arguments that we
//! know; the chain is printed again from what was understood.
//!
//! A filter of pictures sees the frames of one piece only. So an expression may not ask for a frame's
//! number or time, nor for what an earlier frame left behind. Sound is filtered whole: memory is welcome
//! there, but not a change of length.

use super::Refusal;
use super::reasons;
use super::values::SIDE_MAX;

/// Filters and the names of their arguments, from the help texts of ffmpeg 5 to 9. An argument that reads or
/// writes a file is not listed, and counts as unknown.
const VIDEO: &[(&str, &str)] = &[
    (
        "scale",
        "w width h height flags interl in_color_matrix out_color_matrix in_range out_range in_v_chr_pos in_h_chr_pos out_v_chr_pos out_h_chr_pos force_original_aspect_ratio force_divisible_by param0 param1",
    ),
    (
        "zscale",
        "w width h height s size d dither f filter r range p primaries t transfer m matrix rin rangein pin primariesin tin transferin min matrixin c chromal cin chromalin npl agamma param_a param_b",
    ),
    ("crop", "w out_w h out_h x y keep_aspect exact"),
    ("pad", "w width h height x y color aspect"),
    ("format", "pix_fmts"),
    ("noformat", "pix_fmts"),
    ("setsar", "sar ratio r max"),
    ("setdar", "dar ratio r max"),
    ("setparams", "field_mode range color_primaries color_trc colorspace"),
    ("setfield", "mode"),
    ("setrange", "range"),
    ("transpose", "dir passthrough"),
    ("hflip", ""),
    ("vflip", ""),
    ("null", ""),
    ("rotate", "a angle ow out_w oh out_h c fillcolor bilinear"),
    ("eq", "contrast brightness saturation gamma gamma_r gamma_g gamma_b gamma_weight"),
    ("hue", "h s H b"),
    ("lut", "c0 c1 c2 c3 y u v r g b a"),
    ("lutrgb", "c0 c1 c2 c3 y u v r g b a"),
    ("lutyuv", "c0 c1 c2 c3 y u v r g b a"),
    ("curves", "preset m master r red g green b blue all"),
    (
        "colorspace",
        "all space range primaries trc format fast dither wpadapt iall ispace irange iprimaries itrc",
    ),
    ("colormatrix", "src dst"),
    ("colorbalance", "rs gs bs rm gm bm rh gh bh pl"),
    ("colorchannelmixer", "rr rg rb ra gr gg gb ga br bg bb ba ar ag ab aa pc pa"),
    ("colortemperature", "temperature mix pl"),
    (
        "colorlevels",
        "rimin gimin bimin aimin rimax gimax bimax aimax romin gomin bomin aomin romax gomax bomax aomax preserve",
    ),
    ("colorcontrast", "rc gm by rcw gmw byw pl"),
    ("colorcorrect", "rl bl rh bh saturation"),
    ("colorize", "hue saturation lightness mix"),
    ("monochrome", "cb cr size high"),
    ("vibrance", "intensity rbal gbal bbal rlum glum blum alternate"),
    ("exposure", "exposure black"),
    ("huesaturation", "hue saturation intensity colors strength rw gw bw lightness"),
    ("selectivecolor", "correction_method reds yellows greens cyans blues magentas whites neutrals blacks"),
    ("negate", "components negate_alpha"),
    ("limiter", "min max planes"),
    (
        "unsharp",
        "lx luma_msize_x ly luma_msize_y la luma_amount cx chroma_msize_x cy chroma_msize_y ca chroma_amount ax alpha_msize_x ay alpha_msize_y aa alpha_amount",
    ),
    (
        "smartblur",
        "lr luma_radius ls luma_strength lt luma_threshold cr chroma_radius cs chroma_strength ct chroma_threshold",
    ),
    ("gblur", "sigma steps planes sigmaV"),
    (
        "boxblur",
        "lr luma_radius lp luma_power cr chroma_radius cp chroma_power ar alpha_radius ap alpha_power",
    ),
    ("avgblur", "sizeX planes sizeY"),
    ("bilateral", "sigmaS sigmaR planes"),
    ("median", "radius planes radiusV percentile"),
    ("cas", "strength planes"),
    ("convolution", "0m 1m 2m 3m 0rdiv 1rdiv 2rdiv 3rdiv 0bias 1bias 2bias 3bias 0mode 1mode 2mode 3mode"),
    ("sobel", "planes scale delta"),
    ("prewitt", "planes scale delta"),
    ("edgedetect", "high low mode planes"),
    ("erosion", "coordinates threshold0 threshold1 threshold2 threshold3"),
    ("dilation", "coordinates threshold0 threshold1 threshold2 threshold3"),
    ("inflate", "threshold0 threshold1 threshold2 threshold3"),
    ("deflate", "threshold0 threshold1 threshold2 threshold3"),
    ("drawbox", "x y w width h height c color t thickness replace"),
    ("drawgrid", "x y w width h height c color t thickness replace"),
    ("fillborders", "left right top bottom mode color"),
    ("vignette", "a angle x0 y0 mode aspect"),
    ("tonemap", "tonemap param desat peak"),
    ("chromashift", "cbh cbv crh crv edge"),
    ("rgbashift", "rh rv gh gv bh bv ah av edge"),
    ("pixelize", "w width h height m mode p planes"),
    ("lenscorrection", "cx cy k1 k2 i fc"),
    ("deblock", "filter block alpha beta gamma delta planes"),
    ("dctdnoiz", "s sigma overlap n"),
    ("owdenoise", "depth ls luma_strength cs chroma_strength"),
    ("nlmeans", "s p pc r rc"),
    ("vaguedenoiser", "threshold method nsteps percent planes type"),
    ("yaepblur", "r radius p planes s sigma"),
    ("shear", "shx shy c fillcolor interp"),
    ("swapuv", ""),
    ("il", "l luma_mode c chroma_mode a alpha_mode ls luma_swap cs chroma_swap as alpha_swap"),
];

const BAND: &str =
    "f frequency t width_type w width g gain p poles m mix c channels n normalize a transform r precision";
const SOUND: &[(&str, &str)] = &[
    ("anull", ""),
    ("volume", "volume precision eval replaygain replaygain_preamp replaygain_noclip"),
    (
        "loudnorm",
        "I i LRA lra TP tp measured_I measured_i measured_LRA measured_lra measured_TP measured_tp measured_thresh offset linear dual_mono",
    ),
    (
        "dynaudnorm",
        "f framelen g gausssize p peak m maxgain r targetrms n coupling c correctdc b altboundary s compress t threshold h channels o overlap",
    ),
    ("speechnorm", "p peak e expansion c compression t threshold r raise f fall h channels i invert l link"),
    (
        "aresample",
        "sample_rate async min_comp min_hard_comp comp_duration resampler osr ocl filter_size phase_shift linear_interp cutoff matrix_encoding dither_method",
    ),
    ("aformat", "f sample_fmts r sample_rates cl channel_layouts"),
    ("pan", "args"),
    ("channelmap", "map channel_layout"),
    ("equalizer", BAND),
    ("highpass", BAND),
    ("lowpass", BAND),
    ("bandpass", BAND),
    ("bandreject", BAND),
    ("bass", BAND),
    ("treble", BAND),
    ("lowshelf", BAND),
    ("highshelf", BAND),
    ("allpass", BAND),
    ("superequalizer", "1b 2b 3b 4b 5b 6b 7b 8b 9b 10b 11b 12b 13b 14b 15b 16b 17b 18b"),
    ("acompressor", "level_in mode threshold ratio attack release makeup knee link detection level_sc mix"),
    ("alimiter", "level_in level_out limit attack release asc asc_level level latency"),
    ("agate", "level_in mode range threshold ratio attack release makeup knee detection link level_sc"),
    ("compand", "attacks decays points soft-knee gain volume delay"),
    ("afade", "t type ss start_sample ns nb_samples st start_time d duration c curve"),
    ("deesser", "i m f s"),
    (
        "afftdn",
        "nr noise_reduction nf noise_floor nt noise_type bn band_noise rf residual_floor tn track_noise tr track_residual om output_mode ad adaptivity fo floor_offset nl noise_link bm band_multiplier gs gain_smooth",
    ),
    ("anlmdn", "s strength p patch r research o output m smooth"),
    ("adeclick", "w window o overlap a arorder t threshold b burst m method"),
    ("adeclip", "w window o overlap a arorder t threshold n hsize m method"),
    ("crossfeed", "strength range slope level_in level_out block_size"),
    ("extrastereo", "m c"),
    ("stereowiden", "delay feedback crossfeed drymix"),
    (
        "stereotools",
        "level_in level_out balance_in balance_out softclip mutel muter phasel phaser mode slev sbal mlev mpan base delay sclevel phase bmode_in bmode_out",
    ),
    ("dcshift", "shift limitergain"),
    ("tremolo", "f d"),
    ("vibrato", "f d"),
    ("aphaser", "in_gain out_gain delay decay speed type"),
    ("flanger", "delay depth regen width speed shape phase interp"),
    (
        "haas",
        "level_in level_out side_gain middle_source middle_phase left_delay left_balance left_gain left_phase right_delay right_balance right_gain right_phase",
    ),
    ("earwax", ""),
    ("acontrast", "contrast"),
    ("crystalizer", "i c"),
    ("asubboost", "dry wet boost decay feedback cutoff slope delay channels"),
];

/// Which of the two: pictures or sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Video,
    Sound,
}

/// Filters in a chain that is longer were not typed by a person.
const FILTERS_MAX: usize = 32;
const VALUE_CHARS_MAX: usize = 256;

/// Reads a chain and prints it again. `option` is what the person typed, `-vf` or so.
pub(super) fn chain(of: Of, option: &str, text: &str) -> Result<String, Vec<Refusal>> {
    let refuse = |reason: &str| vec![Refusal::new(option, reason)];
    if text.contains([';', '[', ']']) {
        return Err(refuse("only a single chain of filters can be run in pieces, without labels"));
    }
    let filters = split(text, ',').map_err(refuse)?;
    if filters.len() > FILTERS_MAX {
        return Err(refuse(&format!("more than {FILTERS_MAX} filters")));
    }
    let (mut printed, mut refusals) = (Vec::new(), Vec::new());
    for filter in &filters {
        match one(of, option, filter.trim()) {
            Ok(text) => printed.push(text),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if refusals.is_empty() { Ok(printed.join(",")) } else { Err(refusals) }
}

/// Splits where the separator stands outside quotes and has no backslash before it.
fn split(text: &str, separator: char) -> Result<Vec<String>, &'static str> {
    let mut out = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for c in text.chars() {
        let part = out.last_mut().expect("there is always one");
        if escaped {
            escaped = false;
            part.push(c);
        } else if c == separator && !quoted {
            out.push(String::new());
        } else {
            quoted ^= c == '\'';
            escaped = c == '\\' && !quoted;
            part.push(c);
        }
    }
    if quoted || escaped { Err("a quote is opened and never closed") } else { Ok(out) }
}

fn one(of: Of, option: &str, text: &str) -> Result<String, Refusal> {
    let (name, arguments) = text.split_once('=').map_or((text, None), |(name, rest)| (name, Some(rest)));
    let typed = format!("{option} {name}");
    let (table, reason) = match of {
        Of::Video => (VIDEO, reasons::video_filter(name)),
        Of::Sound => (SOUND, reasons::sound_filter(name)),
    };
    if let Some(reason) = reason {
        return Err(Refusal::new(typed, format!("this filter {reason}")));
    }
    let Some((name, known)) = table.iter().find(|(known, _)| *known == name) else {
        let near = super::parse::nearest(name, table.iter().map(|(known, _)| *known));
        let hint = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
        return Err(Refusal::new(typed, format!("this filter is not taken{hint}")));
    };
    let Some(arguments) = arguments else { return Ok((*name).to_owned()) };
    let known: Vec<&str> = known.split_whitespace().collect();
    let mut printed = Vec::new();
    for argument in split(arguments, ':').map_err(|reason| Refusal::new(&*typed, reason))? {
        printed.push(print(of, &typed, name, &known, &argument)?);
    }
    Ok(format!("{name}={}", printed.join(":")))
}

/// One argument, with or without its name.
fn print(of: Of, typed: &str, filter: &str, known: &[&str], argument: &str) -> Result<String, Refusal> {
    let named = argument.split_once('=').filter(|(key, _)| is_key(key));
    let (key, raw) = named.map_or((None, argument), |(key, value)| (Some(key), value));
    let refuse = |what: &str, reason: &str| Err(Refusal::new(format!("{typed} {what}"), reason));
    if let Some(key) = key
        && !known.contains(&key)
    {
        return refuse(key, "this argument is not taken");
    }
    if key.is_none() && known.is_empty() {
        return refuse(raw, "this filter has no arguments");
    }
    let value: String = raw.chars().filter(|c| !matches!(c, '\'' | '\\')).collect();
    if value.is_empty() || value.len() > VALUE_CHARS_MAX || !value.chars().all(is_plain) {
        return refuse(argument, "this value holds characters that are not taken");
    }
    if of == Of::Video {
        if let Some(word) = remembers(&value) {
            return refuse(
                argument,
                &format!(
                    "'{word}' in an expression depends on the frame's number, time or past, which a piece does not know"
                ),
            );
        }
        let sized = matches!(filter, "scale" | "zscale" | "pad" | "crop");
        if sized && numbers(&value).any(|number| number > SIDE_MAX) {
            return refuse(argument, &format!("a picture is at most {SIDE_MAX} a side"));
        }
    }
    let quoted = if value.contains([',', ' ', '=']) { format!("'{value}'") } else { value };
    Ok(key.map_or(quoted.clone(), |key| format!("{key}={quoted}")))
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_.+-*/()<>=!|&^%@#~, ".contains(c)
}

fn identifiers(value: &str) -> impl Iterator<Item = &str> {
    value
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
}

/// The first word of an expression that a piece can't know.
fn remembers(value: &str) -> Option<&str> {
    const WORDS: &[&str] = &[
        "n", "t", "N", "T", "pos", "pts", "PTS", "random", "randomi", "ld", "st", "print", "time", "while",
        "root", "taylor",
    ];
    identifiers(value).find(|word| WORDS.contains(word))
}

fn numbers(value: &str) -> impl Iterator<Item = u32> {
    value
        .split(|c: char| !c.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(|digits| digits.parse().unwrap_or(u32::MAX))
}
