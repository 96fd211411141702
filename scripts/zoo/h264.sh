# shellcheck shell=bash disable=SC2154
# All kinds of H.264, and times that fit no rate.
own h264 \
    h264-open-gop.mp4 h264-open-gop.mkv h264-open-gop.ts h264-open-gop.avi h264-open-gop.h264 h264-headers-once.ts \
    h264-raw.h264 h264-avi.avi h264-flv.flv h264-mov.mov h264-plain.mp4 h264-plain.ts h264-plain.mkv \
    h264-intra-refresh.mp4 h264-intra-refresh.flv h264-intra-refresh.ts h264-intra-refresh.mkv h264-one-key.mp4 \
    h264-all-intra.mp4 h264-mbaff.mp4 h264-mbaff.ts h264-bff.mp4 h264-fake-interlaced.mp4 h264-422-10.mp4 \
    h264-444.mp4 h264-gamma28.mp4 h264-old-x264.mp4 h264-old-x264-untold.mp4 h264-sets-replaced.mkv \
    h264-lossless.mp4 h264-odd-size.mp4 h264-b-pyramid.mp4 h264-b-pyramid.ts h264-sliced.mp4 \
    h264-scenecuts.mkv h264-aud-nal-hrd.ts h264-fragments.mp4 h264-fragments-anywhere.mp4 h264-negative-cts.mp4 \
    h264-offset.ts h264-vfr.mkv h264-vfr.mp4 h264-jitter.mp4 h264-jitter.mkv h264-23976.mp4 h264-23976.mkv \
    h264-5994.ts h264-same-times.mkv h264-same-times.ts h264-same-times-coarse.mp4 \
    h264-time-back.mkv h264-time-back.ts h264-clock-jump.mkv \
    h264-clock-jump.ts h264-clock-restart.ts h264-wrap.ts h264-wrap-audio.ts h264-gap.mkv h264-gap.mp4 h264-gap.ts \
    h264-screen.mkv h264-screen.mp4 h264-odd-timebase.mp4

# Field pictures (PAFF) are missing: x264 codes interlaced films only as MBAFF frames; fake-interlaced comes closest.

x264_with() { # OUT PARAMETERS OPTION…
    local sound=("${aac[@]}")
    [ "${1##*.}" = h264 ] && sound=(-an)
    show "$1" "${x264[@]}" -x264-params "$2" "${sound[@]}" "${@:3}"
}

# OUT EXPRESSION: sets the times of the frames by an expression in 1/90000 s.
times() {
    secs=6 show "$1" -vf "settb=1/90000,setpts='$2'" -fps_mode passthrough -enc_time_base 1:90000 \
        "${x264[@]}" "${aac[@]}"
}

# A 4:4:4 film from today's x264 that names an old build, which coded 4:4:4 differently. A decoder believes that name from the
# film's first frame on, and shows other pictures. This picture is one of those in which it finds no errors.
plant_x264() {
    ff -f lavfi -i mandelbrot=size=48x32:rate=25 -t 5 -threads 1 -c:v libx264 -preset veryfast -qp 40 \
        -x264-params keyint=25:min-keyint=25:scenecut=0:bframes=2:8x8dct=1 -pix_fmt yuv444p today.mp4
    LC_ALL=C sed "s/x264 - core [0-9][0-9][0-9]/$2/" today.mp4 > "$1"
}

# Half a film with these parameters, and with its parameter sets only before its first picture.
half_with() {
    mute whole.h264 "${x264[@]}" -bf 0 -x264-params "$1"
    ff -i whole.h264 -c copy -frames:v 1 -bsf:v filter_units=pass_types=7-8 -f h264 -
    ff -i whole.h264 -c copy -bsf:v filter_units=remove_types=6-8 -f h264 -
}

make_h264() {
    case $1 in
        h264-open-gop.mp4 | h264-open-gop.ts | h264-open-gop.h264)
            x264_with "$1" open-gop=1:keyint=28:min-keyint=28:bframes=3:b-adapt=0:scenecut=0 ;;
        h264-headers-once.ts) copy h264-open-gop.mp4 "$1" ;; # The parameter sets are only before the first picture.
        h264-open-gop.*) copy h264-open-gop.mp4 "$1" ;;
        h264-plain.mp4) show "$1" "${x264[@]}" "${aac[@]}" -movflags +faststart ;;
        h264-raw.h264) copy h264-plain.mp4 "$1" -an ;;
        h264-avi.avi) show "$1" "${x264[@]}" -c:a libmp3lame ;;
        h264-flv.flv | h264-mov.mov | h264-plain.*) copy h264-plain.mp4 "$1" ;;
        h264-intra-refresh.mp4) x264_with "$1" intra-refresh=1:keyint=30:bframes=0 ;;
        h264-intra-refresh.ts) x264_with "$1" intra-refresh=1:keyint=30:bframes=2 ;;
        h264-intra-refresh.*) copy h264-intra-refresh.mp4 "$1" ;;
        h264-one-key.mp4) x264_with "$1" keyint=infinite:bframes=3:scenecut=0 ;;
        h264-all-intra.mp4) x264_with "$1" keyint=1:bframes=0 ;;
        h264-mbaff.*) rate=50 x264_with "$1" tff=1:keyint=25 -vf interlace=scan=tff ;;
        h264-bff.mp4) rate=50 x264_with "$1" bff=1:keyint=25:open-gop=1 -vf interlace=scan=bff ;;
        h264-fake-interlaced.mp4) x264_with "$1" fake-interlaced=1:keyint=25 ;;
        h264-422-10.mp4) x264_with "$1" keyint=25 -pix_fmt yuv422p10le ;;
        h264-444.mp4) x264_with "$1" keyint=25 -pix_fmt yuv444p ;;
        h264-gamma28.mp4)
            x264_with "$1" keyint=25 -color_trc gamma28 -color_primaries bt470bg -colorspace bt470bg ;;
        h264-old-x264.mp4) plant_x264 "$1" 'x264 - core 142' ;;
        # The decoder recognises this name too; we don't. It represents everything that a decoder may remember without our knowledge.
        h264-old-x264-untold.mp4) plant_x264 "$1" $'x264\t- core 142' ;;
        h264-sets-replaced.mkv) # A decoder that begins in the second half has the first half's sets, and does not complain.
            { secs=3 half_with chroma-qp-offset=0; secs=3 half_with chroma-qp-offset=6; } > halves.h264
            ff -framerate 25 -i halves.h264 -c copy "$1" ;;
        h264-lossless.mp4) x264_with "$1" keyint=25 -qp 0 ;;
        h264-odd-size.mp4) x264_with "$1" keyint=25 -vf format=yuv444p,crop=161:91 -pix_fmt yuv444p ;;
        h264-b-pyramid.*) x264_with "$1" keyint=30:bframes=16:b-adapt=0:b-pyramid=normal:open-gop=1 -bf 16 ;;
        h264-sliced.mp4) x264_with "$1" threads=4:sliced-threads=1:slices=4 ;;
        h264-scenecuts.mkv) # A new scene every 0.7 s: irregular key frames.
            show "$1" -vf "hue=h='90*floor(t/0.7)',negate=enable='eq(mod(floor(t/0.7),2),1)'" "${x264[@]}" -g 30 \
                -keyint_min 2 -sc_threshold 60 "${aac[@]}" ;;
        h264-aud-nal-hrd.ts)
            x264_with "$1" aud=1:nal-hrd=cbr:pic-struct=1:force-cfr=1 -b:v 300k -maxrate 300k -bufsize 300k ;;
        h264-fragments.mp4) copy h264-open-gop.mp4 "$1" -movflags +frag_keyframe+empty_moov+default_base_moof ;;
        h264-fragments-anywhere.mp4) copy h264-open-gop.mp4 "$1" -movflags +empty_moov -frag_duration 300000 ;;
        h264-negative-cts.mp4) copy h264-open-gop.mp4 "$1" -movflags +negative_cts_offsets ;;
        h264-offset.ts) copy h264-open-gop.mp4 "$1" -output_ts_offset 1234.5 -muxdelay 0 ;;
        h264-vfr.*) times "$1" 'PTS+if(eq(mod(N,3),0),0.013/TB,0)+if(gt(N,60),0.71/TB,0)' ;;
        h264-jitter.*) times "$1" 'PTS+mod(N*7919,1201)' ;;
        h264-screen.*) # From 60 frames in a second to one in ten seconds: bursts, single frames, long pauses.
            times "$1" '(floor(N/50)*14.2+if(lt(mod(N,50),40),mod(N,50)/60,0.8+(mod(N,50)-40)*0.42))/TB' ;;
        h264-23976.*) rate=24000/1001 show "$1" "${x264[@]}" "${aac[@]}" ;;
        h264-5994.ts) rate=60000/1001 secs=4 show "$1" "${x264[@]}" -g 30 "${aac[@]}" ;;
        h264-odd-timebase.mp4) rate=19.7 show "$1" "${x264[@]}" "${aac[@]}" -video_track_timescale 10007 ;;
        # A packet repeats a time, or goes back in time. Decoding times are earlier, so that the muxer allows it. The
        # sources are in the same containers, because setts counts in units of either.
        h264-same-times.*)
            copy "h264-plain.${1##*.}" "$1" -bsf:v "setts=pts=PTS+if(eq(mod(N\,30)\,16)\,0.04/TB\,0):dts=DTS" ;;
        h264-same-times-coarse.mp4) # A tick is as long as a frame.
            copy h264-plain.mp4 "$1" -video_track_timescale 25 \
                -bsf:v "setts=pts=PTS+eq(mod(N\,30)\,16):dts=DTS" ;;
        h264-time-back.*)
            copy "h264-plain.${1##*.}" "$1" -bsf:v "setts=pts=PTS-if(eq(N\,63)\,0.22/TB\,0):dts=DTS-0.5/TB" ;;
        h264-clock-jump.*)
            copy "h264-plain.${1##*.}" "$1" -max_interleave_delta 0 -bsf:v "setts=ts=TS+if(gte(N\,75)\,1000/TB\,0)" \
                -bsf:a "setts=ts=TS+if(gte(TS*TB\,3)\,1000/TB\,0)" ;;
        h264-clock-restart.ts)
            film h264-plain.ts
            cat "$zoo/h264-plain.ts" "$zoo/h264-plain.ts" > "$1" ;;
        h264-wrap.ts) copy h264-open-gop.mp4 "$1" -an -output_ts_offset 95440 -muxdelay 0 ;;
        h264-wrap-audio.ts) copy h264-plain.mp4 "$1" -output_ts_offset 95440.7 ;;
        h264-gap.*) # Neither pictures nor sound for 1.6 s, away from key frames.
            show "$1" -vf "select='not(between(t,1.7,3.3))'" -fps_mode passthrough "${x264[@]}" "${aac[@]}" \
                -af "aselect='not(between(t,1.7,3.3))'" ;;
    esac
}
