"""Clients and upstreams that send one octet a second, hundreds of them in one process of its own.

Each goes through the dialogue as it should up to its phase, and drips from there on. Their seconds are spread, as those of
strangers are.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter

HOST = "127.0.0.1"

CLIENT_PHASES = ("handshake", "EHLO", "MAIL", "RCPT", "header section", "body")
UPSTREAM_PHASES = ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "final reply")


class _Dripping(asyncio.Protocol):
    """`begin_dripping` is called once, at the phase; then `octets` leave one by one."""

    began = None
    ended = None

    def begin_dripping(self, octets):
        self.began = time.monotonic()
        self._octets = iter(octets)
        self._drip()

    def _drip(self):
        octet = next(self._octets, None)
        if octet is not None and self.ended is None:
            self.transport.write(bytes([octet]))
            asyncio.get_running_loop().call_later(1, self._drip)

    def connection_made(self, transport):
        self.transport = transport
        self.buffer = b""

    def connection_lost(self, _):
        self.ended = time.monotonic()

    def data_received(self, octets):
        if self.began is not None:
            self.heard(octets)
            return
        self.buffer += octets
        while self.began is None and b"\r\n" in self.buffer:
            line, _, self.buffer = self.buffer.partition(b"\r\n")
            self.line(line)

    def heard(self, octets):
        pass


class DrippingClient(_Dripping):
    STEPS = {
        "EHLO": b"EHLO client.example", "MAIL": b"MAIL FROM:<a@example.net>", "RCPT": b"RCPT TO:<user@example.org>",
        "DATA": b"DATA", "STARTTLS": b"STARTTLS",
    }
    BEFORE = {
        "handshake": ("EHLO", "STARTTLS"), "EHLO": (), "MAIL": ("EHLO",), "RCPT": ("EHLO", "MAIL"),
        "header section": ("EHLO", "MAIL", "RCPT", "DATA"), "body": ("EHLO", "MAIL", "RCPT", "DATA"),
    }

    def __init__(self, phase, hello):
        self.phase, self.hello = phase, hello
        self.steps = list(self.BEFORE[phase])
        self.words = b""

    def line(self, line):
        if line[3:4] == b"-":
            return
        if line[:1] not in (b"2", b"3"):
            self.words = b"before the phase: " + line
            self.transport.close()
        elif self.steps:
            self.transport.write(self.STEPS[self.steps.pop(0)] + b"\r\n")
        elif self.phase == "handshake":
            self.begin_dripping(self.hello)
        elif self.phase == "header section":
            self.begin_dripping(b"Subject: " + b"x" * 1000)
        elif self.phase == "body":
            self.transport.write(b"Subject: x\r\n\r\n")
            self.begin_dripping(b"text\r\n" * 1000)
        else:
            self.begin_dripping(self.STEPS[self.phase] + b" " * 1000)

    def heard(self, octets):
        self.words += octets

    def eof_received(self):
        return False


class DrippingUpstream(_Dripping):
    REPLIES = {b"EHLO": b"250-up.example\r\n250 8BITMIME\r\n", b"DATA": b"354 Go\r\n", b"QUIT": b"221 Bye\r\n"}

    def __init__(self, phase, armed):
        self.phase = phase if armed is not None else None
        self.is_receiving = False
        if armed is not None:
            armed.append(self)

    def connection_made(self, transport):
        super().connection_made(transport)
        self.answer("greeting", b"220 up.example ESMTP\r\n")

    def line(self, line):
        if self.is_receiving:
            if line == b".":
                self.is_receiving = False
                self.answer("final reply", b"250 Ok\r\n")
            return
        verb = line[:4].upper()
        self.is_receiving = verb == b"DATA" and self.phase != "DATA"
        self.answer(verb.decode(), self.REPLIES.get(verb, b"250 Ok\r\n"))

    def answer(self, phase, reply):
        """Whole lines come, too, when one drips."""
        if phase == self.phase:
            self.begin_dripping((reply[:3] + b"-ok\r\n") * 200)
        else:
            self.transport.write(reply)


class PatientClient(asyncio.Protocol):
    """The client of an upstream that drips: sends a mail step by step, and notes the first reply that refuses it."""

    COMMANDS = (*(DrippingClient.STEPS[step] for step in ("EHLO", "MAIL", "RCPT", "DATA")), b"Subject: x\r\n\r\ntext\r\n.")

    def __init__(self):
        self.commands = list(self.COMMANDS)
        self.buffer = b""
        self.words = b""
        self.ended = None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, octets):
        self.buffer += octets
        while b"\r\n" in self.buffer:
            line, _, self.buffer = self.buffer.partition(b"\r\n")
            if line[3:4] == b"-":
                continue
            if line[:1] in (b"2", b"3") and self.commands and not self.words:
                self.transport.write(self.commands.pop(0) + b"\r\n")
            elif not self.words:
                self.words = line  # also of the good reply at the end
                self.transport.write(b"QUIT\r\n")

    def connection_lost(self, _):
        self.ended = time.monotonic()


class _Play:
    """Serves dripping upstreams for all phases, and plays what it is told to, one round after the other."""

    ACQUAINTANCES = 16
    """Mails that an upstream takes before it begins to drip, so that its extensions are known and nobody has to ask."""

    def __init__(self, hello):
        self.hello = hello
        self.upstreams = dict.fromkeys(UPSTREAM_PHASES)

    async def listen(self):
        loop, ports = asyncio.get_running_loop(), {}
        for phase in UPSTREAM_PHASES:
            make = lambda phase=phase: DrippingUpstream(phase, self.upstreams[phase])
            self.server = await loop.create_server(make, HOST, 0, backlog=1024)
            ports[phase] = self.server.sockets[0].getsockname()[1]
        return ports

    async def round(self, parts):
        return await asyncio.gather(*(self.part(**part) for part in parts))

    async def part(self, side, phase, port, count):
        if side == "upstream":
            for _ in range(self.ACQUAINTANCES):
                client = await self.connected(PatientClient, port, 0)
                while client.ended is None:
                    await asyncio.sleep(0.01)
            self.upstreams[phase] = []
        make = PatientClient if side == "upstream" else lambda: DrippingClient(phase, self.hello)
        clients = await asyncio.gather(*(self.connected(make, port, number / count) for number in range(count)))
        drippers = self.upstreams[phase] if side == "upstream" else clients
        while any(each.ended is None for each in (*clients, *drippers)):
            await asyncio.sleep(0.05)
        dripped = [each.ended - each.began for each in drippers if each.began is not None]
        return {
            "side": side,
            "phase": phase,
            "dripped": len(dripped),
            "shortest": min(dripped, default=0),
            "longest": max(dripped, default=0),
            "words": Counter(each.words.decode("ascii", "replace")[:9].strip() for each in clients),
        }

    async def connected(self, make, port, delay):
        await asyncio.sleep(delay)
        _, protocol = await asyncio.get_running_loop().create_connection(make, HOST, port)
        return protocol


async def _play(hello):
    play = _Play(hello)
    print(json.dumps(await play.listen()), flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await play.round(json.loads(line))), flush=True)


class Drippers:
    """The process, seen from the test. `ports` are those of the upstreams, by the phase in which they drip."""

    def __init__(self, hello):
        self._process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), hello.hex()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.ports = json.loads(self._process.stdout.readline())

    def begin(self, parts):
        self._process.stdin.write(json.dumps(parts) + "\n")
        self._process.stdin.flush()

    def ended(self):
        """Waits until all of them are gone; what became of each part."""
        return json.loads(self._process.stdout.readline())

    def stop(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


if __name__ == "__main__":
    asyncio.run(_play(bytes.fromhex(sys.argv[1])))
