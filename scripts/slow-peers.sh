#!/usr/bin/env bash
# What slow peers cost a running job: slow-peers.sh [--runs N] [--connections N]
# A job alone and the same job beside thousands of slow connections (slowhttptest: slow heads, slow bodies, slow reading),
# interleaved; prints ratios of wall time and of the processor time of server and client, and the server's memory. The peers run at the
# lowest priority: in earnest they are other machines, and their own work is no cost of ours.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
runs=3
connections=2000
while [ $# -gt 0 ]; do
    case $1 in
        --runs) runs=$2; shift 2 ;;
        --connections) connections=$2; shift 2 ;;
        *) echo "usage: slow-peers.sh [--runs N] [--connections N]" >&2; exit 2 ;;
    esac
done
cd "$here"
command -v slowhttptest > /dev/null || { echo "slowhttptest is wanted; Debian has a package of that name" >&2; exit 3; }
scripts/get-ffmpeg.sh
# BIN names other builds than the release, which is made otherwise.
[ -n "${BIN:-}" ] || cargo build --release --quiet
bin=${BIN:-${CARGO_TARGET_DIR:-$here/target}/release}
scripts/films.sh work/bench-films long.mp4
film=$here/work/bench-films/long.mp4
work=$(mktemp -d "$here/work/slow.XXXXXX")
pids=()
stop() {
    for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2> /dev/null || true; done
    pids=()
}
trap 'stop; rm -rf "$work"' EXIT
ulimit -n 8192

"$bin/ffmpeg-cluster-server" --bind 127.0.0.1 --port 0 --work-dir "$work/server" --required-clients 1 --media-root / 2> "$work/server.log" &
server=$!
pids=("$server")
port=
while [ -z "$port" ]; do
    sleep 0.1
    port=$(sed -n 's|.*listening on http://127.0.0.1:\([0-9]*\).*|\1|p' "$work/server.log")
done
"$bin/ffmpeg-cluster-client" --server-ip 127.0.0.1 --server-port "$port" --work-dir "$work/client" 2> "$work/client.log" &
client=$!
pids+=("$client")

now() { date +%s.%N; }
less() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a - b }'; }
memory() { awk '/VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$server/status"; }
ask() { curl -sS -H 'Content-Type: application/json' -d "$1" "http://127.0.0.1:$port/ws/command"; }

# Processor seconds of server and client, and of their children that have ended.
ticks=$(getconf CLK_TCK)
cpu() { cat "/proc/$server/stat" "/proc/$client/stat" | awk -v ticks="$ticks" '{ all += ($14 + $15 + $16 + $17) / ticks } END { print all }'; }

# Seconds that one job takes, from the command to its end, and its processor seconds.
job() {
    local began job before status=
    before=$(cpu)
    began=$(now)
    job=$(ask "{\"ProcessLocalFile\":{\"file_path\":\"$film\",\"config\":{\"ffmpeg_params\":\"-c:v libx264 -preset veryfast\"}}}" |
        sed 's/.*"job_id":"\([^"]*\)".*/\1/')
    while [[ $status != Completed ]]; do
        sleep 0.1
        status=$(ask "{\"GetJobStatus\":{\"job_id\":\"$job\"}}" | sed 's/.*"status":"\([A-Za-z]*\)".*/\1/')
        [[ $status != Failed ]] || { echo "the job failed; see $work/server.log" >&2; exit 1; }
    done
    echo "$(less "$(now)" "$began") $(less "$(cpu)" "$before")"
}

# slowhttptest with the words of one way to be slow, until told to stop.
beside() {
    nice -n 19 slowhttptest -c "$connections" -r 1000 -l 600 -i 5 -p 3 "$@" > "$work/slow.log" 2>&1 &
    pids+=($!)
    sleep 5
}

while [ "$(ask '"ListClients"' | grep -c '"Idle"')" -lt 1 ]; do sleep 0.2; done
sleep 12
job > /dev/null
echo "server's memory at rest: $(memory) MiB"
url=http://127.0.0.1:$port
for _ in $(seq "$runs"); do
    for way in heads bodies reading; do
        alone=$(job)
        case $way in
            heads) beside -H -u "$url/api/v1/jobs" ;;
            bodies) beside -B -t POST -s 8192 -u "$url/ws/command" -f application/json ;;
            reading) beside -X -w 8 -y 16 -n 5 -z 8 -k 3 -u "$url/api/v1/jobs" ;;
        esac
        both=$(job)
        during=$(memory)
        kill "${pids[-1]}" 2> /dev/null || true
        wait "${pids[-1]}" 2> /dev/null || true
        unset 'pids[-1]'
        sleep 12
        echo "$way $alone $both $during $(memory) $connections" |
            awk '{ printf "%-8s %d slow connections, with / without: wall %.3f, processor %.3f; memory during %s MiB, after %s MiB\n", $1, $8, $4 / $2, $5 / $3, $6, $7 }'
    done
done
