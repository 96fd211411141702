"""Packs a folder; the same files always give the same bytes: zip.py FOLDER ZIP"""
import os
import sys
import zipfile

folder, target = sys.argv[1:]
names = sorted(
    os.path.relpath(os.path.join(at, name), folder).replace(os.sep, "/")
    for at, _, files in os.walk(folder)
    for name in files
)
with zipfile.ZipFile(target + ".part", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as pack:
    for name in names:
        path = os.path.join(folder, name)
        entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        entry.create_system = 3  # The rights of Unix, also where this runs on Windows.
        program = os.access(path, os.X_OK)
        entry.external_attr = (0o100755 if program else 0o100644) << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        with open(path, "rb") as file:
            pack.writestr(entry, file.read())
os.replace(target + ".part", target)
