# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy in front of a server, which holds what a test wants held."""

import contextlib
import socket
import threading
import urllib.parse

from support.fleet import WAIT_S


class StallingProxy:
    """Passes bytes on both ways; a request that contains `pattern` is held back until go_on()."""

    def __init__(self, url, pattern):
        target = urllib.parse.urlsplit(url)
        self.target, self.pattern = (target.hostname, target.port), pattern
        self.has_stalled, self.may_go_on = threading.Event(), threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.may_go_on.set()
        self.listener.close()

    def wait_for_stall(self):
        assert self.has_stalled.wait(WAIT_S), f"no request has {self.pattern}"

    def go_on(self):
        self.may_go_on.set()

    def accept(self):
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.target)
                for source, sink, is_request in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self.pump, args=(source, sink, is_request), daemon=True).start()

    def pump(self, source, sink, is_request):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if is_request and self.pattern in data:
                    self.has_stalled.set()
                    self.may_go_on.wait(WAIT_S)
                sink.sendall(data)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
