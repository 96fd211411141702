#!/usr/bin/env bash
# Makes the films that the tests use: films.sh DIR [NAME…], or films.sh --list for their names.
# Keeps existing films. All films are generated, small, and the same in every run.
set -euo pipefail

all=(
    h264-one-key.mp4 h264-open-gop.mp4 h264-open-gop.mkv h264-open-gop.ts
    hevc-open-gop.mp4 hevc-open-gop.mkv hevc-open-gop.ts
    vfr.mkv vfr.mp4 edit-list.mp4 ts-offset.ts rate-23976.mp4 rate-2997.mp4 rate-5994.mp4
    vp9.webm vp9.mkv interlaced.mpg mpeg4-b.avi plain.avi two-audio.mkv no-audio.mp4 one-frame.mp4 half-second.mp4
    audio-longer.mp4 audio-late.mp4 hdr10.mp4 rotated.mp4 sar.mp4 cover.mp4
    beep-plain.mp4 beep-plain.mkv beep-opus.mkv beep-opus.webm beep-pcm.mov beep-mp3.avi beep-441.mp4 beep-2997.mp4
    beep-pieces.mp4 beep-offset.ts beep-edit.mp4 beep-sound-late.mp4 beep-picture-late.mp4 beep-priming.mp4
)
if [ "${1:-}" = --list ]; then
    printf '%s\n' "${all[@]}"
    exit
fi

dir=${1:?usage: films.sh DIR [NAME…] | --list}
shift
here=$(realpath "$(dirname "$0")")
mkdir -p "$dir"
cd "$dir"

ff() { ffmpeg -hide_banner -loglevel error -nostdin -y "$@"; }

# A moving picture in which every frame differs, and a tone.
picture() { echo "testsrc2=size=${1:-320x180}:rate=${2:-25}:duration=${3:-8}"; }
tone() { echo "sine=frequency=${1:-440}:duration=${2:-8}:sample_rate=48000"; }

x264=(-c:v libx264 -preset ultrafast -pix_fmt yuv420p -threads 1)
x265=(-c:v libx265 -preset ultrafast -pix_fmt yuv420p)

# NAME RATE DURATION: H.264 and AAC at a rate.
at_rate() {
    ff -f lavfi -i "$(picture 320x180 "$2" "$3")" -f lavfi -i "$(tone 440 "$3")" \
        "${x264[@]}" -g 48 -bf 2 -c:a aac -shortest "$1"
}

open_gop_h264() {
    ff -f lavfi -i "$(picture)" -f lavfi -i "$(tone)" -c:v libx264 -preset faster -pix_fmt yuv420p -threads 1 \
        -x264-params "open-gop=1:keyint=30:min-keyint=30:bframes=3:scenecut=0" -c:a aac "$1"
}

open_gop_hevc() {
    ff -f lavfi -i "$(picture)" -f lavfi -i "$(tone)" "${x265[@]}" \
        -x265-params "log-level=error:open-gop=1:keyint=30:min-keyint=30:bframes=3:scenecut=0" -c:a aac "$1"
}

# Times that fit no rate: every third frame is late, with a pause in the middle.
variable() {
    ff -f lavfi -i "$(picture 320x180 25 8)" -f lavfi -i "$(tone)" \
        -vf "settb=1/90000,setpts='PTS+if(eq(mod(N,3),0),0.013/TB,0)+if(gt(N,90),0.71/TB,0)'" -fps_mode passthrough \
        -enc_time_base 1:90000 "${x264[@]}" -g 40 -bf 2 -c:a aac "$1"
}

make_film() {
    case $1 in
        h264-one-key.mp4)
            ff -f lavfi -i "$(picture 320x180 25 12)" -f lavfi -i "$(tone 440 12)" \
                -c:v libx264 -preset faster -pix_fmt yuv420p -g 1000 -keyint_min 1000 -sc_threshold 0 -bf 3 -c:a aac "$1" ;;
        h264-open-gop.*) open_gop_h264 "$1" ;;
        hevc-open-gop.*) open_gop_hevc "$1" ;;
        vfr.*) variable "$1" ;;
        edit-list.mp4)
            film h264-open-gop.mp4
            ff -ss 1.3 -i h264-open-gop.mp4 -c copy "$1" ;;
        ts-offset.ts)
            film h264-open-gop.mp4
            ff -i h264-open-gop.mp4 -c copy -output_ts_offset 1234.5 -muxdelay 0 "$1" ;;
        rate-23976.mp4) at_rate "$1" 24000/1001 8 ;;
        rate-2997.mp4) at_rate "$1" 30000/1001 8 ;;
        rate-5994.mp4) at_rate "$1" 60000/1001 6 ;;
        vp9.webm | vp9.mkv)
            ff -f lavfi -i "$(picture)" -f lavfi -i "$(tone)" -c:v libvpx-vp9 -deadline realtime -cpu-used 8 \
                -b:v 400k -g 50 -pix_fmt yuv420p -c:a libopus "$1" ;;
        interlaced.mpg)
            ff -f lavfi -i "$(picture 352x288 50 8)" -f lavfi -i "$(tone)" -vf "interlace=scan=tff,format=yuv420p,setsar=16/15" \
                -r 25 -c:v mpeg2video -flags +ildct+ilme -g 12 -bf 2 -b:v 2M -c:a mp2 -f vob "$1" ;;
        mpeg4-b.avi)
            ff -f lavfi -i "$(picture)" -f lavfi -i "$(tone)" -c:v mpeg4 -bf 2 -g 25 -q:v 4 -c:a libmp3lame "$1" ;;
        plain.avi)
            ff -f lavfi -i "$(picture)" -f lavfi -i "$(tone)" -c:v mpeg4 -bf 0 -g 25 -q:v 4 -c:a pcm_s16le "$1" ;;
        two-audio.mkv) many_streams "$1" ;;
        no-audio.mp4) ff -f lavfi -i "$(picture)" "${x264[@]}" -g 50 -bf 2 "$1" ;;
        one-frame.mp4) ff -f lavfi -i "$(picture 320x180 25 1)" -frames:v 1 "${x264[@]}" "$1" ;;
        half-second.mp4) at_rate "$1" 25 0.5 ;;
        audio-longer.mp4)
            ff -f lavfi -i "$(picture 320x180 25 6)" -f lavfi -i "$(tone 440 9)" "${x264[@]}" -g 50 -bf 2 -c:a aac "$1" ;;
        audio-late.mp4)
            ff -f lavfi -i "$(picture)" -itsoffset 0.75 -f lavfi -i "$(tone 440 6)" "${x264[@]}" -g 50 -bf 2 -c:a aac "$1" ;;
        sound-only.m4a) ff -f lavfi -i "$(tone 440 2)" -c:a aac "$1" ;;
        hdr10.mp4)
            ff -f lavfi -i "$(picture 320x180 25 6)" -c:v libx265 -preset ultrafast -pix_fmt yuv420p10le \
                -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -color_range tv -x265-params \
                "log-level=error:keyint=50:hdr10=1:repeat-headers=1:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50):max-cll=1000,400" "$1" ;;
        rotated.mp4)
            film no-audio.mp4
            ff -i no-audio.mp4 -c copy -metadata:s:v:0 rotate=90 "$1" ;;
        sar.mp4) ff -f lavfi -i "$(picture 352x288)" -vf setsar=16/15 "${x264[@]}" -g 50 "$1" ;;
        cover.mp4)
            film half-second.mp4
            ff -f lavfi -i "$(picture 160x160 25 1)" -frames:v 1 -update 1 cover.png
            ff -i half-second.mp4 -i cover.png -map 0 -map 1 -c copy -disposition:v:1 attached_pic "$1" ;;
        medium.mp4 | medium.mkv)
            ff -f lavfi -i "$(picture 640x360 25 60)" -f lavfi -i "$(tone 440 60)" "${x264[@]}" -g 75 -bf 2 -c:a aac "$1" ;;
        long.mp4)
            ff -f lavfi -i "$(picture 1280x720 30 120)" -f lavfi -i "$(tone 440 120)" \
                -vf "noise=alls=2:allf=t,format=yuv420p" -c:v libx264 -preset ultrafast -crf 20 -g 120 -bf 2 -c:a aac "$1" ;;
        beep-*) "$here/beep.sh" "$1" ;;
        *)
            echo "films.sh: no film is called $1" >&2
            exit 2 ;;
    esac
}

# Two sounds with languages, two kinds of subtitles, chapters, an attached font, tags and flags.
many_streams() {
    printf '1\n00:00:01,000 --> 00:00:03,000\nFirst line\n\n2\n00:00:04,000 --> 00:00:06,500\nSecond line\n' > sub.srt
    printf ';FFMETADATA1\ntitle=A film\nartist=Nobody\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=4000\ntitle=Begin\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=4000\nEND=8000\ntitle=End\n' > tags.txt
    head -c 2000 /dev/zero > font.ttf
    ff -f lavfi -i "$(picture)" -f lavfi -i "$(tone 440)" -f lavfi -i "$(tone 880)" -i sub.srt -i tags.txt \
        -map 0:v -map 1:a -map 2:a -map 3:s -map 3:s -map_metadata 4 -map_chapters 4 "${x264[@]}" -g 50 -bf 2 \
        -c:a aac -c:s:0 srt -c:s:1 ass -metadata:s:a:0 language=ger -metadata:s:a:0 title=Deutsch \
        -metadata:s:a:1 language=eng -metadata:s:a:1 title=Commentary -disposition:a:0 default -disposition:a:1 comment \
        -metadata:s:s:0 language=ger -disposition:s:0 forced -metadata:s:s:1 language=eng \
        -attach font.ttf -metadata:s:t:0 mimetype=application/x-truetype-font "$1"
}

# Make the film under another name first, so that a broken run leaves no half film.
film() {
    [ -s "$1" ] && return
    (
        part=$(mktemp -d "$PWD/part.XXXXXX")
        trap 'rm -rf "$part"' EXIT
        for have in *.mp4 *.png; do [ -e "$have" ] && ln "$have" "$part/"; done
        cd "$part"
        make_film "$1"
        mv -f "$1" ../"$1"
    )
}

for name in "${@:-${all[@]}}"; do
    film "$name"
done
