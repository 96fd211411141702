#!/usr/bin/env bash
# Schemathesis judges the REST API of a real server: everything that docs/openapi.json tells is asked for, with what fits it and
# with what does not. judge-api.sh BIN
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$1 tools=$PWD/target/tools/schemathesis

if [ ! -x "$tools/bin/schemathesis" ]; then
    { timeout 60 python3 -m venv "$tools" && timeout 180 "$tools/bin/pip" install --quiet 'schemathesis==4.32.5'; } \
        > target/tools/schemathesis.log 2>&1 || { echo "the API by schemathesis: NOT CHECKED, it can't be had here"; exit 0; }
fi
work=$(mktemp -d)
"$bin/ffmpeg-cluster-server" --bind 127.0.0.1 --port 0 --work-dir "$work" --required-clients 1 2> "$work/log" &
server=$!
trap 'kill $server 2> /dev/null || true; wait $server 2> /dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do
    port=$(sed -n 's|.*listening on http://127.0.0.1:\([0-9]*\).*|\1|p' "$work/log")
    [ -z "$port" ] || break
    sleep 0.1
done
# Events never end by themselves, and the sockets are no REST.
PYTHONPATH=scripts BASE_URL=http://127.0.0.1:$port "$tools/bin/schemathesis" --config-file scripts/schemathesis.toml run docs/openapi.json \
    --exclude-path-regex 'events' --max-examples 25 --no-color > "$work/told" 2>&1 || { cat "$work/told"; exit 1; }
kill -0 $server || { echo "the server is gone" >&2; exit 1; }
tail -n 3 "$work/told"
