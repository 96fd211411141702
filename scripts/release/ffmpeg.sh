# Puts the pinned ffmpeg and ffprobe of a platform into a folder. For build.sh. Our own client fetches them, because it knows
# their addresses and their SHA-256. FFMPEG_CLUSTER_FFMPEG_MIRROR names a folder or an address to take them from instead.
# shellcheck shell=bash

# The contents of our release zips, for the notice.
ffmpeg_version=8.1.2

fetch_ffmpeg() {
    local made=${CARGO_TARGET_DIR:-target}
    "$made/debug/ffmpeg-cluster-client" fetch-ffmpeg --platform "$1" --into "$2" --work-dir "$made/fetched-ffmpeg"
}

ffmpeg_into() {
    local platform=$1 folder=$2 mirror
    cargo build --quiet --locked -p ffmpeg-cluster-client
    if [ -n "${FFMPEG_CLUSTER_FFMPEG_MIRROR:-}" ]; then
        fetch_ffmpeg "$platform" "$folder" && return
    else
        # If the makers are out of reach, try Python's packages, which contain exactly the same files.
        fetch_ffmpeg "$platform" "$folder" 2> /dev/null && return
        mirror=$(scripts/newer-ffmpeg.sh --mirror "${CARGO_TARGET_DIR:-target}/ffmpeg-mirror" "$platform") &&
            FFMPEG_CLUSTER_FFMPEG_MIRROR=$mirror fetch_ffmpeg "$platform" "$folder" && return
    fi > /dev/null
    fail "ffmpeg $ffmpeg_version for $platform could not be fetched; --no-ffmpeg packs without it, and the programs fetch one at their first start"
}
