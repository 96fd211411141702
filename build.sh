#!/usr/bin/env bash
# Packs a release: build.sh [-c client|server|both] [-p PLATFORM]… [--no-ffmpeg]
# PLATFORM: linux-x86_64 linux-aarch64 windows-x86_64 macos-x86_64 macos-aarch64 macos-universal2; default: this one.
# Makes release/ffmpeg-cluster-PLATFORM.zip. Tags, pushes and publishes nothing.
set -euo pipefail
cd "$(dirname "$0")"
what=both
platforms=()
with_ffmpeg=yes
usage() { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
while [ $# -gt 0 ]; do
    case $1 in
        -c) what=${2:-}; shift 2 || usage ;;
        -p) platforms+=("${2:-}"); shift 2 || usage ;;
        --no-ffmpeg) with_ffmpeg=no; shift ;;
        *) usage ;;
    esac
done
case $what in client | server | both) ;; *) usage ;; esac

this() {
    local os arch
    case $(uname -s) in Linux) os=linux ;; Darwin) os=macos ;; *) os=windows ;; esac
    case $(uname -m) in arm64 | aarch64) arch=aarch64 ;; *) arch=x86_64 ;; esac
    echo "$os-$arch"
}
[ ${#platforms[@]} -gt 0 ] || platforms=("$(this)")

pack() {
    local platform=$1 stage=release/$1 crates=()
    [ "$what" = client ] || crates+=(ffmpeg-cluster-server)
    [ "$what" = server ] || crates+=(ffmpeg-cluster-client)
    rm -rf "$stage" "release/ffmpeg-cluster-$platform.zip"
    mkdir -p "$stage/bin"
    for crate in "${crates[@]}"; do
        cargo build --release --locked --quiet -p "$crate"
        cp "target/release/$crate" "$stage/"
    done
    cp LICENSE README.md "$stage/"
    cargo tree --workspace --edges normal --prefix none --format '{p} {l}' | sort -u > "$stage/THIRD-PARTY.txt"
    if [ "$with_ffmpeg" = yes ]; then
        scripts/get-ffmpeg.sh
        cp "$(command -v ffmpeg)" "$(command -v ffprobe)" "$stage/bin/"
        echo "bin/ffmpeg and bin/ffprobe: FFmpeg, under its own licence: $(ffmpeg -version | head -1)" >> "$stage/THIRD-PARTY.txt"
        ! ldd "$stage/bin/ffmpeg" 2> /dev/null | grep -q '/lib.*libav' ||
            echo "note: this machine's ffmpeg needs its system's libraries; it runs only on systems like this one" >&2
    fi
    (cd "$stage" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) > "$stage.sums"
    mv "$stage.sums" "$stage/SHA256SUMS"
    (cd "$stage" && python3 - "../ffmpeg-cluster-$platform.zip" <<'PY'
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as pack:
    for folder, _, names in sorted(os.walk(".")):
        for name in sorted(names):
            path = os.path.join(folder, name)
            entry = zipfile.ZipInfo(os.path.relpath(path, "."), (1980, 1, 1, 0, 0, 0))
            entry.external_attr = (0o755 if os.access(path, os.X_OK) else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            pack.writestr(entry, open(path, "rb").read())
PY
    )
    rm -rf "$stage"
    echo "release/ffmpeg-cluster-$platform.zip"
}

for platform in "${platforms[@]}"; do
    case $platform in
        linux-x86_64 | linux-aarch64 | windows-x86_64 | macos-x86_64 | macos-aarch64 | macos-universal2) ;;
        *) echo "there is no platform $platform" >&2; usage ;;
    esac
    if [ "$platform" != "$(this)" ]; then
        echo "building for $platform from $(this) is not supported yet; run build.sh on such a machine" >&2
        exit 1
    fi
    pack "$platform"
done
