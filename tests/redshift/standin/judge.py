# SPDX-License-Identifier: Apache-2.0
"""Whether a statement is Redshift's SQL: sqlfluff's redshift dialect says so, and a list of what it lets pass all the same.

Every shape of statement, its literals and numbers left out, is judged once and noted in the journal, so that a test can say what was
judged. A verdict takes half a second, so the stand-ins that share a journal share its verdicts too."""

import json
import os
import re
import threading

from sqlfluff.core import Linter

LITERAL = re.compile(r"'(?:[^'\\]|\\.|'')*'", re.S)

# What Redshift has not: https://docs.aws.amazon.com/redshift/latest/dg/c_unsupported-postgresql-features.html and
# c_unsupported-postgresql-functions.html; what commits where a transaction is meant to go on.
REFUSED = {
    r"^\s*CREATE\s+(UNIQUE\s+)?INDEX\b": "CREATE INDEX",
    r"^\s*(LISTEN|NOTIFY|SAVEPOINT|PREPARE\s+TRANSACTION)\b": "LISTEN, NOTIFY, SAVEPOINT or two-phase commit",
    r"\bFOR\s+(NO\s+KEY\s+)?(UPDATE|SHARE)\b(?!\s+OF\s*')": "FOR UPDATE",
    r"\bSKIP\s+LOCKED\b|\bNOWAIT\b": "SKIP LOCKED or NOWAIT",
    r"\bON\s+CONFLICT\b": "ON CONFLICT",
    r"\bRETURNING\b": "RETURNING",
    r"\bDISTINCT\s+ON\b": "DISTINCT ON",
    r"\bFILTER\s*\(\s*WHERE\b": "FILTER",
    r"\bLATERAL\b": "LATERAL",
    r"\bIS\s+(NOT\s+)?DISTINCT\s+FROM\b": "IS DISTINCT FROM",
    r"\bON\s+COMMIT\b": "ON COMMIT",
    r"\bpg_temp\.": "the schema pg_temp by name",
    r"\b(ANY|ALL)\s*\(\s*(ARRAY|\()": "arrays",
    r"\b(clock_timestamp|statement_timestamp|gen_random_uuid|concat_ws|format|array_agg|string_agg|pg_advisory\w*|pg_try_advisory\w*|hashtextextended"
    r"|to_regclass|starts_with|jsonb?_\w+)\s*\(": "that function",
    r"^\s*WITH\b(?=[\s\S]*\bAS\s*\(\s*(INSERT|UPDATE|DELETE)\b)": "data-modifying WITH",
    r"^\s*UPDATE\s+[\w.\"]+\s+(AS\s+)?(?!SET\b)\w+\s+SET\b": "an alias for the target of UPDATE",
    r"^\s*DELETE\s+FROM\s+[\w.\"]+\s+(AS\s+)?(?!USING\b|WHERE\b)\w+\s*(USING|WHERE)\b": "an alias for the target of DELETE",
    r"\bFROM\s+STDIN\b": "COPY FROM STDIN",
    r"\bIN\s+(ACCESS|ROW|SHARE|EXCLUSIVE)\b[\w\s]*\bMODE\b": "modes of LOCK",
}
REFUSALS = [(re.compile(pattern, re.I), name) for pattern, name in REFUSED.items()]


class Judge:
    def __init__(self, journal=None):
        self.linter, self.guard, self.verdicts, self.journal, self.read_to = Linter(dialect="redshift"), threading.Lock(), {}, journal, 0

    def verdict(self, sql):
        """Why the statement is none; None if it is one."""
        bare = LITERAL.sub("''", sql)
        shape = re.sub(r"\s+", " ", re.sub(r"\b\d+\b", "0", bare)).strip()
        with self.guard:
            if shape not in self.verdicts:
                self.read_journal()
            if shape not in self.verdicts:
                self.verdicts[shape] = self.examine(sql, bare)
                self.note(shape)
            return self.verdicts[shape]

    def read_journal(self):
        """What others have judged since the last look. A line that is not complete yet is left for the next look."""
        if self.journal and os.path.exists(self.journal):
            with open(self.journal, "rb") as stream:
                stream.seek(self.read_to)
                lines = stream.read().rpartition(b"\n")[0]
            self.read_to += len(lines) + bool(lines)
            for each in map(json.loads, lines.splitlines()):
                self.verdicts[each["shape"]] = each["why"]

    def note(self, shape):
        """One write, so that the lines of several processes do not mix."""
        if self.journal:
            with open(self.journal, "ab", buffering=0) as stream:
                stream.write(json.dumps({"shape": shape, "why": self.verdicts[shape]}).encode() + b"\n")

    def examine_whole(self, sql):
        return self.examine(sql, LITERAL.sub("''", sql))

    def examine(self, sql, bare):
        for pattern, name in REFUSALS:
            if pattern.search(bare):
                return f"Redshift has no {name}"
        violations = self.linter.parse_string(sql.rstrip("; \n") + ";\n").violations
        return violations[0].desc()[:300] if violations else None
