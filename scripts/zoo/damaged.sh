# shellcheck shell=bash disable=SC2154
# Damaged films: cut off, overwritten, or with missing parts.
own damaged \
    truncated.mkv truncated.ts truncated.avi truncated.flv truncated.mpg truncated-fragments.mp4 truncated-front.mp4 \
    truncated-hevc.mkv truncated.webm truncated-index.mov growing.mkv growing.ts corrupt.mp4 corrupt.mkv corrupt.ts \
    corrupt.avi corrupt.mpg corrupt.h264 corrupt-hevc.mp4 corrupt-vp9.webm corrupt-av1.mp4 corrupt-audio.mp4 \
    corrupt-key.mp4 lost-packets.ts lost-packets-hevc.ts lost-block.ts lost-frames.mkv junk-before.ts \
    junk-between.ts junk-after.mp4 truncated-before-sound.mp4 truncated-before-sound.ts sound-late.ts sound-late.mkv no-index.avi no-cues.mkv wrong-suffix.mp4 bad-duration.mkv

# There is no Matroska file with junk before it: ffmpeg can't read one.

# SOURCE OUT PERCENT: only the start of a film, up to an odd byte.
start_of() {
    film "$1"
    head -c $(($(stat -c %s "$zoo/$1") * $3 / 100 | 1)) "$zoo/$1" > "$2"
}

# SOURCE OUT PERCENT…: overwrites some bytes at these places.
spoilt() {
    film "$1"
    cp "$zoo/$1" "$2"
    local size at
    size=$(stat -c %s "$2")
    for at in "${@:3}"; do
        printf 'spoilt bytes here' | dd of="$2" bs=1 seek=$((size * at / 100)) conv=notrunc status=none
    done
}

# KIND N PLACE OUT: overwrites bytes in packet N of the picture or the sound.
spoilt_packet() {
    local at
    film h264-plain.mp4
    at=$(ffprobe -v error -select_streams "$1" -show_entries packet=pos -of csv=p=0 "$zoo/h264-plain.mp4" |
        sed -n "$2p")
    cp "$zoo/h264-plain.mp4" "$4"
    printf 'spoilt bytes here' | dd of="$4" bs=1 seek=$((at + $3)) conv=notrunc status=none
}

# SOURCE OUT N…: drops these packets of 188 bytes.
without_packets() {
    film "$1"
    perl -e 'local $/ = \188; my %lost = map { $_ => 1 } splice @ARGV, 1; open my $in, "<:raw", $ARGV[0];
        while (<$in>) { print unless $lost{$.} }' "$zoo/$1" "${@:3}" > "$2"
}

make_damaged() {
    case $1 in
        truncated-fragments.mp4) start_of h264-fragments.mp4 "$1" 70 ;;
        truncated-front.mp4) start_of h264-plain.mp4 "$1" 90 ;;
        truncated-hevc.mkv) start_of hevc-open-gop.mkv "$1" 73 ;;
        truncated-index.mov) # The index is there, in front, but only a third of the film.
            film h264-mov.mov
            ff -i "$zoo/h264-mov.mov" -c copy -movflags +faststart whole.mov
            head -c 45001 whole.mov > "$1" ;;
        truncated-before-sound.*) # The header names the sound, which would begin later.
            mute picture.mkv "${x264[@]}"
            ff -i picture.mkv -itsoffset 4 -f lavfi -i "$(secs=1 tone)" -map 0 -map 1 -c:v copy "${aac[@]}" \
                -movflags +faststart "whole.${1##*.}"
            head -c $(($(stat -c %s "whole.${1##*.}") / 2)) "whole.${1##*.}" > "$1" ;;
        sound-late.*) # Its sound begins behind what ffprobe reads before it tells what the film holds.
            secs=12 mute picture.mkv "${x264[@]}"
            ff -i picture.mkv -itsoffset 10 -f lavfi -i "$(secs=2 tone)" -map 0 -map 1 -c:v copy "${aac[@]}" "$1" ;;
        truncated.mkv) start_of h264-open-gop.mkv "$1" 73 ;;
        truncated.ts) start_of h264-open-gop.ts "$1" 73 ;;
        truncated.avi) start_of mpeg4-b.avi "$1" 73 ;;
        truncated.flv) start_of h264-flv.flv "$1" 73 ;;
        truncated.mpg) start_of mpeg2.mpg "$1" 73 ;;
        truncated.webm) start_of vp9-altref.webm "$1" 73 ;;
        growing.mkv)
            copy h264-open-gop.mkv whole.mkv -live 1
            head -c 99999 whole.mkv > "$1" ;;
        growing.ts) start_of h264-plain.ts "$1" 51 ;;
        corrupt.mp4) spoilt h264-open-gop.mp4 "$1" 23 37 52 71 ;;
        corrupt.mkv) spoilt h264-open-gop.mkv "$1" 23 37 52 71 ;;
        corrupt.ts) spoilt h264-open-gop.ts "$1" 23 37 52 71 ;;
        corrupt.avi) spoilt mpeg4-b.avi "$1" 23 37 52 71 ;;
        corrupt.mpg) spoilt mpeg2.mpg "$1" 23 37 52 71 ;;
        corrupt.h264) spoilt h264-open-gop.h264 "$1" 23 37 52 71 ;;
        corrupt-hevc.mp4) spoilt hevc-open-gop.mp4 "$1" 23 37 52 71 ;;
        corrupt-vp9.webm) spoilt vp9-altref.webm "$1" 23 37 52 71 ;;
        corrupt-av1.mp4) spoilt av1.mp4 "$1" 33 57 ;;
        corrupt-audio.mp4) spoilt_packet a 90 20 "$1" ;;
        corrupt-key.mp4) spoilt_packet v 51 700 "$1" ;;
        lost-packets.ts) without_packets h264-open-gop.ts "$1" 101 202 303 304 505 606 707 ;;
        lost-packets-hevc.ts) without_packets hevc-open-gop.ts "$1" 101 202 303 304 505 606 707 ;;
        lost-block.ts) without_packets h264-plain.ts "$1" {300..420} ;;
        lost-frames.mkv) # The copy omits frames, including some that others refer to.
            copy h264-plain.mkv "$1" -bsf:v "noise=drop='eq(mod(n,17),9)'" ;;
        junk-before.ts)
            film h264-plain.ts
            film h264-raw.h264
            { head -c 777 "$zoo/h264-raw.h264"; cat "$zoo/h264-plain.ts"; } > "$1" ;;
        junk-between.ts)
            film h264-plain.ts
            { head -c 60005 "$zoo/h264-plain.ts"; printf '%0999d' 0; tail -c +60006 "$zoo/h264-plain.ts"; } > "$1" ;;
        junk-after.mp4)
            film h264-mov.mov
            { cat "$zoo/h264-mov.mov"; printf '%0999d' 0; } > "$1" ;;
        no-index.avi) # The index is after the film.
            film mpeg4-plain.avi
            head -c "$(grep -abo idx1 "$zoo/mpeg4-plain.avi" | tail -1 | cut -d: -f1)" "$zoo/mpeg4-plain.avi" > "$1" ;;
        no-cues.mkv) # Written to a pipe, so without an index and a duration.
            film h264-open-gop.mkv
            ff -i "$zoo/h264-open-gop.mkv" -c copy -f matroska pipe:1 > "$1" ;;
        wrong-suffix.mp4) film h264-open-gop.mkv; cp "$zoo/h264-open-gop.mkv" "$1" ;;
        bad-duration.mkv) # Its header says 0.1 s.
            film h264-open-gop.mkv
            perl -0777 -pe 's{\x44\x89\x88.{8}}{"\x44\x89\x88" . pack("d>", 100)}se' "$zoo/h264-open-gop.mkv" > "$1" ;;
    esac
}
