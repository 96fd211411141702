#!/usr/bin/env python3
"""Copies the ffmpeg and ffprobe of the PATH, with their libraries, so that they start in half the time: for tests only.

    quick-ffmpeg.py DIR        makes DIR/bin and DIR/lib; ends with 3 if that is not possible, which is no fault

A distribution's ffmpeg loads about two hundred libraries and binds forty thousand symbols at each start, which takes 0.14 s
of processor time; the tests in tests/media start it tens of thousands of times. The copies are the same code. They bind a
symbol at its first call, which leaves the tables of symbols writable: do not use them on a machine in service.
"""
import os
import shutil
import struct
import subprocess
import sys

PROGRAMS = ["ffmpeg", "ffprobe"]
# The loader is one with these.
LOADERS_OWN = ("libc.so", "libm.so", "libpthread.so", "libdl.so", "librt.so", "ld-linux")

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


def stamp(paths):
    """A text that changes when the system's ffmpeg or this script changes."""
    return "\n".join(f"{path} {os.stat(path).st_size} {os.stat(path).st_mtime_ns}" for path in sorted(paths))


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
    shutil.rmtree(folder, ignore_errors=True)
    for kind, files in (("bin", programs), ("lib", needed)):
        os.makedirs(os.path.join(folder, kind))
        for name, path in files.items():
            copy(path, os.path.join(folder, kind, name))
    tried = subprocess.run(
        [os.path.join(folder, "bin", "ffmpeg"), "-v", "error", "-f", "lavfi", "-i", "testsrc=d=1", "-f", "null", "-"],
        env={**os.environ, "LD_LIBRARY_PATH": os.path.join(folder, "lib")}, check=False)
    if tried.returncode != 0:
        shutil.rmtree(folder)
        none("the copy does not run")
    with open(made, "w") as file:
        file.write(now)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
