#!/usr/bin/env bash
# nextest runs it before tests/media (.config/nextest.toml), to give them the system's ffmpeg, copied so that it starts in half
# the time. They start it tens of thousands of times, and a distribution's ffmpeg takes 0.14 s each time to load its two
# hundred libraries. Where no such copy can be made, or none is needed, the system's stays.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$PWD/target/quick-ffmpeg
if scripts/quick-ffmpeg.py "$folder"; then
    printf 'PATH=%s\nLD_LIBRARY_PATH=%s\n' "$folder/bin:$PATH" "$folder/lib" >> "$NEXTEST_ENV"
fi
