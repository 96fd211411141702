#!/usr/bin/env bash
# nextest runs it before tests that start ffmpeg tens of thousands of times (.config/nextest.toml), to give them an ffmpeg that
# starts fast: a distribution's needs 0.14 s of processor time for each start, to load its two hundred libraries. If there is no
# faster one, the tests use the system's.
#   ffmpeg-for-tests.sh quick     the system's, copied so that it starts in a quarter of the time
#   ffmpeg-for-tests.sh fetched   the one that our programs fetch for those who have none, which starts in a tenth of it
set -euo pipefail
cd "$(dirname "$0")/.."

give() { printf '%s\n' "$@" "PATH_FOR_FILMS=$PATH" >> "$NEXTEST_ENV"; }

case ${1:-} in
    quick)
        folder=$PWD/target/quick-ffmpeg
        if scripts/quick-ffmpeg.py "$folder"; then give "PATH=$folder/bin:$PATH" "LD_LIBRARY_PATH=$folder/lib"; fi
        ;;
    fetched)
        status=0
        folder=$(scripts/newer-ffmpeg.sh target/newer-ffmpeg) || status=$?
        case $status in
            0) give "PATH=$folder:$PATH" ;;
            3) ;;
            *) exit "$status" ;;
        esac
        ;;
    *) sed -n '5,6s/^# //p' "$0" >&2; exit 2 ;;
esac
