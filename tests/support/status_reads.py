# SPDX-License-Identifier: Apache-2.0
"""What people and programs read of a fleet by `copyfleet status`: its text at 80 and at 140 columns, its JSON and its exit code, at once.

A test of a row of docs/operating.md has the mark `operating` with the beginning of the row, and reads status before it provokes
what the row tells of, while it lasts, and afterwards."""

import contextlib
import functools
import json
import os
import pty
import re
import signal
import subprocess
import termios

from support.fleet import BUILD, WAIT_S, sanitizer_reports, wait_until

# The members of the JSON that wait for a person, as docs/status.md has them.
WAITS = ("processes", "unlisted", "services", "hung", "held", "transforms", "waiting", "circling")
CALM = "Nothing waits for a person."
WIDTHS = (80, 140)


def on_a_screen(fleet, columns, *options):
    """What a terminal of so many columns gets, and how the command ended: by SIGINT after a page, if it has options."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    child = subprocess.Popen([BUILD / "copyfleet", "status", *options], stdin=theirs, stdout=theirs, stderr=theirs, env=fleet.environment)
    os.close(theirs)
    text = b""
    with contextlib.suppress(OSError):  # at its end
        while not (options and text.count(b"\033[H") >= 2):
            text += os.read(ours, 65536)
    if options:
        child.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):
            while os.read(ours, 65536):
                continue
    code = child.wait(WAIT_S)
    os.close(ours)
    text = text.decode().replace("\r\n", "\n")
    fleet.problems += sanitizer_reports("copyfleet status on a terminal", text)
    return text, code


def on_one_line(text):
    """Without its folds, and with no number in it, since one may grow from a look to the next."""
    return re.sub(r"\d+", "#", " ".join(text.split()))


def assert_fits(text, columns):
    """A word that is wider than a line has one of its own, whole: it may be a name that somebody copies."""
    wide = [line for line in text.splitlines() if len(line) > columns and not re.fullmatch(r" *(?:(?:\d+\.|-|→) )?\S+", line)]
    assert not wide, f"the terminal would fold at {columns} columns: {wide}"


class Reading:
    """Not of one moment: `what_is_odd` says what does not agree, which may be so for a moment if something has just changed. The screens are
    drawn for who asks for them: most looks end with the JSON, which does not tell yet what is waited for."""

    def __init__(self, fleet):
        self.fleet = fleet
        done = fleet.copyfleet("status", "--format", "json", expect=None)
        self.json_code, self.sentence = done.returncode, done.stderr
        self.json = json.loads(done.stdout) if done.stdout else {}
        self.rows = [row for name in WAITS for row in self.json.get(name, ())]

    @functools.cached_property
    def screens(self):
        return [on_a_screen(self.fleet, columns) for columns in WIDTHS]

    @property
    def texts(self):
        return [text for text, _ in self.screens]

    @property
    def code(self):
        return self.json_code if all(code == self.json_code for _, code in self.screens) else None

    def what_is_odd(self):
        """How verdict, texts, JSON and exit code differ; None if they say the same, with each reason and remedy whole."""
        if self.code not in (0, 1) or self.code != (1 if self.rows else 0):
            return f"exit code {self.code}, {self.sentence}{self.rows}"
        count = len(self.rows)
        verdict = f"{count} thing{'s wait' if count > 1 else ' waits'} for a person:" if count else CALM
        for text, columns in zip(self.texts, WIDTHS):
            if not text.startswith(verdict + "\n"):
                return f"{verdict!r} is not what comes first: {text}"
            assert_fits(text, columns)
            whole = on_one_line(text.split("\n\n")[0])
            for row in self.rows:
                reason = (row.get("reason") or "").replace(f"{row.get('object')}: ", "", 1)  # which is named before
                if on_one_line(reason) not in whole:
                    return f"the reason of {row} is not in {text}"
                if f"→ {on_one_line(row['what_to_do'])}" not in whole:
                    return f"the remedy of {row} is not in {text}"
        return None

    def tells(self, part, words, says):
        """Whether a row of the part has these words, and both texts those, in what waits for a person."""
        has_row = any(all(word in " ".join(map(str, row.values())) for word in words) for row in self.json.get(part, ()))
        if not has_row:
            return False
        heads = [" ".join(text.split("\n\n")[0].split()) for text in self.texts]
        return all(word in head for head in heads for word in (*words, *says))


def read_until(fleet, condition, what):
    """The reading for which it is so."""
    seen = []

    def look():
        seen[:] = [Reading(fleet)]
        return seen[0] if condition(seen[0]) and not seen[0].what_is_odd() else None

    try:
        return wait_until(look, what=what)
    except AssertionError as error:
        raise AssertionError(f"{error}: {seen[0].what_is_odd()}\n{seen[0].texts[0]}{seen[0].sentence}{seen[0].rows}") from None


def assert_calm(fleet):
    """Nothing waits for a person."""
    reading = Reading(fleet)
    assert reading.code == 0 and not reading.what_is_odd(), f"{reading.what_is_odd()}: {reading.texts[0]}"
    return reading


def wait_for_calm(fleet):
    return read_until(fleet, lambda reading: not reading.rows and reading.code == 0, "nothing waits for a person")


def wait_until_told(fleet, part, *words, says=()):
    """Until a row of this member of the JSON has the words, which both texts have too, beside what their sentence says. Ends with 1."""
    return read_until(fleet, lambda reading: reading.tells(part, words, says), f"{words} in {part}")


def assert_refused(fleet, *words, code=3):
    """It tells nothing but one sentence, which says what to do; with 2 that and the mistake in the configuration, a line each."""
    reading = Reading(fleet)
    assert reading.code == code and not reading.json, reading.texts
    for said in (reading.sentence, *reading.texts):
        assert said.count("\n") == {2: 2, 3: 1}[code] and said.splitlines()[-1].startswith("copyfleet: "), said
        assert all(word in said for word in words), said
