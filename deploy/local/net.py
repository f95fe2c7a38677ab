#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What local.sh needs to know of the loopback: net.py ports COUNT prints them; exit 0 of
net.py owns PID PORT: that process listens there; of net.py kafka PORT, net.py http PORT: such a server answers."""

import glob
import os
import random
import socket
import struct
import sys

TIMEOUT_S = 2


def free_ports(count):
    """Below the kernel's ephemeral range (32768 on), so that no outgoing connection takes one before its server binds."""
    held = []
    while len(held) < count:
        candidate = socket.socket()
        try:
            candidate.bind(("127.0.0.1", random.randrange(20000, 32000)))
            held.append(candidate)
        except OSError:
            candidate.close()
    return [each.getsockname()[1] for each in held]


def receive(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise ConnectionError("closed by the server")
        data += piece
    return data


def kafka_answers(port):
    """A Metadata request, version 4: the broker lists itself once it is no longer fenced, later than its port opens."""
    header = struct.pack(">hhih", 3, 4, 1, -1)
    body = struct.pack(">ib", 0, 0)
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as connection:
        connection.sendall(struct.pack(">i", len(header) + len(body)) + header + body)
        (length,) = struct.unpack(">i", receive(connection, 4))
        _, _, brokers = struct.unpack(">iii", receive(connection, length)[:12])
        return brokers > 0


def http_answers(port):
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        return receive(connection, 5) == b"HTTP/"


def owns(pid, port):
    """By the inodes of its sockets; Java listens on IPv6, so both tables count."""
    listening = set()
    for table in ("tcp", "tcp6"):
        with open(f"/proc/{pid}/net/{table}", encoding="ascii") as lines:
            for row in (line.split() for line in lines):
                if row[3] == "0A" and int(row[1].rsplit(":", 1)[1], 16) == port:
                    listening.add(f"socket:[{row[9]}]")
    return any(os.readlink(each) in listening for each in glob.glob(f"/proc/{pid}/fd/*"))


def main(command, *numbers):
    numbers = [int(each) for each in numbers]
    if command == "ports":
        print(*free_ports(*numbers))
        return True
    try:
        return {"owns": owns, "kafka": kafka_answers, "http": http_answers}[command](*numbers)
    except OSError:
        return False


if __name__ == "__main__":
    try:
        sys.exit(0 if main(*sys.argv[1:]) else 1)
    except KeyboardInterrupt:
        sys.exit(130)
