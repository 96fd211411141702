#!/usr/bin/env bash
# Packs a release: build.sh [-c client|server|both]… [-p PLATFORM]… [--no-ffmpeg]
# PLATFORM: linux-x86_64 linux-aarch64 windows-x86_64 macos-x86_64 macos-aarch64 macos-universal2; default: this one.
# Makes release/ffmpeg-cluster-PLATFORM.zip. Tags, pushes and publishes nothing. What it needs: docs/building.md.
set -euo pipefail
cd "$(dirname "$0")"
source scripts/release/compile.sh
source scripts/release/ffmpeg.sh
source scripts/release/notice.sh

usage() { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
fail() { echo "build.sh: $*" >&2; exit 1; }

crates=()
platforms=()
with_ffmpeg=yes
while [ $# -gt 0 ]; do
    case $1 in
        -c)
            case ${2:-} in
                client | server) crates+=("ffmpeg-cluster-$2") ;;
                both) crates+=(ffmpeg-cluster-server ffmpeg-cluster-client) ;;
                *) usage ;;
            esac
            shift 2
            ;;
        -p)
            case ${2:-} in
                linux-x86_64 | linux-aarch64 | windows-x86_64 | macos-x86_64 | macos-aarch64 | macos-universal2) ;;
                *) echo "there is no platform ${2:-}" >&2; usage ;;
            esac
            platforms+=("$2")
            shift 2
            ;;
        --no-ffmpeg) with_ffmpeg=no; shift ;;
        *) usage ;;
    esac
done
[ ${#crates[@]} -gt 0 ] || crates=(ffmpeg-cluster-server ffmpeg-cluster-client)
[ ${#platforms[@]} -gt 0 ] || platforms=("$(this_platform)")

# The programs of one platform, with its ffmpeg, into a folder.
gather() {
    local platform=$1 stage=$2 suffix='' crate made
    case $platform in windows-*) suffix=.exe ;; esac
    made=$(compile "$platform" "${crates[@]}")
    for crate in "${crates[@]}"; do cp "$made/$crate$suffix" "$stage/"; done
    if [ "$with_ffmpeg" = yes ]; then
        mkdir -p "$stage/bin"
        ffmpeg_into "$platform" "$stage/bin"
    fi
}

# Completions and manual pages, by programs that run here: those of other platforms would print the same.
manuals_into() {
    local folder=$1 suffix='' crate made shell
    case $(this_platform) in windows-*) suffix=.exe ;; esac
    made=$(compile "$(this_platform)" "${crates[@]}")
    mkdir -p "$folder/completions"
    for crate in "${crates[@]}"; do
        "$made/$crate$suffix" man "$folder/man/man1"
        for shell in bash zsh fish powershell; do
            "$made/$crate$suffix" completions "$shell" > "$folder/completions/$crate.$shell"
        done
    done
}

# Makes a program for both kinds of Mac out of one program for each kind.
gather_universal() {
    local stage=$1 lipo each part program
    lipo=$(tool_of_llvm lipo) || fail "macos-universal2 needs lipo or llvm-lipo: install LLVM (Debian: apt-get install llvm)"
    part=$stage.parts
    rm -rf "$part"
    for each in macos-x86_64 macos-aarch64; do
        mkdir -p "$part/$each"
        gather "$each" "$part/$each"
    done
    (cd "$part/macos-x86_64" && find . -type f) | while read -r program; do
        mkdir -p "$(dirname "$stage/$program")"
        "$lipo" -create "$part/macos-x86_64/$program" "$part/macos-aarch64/$program" -output "$stage/$program"
    done
    rm -rf "$part"
}

pack() {
    local platform=$1 stage=release/$1 zip=ffmpeg-cluster-$1.zip
    rm -rf "$stage" "release/$zip"
    mkdir -p "$stage"
    if [ "$platform" = macos-universal2 ]; then gather_universal "$stage"; else gather "$platform" "$stage"; fi
    manuals_into "$stage/share"
    cp LICENSE README.md "$stage/"
    third_parties "$platform" "$with_ffmpeg" > "$stage/THIRD-PARTY.txt"
    [ "$with_ffmpeg" = no ] || cp scripts/release/COPYING.GPLv3 "$stage/bin/"
    find "$stage" -type f -exec chmod 644 {} +
    find "$stage" -path "$stage/share" -prune -o -type f \( -name 'ffmpeg*' -o -name ffprobe -o -name '*.exe' \) -exec chmod 755 {} +
    (cd "$stage" && find . -type f | sed 's|^\./||' | LC_ALL=C sort | while read -r file; do sha256 "$file"; done) > "$stage.sums"
    mv "$stage.sums" "$stage/SHA256SUMS"
    python3 scripts/release/zip.py "$stage" "release/$zip"
    rm -rf "$stage"
    echo "release/$zip"
}

sha256() { if command -v sha256sum > /dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi; }

command -v python3 > /dev/null || fail "python3 is needed to write the zip"
for platform in "${platforms[@]}"; do pack "$platform"; done
