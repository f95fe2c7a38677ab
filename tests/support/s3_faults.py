# SPDX-License-Identifier: Apache-2.0
"""A server's bad days: proxies in front of the real one that refuse, reset, stall, hold, or answer in its place."""

import contextlib
import fcntl
import re
import socket
import struct
import termios
import threading
import time
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials
from support.fleet import WAIT_S, wait_until

HEAD_MAX = 65536
DRIP_GAP_S, DRIPS_MAX = 0.2, 600
RESET = struct.pack("ii", 1, 0)  # SO_LINGER with no time: close() sends RST
REASONS = {
    400: "Bad Request", 403: "Forbidden", 404: "Not Found", 412: "Precondition Failed", 500: "Internal Server Error",
    503: "Service Unavailable",
}


def reset(connection):
    """Even if another thread still reads from it."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RD)
    connection.close()


def unsent(connection):
    """Bytes that the peer's kernel has not got: a reset would drop them."""
    return struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, b"\0" * 4))[0]


class Cut:
    """Passes bytes on both ways. While it is cut, who connects is reset at once; while it is down, nobody listens."""

    def __init__(self, host, port):
        self.target = (host, int(port))
        self.listener, self.thread, self.port = None, None, 0
        self.open, self.lock = set(), threading.Lock()
        self.is_cut, self.turned_away = False, 0
        self.listen()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.go_down()

    def listen(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.accept, args=(self.listener,), daemon=True)
        self.thread.start()

    def go_down(self):
        """Nobody listens any more, and what is open is reset."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(WAIT_S)
        self.listener.close()
        self.reset_all()

    def come_up(self):
        self.listen()

    def cut(self):
        self.is_cut = True
        self.reset_all()

    def mend(self):
        self.is_cut = False

    def wait_for_knocks(self, count):
        """Until so many connections more were turned away: whoever makes them waits the outage out."""
        until = self.turned_away + count
        wait_until(lambda: self.turned_away >= until, what=f"{count} connections are turned away")

    def reset_all(self):
        with self.lock:
            connections, self.open = self.open, set()
        for connection in connections:
            reset(connection)

    def accept(self, listener):
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = listener.accept()
                if self.is_cut:
                    self.turned_away += 1
                    reset(client)
                    continue
                with self.lock:
                    self.open.add(client)
                threading.Thread(target=self.serve_and_close, args=(client,), daemon=True).start()

    def serve_and_close(self, client):
        with contextlib.suppress(OSError):
            self.serve(client)
        with self.lock:
            self.open.discard(client)
        client.close()

    def serve(self, client):
        with socket.create_connection(self.target) as server:
            threading.Thread(target=self.pump, args=(server, client), daemon=True).start()
            self.pump(client, server)

    @staticmethod
    def pump(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


class Request:
    """What was asked, and what came of it: `answer` is a status, or the name of what was done in its place."""

    def __init__(self, head):
        first, *lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = first.split(" ", 2)
        self.text = urllib.parse.unquote(self.target)
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        self.answer = None

    @property
    def first_byte(self):
        """Where its range begins; None if all is asked for."""
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("range", ""))
        return int(found.group(1)) if found else None


class Fault:
    """What happens to requests of `method` whose path or query matches `key`, `times` times after the first `skip`."""

    def __init__(self, kind, key="", method="GET", times=None, skip=0, before=None, **how):
        self.kind, self.key, self.method = kind, re.compile(key), method
        self.times, self.skip, self.before = times, skip, before
        self.how, self.count = how, 0
        self.has_struck, self.may_go_on = threading.Event(), threading.Event()

    def takes(self, request):
        if not re.fullmatch(self.method, request.method) or not self.key.search(request.text) or self.times == 0:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times = None if self.times is None else self.times - 1
        self.count += 1
        return True

    def wait_for(self, count=1):
        wait_until(lambda: self.count >= count, what=f"{self.kind} of {self.key.pattern!r} {count} times")

    def wait_for_strike(self):
        assert self.has_struck.wait(WAIT_S), f"no {self.kind} of {self.key.pattern!r}"

    def go_on(self):
        self.may_go_on.set()


class S3Faults(Cut):
    """In front of the S3 server. The Host that was signed is passed on, so its signatures hold. The tests' server takes no
    session tokens; with the environment of its credentials, requests that have one are signed again without."""

    def __init__(self, url, credentials=None):
        target = urllib.parse.urlsplit(url)
        self.faults, self.requests, self.credentials = [], [], credentials
        super().__init__(target.hostname, target.port)
        self.url = f"http://127.0.0.1:{self.port}"

    def __exit__(self, *exception):
        self.clear()
        super().__exit__(*exception)

    def add(self, kind, **options):
        fault = Fault(kind, **options)
        with self.lock:
            self.faults.append(fault)
        return fault

    def answer(self, status, code="", more="", **match):
        """A refusal in place of the server's answer, as S3 writes it; more: elements that it has besides."""
        return self.add("answer", status=status, code=code, more=more, **match)

    def reset(self, after=0, **match):
        """RST after so many bytes of the body; before: a function to be called then."""
        return self.add("reset", after=after, **match)

    def stall(self, after=0, **match):
        """Silence after so many bytes of the body, until the client gives up."""
        return self.add("stall", after=after, **match)

    def drip(self, after=0, **match):
        """Some bytes a second after so many of the body."""
        return self.add("drip", after=after, **match)

    def hold(self, after=0, **match):
        """Silence after so many bytes of the body, until go_on()."""
        return self.add("hold", after=after, **match)

    def silence(self, **match):
        """No answer at all, until the client gives up."""
        return self.add("silence", **match)

    def clear(self):
        """From now on all passes."""
        with self.lock:
            faults, self.faults = self.faults, []
        for fault in faults:
            fault.go_on()

    def gets(self, key):
        """The GET requests of that object, in order."""
        return [request for request in list(self.requests) if request.method == "GET" and re.search(key, request.text)]

    def serve(self, client):
        """One request a connection."""
        head, body = read_head(client)
        if not head:
            return
        request = Request(head)
        with self.lock:
            fault = next((each for each in self.faults if each.takes(request)), None)
            self.requests.append(request)
        request.answer = fault.kind if fault else "passed"
        if fault and fault.kind == "answer":
            strike(fault)
            client.sendall(refusal(request, **fault.how))
            return
        if fault and fault.kind == "silence":
            strike(fault)
            client.settimeout(WAIT_S)
            client.recv(1)
            return
        if self.credentials and "x-amz-security-token" in request.headers:
            head = sign_anew(request, self.credentials)
        with socket.create_connection(self.target) as server:
            server.sendall(head[:-2] + b"Connection: close\r\n\r\n")
            pass_body(client, server, body, int(request.headers.get("content-length", 0)))
            pass_answer(server, client, fault)


def strike(fault):
    if fault.before:
        fault.before()
    fault.has_struck.set()


def read_head(connection):
    """Up to and with the empty line, and what came of the body, which manifests alone have."""
    data = b""
    while b"\r\n\r\n" not in data and len(data) < HEAD_MAX:
        more = connection.recv(HEAD_MAX)
        if not more:
            return b"", b""
        data += more
    head, end, body = data.partition(b"\r\n\r\n")
    return head + end, body


def pass_body(client, server, body, length):
    server.sendall(body)
    left = length - len(body)
    while left > 0 and (data := client.recv(left)):
        server.sendall(data)
        left -= len(data)


def sign_anew(request, credentials):
    """Its head, signed by these, and without a token."""
    dropped = ("authorization", "x-amz-security-token", "x-amz-date")
    kept = {name: value for name, value in request.headers.items() if name not in dropped}
    signed = botocore.awsrequest.AWSRequest(request.method, f"http://{kept['host']}{request.target}", headers=kept)
    keys = botocore.credentials.Credentials(credentials["AWS_ACCESS_KEY_ID"], credentials["AWS_SECRET_ACCESS_KEY"])
    botocore.auth.S3SigV4Auth(keys, "s3", credentials["AWS_REGION"]).add_auth(signed)
    lines = [f"{request.method} {request.target} HTTP/1.1", *(f"{name}: {value}" for name, value in signed.headers.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def refusal(request, status, code, more):
    body = b""
    if code and request.method != "HEAD":
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>The tests said so.</Message>'
            f"<RequestId>{time.monotonic_ns()}</RequestId>{more}</Error>"
        ).encode()
    head = f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body


def pass_answer(server, client, fault):
    """The server's answer, to its end or as far as the fault lets it through."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = server.recv(65536)
        if not more:
            return
        data += more
    head, body = data[: data.index(b"\r\n\r\n") + 4], data[data.index(b"\r\n\r\n") + 4 :]
    client.sendall(head)
    left = fault.how["after"] if fault else None
    while left is None or len(body) < left:
        client.sendall(body)
        left = None if left is None else left - len(body)
        body = server.recv(65536)
        if not body:
            return
    client.sendall(body[:left])
    strike(fault)
    if fault.kind == "reset":
        wait_until(lambda: unsent(client) == 0, what="the client has taken all that comes before the reset")
        reset(client)
    elif fault.kind == "stall":
        client.settimeout(WAIT_S)
        client.recv(1)
    elif fault.kind == "drip":
        drip(server, client, body[left:])
    else:
        fault.may_go_on.wait(WAIT_S)
        client.sendall(body[left:])
        Cut.pump(server, client)


def drip(server, client, rest):
    for _ in range(DRIPS_MAX):
        rest = rest or server.recv(65536)
        client.sendall(rest[:1])
        rest = rest[1:]
        time.sleep(DRIP_GAP_S)
