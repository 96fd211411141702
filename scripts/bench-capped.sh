#!/usr/bin/env bash
# Unequal machines: clients that the kernel limits to a share of a core each (cgroups; needs root), against plain ffmpeg.
#   bench-capped.sh [--quotas 0.25,0.5,1] [--seconds 60] [--runs N] [--kill N] [--keep FOLDER]
# Prints wall ÷ (plain's CPU seconds ÷ sum of quotas), where 1.0 is the best that is possible, and the table of the last run.
# `--kill N` kills the Nth client with -9 in the middle of the first half; the ideal remains that of all machines.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
quotas=0.25,0.5,1
seconds=60
runs=3
kill=''
keep=''
while [ $# -gt 0 ]; do
    case $1 in
        --quotas) quotas=$2; shift 2 ;;
        --seconds) seconds=$2; shift 2 ;;
        --runs) runs=$2; shift 2 ;;
        --kill) kill=$2; shift 2 ;;
        --keep) keep=$(realpath "$2"); shift 2 ;;
        *) sed -n '2,4s/^# *//p' "$0" >&2; exit 2 ;;
    esac
done
IFS=, read -r -a quotas <<< "$quotas"
cd "$here"
scripts/get-ffmpeg.sh
[ -n "${bin:-}" ] || cargo build --release --quiet
bin=${bin:-${CARGO_TARGET_DIR:-$here/target}/release}
film=$here/work/bench-films/capped-$seconds.mp4
if [ ! -s "$film" ]; then
    mkdir -p "$(dirname "$film")"
    # Moving scenes of ten seconds, with sound.
    ffmpeg -v error -nostdin -y -f lavfi -i "testsrc2=s=1280x720:r=25:d=$seconds" -f lavfi -i "mandelbrot=s=1280x720:r=25" \
        -f lavfi -i "sine=440:r=48000:d=$seconds" -filter_complex "[0:v][1:v]blend=all_expr='if(mod(floor(T/10)\,2)\,A\,B)':shortest=1[v]" \
        -map '[v]' -map 2:a -t "$seconds" -c:v libx264 -preset veryfast -crf 18 -g 100 -c:a aac -ac 2 "$film"
fi
work=$(mktemp -d "$here/work/bench.XXXXXX")
. scripts/farm.sh

plain() {
    TIMEFORMAT='%U %S'
    { time ffmpeg -v error -nostdin -y -i "$film" -c:v libx264 -preset medium "$work/plain.mp4"; } 2> "$work/time"
    tail -1 "$work/time" | awk '{ print $1 + $2 }'
}

sum=$(printf '%s\n' "${quotas[@]}" | awk '{ sum += $1 } END { print sum }')
for run in $(seq "$runs"); do
    cpu=$(plain)
    traces=${keep:-$work}/traces
    rm -rf "$work/server" "$work"/client* "$traces"
    mkdir "$traces"
    farm "${#quotas[@]}"
    began=$(now)
    ideal=$(awk -v cpu="$cpu" -v sum="$sum" 'BEGIN { print cpu / sum }')
    if [ -n "$kill" ]; then
        # In a subshell of its own, while the job goes on.
        { sleep "$(awk -v ideal="$ideal" 'BEGIN { print ideal / 3 }')"; kill -9 "${pids[$kill]}"; } &
    fi
    encode null
    wall=$(less "$(now)" "$began")
    stop
    echo "run $run: plain $cpu CPU s, ideal $ideal s, wall $wall s, ratio $(awk -v a="$wall" -v b="$ideal" 'BEGIN { printf "%.3f", a / b }')"
done
scripts/trace-table.py "$traces"/*.json
