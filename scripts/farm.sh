# Sourced by scripts that measure: a server and clients on this machine, driven with curl. Needs `here`, `bin` and `work`.
# shellcheck shell=bash
# shellcheck disable=SC2154

pids=()
stop() {
    for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2> /dev/null || true; done
    pids=()
    rmdir /sys/fs/cgroup/{cpu/,}bench-$$-* 2> /dev/null || true
}
trap 'stop; rm -rf "$work"' EXIT

ticks=$(getconf CLK_TCK)
now() { date +%s.%N; }
# CPU seconds of processes and of their children that have ended.
cpu_of() { for pid in "$@"; do cat "/proc/$pid/stat"; done | awk -v ticks="$ticks" '{ all += ($14 + $15 + $16 + $17) / ticks } END { print all }'; }
less() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a - b }'; }
ask() { curl -sS -H 'Content-Type: application/json' -d "$1" "http://127.0.0.1:$port/ws/command"; }

# Runs a command with at most a share of a core: `held NAME SHARE COMMAND…`. Needs cgroups, either version, and root.
held() {
    local group=/sys/fs/cgroup/cpu/bench-$$-$1 share=$2
    if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
        group=/sys/fs/cgroup/bench-$$-$1
        mkdir -p "$group"
        awk -v share="$share" 'BEGIN { printf "%d 100000\n", share * 100000 }' > "$group/cpu.max"
    else
        mkdir -p "$group"
        echo 100000 > "$group/cpu.cfs_period_us"
        awk -v share="$share" 'BEGIN { printf "%d\n", share * 100000 }' > "$group/cpu.cfs_quota_us"
    fi
    shift 2
    exec bash -c 'echo $$ > "$0/cgroup.procs"; exec "$@"' "$group" "$@"
}

# Starts a server that waits for a number of clients, and those clients. If `traces` names a folder, each writes its trace there;
# if `quotas` has a number for each client, that number is its share of a core.
farm() {
    local clients=$1 trace=()
    [ -z "${traces:-}" ] || trace=(--trace "$traces/server.json")
    "$bin/ffmpeg-cluster-server" --bind 127.0.0.1 --port 0 --work-dir "$work/server" --required-clients "$clients" --media-root / "${trace[@]}" 2> "$work/server.log" &
    pids=($!)
    port=
    while [ -z "$port" ]; do
        sleep 0.1
        port=$(sed -n 's|.*listening on http://127.0.0.1:\([0-9]*\).*|\1|p' "$work/server.log")
    done
    for n in $(seq "$clients"); do
        [ -z "${traces:-}" ] || trace=(--trace "$traces/client$n.json")
        local words=("$bin/ffmpeg-cluster-client" --server-ip 127.0.0.1 --server-port "$port" --work-dir "$work/client$n" "${trace[@]}")
        if [ -n "${quotas[*]:-}" ]; then
            held "$n" "${quotas[n - 1]}" "${words[@]}" 2> /dev/null &
        else
            "${words[@]}" 2> /dev/null &
        fi
        pids+=($!)
    done
    # Wait until all clients are there and have tried their encoders, to measure a job and not a start.
    while [ "$(ask '"ListClients"' | grep -o '"Idle"' | wc -l)" -lt "$clients" ]; do sleep 0.2; done
    local quiet=0
    while [ "$quiet" -lt 10 ]; do
        quiet=$((quiet + 1))
        for pid in "${pids[@]}"; do if pgrep -P "$pid" > /dev/null; then quiet=0; fi; done
        sleep 0.2
    done
}

# Submits `film`, with an optional config as JSON, and prints the job's ID.
submit() { ask "{\"ProcessLocalFile\":{\"file_path\":\"$film\",\"config\":${1:-null}}}" | sed 's/.*"job_id":"\([^"]*\)".*/\1/'; }

# Waits until a job is done.
finished() {
    local status=
    while true; do
        status=$(ask "{\"GetJobStatus\":{\"job_id\":\"$1\"}}" | sed 's/.*"status":"\([A-Za-z]*\)".*/\1/')
        [[ $status != Failed && $status != Error ]] || { echo "the job failed; see $work/server.log" >&2; exit 1; }
        [[ $status != Completed ]] || return 0
        sleep 0.2
    done
}

encode() { finished "$(submit "${1:-null}")"; }
