#!/usr/bin/env bash
# nextest runs it before the tests (.config/nextest.toml), to give them an ffmpeg that starts fast. They start it tens of
# thousands of times, and a distribution's ffmpeg takes 0.14 s each time to load its two hundred libraries.
#   ffmpeg-for-tests.sh pinned    the static one that the product fetches for who has none: for tests of whole clusters
#   ffmpeg-for-tests.sh quick     the system's, copied so that it starts in half the time: for tests of films
# Where such a one can't be had, the system's stays, and the tests take twice as long.
set -euo pipefail
cd "$(dirname "$0")/.."

give() { printf '%s=%s\n' "$1" "$2" >> "$NEXTEST_ENV"; }

case ${1:-} in
    pinned)
        if folder=$(scripts/newer-ffmpeg.sh target/newer-ffmpeg); then give PATH "$(realpath "$folder"):$PATH"; fi ;;
    quick)
        folder=$PWD/target/quick-ffmpeg
        if scripts/quick-ffmpeg.py "$folder"; then
            give PATH "$folder/bin:$PATH"
            give LD_LIBRARY_PATH "$folder/lib"
        fi ;;
    *) sed -n '4,5s/^# //p' "$0" >&2; exit 2 ;;
esac
