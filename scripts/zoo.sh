#!/usr/bin/env bash
# Makes a zoo of small awkward films: zoo.sh DIR [NAME…], or zoo.sh --list for their names. Keeps existing films.
# All films are generated and the same in every run. Each family has its own file under zoo/.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
all=()
declare -A family

# FAMILY NAME…: make_FAMILY NAME makes these films.
own() {
    local kind=$1 name
    shift
    for name in "$@"; do
        all+=("$name")
        family[$name]=$kind
    done
}

# The bit-exact flag goes before the output, so that no random numbers or versions are written.
ff() { ffmpeg -hide_banner -loglevel error -nostdin -y "${@:1:$#-1}" -fflags +bitexact "${!#}"; }

# A moving picture in which every frame differs, and a tone. The variables size, rate, secs and
# hertz change them.
picture() { echo "testsrc2=size=${size:-192x108}:rate=${rate:-25}:duration=${secs:-5}"; }
tone() { echo "sine=frequency=${hertz:-440}:duration=${secs:-5}:sample_rate=48000"; }

# OUT OPTION…: the picture alone, or with the tone.
mute() { ff -f lavfi -i "$(picture)" -threads 1 "${@:2}" "$1"; }
show() { ff -f lavfi -i "$(picture)" -f lavfi -i "$(tone)" -threads 1 "${@:2}" "$1"; }

# SOURCE OUT OPTION…: the streams of another film, copied.
copy() {
    film "$1"
    ff -i "$zoo/$1" -map 0 -c copy "${@:3}" "$2"
}

# shellcheck disable=SC2034
x264=(-c:v libx264 -preset veryfast -pix_fmt yuv420p -g 25 -keyint_min 25 -sc_threshold 0 -bf 2)
# shellcheck disable=SC2034
x265=(-c:v libx265 -preset ultrafast -pix_fmt yuv420p)
# shellcheck disable=SC2034
aac=(-c:a aac -b:a 64k)

# Make the film in another directory first, so that a broken run leaves no half film.
film() {
    [ -s "$zoo/$1" ] && return 0
    [ -n "${family[$1]:-}" ] || { echo "zoo.sh: no film is called $1" >&2; exit 2; }
    (
        part=$(mktemp -d "$zoo/part.XXXXXX")
        trap 'rm -rf "$part"' EXIT
        cd "$part"
        "make_${family[$1]}" "$1"
        mv -f "$1" "$zoo/$1"
    )
}

for file in "$here"/zoo/*.sh; do
    # shellcheck source=/dev/null
    . "$file"
done

if [ "${1:-}" = --list ]; then
    printf '%s\n' "${all[@]}"
    exit
fi
mkdir -p "${1:?usage: zoo.sh DIR [NAME…] | --list}"
zoo=$(cd "$1" && pwd)
shift
for name in "${@:-${all[@]}}"; do
    film "$name"
done
