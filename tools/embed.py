#!/usr/bin/env python3
"""Write the C table of the files that live inside the program (web/embedded.h).

usage: embed.py [--depfile FILE] OUT.c ROOT PATH...

Each PATH is a file or folder below ROOT; folders are walked, dot files are left out. The table
is sorted by the bytes of the path, so that embedded_find can search it by halves, and holds the
same text for the same input.

Bytes are written as string literals: an array of numbers takes a compiler ten times as long, and
`.incbin` hides the files from ccache and from the linker's optimiser.
"""

import gzip
import hashlib
import os
import sys

TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "ico": "image/x-icon",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "liquid": "text/plain; charset=utf-8",
    "png": "image/png",
    "sql": "text/plain; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "webmanifest": "application/manifest+json",
    "woff2": "font/woff2",
}

# What browsers fetch by itself is kept compressed as well, where that is worth a header.
GZIP_TYPES = ("css", "js", "svg")
GZIP_FROM_BYTES = 1024

# '?' is escaped because strict C17 still reads trigraphs.
NAMED = {0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r", 0x22: '\\"', 0x5C: "\\\\", 0x3F: "\\?"}
CHARS = [NAMED.get(b) or (chr(b) if 0x20 <= b < 0x7F else "\\%03o" % b) for b in range(256)]

LINE_BYTES = 120


def find_files(root, paths):
    """Paths below root with '/' between, and the folders that were walked."""
    files, folders = set(), set()
    for path in paths:
        full = os.path.join(root, path)
        if os.path.isfile(full):
            files.add(os.path.relpath(full, root))
        elif os.path.isdir(full):
            for folder, names, leaves in os.walk(full):
                names[:] = sorted(n for n in names if not n.startswith("."))
                folders.add(os.path.relpath(folder, root))
                for leaf in leaves:
                    if not leaf.startswith("."):
                        files.add(os.path.relpath(os.path.join(folder, leaf), root))
        else:
            sys.exit("embed.py: no such file or folder: " + full)
    return sorted((f.replace(os.sep, "/") for f in files), key=os.fsencode), sorted(folders)


def c_text(data):
    """String literals that hold the bytes, broken after line ends and at LINE_BYTES."""
    rows, row = [], []
    for byte in data:
        row.append(CHARS[byte])
        if byte == 0x0A or len(row) == LINE_BYTES:
            rows.append('"' + "".join(row) + '"')
            row = []
    if row or not rows:
        rows.append('"' + "".join(row) + '"')
    return "\n    ".join(rows)


def media_type(path):
    ending = path.rsplit(".", 1)[-1].lower()
    return TYPES.get(ending, "application/octet-stream")


def write_table(root, files):
    out = ["/* Made by tools/embed.py. */", '#include "web/embedded.h"', "",
           '#pragma GCC diagnostic ignored "-Woverlength-strings"', ""]
    rows = []
    for number, path in enumerate(files):
        with open(os.path.join(root, path), "rb") as f:
            data = f.read()
        out.append("static const unsigned char file_%d[] =\n    %s;" % (number, c_text(data)))
        small = gzip.compress(data, 9, mtime=0) if path.endswith(GZIP_TYPES) else b""
        packed = len(data) >= GZIP_FROM_BYTES and 0 < len(small) < len(data)
        if packed:
            out.append("static const unsigned char gzip_%d[] =\n    %s;" % (number, c_text(small)))
        rows.append("    {%s, file_%d, %d, \"%s\", \"%s\", %s, %d},"
                    % (c_text(os.fsencode(path)), number, len(data),
                       hashlib.sha256(data).hexdigest(), media_type(path),
                       "gzip_%d" % number if packed else "0", len(small) if packed else 0))
    if not rows:
        rows.append('    {"", (const unsigned char *)"", 0, "", "", 0, 0},')
    out += ["", "const struct embedded_file embedded_files[] = {", *rows, "};",
            "const ptrdiff_t embedded_count = %d;" % len(files), ""]
    return "\n".join(out)


def main(args):
    depfile = None
    if args[:1] == ["--depfile"] and len(args) > 1:
        depfile, args = args[1], args[2:]
    if len(args) < 3:
        sys.exit(__doc__)
    out, root, paths = args[0], args[1], args[2:]
    files, folders = find_files(root, paths)
    text = write_table(root, files)
    if os.path.dirname(out):
        os.makedirs(os.path.dirname(out), exist_ok=True)
    with open(out, "w", encoding="utf-8", newline="\n") as f:
        f.write(text)
    if depfile:
        needs = [os.path.join(root, p).replace(" ", "\\ ") for p in files + folders]
        with open(depfile, "w", encoding="utf-8") as f:
            f.write(out + ": " + " \\\n  ".join(needs) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
