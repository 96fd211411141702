# Puts ffmpeg and ffprobe of a platform into a folder. For build.sh.
# shellcheck shell=bash

# What our release zips bring; for the notice.
ffmpeg_version=8.1.2

# A folder with the pinned programs of every platform, under the names of their makers; made where it is not given.
ffmpeg_mirror() {
    local platform=$1
    if [ -n "${FFMPEG_CLUSTER_FFMPEG_MIRROR:-}" ]; then
        echo "$FFMPEG_CLUSTER_FFMPEG_MIRROR"
    else
        scripts/newer-ffmpeg.sh --mirror "${CARGO_TARGET_DIR:-target}/ffmpeg-mirror" "$platform"
    fi
}

ffmpeg_into() {
    local platform=$1 folder=$2 theirs suffix='' mirror program
    case $platform in
        linux-x86_64) theirs=linux-x64 ;;
        linux-aarch64) theirs=linux-arm64 ;;
        windows-x86_64) theirs=win-x64.exe suffix=.exe ;;
        macos-x86_64) theirs=osx-x64 ;;
        macos-aarch64) theirs=osx-arm64 ;;
    esac
    mirror=$(ffmpeg_mirror "$platform") || {
        echo "build.sh: ffmpeg $ffmpeg_version for $platform could not be had; --no-ffmpeg packs without it, and the programs fetch one at their first start" >&2
        exit 1
    }
    for program in ffmpeg ffprobe; do cp "$mirror/$program-$theirs" "$folder/$program$suffix"; done
}
