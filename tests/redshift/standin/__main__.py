# SPDX-License-Identifier: Apache-2.0
"""python -m standin --port-file FILE: listens on a free port of loopback until SIGTERM, or until its parent is gone."""

import argparse
import ctypes
import itertools
import os
import signal
import sys

import duckdb
from buenavista import postgres
from buenavista.backends.duckdb import DuckDBConnection

from . import copying
from .catalog import Catalog
from .judge import Judge
from .locks import Locks
from .session import Session

PR_SET_PDEATHSIG = 1
PARAMETERS = {
    "server_version": "8.0.2", "server_encoding": "UNICODE", "client_encoding": "UTF8", "DateStyle": "ISO, MDY", "integer_datetimes": "on",
}  # and no standard_conforming_strings: libpq doubles backslashes


class Server(DuckDBConnection):
    """What the sessions share."""

    def __init__(self, options):
        database = duckdb.connect()
        super().__init__(database)
        self.judge, self.locks, self.store = Judge(options.judged), Locks(), copying.Store()
        self.processes, self.queries, self.by_pid = itertools.count(1000), itertools.count(100), {}
        missing = dict(each.split("=") for each in options.without)
        self.is_traced, self.hold = options.trace, options.hold
        self.catalog = Catalog(database, self.locks, lambda: list(self.by_pid.values()), options.slices, missing)

    def parameters(self):
        return PARAMETERS

    def new_session(self):
        return Session(self.db.cursor(), self)

    def next_query(self):
        return next(self.queries)

    def terminate(self, pid):
        session = self.by_pid.get(pid)
        if session:
            session.terminate()
        return 1 if session else 0


class Handler(postgres.BuenaVistaHandler):
    def handle_startup(self, conn):
        context = super().handle_startup(conn)
        if context and not context.session.pid:
            session = context.session
            session.pid = context.process_id = next(conn.processes)
            session.handler = self
            conn.by_pid[session.pid] = session
        return context

    def handle(self):
        """Whatever ends the session, its transaction and its locks end with it."""
        try:
            super().handle()
        except OSError:
            pass  # the client is gone
        finally:
            for pid, session in list(self.server.conn.by_pid.items()):
                if session.handler is self:
                    del self.server.conn.by_pid[pid]
                    session.close()

    def send_error(self, exc, ctx=None):
        """With severity and SQLSTATE, which libpq wants."""
        fields = [(b"S", "ERROR"), (b"C", getattr(exc, "state", "XX000")), (b"M", str(exc) or type(exc).__name__)]
        if getattr(exc, "detail", None):
            fields.append((b"D", exc.detail))
        body = b"".join(code + text.encode() + b"\0" for code, text in fields) + b"\0"
        self.wfile.write(b"E" + (len(body) + 4).to_bytes(4, "big") + body)


def status_of(context):
    session = context.session
    return b"I" if not session.in_txn else b"E" if session.has_failed else b"T"


def parse(arguments):
    parser = argparse.ArgumentParser(prog="standin")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file", help="where the port is written once it listens")
    parser.add_argument("--judged", help="a line of JSON for each shape of statement, and what the judge says of it")
    parser.add_argument("--slices", type=int, default=2)
    parser.add_argument("--trace", action="store_true", help="print each statement, the session's number before it and what it failed of after it")
    parser.add_argument("--hold", metavar="FOLDER", help="while FOLDER has a file T-A, the COPY of task T's attempt A waits at its end, and T-A.held is there")
    parser.add_argument("--without", action="append", default=[], metavar="VIEW=SQLSTATE", help="a system view that is missing or denied")
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    postgres.BVContext.transaction_status = status_of
    postgres.BVTYPE_TO_PGTYPE[postgres.BVType.BOOL] = (16, lambda value: "t" if value else "f")
    user = os.environ.get("STANDIN_USER", "awsuser")
    password = os.environ.get("STANDIN_PASSWORD", "Passw0rd")
    server = postgres.BuenaVistaServer(("127.0.0.1", options.port), Server(options), auth={user: password})
    server.RequestHandlerClass = Handler
    server.daemon_threads = True
    if options.port_file:
        with open(options.port_file + ".new", "w", encoding="utf-8") as stream:
            stream.write(str(server.server_address[1]))
        os.rename(options.port_file + ".new", options.port_file)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
