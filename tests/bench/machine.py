# SPDX-License-Identifier: Apache-2.0
"""The machine that a figure was measured on, what runs on it, and how busy others keep it."""

import contextlib
import os
import platform
import subprocess
import time
from pathlib import Path

SAMPLE_S = 0.5  # long enough to tell a busy processor from an idle one


def processor_times():
    """(busy, all) in ticks since the start of the machine."""
    with open("/proc/stat", encoding="ascii") as file:
        times = [int(word) for word in file.readline().split()[1:9]]
    return sum(times) - times[3] - times[4], sum(times)


def load():
    """Load average of a minute, and how many processors are busy now, while the benchmark itself waits."""
    busy, whole = processor_times()
    time.sleep(SAMPLE_S)
    busy_after, whole_after = processor_times()
    share = (busy_after - busy) / max(whole_after - whole, 1)
    return {"average": round(os.getloadavg()[0], 2), "busy": round(share * os.cpu_count(), 2)}


def processor_s(parent):
    """Seconds that a process and its children have worked, those that it waited for too."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            words = path.read_text(encoding="utf-8").rpartition(")")[2].split()
            if path.parent.name == str(parent):
                ticks += sum(map(int, words[11:15]))
            elif words[1] == str(parent):
                ticks += sum(map(int, words[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def field(path, name):
    with open(path, encoding="utf-8") as file:
        return next((line.split(":", 1)[1].strip() for line in file if line.startswith(name)), "unknown")


def first_line(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip().split("\n")[0]


def describe(build):
    return {
        "processor": field("/proc/cpuinfo", "model name"),
        "processors": os.cpu_count(),
        "memory_gb": round(int(field("/proc/meminfo", "MemTotal").split()[0]) / 1e6, 1),
        "system": f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux {platform.release()}",
        "copyfleet": first_line(build / "copyfleet", "--version"),
        "commit": first_line("git", "-c", "safe.directory=*", "describe", "--always", "--dirty"),
        "python": platform.python_version(),
        "psql": first_line("psql", "--version"),
        "curl": first_line("curl", "--version"),
        "java": first_line("java", "-version"),
    }
