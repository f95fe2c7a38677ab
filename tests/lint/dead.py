# SPDX-License-Identifier: Apache-2.0
"""Files that nothing uses."""

import collections
import re

from files import only, strip_c

WORD = re.compile(r"\w+")
# What a program is handed by its folder: pytest's modules, statements that run in the order of their numbers.
FOUND_BY_FOLDER = re.compile(r"(^|/)(test_\w+\.py|conftest\.py|__\w+__\.py|\d\d_\w+\.sql)$")
COMPOSED = ("verify_",)  # statements that a program names by the rest of their names
DEFINED = re.compile(r"^(?!static|typedef)[a-zA-Z_][\w *]*?\b(\w+)(?:\(|\[| =|;)", re.M)
READERS = (".c", ".h", ".py", ".sh", ".sql", ".cmake", "CMakeLists.txt", ".md", ".yaml", "Dockerfile", "/run", ".ini")


def words_by_file(files):
    """Which files have a word."""
    places = collections.defaultdict(set)
    for path, text in only(files, *READERS).items():
        for word in WORD.findall(text):
            places[word].add(path)
    return places


def is_header_used(path, files):
    """Included by a file other than its own source."""
    own = path.removesuffix(".h") + ".c"
    including = re.compile(rf'#include "(?:[\w/]*/)?{re.escape(path.rsplit("/", 1)[-1])}"')
    return any(including.search(text) for other, text in only(files, ".c", ".h").items() if other not in (own, path))


def is_source_used(path, text, places, files):
    """A program, or what another source takes a function or an object of, or what is compiled by its own name."""
    names = set(DEFINED.findall(strip_c(text)))
    file = re.compile(rf"\b{re.escape(path.rsplit('/', 1)[-1])}\b")
    return (
        "main" in names
        or any(other.endswith(".c") for name in names for other in places[name] - {path})
        or any(file.search(text) for other, text in only(files, ".py", ".sh", ".cmake", "CMakeLists.txt").items())
    )


def is_named(path, places):
    """By its name in another file, or by the part of it that a program puts after a prefix."""
    stem = path.rsplit("/", 1)[-1].split(".")[0]
    name = next((stem.removeprefix(each) for each in COMPOSED if stem.startswith(each)), stem)
    return bool(set.intersection(*(places[word] for word in WORD.findall(name))) - {path})


def check_dead(files):
    places = words_by_file(files)
    for path, text in only(files, ".c", ".h", ".sql", ".py", ".sh").items():
        if FOUND_BY_FOLDER.search(path):
            continue
        is_used = (
            is_header_used(path, files) if path.endswith(".h")
            else is_source_used(path, text, places, files) if path.endswith(".c")
            else is_named(path, places)
        )
        if not is_used:
            yield f"{path}: no other file uses it"
