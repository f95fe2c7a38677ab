# SPDX-License-Identifier: Apache-2.0
"""The events of the programs: what the source calls, and what docs/events.md says."""

import re
from collections import defaultdict

from support.fleet import REPOSITORY

PROGRAMS = {
    "coordinator": {"copyfleet"}, "worker": {"copyfleet-worker"},
    "common": {"copyfleet", "copyfleet-worker"},  # the log, of itself
}
CALL = re.compile(r"(?<!void )\blog_(?:event|write)\(")
FIELD = re.compile(r'LOG_(?:TEXT|NUMBER)(?:_IF)?\(\s*"(\w+)"')
ROW = re.compile(r"^\| `([\w.]+)` \| ([^|]+) \| ([^|]+) \|([^|]*)\|", re.M)


def arguments(text, start):
    """Of the call whose parenthesis opens just before start: its arguments, split at the commas of its own level."""
    found, depth, begin, is_quoted = [], 0, start, False
    for at in range(start, len(text)):
        character = text[at]
        if character == '"' and text[at - 1] != "\\":
            is_quoted = not is_quoted
        if is_quoted:
            continue
        if character in ",)" and depth == 0:
            found.append(text[begin:at].strip())
            begin = at + 1
            if character == ")":
                return found
        depth += (character in "({") - (character in ")}")
    raise AssertionError("a call without an end")


def fields_of(text, call, found):
    """Those in the call, or, where it names an array, those of the last such array before it."""
    if found[2:] == ["fields"]:
        begin = text.rindex("LogField fields[] = {", 0, call)
        return set(FIELD.findall(text[begin : text.index("};", begin)]))
    return set(FIELD.findall(" ".join(found[2:])))


def calls():
    """{event: (levels, programs, fields)} of all calls; name and level stand in each as they are."""
    events = defaultdict(lambda: (set(), set(), set()))
    for folder, its_programs in PROGRAMS.items():
        for path in sorted((REPOSITORY / folder).rglob("*.c")):
            text = path.read_text()
            for call in CALL.finditer(text):
                found = arguments(text, call.end())
                assert re.fullmatch(r'"[\w.]+"', found[1]), f"{path.name}: {found[1]} is no event's name"
                levels, programs, fields = events[found[1].strip('"')]
                levels |= {level.lower() for level in re.findall(r"\bLOG_(DEBUG|INFO|WARNING|ERROR)\b", found[0])}
                programs |= its_programs
                fields |= fields_of(text, call.start(), found)
    return {name: tuple(map(frozenset, event)) for name, event in events.items()}


def documented():
    """The same of the page's tables; an event has one row."""
    rows = ROW.findall((REPOSITORY / "docs" / "events.md").read_text())
    names = [name for name, *_ in rows]
    assert len(names) == len(set(names)), "an event has two rows"
    return {
        name: tuple(frozenset(re.findall(r"[\w-]+", re.sub(r"\([^)]*\)", "", cell))) - {"or"} for cell in (levels, programs, fields))
        for name, levels, programs, fields in rows
    }
