# SPDX-License-Identifier: Apache-2.0
"""Python packages of the other side, from PyPI, in a folder of their own below the user's cache."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from record import Skipped


def install(*names):
    """The folder that has them, for PYTHONPATH; it gets its name when it is complete."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "copyfleet"
    folder = cache / f"bench-{hashlib.sha256(' '.join(names).encode()).hexdigest()[:12]}"
    if folder.is_dir():
        return str(folder)
    cache.mkdir(parents=True, exist_ok=True)
    partial = tempfile.mkdtemp(prefix=".bench-", dir=cache)
    command = ["/usr/bin/python3", "-m", "pip", "install", "-q", "--no-deps", "--target", partial, *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(partial)
        raise Skipped(f"pip cannot get {' '.join(names)}: {(done.stderr or done.stdout).strip().splitlines()[-1]}")
    os.rename(partial, folder)
    return str(folder)
