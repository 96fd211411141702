#!/usr/bin/env bash
# Compares a result with its source, with ffmpeg and ffprobe alone: compare.sh SOURCE RESULT [--lossless]
# Compares every decoded frame, its time from the first frame (within 1.1 ms, because Matroska rounds), with --lossless its
# pixels; and the number of streams of each kind. Exit 0: the same film. 1: not the same. 2: could not compare.
set -euo pipefail

source=${1:?usage: compare.sh SOURCE RESULT [--lossless]}
result=${2:?usage: compare.sh SOURCE RESULT [--lossless]}
lossless=${3:-}

# "SECONDS HASH" of each frame, from the first.
frames() {
    local base
    read -r base < <(ffprobe -v error -select_streams V:0 -show_entries stream=time_base -of csv=p=0 "$1") || return 1
    base=${base%%,*}
    ffmpeg -v error -nostdin -copyts -i "$1" -map 0:V:0 -fps_mode passthrough -enc_time_base "${base/\//:}" -f framemd5 - |
        awk -F'[ ,]+' '/^#tb 0:/ { split($3, tb, "/") } !/^#/ { print $3 * tb[1] / tb[2], $6 }' |
        LC_ALL=C sort -g | awk 'NR == 1 { first = $1 } { printf "%.6f %s\n", $1 - first, $2 }'
}

streams() {
    ffprobe -v error -show_entries stream=codec_type -of csv=p=0 "$1" | sed 's/,$//' | sort | uniq -c | awk '{ print $2 ": " $1 }'
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
frames "$source" > "$work/a" || exit 2
frames "$result" > "$work/b" || exit 2
[ -s "$work/a" ] || { echo "$source has no frames"; exit 2; }

paste -d' ' "$work/a" "$work/b" | awk -v lossless="$lossless" \
    -v a="$(wc -l < "$work/a")" -v b="$(wc -l < "$work/b")" '
    { off = ($1 - $3) * 1000; if (off < 0) off = -off; if (off > worst) { worst = off; at = NR - 1 } }
    $2 != $4 { differ++ }
    END {
        if (a != b) { print "frames: source " a ", result " b; exit 1 }
        if (worst > 1.1) { printf "frame %d is %.3f ms off\n", at, worst; exit 1 }
        if (lossless && differ) { print differ " frames have other pixels"; exit 1 }
        printf "same film: %d frames, largest time error %.3f ms%s\n", a, worst, lossless ? ", every pixel alike" : ""
    }' || exit 1

if ! diff <(streams "$source") <(streams "$result") > "$work/streams"; then
    echo "streams that differ (source <, result >):"
    grep '^[<>]' "$work/streams"
fi
