#!/usr/bin/env bash
# Makes sure that ffmpeg and ffprobe are there. Prints nothing if they are.
set -euo pipefail

have() { command -v ffmpeg > /dev/null && command -v ffprobe > /dev/null; }
have && exit 0

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)

echo "ffmpeg is missing; installing it" >&2
if command -v apt-get > /dev/null; then
    "${as_root[@]}" apt-get update -qq > /dev/null
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq ffmpeg > /dev/null
elif command -v dnf > /dev/null; then
    "${as_root[@]}" dnf install -y -q ffmpeg
elif command -v pacman > /dev/null; then
    "${as_root[@]}" pacman -S --noconfirm --quiet ffmpeg
elif command -v brew > /dev/null; then
    brew install --quiet ffmpeg
fi
have || { echo "ffmpeg could not be installed; install ffmpeg 5.1 or newer and put it in PATH" >&2; exit 1; }
