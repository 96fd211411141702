#!/usr/bin/env bash
# Checks release zips as far as this machine can: check-release.sh ZIP…
# Checks sums, kinds of programs and the libraries they need; then runs the programs, here, by qemu or by wine, and encodes a small
# film with a server and two clients. Reports what it could not run. Exit 0: no check failed.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
source "$here/scripts/release/compile.sh"
source "$here/scripts/release/inspect.sh"
source "$here/scripts/release/runners.sh"
[ $# -gt 0 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }

work=$(mktemp -d)
pids=()
stop() {
    for pid in ${pids[@]+"${pids[@]}"}; do kill "$pid" 2> /dev/null || true; done
    for pid in ${pids[@]+"${pids[@]}"}; do wait "$pid" 2> /dev/null || true; done
    pids=()
    runner_ends
}
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

wrong() { echo "$name: WRONG: $*" >&2; exit 1; }
good() { echo "$name: $*"; }

unpack() {
    python3 - "$1" "$2" << 'PY'
import os, sys, zipfile
pack, folder = zipfile.ZipFile(sys.argv[1]), sys.argv[2]
for entry in pack.infolist():
    os.chmod(pack.extract(entry, folder), entry.external_attr >> 16 & 0o777)
PY
}

# The list names every file except itself, with the right sum.
check_sums() {
    (cd "$app" && sha256sum --check --quiet --strict SHA256SUMS) || wrong "a sum"
    local listed found
    listed=$(awk '{ print $2 }' "$app/SHA256SUMS")
    found=$(cd "$app" && find . -type f ! -name SHA256SUMS | sed 's|^\./||' | LC_ALL=C sort)
    [ "$listed" = "$found" ] || wrong "SHA256SUMS names other files than there are"
    for file in LICENSE README.md THIRD-PARTY.txt; do [ -s "$app/$file" ] || wrong "$file is missing"; done
    good "sums: $(wc -l <<< "$listed") files"
}

start_server() {
    become "ffmpeg-cluster-server" --bind 127.0.0.1 --port 0 --work-dir "$run/server" --media-root "$run" --required-clients 2 \
        ${tools[@]+"${tools[@]}"} 2> "$run/server.log" &
    pids+=($!)
    port=
    # A first start under wine or qemu takes long on a busy machine.
    for _ in $(seq 1200); do
        port=$(sed -n 's|.*listening on http://127.0.0.1:\([0-9]*\).*|\1|p' "$run/server.log")
        [ -z "$port" ] || return 0
        kill -0 "${pids[0]}" 2> /dev/null || break
        sleep 0.1
    done
    cat "$run/server.log" >&2
    wrong "the server did not start"
}

# 500 frames, with sound of an odd length and a key frame each second.
make_film() {
    ffmpeg -v error -f lavfi -i testsrc2=size=320x180:rate=25:duration=20 -f lavfi -i sine=frequency=440:duration=20.3 \
        -c:v libx264 -preset ultrafast -g 25 -c:a aac -y "$1"
}

check_job() {
    if ! have ffmpeg || ! have ffprobe; then good "job: NOT RUN, there is no ffmpeg here to make and judge a film"; return; fi
    run=$work/run
    mkdir -p "$run"
    make_film "$run/film.mkv"
    start_server
    for n in 1 2; do
        become ffmpeg-cluster-client --server-ip 127.0.0.1 --server-port "$port" --work-dir "$run/client$n" --name "client $n" \
            --hw-accel none ${tools[@]+"${tools[@]}"} 2> "$run/client$n.log" &
        pids+=($!)
    done
    if ! in_runner ffmpeg-cluster-client --server-ip 127.0.0.1 --server-port "$port" --work-dir "$run/uploader" \
        --ffmpeg-params "-c:v libx264 -preset veryfast -c:a aac" --upload-file "$run/film.mkv" --output "$run/result.mp4" > "$run/upload.log" 2>&1; then
        tail -n 20 "$run"/*.log >&2
        wrong "the job did not succeed"
    fi
    local compared pieces
    compared=$("$here/scripts/compare.sh" "$run/film.mkv" "$run/result.mp4") || wrong "the result: $compared"
    pieces=$(grep -c 'piece kept' "$run/server.log")
    sandbox=$(sed -n 's/.*sandbox of ffmpeg: //p' "$run/server.log")
    stop
    left=$(pgrep -f "$work" | grep -vx $$ || true)
    [ -z "$left" ] || wrong "processes are left behind: $left"
    good "job ($runner): $compared; $pieces pieces by two clients; sandbox: $sandbox"
}

check() {
    name=$(basename "$1" .zip)
    platform=${name#ffmpeg-cluster-}
    app=$work/$platform
    mkdir -p "$app"
    unpack "$1" "$app"
    check_sums
    check_kinds
    check_manuals
    check_libraries
    if ! runner_for "$platform"; then good "run: NOT RUN, $why_not"; return; fi
    for program in ffmpeg-cluster-server ffmpeg-cluster-client; do
        [ -f "$app/$program$suffix" ] || continue
        said=$(in_runner "$program" --version) || wrong "$program --version"
        good "run ($runner): $said"
    done
    if [ -d "$app/bin" ]; then
        said=$(in_runner bin/ffmpeg -version) || wrong "bin/ffmpeg -version"
        good "run ($runner): ${said%% Copyright*}"
    fi
    if [ -f "$app/ffmpeg-cluster-server$suffix" ] && [ -f "$app/ffmpeg-cluster-client$suffix" ]; then check_job; fi
    rm -rf "$app" "$work/run"
}

for zip; do check "$zip"; done
