# Lists the works of others in a release, and their licences. For build.sh.
# shellcheck shell=bash disable=SC2154

third_parties() {
    local platform=$1 with_ffmpeg=$2
    echo "FFmpeg Cluster is free software under the MIT licence (LICENSE). Its programs contain the work of others."
    [ "$with_ffmpeg" = no ] || ffmpeg_notice "$platform"
    crates_notice "$platform"
}

ffmpeg_notice() {
    cat << TEXT

bin/ffmpeg and bin/ffprobe
--------------------------
FFmpeg $ffmpeg_version, Copyright (c) 2000-2026 the FFmpeg developers, under the GNU General Public License, version 3 or later
(bin/COPYING.GPLv3). They are programs of their own, which ours start; they are here as their makers built them, unchanged.
Source of FFmpeg:        https://ffmpeg.org/releases/ffmpeg-$ffmpeg_version.tar.xz
Source of what is in it: libvpx, SVT-AV1, x264, x265, LAME, Opus, Mbed TLS, as the build recipe names them
Build recipe:            https://github.com/shaka-project/static-ffmpeg-binaries
TEXT
}

# Crates linked into the programs for this platform: name, version, licence, home.
crates_of() {
    local targets
    case $1 in
        macos-universal2) targets=(x86_64-apple-darwin aarch64-apple-darwin) ;;
        *) targets=("$(target_of "$1")") ;;
    esac
    for target in "${targets[@]}"; do
        cargo tree --locked --workspace --exclude ffmpeg-cluster-tests --target "$target" --edges normal --prefix none --no-dedupe \
            --format '{p}|{l}|{r}'
    done | grep -vE '^(ffmpeg-cluster-|$)' | sed 's/ (proc-macro)//; s/ v\([0-9]\)/|\1/' | LC_ALL=C sort -u
}

# The list, then every licence text once, with the crates that use it.
crates_notice() {
    local name version licence home folder text sum texts
    texts=$(mktemp -d)
    printf '\nRust crates\n-----------\n'
    crates_of "$1" > "$texts/crates"
    while IFS='|' read -r name version licence home; do
        printf '%s %s: %s%s\n' "$name" "$version" "${licence:-see below}" "${home:+, $home}"
        for folder in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/"$name-$version"; do
            for text in "$folder"/LICEN[CS]E* "$folder"/COPYING* "$folder"/NOTICE* "$folder"/UNLICENSE*; do
                [ -f "$text" ] || continue
                sum=$(tr -d '\r' < "$text" | cksum | tr ' ' -)
                [ -f "$texts/$sum.text" ] || tr -d '\r' < "$text" > "$texts/$sum.text"
                echo "$name $version" >> "$texts/$sum.whose"
            done
        done
    done < "$texts/crates"
    printf '\nTheir licences\n--------------\n'
    for text in "$texts"/*.text; do
        printf '\n== %s\n\n' "$(sort -u "${text%.text}.whose" | tr '\n' ',' | sed 's/,$//; s/,/, /g')"
        cat "$text"
    done
    rm -rf "$texts"
}
