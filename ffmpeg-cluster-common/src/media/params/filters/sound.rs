//! The allowed sound filters, from the help texts of ffmpeg 5 to 9.

use super::Row;

/// Named arguments of filters with a positional gain.
const BAND: &str = "f t w g p poles m mix c channels n normalize a transform r precision";
/// Named arguments of all other filters, including the gain.
const BAND_AND_GAIN: &str = "f t w g gain p poles m mix c channels n normalize a transform r precision";

pub(super) const SOUND: &[Row] = &[
    ("anull", "", ""),
    ("volume", "volume precision eval replaygain replaygain_preamp replaygain_noclip", ""),
    (
        "loudnorm",
        "I LRA TP measured_I measured_LRA measured_TP measured_thresh offset linear dual_mono",
        "i lra tp measured_i measured_lra measured_tp",
    ),
    (
        "dynaudnorm",
        "framelen gausssize peak maxgain targetrms coupling correctdc altboundary compress threshold channels overlap",
        "f g p m r n c b s t h o",
    ),
    (
        "speechnorm",
        "peak expansion compression threshold raise fall channels invert link",
        "p e c t r f h i l",
    ),
    (
        "aresample",
        "sample_rate",
        "async min_comp min_hard_comp comp_duration resampler osr ocl filter_size phase_shift linear_interp cutoff matrix_encoding dither_method",
    ),
    ("aformat", "sample_fmts sample_rates channel_layouts", "f r cl"),
    ("pan", "args", ""),
    ("channelmap", "map channel_layout", ""),
    ("equalizer", "frequency width_type width gain", BAND),
    ("highpass", "frequency width_type width", BAND_AND_GAIN),
    ("lowpass", "frequency width_type width", BAND_AND_GAIN),
    ("bandpass", "frequency width_type width", BAND_AND_GAIN),
    ("bandreject", "frequency width_type width", BAND_AND_GAIN),
    ("bass", "frequency width_type width gain", BAND),
    ("treble", "frequency width_type width gain", BAND),
    ("lowshelf", "frequency width_type width gain", BAND),
    ("highshelf", "frequency width_type width gain", BAND),
    ("allpass", "frequency width_type width", BAND_AND_GAIN),
    ("superequalizer", "1b 2b 3b 4b 5b 6b 7b 8b 9b 10b 11b 12b 13b 14b 15b 16b 17b 18b", ""),
    (
        "acompressor",
        "level_in mode threshold ratio attack release makeup knee link detection level_sc mix",
        "",
    ),
    ("alimiter", "level_in level_out limit attack release asc asc_level level latency", ""),
    ("agate", "level_in mode range threshold ratio attack release makeup knee detection link level_sc", ""),
    ("compand", "attacks decays points soft-knee gain volume delay", ""),
    ("afade", "type start_sample nb_samples start_time duration curve", "t ss ns st d c"),
    ("deesser", "i m f s", ""),
    (
        "afftdn",
        "noise_reduction noise_floor noise_type band_noise residual_floor track_noise track_residual output_mode adaptivity floor_offset noise_link band_multiplier",
        "nr nf nt bn rf tn tr om ad fo nl bm gs gain_smooth",
    ),
    ("adeclick", "window overlap arorder threshold burst method", "w o a t b m"),
    ("adeclip", "window overlap arorder threshold hsize method", "w o a t n m"),
    ("crossfeed", "strength range slope level_in level_out block_size", ""),
    ("extrastereo", "m c", ""),
    ("stereowiden", "delay feedback crossfeed drymix", ""),
    (
        "stereotools",
        "level_in level_out balance_in balance_out softclip mutel muter phasel phaser mode slev sbal mlev mpan base delay sclevel phase bmode_in bmode_out",
        "",
    ),
    ("dcshift", "shift limitergain", ""),
    ("tremolo", "f d", ""),
    ("vibrato", "f d", ""),
    ("aphaser", "in_gain out_gain delay decay speed type", ""),
    ("flanger", "delay depth regen width speed shape phase interp", ""),
    (
        "haas",
        "level_in level_out side_gain middle_source middle_phase left_delay left_balance left_gain left_phase right_delay right_balance right_gain right_phase",
        "",
    ),
    ("earwax", "", ""),
    ("acontrast", "contrast", ""),
    ("crystalizer", "i c", ""),
    ("asubboost", "dry wet boost decay feedback cutoff slope delay channels", ""),
];
