# SPDX-License-Identifier: Apache-2.0
"""A terminal of our own: a pseudo-terminal with a program on it, and what a person would see there.

It understands what copyfleet writes and nothing else, so that anything else is a failure. As most terminals do, it folds a line that is
longer than it is wide, and folds all of them again when its width changes; it forgets no line that scrolled away."""

import fcntl
import os
import re
import struct
import subprocess
import termios
import threading

from support.fleet import BUILD, STOP_S, WAIT_S, sanitizer_reports, wait_until

SEQUENCE = re.compile(r"\x1b\[(\?7[lh]|\d*[AJKm])")


class Screen:
    def __init__(self, width):
        self.width, self.folds = width, True
        self.lines, self.row, self.column = [""], 0, 0  # the cursor's line and place in it

    def rows_above(self, index):
        """Of the screen, that this line takes."""
        return max(1, -(-len(self.lines[index]) // self.width))

    def up(self, count):
        """By rows of the screen; the cursor is at a line's beginning then, as all that we write has it."""
        while count > 0 and self.row > 0:
            self.row -= 1
            count -= self.rows_above(self.row)

    def put(self, character):
        line = self.lines[self.row]
        if not self.folds and self.column >= self.width:
            self.column = self.width - 1
        self.lines[self.row] = line[: self.column].ljust(self.column) + character + line[self.column + 1 :]
        self.column += 1

    def obey(self, sequence):
        number = int(sequence[:-1]) if sequence[:-1].isdigit() else 0
        if sequence[0] == "?":
            self.folds = sequence[-1] == "h"
        elif sequence[-1] == "A":
            self.up(number or 1)
        elif sequence[-1] in "JK":
            self.lines[self.row] = self.lines[self.row][: self.column]
            if sequence[-1] == "J":
                del self.lines[self.row + 1 :]

    def feed(self, text):
        """The rest, which is the beginning of a sequence."""
        at = 0
        while at < len(text):
            character = text[at]
            if character == "\x1b":
                found = SEQUENCE.match(text, at)
                if not found:
                    assert len(text) - at < 8, f"an unknown sequence: {text[at : at + 20]!r}"
                    return text[at:]
                self.obey(found[1])
                at = found.end()
                continue
            if character == "\r":
                self.column = 0
            elif character == "\n":
                self.row += 1
                if self.row == len(self.lines):
                    self.lines.append("")
            else:
                assert character >= " ", f"a control character: {character!r}"
                self.put(character)
            at += 1
        return ""


class Terminal:
    """`copyfleet ARGUMENTS` on a terminal so wide and high, with the session and the foreground of its own that Ctrl-C needs."""

    def __init__(self, fleet, *arguments, width=120, height=40, environment=None):
        self.fleet, self.screen, self.raw, self.rest = fleet, Screen(width), b"", ""
        self.height, self.lock, self.problem = height, threading.Lock(), None
        self.master, slave = os.openpty()
        self.resize(width)
        given = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"} | (environment or {})
        kept = {key: value for key, value in fleet.environment.items() if key != "NO_COLOR"}
        self.child = subprocess.Popen(
            [BUILD / "copyfleet", *arguments], stdin=slave, stdout=slave, stderr=slave, env=kept | given, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.terminate()
        self.wait()
        os.close(self.master)
        self.fleet.problems += sanitizer_reports("copyfleet on a terminal", self.raw.decode(errors="replace"))

    def read(self):
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:  # EIO: nobody has the other end open any more
                return
            with self.lock:
                self.raw += data
                try:
                    # Characters are never cut: a write of copyfleet's is one of whole characters, unless the buffer was full.
                    self.rest = self.screen.feed(self.rest + data.decode())
                except (AssertionError, UnicodeDecodeError) as problem:
                    self.problem = problem
                    return

    def resize(self, width):
        with self.lock:
            self.screen.width = width
            fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", self.height, width, 0, 0))

    def type(self, text):
        os.write(self.master, text.encode())

    @property
    def lines(self):
        with self.lock:
            assert not self.problem, self.problem
            return [line.rstrip() for line in self.screen.lines]

    @property
    def cursor(self):
        with self.lock:
            return self.screen.row, self.screen.column

    def matching(self, pattern):
        return [line for line in self.lines if re.search(pattern, line)]

    def wait_for(self, pattern):
        """The lines that match, once there is one."""
        return wait_until(lambda: self.matching(pattern), what=lambda: f"{pattern!r} on the screen, which is\n" + "\n".join(self.lines) + "\n")

    def wait(self):
        """The exit code, when everything that was written has been read."""
        code = self.child.wait(WAIT_S + STOP_S)
        self.thread.join(WAIT_S)
        assert not self.thread.is_alive(), "somebody still has the terminal open"
        return code
