# SPDX-License-Identifier: Apache-2.0
"""What the stand-in says no with."""


class ServerError(Exception):
    """A SQLSTATE, a message, and a detail, as libpq takes them apart."""

    def __init__(self, state, message, detail=None):
        super().__init__(message)
        self.state, self.message, self.detail = state, message, detail


def conflict():
    """https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation-serializable-isolation-troubleshooting.html"""
    return ServerError("XX000", "1023", "Serializable isolation violation on table - 100, transactions forming the cycle are: 1, 2 (pid:3)")
