#!/usr/bin/env python3
"""Copies the ffmpeg and ffprobe of the PATH, with their libraries, so that they start in a quarter of the time: for tests only.

    quick-ffmpeg.py DIR        makes DIR/bin and DIR/lib; ends with 3 if that is not possible, which is no fault

A distribution's ffmpeg loads about two hundred libraries and binds forty thousand symbols at each start, which takes 0.14 s
of processor time; the tests in tests/media start it tens of thousands of times. The copies are the same code. They bind a
symbol at its first call, which leaves the tables of symbols writable: do not use them on a machine in service.
Libraries that no test in tests/media calls (speech, screens, sound cards, other protocols) are hollow if there is a C
compiler: each of their functions ends the program at once, so that no test can pass on one. The loader does not see the
libraries that only those need.
"""
import os
import shutil
import struct
import subprocess
import sys

PROGRAMS = ["ffmpeg", "ffprobe"]
# The loader is one with these.
LOADERS_OWN = ("libc.so", "libm.so", "libpthread.so", "libdl.so", "librt.so", "ld-linux")

# What our server refuses or no job has: how their names begin.
UNUSED = (
    "libasound", "libavc1394", "libbluray", "libcaca", "libcdio", "libchromaprint", "libdc1394", "libflite", "libGL.so",
    "libiec61883", "libjack", "liblilv", "libopenal", "libplacebo", "libpocketsphinx", "libpulse", "librabbitmq", "libraw1394",
    "librist", "librom1394", "librsvg", "libSDL2", "libsphinxbase", "libsrt", "libssh", "libXv.", "libzmq",
)

PT_NULL, PT_DYNAMIC, PT_GNU_RELRO = 0, 2, 0x6474E552
DT_DEBUG, DT_BIND_NOW, DT_FLAGS, DT_FLAGS_1 = 21, 24, 30, 0x6FFFFFFB
DF_BIND_NOW, DF_1_NOW = 8, 1


def none(why):
    print(f"quick-ffmpeg.py: {why}", file=sys.stderr)
    sys.exit(3)


def libraries(program):
    """Name and path of each library that the loader uses for the program."""
    told = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    rows = (line.split() for line in told.stdout.splitlines() if "=> /" in line)
    return {row[0]: row[2] for row in rows if not row[0].startswith(LOADERS_OWN)}


def bind_late(elf):
    """Removes the request to bind all symbols at once from a 64-bit little-endian file."""
    if elf[:6] != b"\x7fELF\x02\x01":
        none("only 64-bit little-endian programs can be changed")
    (headers,), (size, count) = struct.unpack_from("<Q", elf, 32), struct.unpack_from("<HH", elf, 54)
    for header in range(headers, headers + size * count, size):
        (kind,) = struct.unpack_from("<I", elf, header)
        if kind == PT_GNU_RELRO:
            struct.pack_into("<I", elf, header, PT_NULL)
        elif kind == PT_DYNAMIC:
            (begin,), (length,) = struct.unpack_from("<Q", elf, header + 8), struct.unpack_from("<Q", elf, header + 32)
            for entry in range(begin, begin + length, 16):
                bind_entry_late(elf, entry)


def bind_entry_late(elf, entry):
    tag, value = struct.unpack_from("<QQ", elf, entry)
    if tag == DT_FLAGS:
        value &= ~DF_BIND_NOW
    elif tag == DT_FLAGS_1:
        value &= ~DF_1_NOW
    elif tag == DT_BIND_NOW:
        tag, value = DT_DEBUG, 0
    struct.pack_into("<QQ", elf, entry, tag, value)


def copy(source, target):
    with open(source, "rb") as file:
        elf = bytearray(file.read())
    bind_late(elf)
    with open(target, "wb") as file:
        file.write(elf)
    os.chmod(target, 0o755)


def told(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def loaded(programs, lib):
    """The names of what the loader takes for them, with the unused themselves and without what only those need."""
    names, later = set(), list(programs)
    while later:
        rows = told("readelf", "-d", later.pop())
        for name in (row.split("[")[1].rstrip("]") for row in rows if "(NEEDED)" in row):
            path = os.path.join(lib, name)
            if name not in names and os.path.exists(path):
                names.add(name)
                later += [] if name.startswith(UNUSED) else [path]
    return names


def symbols(path):
    """Of each symbol that a file has or wants: its kind, its version and how large it is."""
    rows = (row.split() for row in told("nm", "-D", "-S", "--with-symbol-versions", path))
    for *place, kind, name in rows:
        name, _, version = name.partition("@")
        yield name, kind, version.lstrip("@"), int(place[1], 16) if len(place) == 2 else 0


def hollow(path, wanted):
    """Puts a library in a library's place that has the same symbols, as far as they are wanted, and nothing behind them."""
    lines, versions, wanted = [], {}, dict(wanted)
    for name, kind, version, size in symbols(path):
        # A name may be there in several versions.
        if kind not in "Uvw" and wanted.get(name) in ("", version):
            del wanted[name]
            is_code = kind in "TWi"
            lines.append(f"void {name}(void) {{ __builtin_trap(); }}" if is_code else f"char {name}[{max(size, 64)}];")
            versions.setdefault(version, []).append(name)
    versions.pop("", None)
    script = path + ".versions"
    with open(script, "w") as file:
        file.writelines(f"{version} {{ global: {'; '.join(names)}; }};\n" for version, names in versions.items())
    words = ["cc", "-w", "-shared", "-fPIC", "-nostdlib", "-fno-builtin", f"-Wl,-soname,{os.path.basename(path)}"]
    words += [f"-Wl,--version-script={script}"] if versions else []
    subprocess.run([*words, "-x", "c", "-", "-o", path], input="\n".join(lines), text=True, check=True, capture_output=True)


def hollow_all(folder):
    lib = os.path.join(folder, "lib")
    programs = [os.path.join(folder, "bin", name) for name in PROGRAMS]
    names = loaded(programs, lib)
    used = programs + [os.path.join(lib, name) for name in names if not name.startswith(UNUSED)]
    wanted = {name: version for path in used for name, kind, version, _ in symbols(path) if kind in "Uvw"}
    for name in names:
        if name.startswith(UNUSED):
            hollow(os.path.join(lib, name), wanted)


def stamp(paths):
    """A text that changes when the system's ffmpeg or this script changes."""
    return "\n".join(f"{path} {os.stat(path).st_size} {os.stat(path).st_mtime_ns}" for path in sorted(paths))


def make(folder, programs, needed, change):
    """Whether the copies run and complain of nothing."""
    shutil.rmtree(folder, ignore_errors=True)
    for kind, files in (("bin", programs), ("lib", needed)):
        os.makedirs(os.path.join(folder, kind))
        for name, path in files.items():
            copy(path, os.path.join(folder, kind, name))
    try:
        change(folder)
    except (OSError, subprocess.CalledProcessError) as why:
        print(f"quick-ffmpeg.py: the libraries stay complete: {why}", file=sys.stderr)
        return False
    environment = {**os.environ, "LD_LIBRARY_PATH": os.path.join(folder, "lib")}
    # What a file is, all demuxers are asked.
    film = os.path.join(folder, "film.avi")
    for words in (["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=d=1", film], ["ffprobe", "-v", "error", film]):
        command = [os.path.join(folder, "bin", words[0]), *words[1:]]
        tried = subprocess.run(command, env=environment, check=False, capture_output=True)
        if tried.returncode != 0 or tried.stderr:
            return False
    return True


def main(folder):
    programs = {name: shutil.which(name) for name in PROGRAMS}
    if not all(programs.values()):
        none("there is no ffmpeg")
    needed = {}
    for path in programs.values():
        needed.update(libraries(path))
    if len(needed) < 50:
        none("this ffmpeg starts fast enough")
    made, now = os.path.join(folder, "made-of"), stamp([__file__, *programs.values(), *needed.values()])
    if os.path.exists(made) and open(made).read() == now:
        return
    if not (make(folder, programs, needed, hollow_all) or make(folder, programs, needed, lambda _: None)):
        shutil.rmtree(folder)
        none("the copy does not run")
    with open(made, "w") as file:
        file.write(now)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
