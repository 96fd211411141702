#!/usr/bin/env bash
# Plain ffmpeg against the cluster on this machine, interleaved: bench.sh [--runs N] [--film FILE]
# Prints wall and CPU time as ratios to plain ffmpeg, and the server's peak memory. Ratios only: machines differ.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
runs=3
film=
while [ $# -gt 0 ]; do
    case $1 in
        --runs) runs=$2; shift 2 ;;
        --film) film=$(realpath "$2"); shift 2 ;;
        *) echo "usage: bench.sh [--runs N] [--film FILE]" >&2; exit 2 ;;
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
pids=()
stop() {
    for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2> /dev/null || true; done
    pids=()
}
trap 'stop; rm -rf "$work"' EXIT

ticks=$(getconf CLK_TCK)
now() { date +%s.%N; }
# CPU seconds of a process and of its children that have ended.
cpu_of() { awk -v ticks="$ticks" '{ print ($14 + $15 + $16 + $17) / ticks }' "/proc/$1/stat"; }
cpu_of_all() { for pid in "${pids[@]}"; do cpu_of "$pid"; done | awk '{ all += $1 } END { print all }'; }
less() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a - b }'; }

plain() {
    local began
    began=$(now)
    TIMEFORMAT='%U %S'
    { time ffmpeg -v error -nostdin -y -i "$film" -c:v libx264 -preset medium "$work/plain.mp4"; } 2> "$work/time"
    echo "plain $(less "$(now)" "$began") $(tail -1 "$work/time" | awk '{ print $1 + $2 }') 0" >> "$work/figures"
}

ask() { curl -sS -H 'Content-Type: application/json' -d "$1" "http://127.0.0.1:$port/ws/command"; }

cluster() {
    local clients=$1 began before job status
    rm -rf "$work/server" "$work"/client*
    "$bin/ffmpeg-cluster-server" --bind 127.0.0.1 --port 0 --work-dir "$work/server" --required-clients "$clients" --media-root / 2> "$work/server.log" &
    pids=($!)
    port=
    while [ -z "$port" ]; do
        sleep 0.1
        port=$(sed -n 's|.*listening on http://127.0.0.1:\([0-9]*\).*|\1|p' "$work/server.log")
    done
    for n in $(seq "$clients"); do
        "$bin/ffmpeg-cluster-client" --server-ip 127.0.0.1 --server-port "$port" --work-dir "$work/client$n" 2> /dev/null &
        pids+=($!)
    done
    # Until everybody is there and has tried its encoders: what is measured is a job, not a start.
    while [ "$(ask '"ListClients"' | grep -o '"Idle"' | wc -l)" -lt "$clients" ]; do sleep 0.2; done
    sleep 12
    before=$(cpu_of_all)
    began=$(now)
    job=$(ask "{\"ProcessLocalFile\":{\"file_path\":\"$film\"}}" | sed 's/.*"job_id":"\([^"]*\)".*/\1/')
    status=
    while [[ $status != Completed ]]; do
        sleep 0.2
        status=$(ask "{\"GetJobStatus\":{\"job_id\":\"$job\"}}" | sed 's/.*"status":"\([A-Za-z]*\)".*/\1/')
        [[ $status != Failed && $status != Error ]] || { echo "the job failed; see $work/server.log" >&2; exit 1; }
    done
    echo "clients-$clients $(less "$(now)" "$began") $(less "$(cpu_of_all)" "$before") $(awk '/VmHWM/ { print $2 / 1024 }' "/proc/${pids[0]}/status")" >> "$work/figures"
    stop
}

for run in $(seq "$runs"); do
    echo "run $run of $runs" >&2
    plain
    cluster 1
    cluster 3
done

# The middle one of some numbers.
echo "film: $(basename "$film"), -c:v libx264 -preset medium, $runs interleaved runs, $(nproc) cores"
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
