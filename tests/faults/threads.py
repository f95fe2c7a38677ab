# SPDX-License-Identifier: Apache-2.0
"""One thread of a program that stands still while its other threads go on: by ptrace, from outside."""

import contextlib
import ctypes
import os
import subprocess
from pathlib import Path

SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
WALL = 0x40000000  # waitpid: threads too
KERNEL = ctypes.CDLL(None, use_errno=True)
KERNEL.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
KERNEL.ptrace.restype = ctypes.c_long


def ptrace(request, thread):
    if KERNEL.ptrace(request, thread, None, None) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def own_threads(process):
    """In the order in which they began: a worker's executors, then its heartbeat. Not the first one, nor librdkafka's, which
    have names of their own."""
    name = Path(f"/proc/{process}/comm").read_text()
    threads = sorted(int(each.name) for each in Path(f"/proc/{process}/task").iterdir())
    return [each for each in threads if each != process and Path(f"/proc/{process}/task/{each}/comm").read_text() == name]


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
