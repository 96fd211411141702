# Finds what kind of program a file is, and which libraries it needs, without running it. For check-release.sh.
# shellcheck shell=bash disable=SC2154,SC2034

# Our programs need only what every such system has.
ours_linux='libc\.so\.6|libm\.so\.6|libpthread\.so\.0|libdl\.so\.2|librt\.so\.1|libgcc_s\.so\.1|ld-linux-(x86-64|aarch64)\.so\.[12]'
# The last two also belong to the C library; Rust's own bindings name them.
ours_macos='/usr/lib/lib(System\.B|iconv\.2|charset\.1)\.dylib'
ours_windows='(kernel32|ntdll|ws2_32|advapi32|userenv|bcrypt|bcryptprimitives|crypt32|secur32|msvcrt|ucrtbase|shell32|ole32|iphlpapi|psapi)\.dll|api-ms-win-.*\.dll'
# ffmpeg may need more of its system, but nothing that a person must install.
theirs_macos="$ours_macos"'|/usr/lib/lib[a-zA-Z0-9.+_]*\.dylib|/System/Library/Frameworks/.*'
theirs_windows="$ours_windows"'|(user32|gdi32|oleaut32|shlwapi|vfw32|avicap32|mfplat|mf|mfuuid|strmiids|version|winmm|ncrypt|dxgi|d3d11|setupapi|imm32)\.dll'

programs() { (cd "$app" && find . -path ./share -prune -o -type f \( -name 'ffmpeg*' -o -name 'ffprobe*' \) -print | sed 's|^\./||' | LC_ALL=C sort); }

kind_wanted() {
    case $platform in
        linux-x86_64) echo 'ELF 64-bit.* x86-64' ;;
        linux-aarch64) echo 'ELF 64-bit.* aarch64' ;;
        windows-x86_64) echo 'PE32\+ executable .*x86-64' ;;
        macos-x86_64) echo 'Mach-O 64-bit x86_64 executable' ;;
        macos-aarch64) echo 'Mach-O 64-bit arm64 executable' ;;
        macos-universal2) echo 'Mach-O universal binary with 2 architectures.*x86_64.*arm64' ;;
        *) wrong "there is no platform $platform" ;;
    esac
}

# Each program has its manual pages and completions.
check_manuals() {
    local program shell
    for program in $(programs | sed -n 's|^\(ffmpeg-cluster-[a-z]*\).*|\1|p'); do
        [ -s "$app/share/man/man1/$program.1" ] || wrong "$program has no manual page"
        for shell in bash zsh fish powershell; do
            [ -s "$app/share/completions/$program.$shell" ] || wrong "$program has no completions for $shell"
        done
    done
    good "manuals: $(find "$app/share/man" -type f | wc -l | tr -d ' ') pages"
}

check_kinds() {
    if ! have file; then good "kinds: NOT CHECKED, the program file is missing"; return; fi
    local wanted program kind
    wanted=$(kind_wanted)
    for program in $(programs); do
        kind=$(file -b "$app/$program" | tr '\n' ' ')
        grep -qE "$wanted" <<< "$kind" || wrong "$program is $kind"
        [ -x "$app/$program" ] || wrong "$program is not executable"
    done
    good "kinds: $(programs | wc -l | tr -d ' ') programs for $platform"
}

# One name on a line.
libraries_of() {
    case $platform in
        linux-*) "$readobj" --needed-libs "$1" | sed -n 's/^  \([a-z].*\)$/\1/p' ;;
        windows-*) "$readobj" --coff-imports "$1" | sed -n 's/^ *Name: //p' | tr '[:upper:]' '[:lower:]' ;;
        macos-*) "$objdump" --macho --dylibs-used "$1" | sed -n 's/^[[:space:]]\([^ ]*\) (.*/\1/p' ;;
    esac | LC_ALL=C sort -u
}

check_libraries() {
    local readobj objdump program allowed bad needs
    if ! readobj=$(tool_of_llvm readobj) || ! objdump=$(tool_of_llvm objdump); then
        good "libraries: NOT CHECKED, LLVM's llvm-readobj and llvm-objdump are missing"
        return
    fi
    for program in $(programs); do
        case $platform/$program in
            linux-*) allowed=$ours_linux ;;
            windows-*/bin/*) allowed=$theirs_windows ;;
            windows-*) allowed=$ours_windows ;;
            macos-*/bin/*) allowed=$theirs_macos ;;
            macos-*) allowed=$ours_macos ;;
        esac
        bad=$(libraries_of "$app/$program" | grep -vxE "$allowed" || true)
        [ -z "$bad" ] || wrong "$program needs $(tr '\n' ' ' <<< "$bad")"
        needs=$(libraries_of "$app/$program" | tr '\n' ' ')
        good "libraries: $program needs ${needs:-none}"
    done
    case $platform in linux-*) check_glibc ;; esac
}

check_glibc() {
    local program newest
    for program in "$app"/ffmpeg-cluster-*; do
        newest=$("$readobj" --version-info "$program" | sed -n 's/.*Name: GLIBC_\([0-9.]*\)$/\1/p' | sort -V | tail -n 1)
        if [ "$(printf '%s\n' "$newest" "$glibc_floor" | sort -V | tail -n 1)" != "$glibc_floor" ]; then
            good "note: $(basename "$program") needs glibc $newest; built with zig it runs from $glibc_floor on"
        else
            good "libraries: $(basename "$program") runs from glibc $newest on"
        fi
    done
}
