#!/usr/bin/env bash
# Plain ffmpeg against the cluster on this machine, interleaved:
#   bench.sh [--runs N] [--film FILE] [--params "-c:v libx264 -preset medium"] [--clients "1 3"]
# Prints wall and CPU time as ratios to plain ffmpeg, and the server's peak memory. Ratios only: machines differ.
# Then, for the last run with each number of clients, where the processor time went (docs/performance.md).
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
runs=3
film=
params="-c:v libx264 -preset medium"
numbers="1 3"
while [ $# -gt 0 ]; do
    case $1 in
        --runs) runs=$2; shift 2 ;;
        --film) film=$(realpath "$2"); shift 2 ;;
        --params) params=$2; shift 2 ;;
        --clients) numbers=$2; shift 2 ;;
        *) echo "usage: bench.sh [--runs N] [--film FILE] [--params WORDS] [--clients NUMBERS]" >&2; exit 2 ;;
    esac
done
cd "$here"
scripts/get-ffmpeg.sh
cargo build --release --quiet
bin=${CARGO_TARGET_DIR:-$here/target}/release
if [ -z "$film" ]; then
    scripts/films.sh work/bench-films long.mp4
    film=$here/work/bench-films/long.mp4
fi
work=$(mktemp -d "$here/work/bench.XXXXXX")
. scripts/farm.sh

plain() {
    local began
    began=$(now)
    TIMEFORMAT='%U %S'
    # shellcheck disable=SC2086 # the parameters are words
    { time ffmpeg -v error -nostdin -y -i "$film" $params "$work/plain.mp4"; } 2> "$work/time"
    echo "plain $(less "$(now)" "$began") $(tail -1 "$work/time" | awk '{ print $1 + $2 }') 0" >> "$work/figures"
}

cluster() {
    local clients=$1 began before
    traces=$work/traces-$clients
    rm -rf "$work/server" "$work"/client* "$traces"
    mkdir "$traces"
    farm "$clients"
    before=$(cpu_of "${pids[@]}")
    began=$(now)
    encode "{\"ffmpeg_params\":\"$params\"}"
    echo "clients-$clients $(less "$(now)" "$began") $(less "$(cpu_of "${pids[@]}")" "$before") $(awk '/VmHWM/ { print $2 / 1024 }' "/proc/${pids[0]}/status")" >> "$work/figures"
    stop
}

for run in $(seq "$runs"); do
    echo "run $run of $runs" >&2
    plain
    for clients in $numbers; do cluster "$clients"; done
done

# Processor seconds for decoding one second of the film.
decode() {
    local seconds
    TIMEFORMAT='%U %S'
    { time ffmpeg -v error -nostdin -i "$film" -map v:0 -f null - ; } 2> "$work/time"
    seconds=$(ffprobe -v error -show_entries format=duration -of csv=p=0 "$film")
    tail -1 "$work/time" | awk -v seconds="$seconds" '{ print ($1 + $2) / seconds }'
}

# The median of some numbers.
echo "film: $(basename "$film"), $params, $runs interleaved runs, $(nproc) cores"
awk '
    $1 == "plain" { wall = $2; cpu = $3; next }
    { n[$1]++; w[$1, n[$1]] = $2 / wall; c[$1, n[$1]] = $3 / cpu; if ($4 > m[$1]) m[$1] = $4 }
    function line(kind, name, v, i, j, t, all) {
        all = n[kind]
        for (i = 1; i <= all; i++) v[i] = name == "wall" ? w[kind, i] : c[kind, i]
        for (i = 1; i <= all; i++) for (j = i + 1; j <= all; j++) if (v[j] < v[i]) { t = v[i]; v[i] = v[j]; v[j] = t }
        printf "%-10s %s / plain: min %.3f  median %.3f  max %.3f\n", kind, name, v[1], v[int((all + 1) / 2)], v[all]
    }
    END { for (kind in n) { line(kind, "wall"); line(kind, "cpu "); printf "%-10s server peak memory: %.1f MiB\n", kind, m[kind] } }
' "$work/figures"
decoding=$(decode)
for clients in $numbers; do
    echo
    echo "clients-$clients, run $runs"
    scripts/trace-table.py --decode "$decoding" "$work/traces-$clients"/*.json
done
