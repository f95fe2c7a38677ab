# SPDX-License-Identifier: Apache-2.0
"""Public functions are named after their file."""

import re

from files import strip_c

# A declaration, or the head of a definition, that begins a line; macros are in capitals.
FUNCTION = re.compile(r"^(?:[a-zA-Z_][\w ]*[ *]+)\**([a-z]\w*)\(", re.M)


def drop_bodies(text):
    """C without what stands between braces."""
    kept, depth = [], 0
    for character in text:
        depth += character == "{"
        if not depth:
            kept.append(character)
        depth -= character == "}"
    return "".join(kept)


def spellings(name):
    """The name in the singular and in the plural."""
    singular = re.sub(r"ies$", "y", name) if name.endswith("ies") else re.sub(r"s$", "", name)
    return {name, singular, re.sub(r"(ss|x|ch|sh)es$", r"\1", name), re.sub(r"y$", "ie", name) + "s"}


def prefixes(path):
    """How a header's functions may begin: the file's name, or folder_file; of X_private.h as of X.h."""
    folder, file = path.rsplit("/", 2)[-2:]
    names = spellings(re.sub(r"_private$", "", re.sub(r"\.[ch]$", "", file)))
    return names | {f"{each}_{name}" for each in spellings(folder) for name in names}


def public_functions(path, text):
    """Those that a header declares or defines inline, and those of a source that are not static."""
    hidden = re.compile("typedef" if path.endswith(".h") else r"typedef|(?:\w+ )?static")
    return [name for line in drop_bodies(strip_c(text)).splitlines() if not hidden.match(line) for name in FUNCTION.findall(line)]


def source_prefixes(path, files):
    """How a source's functions may begin: as those of its own header, of its folder's, or of X.h if it is X_part.c."""
    folder, file = path.rsplit("/", 1)
    headers = [header for header in files if header.endswith(".h") and header.rsplit("/", 1)[0] == folder]
    wider = [header for header in headers if file.startswith(re.sub(r"(_private)?\.h$", "_", header.rsplit("/", 1)[1]))]
    face = f"{folder}/{folder.rsplit('/', 1)[-1]}.h"
    return prefixes(path).union(*(prefixes(header) for header in wider + [face] * (face in headers)))


def check_prefixes(files):
    for path, text in files.items():
        if not path.endswith((".c", ".h")) or path.startswith("tests/"):
            continue
        allowed = prefixes(path) if path.endswith(".h") else source_prefixes(path, files) | {"main"}
        for name in public_functions(path, text):
            if name not in allowed and not name.startswith(tuple(f"{prefix}_" for prefix in allowed)):
                yield f"{path}: {name}() is not named after its file"
