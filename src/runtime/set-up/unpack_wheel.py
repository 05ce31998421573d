"""Unpacks parts of a Python wheel (a zip archive): unpack_wheel.py WHEEL FOLDER PREFIX...

Only members whose names start with one of the prefixes are written; with no prefix, all are. Prints one JSON object: for
every member that is a shared library its size and sha256, computed while it is written. The archive's own checksums are
verified on the way.
"""

import hashlib
import json
import os
import sys
import zipfile

CHUNK = 1 << 22


def unpack(wheel, folder, prefixes):
    libraries = {}
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            if member.is_dir() or (prefixes and not member.filename.startswith(tuple(prefixes))):
                continue
            path = os.path.join(folder, *member.filename.split("/"))
            if not os.path.realpath(path).startswith(os.path.realpath(folder) + os.sep):
                raise ValueError("the wheel names a path outside the folder: " + member.filename)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            digest = hashlib.sha256()
            with archive.open(member) as packed, open(path, "wb") as unpacked:
                for chunk in iter(lambda: packed.read(CHUNK), b""):
                    digest.update(chunk)
                    unpacked.write(chunk)
            name = os.path.basename(path)
            if ".so" in name or name.endswith(".dylib"):
                libraries[member.filename] = {"bytes": member.file_size, "sha256": digest.hexdigest()}
    return libraries


if __name__ == "__main__":
    try:
        print(json.dumps(unpack(sys.argv[1], sys.argv[2], sys.argv[3:])))
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        sys.exit(str(error))
