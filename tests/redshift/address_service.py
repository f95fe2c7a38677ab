# SPDX-License-Identifier: Apache-2.0
"""The service that tells who asks it which address it has."""

import contextlib
import socket
import ssl
import subprocess
import threading


class AddressService:
    """checkip.amazonaws.com, as it is reached through a proxy: CONNECT, then TLS with a certificate of our own."""

    def __init__(self, folder, answer):
        self.folder, self.answer, self.asked = folder, answer, []
        self.certificate, key = folder / "checkip.pem", folder / "checkip.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", self.certificate, "-days", "2",
             "-subj", "/CN=checkip.amazonaws.com", "-addext", "subjectAltName=DNS:checkip.amazonaws.com"],
            check=True, capture_output=True,
        )
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self.listener.accept()
                with client, client.makefile("rb") as lines, contextlib.suppress(OSError):
                    self.asked.append(self.read_head(lines).split()[1])
                    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    with self.context.wrap_socket(client, server_side=True) as inside, inside.makefile("rb") as request:
                        self.read_head(request)
                        inside.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(self.answer)}\r\n\r\n{self.answer}".encode())

    @property
    def environment(self):
        """So that copyfleet asks this one."""
        return {"https_proxy": self.url, "no_proxy": "127.0.0.1", "AWS_CA_BUNDLE": str(self.certificate)}

    @staticmethod
    def read_head(lines):
        first = lines.readline().decode()
        while lines.readline().strip():
            pass
        return first

    def close(self):
        self.listener.close()
