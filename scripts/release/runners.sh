# Runs programs of another platform, if this machine can. For check-release.sh.
# shellcheck shell=bash disable=SC2154,SC2034

# Sets `runner`, `command`, `suffix` and `tools`; or `why_not`, and fails.
runner_for() {
    command=() tools=() suffix='' runner='' why_not=''
    case $1 in windows-*) suffix=.exe ;; esac
    if [[ $1 = "$(this_platform)" || ($1 = macos-universal2 && $(this_platform) = macos-*) ]]; then
        runner=here
    elif [[ $1 = linux-aarch64 && $(uname -s) = Linux ]]; then
        by_qemu
    elif [[ $1 = windows-x86_64 && $(uname -sm) = "Linux x86_64" ]]; then
        by_wine
    else
        why_not="this machine can't run programs of $1"
        return 1
    fi
}

in_runner() { (become "$@"); }

# In the background, so that its number is the program's.
become() {
    local program=$1
    shift
    exec ${command[@]+"${command[@]}"} "$app/$program$suffix" "$@"
}

# The programs start ffmpeg directly, which this machine can't do: small scripts take its place.
by_qemu() {
    local qemu library=/usr/aarch64-linux-gnu program
    qemu=$(command -v qemu-aarch64 || command -v qemu-aarch64-static) || { why_not="qemu-aarch64 is missing (Debian: apt-get install qemu-user)"; return 1; }
    [ -f "$library/lib/ld-linux-aarch64.so.1" ] || { why_not="a C library for qemu is missing (Debian: apt-get install libc6-arm64-cross)"; return 1; }
    runner=qemu
    command=("$qemu" -L "$library")
    [ -d "$app/bin" ] || return 0
    mkdir -p "$work/by-qemu"
    for program in ffmpeg ffprobe; do
        printf '#!/bin/sh\nexec %s -L %s %s "$@"\n' "$qemu" "$library" "$app/bin/$program" > "$work/by-qemu/$program"
        chmod +x "$work/by-qemu/$program"
    done
    tools=(--ffmpeg-dir "$work/by-qemu")
}

by_wine() {
    have wine || { why_not="wine is missing (Debian: apt-get install wine64)"; return 1; }
    export WINEPREFIX=$work/wine WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
    wineboot --init > "$work/wineboot.log" 2>&1 || { why_not="wine did not start"; return 1; }
    runner=wine
    command=(wine)
    if ! in_runner ffmpeg-cluster-client --version > /dev/null 2>&1; then random_for_old_wine || return 1; fi
}

# Wine before 9 lacks the library of Rust's random numbers. This stand-in is for this check alone, never for a release.
random_for_old_wine() {
    have x86_64-w64-mingw32-gcc || { why_not="this wine lacks bcryptprimitives.dll, and there is no mingw to make a stand-in"; return 1; }
    cat > "$work/stand-in.c" << 'C'
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) { return SystemFunction036(data, (ULONG)length); }
C
    x86_64-w64-mingw32-gcc -shared -o "$app/bcryptprimitives.dll" "$work/stand-in.c" -ladvapi32
    runner="wine, with a stand-in for bcryptprimitives.dll"
}

runner_ends() { if [ -d "$work/wine" ]; then wineserver -k 2> /dev/null || true; fi; }
