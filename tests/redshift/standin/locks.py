# SPDX-License-Identifier: Apache-2.0
"""LOCK: one session at a time, until its transaction ends."""

import threading
import time

from .errors import ServerError


class Locks:
    def __init__(self):
        self.changed, self.holders = threading.Condition(), {}

    def take(self, name, session, timeout_ms):
        """Waits; 57014 where a statement_timeout is over before. A session that was ended meanwhile gets nothing."""
        until = time.monotonic() + timeout_ms / 1000 if timeout_ms else None
        with self.changed:
            while self.holders.get(name, session) is not session:
                if session.is_ended:
                    raise ServerError("57P01", "terminating connection due to administrator command")
                if until and time.monotonic() > until:
                    raise ServerError("57014", "Query cancelled on user's request")
                self.changed.wait(0.05)
            self.holders[name] = session

    def free(self, session):
        with self.changed:
            for name in [name for name, holder in self.holders.items() if holder is session]:
                del self.holders[name]
            self.changed.notify_all()

    def held(self):
        with self.changed:
            return dict(self.holders)
