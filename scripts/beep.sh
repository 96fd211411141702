#!/usr/bin/env bash
# Makes one film of flashes and beeps in the current folder: beep.sh NAME. Used by films.sh.
#
# The picture is black except for one white frame in each period. The sound is silent except for a burst of 20 ms that begins
# exactly at the time of that frame. So any offset between the two in a result comes from the encoding.
set -euo pipefail

name=${1:?usage: beep.sh NAME}

ff() { ffmpeg -hide_banner -loglevel error -nostdin -y "$@"; }

# The number of frames from one flash to the next, and the number of the first white frame.
period=25
first=10
if [ "$name" = beep-pieces.mp4 ]; then
    period=120
    first=50
fi

# RATE SECONDS: the picture.
flashes() { echo "color=black:size=96x64:rate=$1:duration=$2,drawbox=color=white:t=fill:enable='eq(mod(n,$period),$first)'"; }

# RATE SECONDS SAMPLE_RATE BEGIN: the sound of that picture, from BEGIN on. Half a sample more, so that rounding decides nothing.
beeps() {
    local since="mod(t+0.5/$3+$4+($period-$first)/($1),$period/($1))"
    echo "aevalsrc=exprs='0.8*sin(2*PI*1000*$since)*lt($since,0.02)':sample_rate=$3:duration=$2"
}

x264=(-c:v libx264 -preset ultrafast -pix_fmt yuv420p -threads 1 -g 48 -bf 2)

# SAMPLE_RATE OPTION… OUTPUT: seven seconds at 25 frames each.
film() {
    ff -f lavfi -i "$(flashes 25 7)" -f lavfi -i "$(beeps 25 7 "$1" 0)" "${@:2}"
}

case $name in
    beep-plain.mp4 | beep-plain.mkv) film 48000 "${x264[@]}" -c:a aac "$name" ;;
    beep-opus.mkv) film 48000 "${x264[@]}" -c:a libopus "$name" ;;
    beep-441.mp4) film 44100 "${x264[@]}" -c:a aac "$name" ;;
    beep-pcm.mov) film 48000 "${x264[@]}" -c:a pcm_s16le "$name" ;;
    beep-mp3.avi) film 48000 -c:v mpeg4 -g 25 -q:v 4 -c:a libmp3lame "$name" ;;
    beep-opus.webm) film 48000 -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 50 -pix_fmt yuv420p -c:a libopus "$name" ;;
    beep-2997.mp4)
        ff -f lavfi -i "$(flashes 30000/1001 7)" -f lavfi -i "$(beeps 30000/1001 7 48000 0)" "${x264[@]}" -c:a aac "$name" ;;
    # Enough frames for several pieces, at a rate at which no time is a round number.
    beep-pieces.mp4)
        ff -f lavfi -i "$(flashes 120000/1001 7)" -f lavfi -i "$(beeps 120000/1001 7 48000 0)" -fps_mode passthrough \
            -enc_time_base 1:120000 "${x264[@]}" -c:a aac "$name" ;;
    beep-offset.ts) film 48000 "${x264[@]}" -c:a aac -output_ts_offset 1234.5 -muxdelay 0 "$name" ;;
    # Cut within a group: an edit list hides the frames before the cut.
    beep-edit.mp4)
        film 48000 "${x264[@]}" -c:a aac whole.mp4
        ff -ss 1.3 -i whole.mp4 -c copy "$name" ;;
    beep-sound-late.mp4)
        ff -f lavfi -i "$(flashes 25 7)" -itsoffset 0.75 -f lavfi -i "$(beeps 25 6 48000 0.75)" "${x264[@]}" -c:a aac "$name" ;;
    # An empty edit lasts until the picture begins; the priming of the sound is before zero.
    beep-picture-late.mp4)
        ff -itsoffset 0.52 -f lavfi -i "$(flashes 25 6.5)" -f lavfi -i "$(beeps 25 7 48000 -0.52)" \
            -fps_mode passthrough "${x264[@]}" -c:a aac "$name" ;;
    # No edit list removes the priming: it is audible, and the sound begins 21 ms before the picture.
    beep-priming.mp4)
        film 48000 "${x264[@]}" -bf 0 -c:a aac -use_editlist 0 "$name" ;;
    *)
        echo "beep.sh: no film is called $name" >&2
        exit 2 ;;
esac
