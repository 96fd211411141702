#!/usr/bin/env bash
# Measures what slow peers cost a running job: slow-peers.sh [--runs N] [--connections N]
# Runs a job alone and the same job beside thousands of slow connections (slowhttptest: slow heads, slow bodies, slow reading),
# interleaved. Prints ratios of wall time and of the processor time of server and client, and the server's memory. The peers run
# at the lowest priority: real peers are other machines, whose own work costs us nothing.
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
command -v slowhttptest > /dev/null || { echo "slowhttptest is missing; Debian has a package of that name" >&2; exit 3; }
scripts/get-ffmpeg.sh
# BIN names a folder of other builds; without it the script makes the release build.
[ -n "${BIN:-}" ] || cargo build --release --quiet
bin=${BIN:-${CARGO_TARGET_DIR:-$here/target}/release}
scripts/films.sh work/bench-films long.mp4
film=$here/work/bench-films/long.mp4
work=$(mktemp -d "$here/work/slow.XXXXXX")
. scripts/farm.sh
ulimit -n 8192

farm 1
server=${pids[0]}
client=${pids[1]}
memory() { awk '/VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$server/status"; }

# Seconds that one job takes, from the command to its end, and its processor seconds.
job() {
    local began before
    before=$(cpu_of "$server" "$client")
    began=$(now)
    encode '{"ffmpeg_params":"-c:v libx264 -preset veryfast"}'
    echo "$(less "$(now)" "$began") $(less "$(cpu_of "$server" "$client")" "$before")"
}

# Runs slowhttptest with the arguments of one kind of slowness, until told to stop.
beside() {
    nice -n 19 slowhttptest -c "$connections" -r 1000 -l 600 -i 5 -p 3 "$@" > "$work/slow.log" 2>&1 &
    pids+=($!)
    sleep 5
}

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
