# SPDX-License-Identifier: Apache-2.0
"""What stands between copyfleet and AWS's stand-ins: it passes requests on as they are, and loses the answer that it is told to.

Redshift Serverless's requests go to serverless.py, all others to moto. Each request is kept, so that a test can read what was
sent."""

import contextlib
import http.client
import http.server
import re
import threading
import urllib.parse
from dataclasses import dataclass

from support.fleet import WAIT_S

SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")


@dataclass
class Request:
    service: str  # as it is signed
    action: str
    body: str

    @property
    def form(self):
        return dict(urllib.parse.parse_qsl(self.body, keep_blank_values=True, strict_parsing=True))


def read_request(headers, body):
    service, text = SCOPE.search(headers["Authorization"])[1], body.decode()
    target = headers.get("X-Amz-Target")
    action = target.rpartition(".")[2] if target else dict(urllib.parse.parse_qsl(text))["Action"]
    return Request(service, action, text)


class Gate:
    """lose=3: the third request is carried out, and the connection closed within the answer, at once, or where `holds` is set when
    the test says go_on(). refuse(request) may give a status and a text, and then nobody is asked; say(request, text) may change
    what an answer says."""

    def __init__(self, moto_url, serverless, lose=None, holds=False, refuse=None, say=None):
        target = urllib.parse.urlsplit(moto_url)
        self.moto, self.serverless = (target.hostname, target.port), serverless
        self.lose, self.holds, self.refuse, self.say = lose, holds, refuse, say
        self.requests, self.lock = [], threading.Lock()
        self.has_lost, self.may_go_on = threading.Event(), threading.Event()
        gate = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                gate.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        self.go_on()
        self.server.shutdown()
        self.server.server_close()

    def go_on(self):
        self.may_go_on.set()

    def actions(self):
        return [f"{each.service}:{each.action}" for each in self.requests]

    def answer(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        request = read_request(handler.headers, body)
        with self.lock:
            self.requests.append(request)
            is_lost = len(self.requests) == self.lose
        is_serverless = request.service == "redshift-serverless"
        status, text = (self.refuse and self.refuse(request)) or (self.serverless.carry_out if is_serverless else self.ask_moto)(
            handler.headers, body
        )
        if is_lost:
            self.has_lost.set()
            if self.holds:
                self.may_go_on.wait(WAIT_S)
            handler.close_connection = True
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<")  # less, and libcurl would ask again by itself
            return
        text = self.say(request, text) if self.say else text
        with contextlib.suppress(ConnectionError):  # it was stopped
            handler.send_response(status)
            handler.send_header("Content-Type", "application/x-amz-json-1.1" if is_serverless else "text/xml")
            handler.send_header("Content-Length", str(len(text)))
            handler.end_headers()
            handler.wfile.write(text)

    def ask_moto(self, headers, body):
        connection = http.client.HTTPConnection(*self.moto, timeout=WAIT_S)
        connection.putrequest("POST", "/", skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        with contextlib.closing(connection):
            return answer.status, answer.read()
