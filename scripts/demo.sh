#!/usr/bin/env bash
# One film through a server and three clients on this machine: demo.sh [VIDEO]
# Builds, starts everything on loopback, uploads, shows the progress, fetches the result, compares it frame for frame, and
# leaves no process behind. Exit 0 only if all of that held.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
video=${1:-}
[ -z "$video" ] || video=$(realpath "$video")
cd "$here"

scripts/get-ffmpeg.sh
echo "== building the two programs; only the first time, and then for one to three minutes on two cores"
cargo build --profile demo --package ffmpeg-cluster-server --package ffmpeg-cluster-client
bin=${CARGO_TARGET_DIR:-$here/target}/demo
mkdir -p work
work=$(mktemp -d "$here/work/demo.XXXXXX")

pids=()
stop() {
    for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2> /dev/null || true; done
    pids=()
}
trap stop EXIT
trap 'exit 130' INT TERM

if [ -z "$video" ]; then
    echo "== making a film"
    scripts/films.sh "$work" medium.mp4
    video=$work/medium.mp4
fi

echo "== starting a server and three clients; their logs are in $work"
"$bin/ffmpeg-cluster-server" --bind 127.0.0.1 --port 0 --work-dir "$work/server" --required-clients 3 2> "$work/server.log" &
pids+=($!)
port=
for _ in $(seq 100); do
    port=$(sed -n 's|.*listening on http://127.0.0.1:\([0-9]*\).*|\1|p' "$work/server.log")
    [ -n "$port" ] && break
    kill -0 "${pids[0]}" 2> /dev/null || { cat "$work/server.log" >&2; exit 1; }
    sleep 0.1
done
[ -n "$port" ] || { echo "the server did not start" >&2; cat "$work/server.log" >&2; exit 1; }
for n in 1 2 3; do
    "$bin/ffmpeg-cluster-client" --server-ip 127.0.0.1 --server-port "$port" --work-dir "$work/client$n" --name "client $n" \
        2> "$work/client$n.log" &
    pids+=($!)
done

echo "== uploading $(basename "$video")"
result=$work/result.mp4
began=$(date +%s)
"$bin/ffmpeg-cluster-client" --server-ip 127.0.0.1 --server-port "$port" --work-dir "$work/uploader" \
    --upload-file "$video" --output "$result" || { echo "the job did not succeed; see $work/server.log" >&2; exit 1; }
took=$(($(date +%s) - began))

echo "== comparing the result with the source, frame for frame"
checked=$(scripts/compare.sh "$video" "$result") || { echo "NOT THE SAME: $checked" >&2; exit 1; }
stop
left=$(pgrep -f "$work" || true)
[ -z "$left" ] || { echo "processes are left behind: $left" >&2; exit 1; }

echo
echo "result:  $result"
echo "took:    $took s, upload and download included"
echo "checked: $checked"
