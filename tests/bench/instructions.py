#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the instructions of the decoder over 2 MB of events that are always the same (count_decode, under callgrind), and compares them with the
number in instructions.json. It fails if they are more than 5 % more, and also if they are more than 5 % fewer, so that what was won is not lost again
unseen.

Only the program's own instructions inside of decode_object count. Those of libc differ between processors, since its memcpy has a variant for each
kind. What compilers make of one source differs too, so the number is that of one compiler."""

import argparse
import json
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NUMBER = Path(__file__).with_suffix(".json")
TOLERANCE = 0.05
COST = re.compile(r"\d+ (\d+)")


def parse():
    parser = argparse.ArgumentParser(prog="tests/bench/instructions.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", type=Path, default=Path("build/gcc"), help="a build with the flags of release (%(default)s)")
    parser.add_argument("--update", action="store_true", help="write what was counted into instructions.json")
    parser.add_argument("--why-not", action="store_true", help="only print why it cannot count here; nothing: it can")
    return parser.parse_args()


def describe(program):
    """The compiler that built the program, for which processor."""
    built_by = subprocess.run([program], capture_output=True, text=True, check=True).stdout.strip()
    return f"{built_by} for {platform.machine()}"


def own_instructions(profile, program):
    """Those of a profile of callgrind that the program's own functions executed themselves."""
    total, is_own, is_call = 0, False, False
    for line in profile.splitlines():
        if line.startswith("ob="):
            is_own = line == f"ob={program}"
        elif line.startswith("calls="):
            is_call = True  # the next line has what the callee executed, which stands with the callee too
        elif found := COST.match(line):
            total += int(found[1]) if is_own and not is_call else 0
            is_call = False
    return total


def count(program):
    with tempfile.TemporaryDirectory(prefix="copyfleet-instructions-") as folder:
        profile = Path(folder) / "profile"
        options = ("--toggle-collect=decode_object", "--compress-strings=no", "--compress-pos=no", f"--callgrind-out-file={profile}")
        subprocess.run(["valgrind", "-q", "--tool=callgrind", *options, program, "count"], stdout=subprocess.DEVNULL, check=True)
        return own_instructions(profile.read_text(), program)


def judge(known, now):
    """What to do, in a sentence; None: nothing."""
    change = now / known - 1
    print(f"decode_object: {now:,} instructions, {change:+.1%} of the {known:,} in {NUMBER.name}")
    if abs(change) <= TOLERANCE:
        return None
    what = "The decoder has become slower: mend that, or" if change > 0 else "The decoder has become faster: so that it stays so,"
    return f"{what} run tests/bench/instructions.py --update, which writes {now:,} in place of {known:,}, and say why in the commit."


def main():
    options = parse()
    program, number = (options.build / "tests/bench/count_decode").resolve(), json.loads(NUMBER.read_text())
    built = describe(program)
    why = None if shutil.which("valgrind") else "valgrind is not here"
    if not why and built != number["built"] and not options.update:
        why = f"the number is that of {number['built']}, and this build is of {built}"
    if why or options.why_not:
        print(why or "", end="\n" if why else "")
        return None if options.why_not else 1
    now = count(program)
    if options.update:
        NUMBER.write_text(json.dumps({"built": built, "instructions": now}, indent=2) + "\n")
    return judge(number["instructions"] if not options.update else now, now)


if __name__ == "__main__":
    sys.exit(main())
