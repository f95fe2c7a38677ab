# SPDX-License-Identifier: Apache-2.0
"""LOCK: a table is one session's, for others' reads and writes too, until its transaction ends."""

import re
import threading
import time

from .errors import ServerError


class Locks:
    def __init__(self):
        self.changed, self.holders = threading.Condition(), {}

    def take(self, name, session, timeout_ms):
        with self.changed:
            self.wait(name, session, timeout_ms)
            self.holders[name] = session

    def pass_by(self, sql, session, timeout_ms):
        """Waits until no table that the statement names is locked by somebody else."""
        with self.changed:
            for name in [name for name in self.holders if re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", sql)]:
                self.wait(name, session, timeout_ms)

    def wait(self, name, session, timeout_ms):
        """57014 where a statement_timeout is over before. A session that was ended meanwhile gets nothing."""
        until = time.monotonic() + timeout_ms / 1000 if timeout_ms else None
        while self.holders.get(name, session) is not session:
            if session.is_ended:
                raise ServerError("57P01", "terminating connection due to administrator command")
            if until and time.monotonic() > until:
                raise ServerError("57014", "Query cancelled on user's request")
            self.changed.wait(0.05)

    def free(self, session):
        with self.changed:
            for name in [name for name, holder in self.holders.items() if holder is session]:
                del self.holders[name]
            self.changed.notify_all()

    def held(self):
        with self.changed:
            return dict(self.holders)
