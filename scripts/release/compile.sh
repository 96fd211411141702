# Compiles our programs for a platform, on this machine. For build.sh. Installs only a Rust target, and says so.
# shellcheck shell=bash

# Linux programs run with this glibc or newer: on every system since 2014.
glibc_floor=2.17
export MACOSX_DEPLOYMENT_TARGET=${MACOSX_DEPLOYMENT_TARGET:-11.0}

this_platform() {
    local os arch
    case $(uname -s) in Linux) os=linux ;; Darwin) os=macos ;; *) os=windows ;; esac
    case $(uname -m) in arm64 | aarch64) arch=aarch64 ;; *) arch=x86_64 ;; esac
    echo "$os-$arch"
}

target_of() {
    case $1 in
        linux-x86_64) echo x86_64-unknown-linux-gnu ;;
        linux-aarch64) echo aarch64-unknown-linux-gnu ;;
        windows-x86_64) if [[ $(rustc -vV) == *windows-msvc* ]]; then echo x86_64-pc-windows-msvc; else echo x86_64-pc-windows-gnu; fi ;;
        macos-x86_64) echo x86_64-apple-darwin ;;
        macos-aarch64) echo aarch64-apple-darwin ;;
    esac
}

have() { command -v "$1" > /dev/null 2>&1; }
have_zig() { have cargo-zigbuild && { have zig || python3 -m ziglang version > /dev/null 2>&1; }; }
have_docker() { have cross && docker info > /dev/null 2>&1; }

# `llvm-lipo`, `llvm-lipo-14` or the system's own tool.
tool_of_llvm() {
    local name
    for name in "llvm-$1" "$1" "llvm-$1-20" "llvm-$1-19" "llvm-$1-18" "llvm-$1-17" "llvm-$1-16" "llvm-$1-15" "llvm-$1-14"; do
        if have "$name"; then echo "$name"; return; fi
    done
    return 1
}

# How to compile for a platform here: cargo (this system's own linker), mingw, zigbuild or cross.
way_for() {
    local platform=$1 this
    this=$(this_platform)
    case $platform in
        linux-*) if have_zig; then echo zigbuild; elif [ "$platform" = "$this" ]; then echo cargo; elif debian_gcc "$platform"; then echo cargo; fi ;;
        windows-*) if [ "$platform" = "$this" ]; then echo cargo; elif have x86_64-w64-mingw32-gcc; then echo cargo; elif have_zig; then echo zigbuild; fi ;;
        macos-*) if [ "${this%-*}" = macos ]; then echo cargo; elif have_zig; then echo zigbuild; fi ;;
    esac
}

debian_gcc() { [ "$1" = linux-aarch64 ] && have aarch64-linux-gnu-gcc; }

what_is_missing() {
    local platform=$1
    echo "build.sh: this machine can't link programs for $platform yet. Type one of:" >&2
    case $platform in
        windows-*) echo "    sudo apt-get install gcc-mingw-w64-x86-64        (Debian, Ubuntu; elsewhere the package mingw-w64)" >&2 ;;
        linux-aarch64) echo "    sudo apt-get install gcc-aarch64-linux-gnu       (Debian, Ubuntu; runs where glibc is as new as there)" >&2 ;;
    esac
    echo "    cargo install cargo-zigbuild --locked && python3 -m pip install ziglang" >&2
    case $platform in
        macos-*) ;;
        *) echo "    cargo install cross --locked                     (and start Docker)" >&2 ;;
    esac
    exit 1
}

# The target's standard library: from rustup, or built from source if the system's packages have no rustup.
with_library() {
    local target=$1
    if [ -d "$(rustc --print target-libdir --target "$target")" ]; then return; fi
    if have rustup; then
        echo "build.sh: adding a Rust target: rustup target add $target" >&2
        rustup target add "$target" >&2
    elif [ -f "$(rustc --print sysroot)/lib/rustlib/src/rust/library/Cargo.toml" ]; then
        echo "build.sh: making the standard library for $target from its source" >&2
        export RUSTC_BOOTSTRAP=1
        standard_library=(-Z "build-std=std,panic_abort")
    else
        echo "build.sh: Rust's standard library for $target is missing. Type one of:" >&2
        echo "    rustup target add $target                        (https://rustup.rs)" >&2
        echo "    sudo apt-get install rust-web-src                (Debian, with its rustc-web and cargo-web)" >&2
        exit 1
    fi
}

# Keeps this machine's paths and the time out of the programs. The last matching prefix wins.
flags_for() {
    local target=$1 folder registry
    local flags=("--remap-path-prefix=$PWD=/ffmpeg-cluster")
    for registry in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do flags+=("--remap-path-prefix=$registry=/crates"); done
    folder=$(rustc --print sysroot)/lib/rustlib/src/rust
    flags+=("--remap-path-prefix=$folder=/rustc/$(rustc -vV | sed -n 's/^commit-hash: //p')")
    flags+=("--remap-path-prefix=$target_dir=/target")
    # Symbols of Windows' libraries contain the random name of a folder.
    case $target in *-windows-gnu) flags+=("-Clink-arg=-Wl,--no-insert-timestamp" "-Clink-arg=-Wl,--strip-all") ;; esac
    (IFS=$'\x1f'; echo "${flags[*]}")
}

# Compiles crates for a platform and prints the folder of the programs.
compile() {
    local platform=$1 target way crate
    shift
    have cargo || { echo "build.sh: Rust is missing: https://rustup.rs" >&2; exit 1; }
    target=$(target_of "$platform")
    way=$(way_for "$platform")
    local target_dir=${CARGO_TARGET_DIR:-$PWD/target} command=(cargo build --target "$target") standard_library=()
    case $way in
        zigbuild)
            command=(cargo-zigbuild zigbuild --target "$target")
            case $platform in linux-*) command=(cargo-zigbuild zigbuild --target "$target.$glibc_floor") ;; esac
            ;;
        cargo)
            if debian_gcc "$platform"; then export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc; fi
            case $platform in linux-*) echo "build.sh: without zig: programs for Linux run where glibc is as new as this machine's" >&2 ;; esac
            ;;
        *)
            if ! have_docker || [[ $platform = macos-* ]]; then what_is_missing "$platform"; fi
            command=(cross build --target "$target")
            ;;
    esac
    [ "${command[0]}" = cross ] || with_library "$target"
    command+=(${standard_library[@]+"${standard_library[@]}"} --release --locked --quiet)
    for crate; do command+=(-p "$crate"); done
    cargo fetch --locked --quiet
    CARGO_ENCODED_RUSTFLAGS=$(flags_for "$target") \
        CFLAGS="${CFLAGS:-} -ffile-prefix-map=$target_dir=/target -ffile-prefix-map=${CARGO_HOME:-$HOME/.cargo}=/cargo" \
        "${command[@]}" >&2
    echo "$target_dir/$target/release"
}
