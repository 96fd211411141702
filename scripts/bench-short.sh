#!/usr/bin/env bash
# Short films, submitted all at once to a cluster of one client, against plain ffmpeg one after the other, interleaved:
# bench-short.sh [--films N] [--runs N] [--bin FOLDER]
# Prints wall and CPU time as ratios to plain ffmpeg, the programs started for each film, and the time to answer a submission
# whose parameters were tried before. Then where the processor time of the last run went (docs/performance.md).
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
films=20
runs=3
bin=
while [ $# -gt 0 ]; do
    case $1 in
        --films) films=$2 ;;
        --runs) runs=$2 ;;
        --bin) bin=$(realpath "$2") ;;
        *) echo "usage: bench-short.sh [--films N] [--runs N] [--bin FOLDER]" >&2; exit 2 ;;
    esac
    shift 2
done
cd "$here"
scripts/get-ffmpeg.sh
[ -n "$bin" ] || cargo build --release --quiet
bin=${bin:-${CARGO_TARGET_DIR:-$here/target}/release}
work=$(mkdir -p work && mktemp -d "$here/work/bench.XXXXXX")
. scripts/farm.sh

words=(-c:v libx264 -preset veryfast -c:a aac)
config="{\"ffmpeg_params\":\"${words[*]}\",\"file_name_output\":\"output.mkv\"}"
mkdir "$work/films"
ffmpeg -v error -nostdin -f lavfi -i testsrc2=s=640x360:r=25:d=5 -f lavfi -i sine=d=5 -c:v libx264 -c:a aac "$work/films/1.mkv"
# Each film is a file of its own, because the server remembers ffprobe's answer about a file.
for n in $(seq 2 $((films + 5))); do cp "$work/films/1.mkv" "$work/films/$n.mkv"; done

plain() {
    local began
    began=$(now)
    TIMEFORMAT='%U %S'
    { time for n in $(seq "$films"); do ffmpeg -v error -nostdin -y -i "$work/films/$n.mkv" "${words[@]}" "$work/plain.mkv"; done; } 2> "$work/time"
    echo "plain $(less "$(now)" "$began") $(tail -1 "$work/time" | awk '{ print $1 + $2 }')" >> "$work/figures"
}

cluster() {
    local began before answering=()
    traces=$work/traces
    rm -rf "$work/server" "$work"/client* "$traces" && mkdir "$traces"
    farm 1
    before=$(cpu_of "${pids[@]}")
    began=$(now)
    for n in $(seq "$films"); do
        film=$work/films/$n.mkv submit "$config" > "$work/job-$n" &
        answering+=($!)
    done
    wait "${answering[@]}"
    # One loop waits for all films: twenty that poll would cost more than the films.
    for n in $(seq "$films"); do finished "$(cat "$work/job-$n")"; done
    echo "cluster $(less "$(now)" "$began") $(less "$(cpu_of "${pids[@]}")" "$before")" >> "$work/figures"
    for n in $(seq $((films + 1)) $((films + 5))); do
        began=$(now)
        film=$work/films/$n.mkv submit "$config" > "$work/job"
        echo "answer $(less "$(now)" "$began")" >> "$work/figures"
        finished "$(cat "$work/job")"
    done
    stop
    scripts/trace-table.py --sum "$traces"/*.json > "$work/table"
    awk -v films=$((films + 5)) '/^of no job/ { exit } $1 == "all" && NF == 4 { all = $4 } END { print "programs", all / films }' "$work/table" >> "$work/figures"
}

for run in $(seq "$runs"); do
    echo "run $run of $runs" >&2
    plain
    cluster
done
echo "$films films of 5 s at 640x360, ${words[*]}, $runs interleaved runs, $(nproc) cores"
awk '
    $1 == "plain" { wall = $2; cpu = $3 }
    $1 == "cluster" { printf "wall / plain %.2f  cpu / plain %.2f\n", $2 / wall, $3 / cpu }
    $1 == "programs" { printf "programs for each film %.1f\n", $2 }
    $1 == "answer" { answers = answers sprintf(" %.0f", $2 * 1000) }
    END { print "answers in ms:" answers }' "$work/figures"
cat "$work/table"
