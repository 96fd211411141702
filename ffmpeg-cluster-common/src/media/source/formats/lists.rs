//! The demuxers of ffmpeg that open nothing but the given file, and those that open more.
//!
//! The lists come from reading in ffmpeg 5.1 which parts of libavformat open files, addresses and other demuxers.
//! Formats that ffmpeg 8.1 adds were judged by their kind.
//! `mov` opens other files only with `enable_drefs`,
//! which is off by default and which we never set.

/// Films, sound and subtitles, each in one file.
pub(crate) const FILMS: &str = "3dostr 3g2 3gp 4xm aa aac aax ac3 ac4 ace acm act adf adp ads adx aea afc aiff aix alaw alias_pix alp amr amrnb \
    amrwb anm apac apc ape apm apng aptx aptx_hd apv aqtitle argo_asf argo_brp argo_cvg asf asf_o ass ast au av1 avi \
    avr avs avs2 avs3 bethsoftvid bfi bfstm bin bink binka bit bmv boa bonk brender_pix brstm c93 caf cavsvideo cdg \
    cdxl cine codec2 codec2raw daud dcstr derf dfa dfpwm dhav dirac dnxhd dsf dsicin dss dts dtshd dv dvbsub dvbtxt \
    dxa ea ea_cdata eac3 epaf evc f32be f32le f64be f64le ffmetadata film_cpk filmstrip fits flac flic flv frm fsb \
    fwse g722 g723_1 g726 g726le g728 g729 gdv genh gif gsm gxf h261 h263 h264 hca hcom hevc hnm hxvs iamf ico idcin \
    idf iff ifv ilbc ingenient ipmovie ipu ircam iss iv8 ivf ivr jacosub jpegxl_anim jv kux kvag laf lc3 live_flv \
    lmlm4 loas lrc luodat lvf lxf m4a m4v matroska mca mcc mgsts microdvd mj2 mjpeg mjpeg_2000 mlp mm mmf mods \
    moflex mov mp3 mp4 mpc mpc8 mpeg mpegts mpegtsraw mpegvideo mpjpeg mpl2 mpsub msf msnwctcp msp mtaf mtv mulaw \
    musx mv mvi mxf mxg nc nistsphere nsp nsv nut nuv obu ogg oma osq paf pdv pjs pmp pp_bnk psxstr pva pvf qcp qoa \
    r3d rcwt realtext redspark rka rl2 rm roq rpl rsd rso s16be s16le s24be s24le s32be s32le s337m s8 sami sbc sbg \
    scc scd sdns sdr2 sds sdx ser sga shn siff simbiosis_imx sln smjpeg smk smush sol sox spdif srt stl subviewer \
    subviewer1 sup svag svs swf tak tedcaptions thp tiertexseq tmv truehd tta tty txd ty u16be u16le u24be u24le \
    u32be u32le u8 usm vag vc1 vc1test vidc vividas vivo vmd voc vpk vplayer vqf vvc w64 wady wav wavarc wc3movie \
    webm webvtt wsaud wsd wsvqa wtv wv wve xa xbin xmd xmv xvag xwma yop yuv4mpegpipe";

/// Pictures, one or several in one file.
pub(crate) const PICTURES: &str = "bmp_pipe cri_pipe dds_pipe dpx_pipe exr_pipe gem_pipe gif_pipe hdr_pipe image2pipe j2k_pipe jpeg_pipe \
    jpegls_pipe jpegxl_pipe jpegxs_pipe pam_pipe pbm_pipe pcx_pipe pfm_pipe pgm_pipe pgmyuv_pipe pgx_pipe phm_pipe \
    photocd_pipe pictor_pipe png_pipe ppm_pipe psd_pipe qdraw_pipe qoi_pipe sgi_pipe sunrast_pipe tiff_pipe vbn_pipe \
    webp_pipe xbm_pipe xpm_pipe xwd_pipe";

/// The risk of allowing a format that is not on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Price {
    /// Such a file names files and addresses that ffmpeg opens.
    OpensOthers,
    /// We have not reviewed the code that reads it.
    Unseen,
    /// It can't be allowed, because no such file would be readable anyway.
    Useless,
}

/// Formats that we do not open, and why.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Excluded {
    /// Separated by spaces.
    pub names: &'static str,
    pub why: &'static str,
    pub price: Price,
}

const fn excluded(names: &'static str, price: Price, why: &'static str) -> Excluded {
    Excluded { names, why, price }
}

/// docs/sandbox.md shows this table.
pub(crate) const EXCLUDED: &[Excluded] = &[
    excluded("concat", Price::OpensOthers, "a list of other files"),
    excluded("hls applehttp dash imf", Price::OpensOthers, "a playlist of other files and addresses"),
    excluded(
        "image2",
        Price::Useless,
        "its name may stand for many files and alone says what they hold, and clients do not see it",
    ),
    excluded("mlv", Price::OpensOthers, "it continues in the files beside it, .M00 and so on"),
    excluded("vobsub", Price::OpensOthers, "an index whose pictures lie in another file"),
    excluded("rtp rtsp sap sdp", Price::OpensOthers, "it makes ffmpeg open network connections"),
    excluded("avisynth vapoursynth", Price::OpensOthers, "a script, which is run"),
    excluded("svg_pipe", Price::Unseen, "a library outside ffmpeg draws it, and it may name other files"),
    excluded(
        "libgme libmodplug libopenmpt",
        Price::Unseen,
        "a library outside ffmpeg reads it, and it has no picture",
    ),
    excluded(
        "rawvideo bitpacked v210 v210x data",
        Price::Useless,
        "nothing in such a file says how large its pictures are",
    ),
    excluded(
        "webm_dash_manifest",
        Price::Useless,
        "a description of a film, which ffmpeg recognises in no file",
    ),
    excluded("dvdvideo libcdio", Price::Useless, "a disc, and no file"),
    excluded(
        "alsa android_camera avfoundation bktr decklink dshow fbdev gdigrab iec61883 jack kmsgrab lavfi libdc1394 \
         openal oss pulse sndio v4l2 vfwcap video4linux2 x11grab xcbgrab",
        Price::Useless,
        "a device of the machine, and no file",
    ),
];
