#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The house rules about names, sizes, dead files and words: "pass RULE", or "fail RULE: where" for each; exit 1 if one fails.

With --all it prints all that each rule finds, one a line; else the first few."""

import sys

import dead
import files
import names
import sizes
import statements
import words

RULES = {
    "public functions named after their file": names.check_prefixes,
    f"functions of at most {sizes.FUNCTION_LINES_MAX} lines": sizes.check_functions,
    f"files of at most {sizes.FILE_LINES_MAX} lines": sizes.check_files,
    "lines of at most 120 characters in C, 160 elsewhere": sizes.check_widths,
    "no dead files": dead.check_dead,
    "statements that are there": statements.check_statements,
    "plain words": words.check_words,
}
SHOWN = 5


def main():
    shown = None if "--all" in sys.argv[1:] else SHOWN
    repository, has_failed = files.read_repository(), False
    for rule, check in RULES.items():
        found = list(check(repository))
        has_failed |= bool(found)
        if not found:
            print(f"pass {rule}")
        elif shown:
            more = f"; and {len(found) - shown} more" if len(found) > shown else ""
            print(f"fail {rule}: {'; '.join(found[:shown])}{more}")
        else:
            print(f"fail {rule}: {len(found)}", *found, sep="\n    ")
    return has_failed


if __name__ == "__main__":
    sys.exit(main())
