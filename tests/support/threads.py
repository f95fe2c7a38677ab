# SPDX-License-Identifier: Apache-2.0
"""The threads of a program: whether they have stopped, and one that stands still while the others go on, by ptrace from outside."""

import contextlib
import ctypes
import os
import re
import subprocess
from pathlib import Path

import pytest

SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
WALL = 0x40000000  # waitpid: threads too
KERNEL = ctypes.CDLL(None, use_errno=True)
KERNEL.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
KERNEL.ptrace.restype = ctypes.c_long


def ptrace(request, thread):
    if KERNEL.ptrace(request, thread, None, None) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def named(process, pattern):
    """Its threads whose whole name matches, in the order in which they began."""
    threads = sorted(int(each.name) for each in Path(f"/proc/{process}/task").iterdir())
    return [each for each in threads if re.fullmatch(pattern, Path(f"/proc/{process}/task/{each}/comm").read_text().strip())]


def are_stopped(process):
    """Whether all of its threads have stopped, or ended."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        states = [path.read_text().rpartition(")")[2].split()[0] for path in Path(f"/proc/{process}/task").glob("*/stat")]
        return all(state in "TtZX" for state in states)
    return False


@contextlib.contextmanager
def stopped(thread):
    """Inside the block it stands still. All in one thread of ours, as the kernel asks of who traces."""
    ptrace(SEIZE, thread)
    try:
        ptrace(INTERRUPT, thread)
        os.waitpid(thread, WALL)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):  # ended meanwhile
            ptrace(DETACH, thread)


@contextlib.contextmanager
def stopped_by_name(process, name):
    """The same for a thread of this name; of several, such as a sanitizer's own, the first."""
    thread = named(process.child.pid, re.escape(name))[0]
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(stopped(thread))
        except OSError as error:
            pytest.skip(f"no thread can be stopped alone here: {error}")
        yield


def may_trace():
    """Whether this machine lets us."""
    with subprocess.Popen(["sleep", "60"]) as child:
        try:
            with stopped(child.pid):
                return True
        except OSError:
            return False
        finally:
            child.kill()
