# SPDX-License-Identifier: Apache-2.0
"""TCP proxies in front of the servers, through which all the fleet's connections go, and what can happen to them."""

import asyncio
import contextlib
import re
import socket
import struct
import threading

import net

CHUNK_BYTES = 16384
RESET = struct.pack("ii", 1, 0)  # SO_LINGER with no time to linger: the kernel sends RST in place of FIN
S3_REQUEST = re.compile(rb"(GET|HEAD) /([^/? ]+)")  # each begins a chunk: the fleet sends no bodies and does not pipeline
REFUSALS = {"500": ("Internal Server Error", "InternalError"), "503": ("Service Unavailable", "SlowDown"), "403": ("Forbidden", "AccessDenied")}


def refusal(method, status):
    """As S3 writes it, of a bucket of which it says nothing else."""
    reason, code = REFUSALS[status]
    body = "" if method == b"HEAD" else f"<Error><Code>{code}</Code><Message>This bucket is away.</Message></Error>"
    head = f"HTTP/1.1 {status} {reason}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\nConnection: close"
    return f"{head}\r\n\r\n{body}".encode()


class Link:
    """A connection through a gate: two streams, and a valve that is shut while it is a black hole."""

    def __init__(self, gate, *writers):
        self.gate, self.writers = gate, writers
        self.valve = asyncio.Event()
        self.valve.set()

    async def pump(self, reader, writer):
        try:
            while data := await reader.read(CHUNK_BYTES):
                if writer is not self.writers[0] and await self.is_refused(data):
                    return
                if self.gate.bytes_a_second:
                    await asyncio.sleep(len(data) / self.gate.bytes_a_second)
                await self.gate.valve.wait()
                await self.valve.wait()
                writer.write(data)
                await writer.drain()
            writer.write_eof()
        except (OSError, RuntimeError):  # reset, or ended by us meanwhile
            self.end(is_reset=True)

    async def is_refused(self, data):
        """A request to a bucket that fails alone; what gets no answer waits until the bucket is well again, and goes on."""
        found = self.gate.troubles and S3_REQUEST.match(data)
        kind, over = self.gate.troubles.get(found[2].decode(), (None, None)) if found else (None, None)
        if kind == "silence":
            await over.wait()
            return False
        if kind in REFUSALS:
            self.writers[0].write(refusal(found[1], kind))
            await self.writers[0].drain()
        if kind:
            self.end(is_reset=kind == "reset")
        return kind is not None

    def end(self, is_reset):
        for writer in self.writers:
            with contextlib.suppress(OSError):
                if is_reset:
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    writer.transport.abort()
                else:
                    writer.close()


class Gate:
    """A listener on a port that stays the same, in front of a server. Its methods may be called by any thread."""

    def __init__(self, loop):
        self.loop, self.target, self.links, self.server = loop, None, set(), None
        (self.port,) = net.free_ports(1)
        self.bytes_a_second = 0
        self.troubles = {}  # bucket → how it fails, and the event that ends it
        self.valve = asyncio.Event()
        self.valve.set()
        self.do(self.listen())

    def do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    async def listen(self):
        self.server = await asyncio.start_server(self.accept, "127.0.0.1", self.port)

    async def accept(self, reader, writer):
        link = Link(self, writer)
        self.links.add(link)
        try:
            await self.valve.wait()
            there, onward = await asyncio.open_connection("127.0.0.1", self.target)
            link.writers = writer, onward
            await asyncio.gather(link.pump(reader, onward), link.pump(there, writer))
        except OSError:
            pass  # the server refuses: so do we
        finally:
            link.end(is_reset=False)
            self.links.discard(link)

    async def set_trouble(self, bucket, kind):
        self.troubles[bucket] = kind, asyncio.Event()

    async def end_trouble(self, bucket):
        _, over = self.troubles.pop(bucket)
        over.set()

    async def end_links(self, is_reset=False):
        for link in list(self.links):
            link.valve.set()
            link.end(is_reset)

    async def close_listener(self):
        self.server.close()
        await self.end_links()

    async def shut(self, links):
        for link in links:
            link.valve.clear()

    async def open_all(self):
        self.valve.set()
        for link in self.links:
            link.valve.set()

    # --- what happens to it ----------------------------------------------------------------------------------------------

    def cut(self):
        """Every connection is closed."""
        self.do(self.end_links())

    def reset(self):
        """Every connection is reset."""
        self.do(self.end_links(is_reset=True))

    def refuse(self):
        """Nobody listens, until pass_on()."""
        self.do(self.close_listener())

    def stall(self):
        """Nothing comes through either way, until pass_on(); connecting still succeeds, as the kernel answers."""
        self.loop.call_soon_threadsafe(self.valve.clear)

    def lose(self):
        """The connections that there are become black holes; new ones work."""
        self.do(self.shut(list(self.links)))

    def throttle(self, bytes_a_second):
        self.bytes_a_second = bytes_a_second

    @contextlib.contextmanager
    def troubled(self, bucket, kind):
        """Inside the block S3 answers requests to this bucket so (a key of REFUSALS), resets them, or says nothing."""
        self.do(self.set_trouble(bucket, kind))
        try:
            yield
        finally:
            self.do(self.end_trouble(bucket))

    def pass_on(self):
        """All is well again; what was held back comes through."""
        self.bytes_a_second = 0
        if not self.server.is_serving():
            self.do(self.listen())
        self.do(self.open_all())


class Gates:
    """A gate for each of the servers, and the thread in which they work."""

    def __init__(self, names):
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, daemon=True).start()
        self.gates = {name: Gate(loop) for name in names}

    def __getitem__(self, name):
        return self.gates[name]
