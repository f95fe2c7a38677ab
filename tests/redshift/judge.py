# SPDX-License-Identifier: Apache-2.0
"""judge.py FILE...: a line of JSON for each statement of the files, and why it is none of Redshift's; ends with 1 if there is one."""

import json
import re
import sys
from pathlib import Path

from standin.judge import Judge

# What the programs put into the places of a statement (warehouse/redshift/copy.c).
PLACES = {
    "schema": "public",
    "table": "staging_events", "manifest": "'s3://bucket/manifest'", "role": "'arn:aws:iam::123456789012:role/r'", "region": "'us-west-2'",
    "json": "'auto'", "timeformat": "'epochmillisecs'", "errors": "0", "compression": "GZIP",
    "counts": 'COUNT("a"), COUNT("b")', "rows": "(1, 2, 3, 4, 5, NULL, 'a', 'b')",
}
DEFINITIONS = {"load/table.sql": '"a" character varying(256) NOT NULL, "b" bigint'}


def statements(text):
    """Split at ';' outside of quotes and comments."""
    text, parts, part, quote = re.sub(r"--[^\n]*", "", text), [], "", None
    for character in text:
        if character == ";" and not quote:
            parts.append(part)
            part = ""
            continue
        quote = None if character == quote else quote or (character if character in "'\"" else None)
        part += character
    return [each.strip() for each in [*parts, part] if each.strip()]


def fill(name, statement):
    places = PLACES | {"columns": DEFINITIONS.get(name, '"a", "b"')}
    statement = re.sub(r"\$\d+", "'1'", statement)
    return re.sub(r"(?<![:\w]):([a-z_]+)\b", lambda found: places.get(found[1], found[0]), statement)


def main(paths):
    judge, has_refused = Judge(), False
    for path in map(Path, paths):
        for statement in statements(path.read_text(encoding="utf-8")):
            why = judge.examine_whole(fill("/".join(path.parts[-2:]), statement))
            has_refused = has_refused or bool(why)
            print(json.dumps({"file": path.name, "statement": statement, "why": why}))
    return 1 if has_refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
