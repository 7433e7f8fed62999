"""Clients of all kinds that send numbered mails at a given pace, and keep a ledger of what they were told."""

import array
import random
import socket
import ssl
import struct
import threading
import time
import zlib
from collections import Counter

from peers.client import Dialogue

TEXT = b"Whoever wants to know what a relay holds back has to send a lot of mail through it, and count.\r\n"
EIGHT_BIT = "Grüße aus Köln, naïve façade, straße.\r\n".encode()
RESET = struct.pack("ii", 1, 0)

KINDS = {
    "small": 30, "kept": 20, "pipelined": 15, "eight-bit": 8, "large": 2, "encrypted": 6, "sender refused": 4,
    "subject refused": 4, "recipient unknown": 4, "deferred": 3, "aborted": 4,
}
"""How many in a hundred mails are of each kind; what is slow comes beside them."""

EXPECTED = {"sender refused": 550, "subject refused": 554, "recipient unknown": 550, "deferred": 451, "aborted": 0}
"""What the last reply to a mail must be, where it is not 250; 0 where the client leaves before."""

SLOW_KINDS = ("slow client", "slow upstream")
KEPT_FOR = 5
"""Mails of a session that is kept."""


class MixedLoad:
    """Mails to the listeners whose `ports` are given: `plain`, `reuse` and `tls`.

    `outcomes` has the last reply to each number, `checksums` the bodies' sums, `unexpected` what should not have been.
    """

    def __init__(self, ports, seed=14):
        self.ports = ports
        self.outcomes = array.array("H", [0])
        self.checksums = array.array("I", [0])
        self.expected = array.array("H", [0])
        self.unexpected = []
        self.counts = Counter()
        self._lock = threading.Lock()
        self._seed = seed
        self._tls = ssl.create_default_context()
        self._tls.check_hostname, self._tls.verify_mode = False, ssl.CERT_NONE
        self._large = TEXT * (1024 * 1024 // len(TEXT))

    @property
    def sent(self):
        return len(self.outcomes) - 1

    def run(self, seconds, rate=None, senders=12, slow=2):
        """Sends for `seconds`, `rate` mails a second or as many as will go; returns how many a second there were."""
        self._over = time.monotonic() + seconds
        self._due, self._gap = time.monotonic(), 1 / rate if rate else 0
        before, began = self.sent, time.monotonic()
        threads = [threading.Thread(target=self._send, args=(number,), daemon=True) for number in range(senders)]
        threads += [threading.Thread(target=self._send_slowly, args=(number,), daemon=True) for number in range(slow)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(seconds + 60)
        if any(thread.is_alive() for thread in threads):
            raise RuntimeError("a client waits in vain")
        return (self.sent - before) / (time.monotonic() - began)

    def _next(self):
        """Waits until the next mail is due; whether there is one."""
        with self._lock:
            due = self._due = max(self._due + self._gap, time.monotonic() - 1)
        pause = due - time.monotonic()
        if self._gap and pause > 0:
            time.sleep(pause)
        return time.monotonic() < self._over

    def _number(self, kind, checksum):
        with self._lock:
            self.outcomes.append(0)
            self.expected.append(EXPECTED.get(kind, 250))
            self.checksums.append(checksum)
            self.counts[kind] += 1
            return len(self.outcomes) - 1

    def _send(self, seat):
        source = random.Random(self._seed * 1000 + seat)
        kinds, weights = list(KINDS), list(KINDS.values())
        while self._next():
            self._one_session(source.choices(kinds, weights)[0], source)

    def _send_slowly(self, seat):
        source = random.Random(seat)
        while time.monotonic() < self._over:
            self._one_session(SLOW_KINDS[seat % 2], source)

    def _one_session(self, kind, source):
        port = {"encrypted": self.ports["tls"], "kept": self.ports["reuse"]}.get(
            kind, self.ports[source.choice(("plain", "reuse"))]
        )
        number = None
        try:
            with Dialogue(port, timeout=60) as client:
                hello = b"EHLO client.example\r\n"
                self._expect(client, hello, 250)
                if kind == "encrypted":
                    self._expect(client, b"STARTTLS\r\n", 220)
                    client.socket = self._tls.wrap_socket(client.socket)
                    self._expect(client, hello, 250)
                for each in range(KEPT_FOR if kind == "kept" else 1):
                    if each and not self._next():
                        break
                    body = self._body(kind, source)
                    number = self._number(kind, zlib.crc32(body))
                    self.outcomes[number] = self._mail(client, kind, number, body, source)
                if kind == "aborted":
                    return
                self._expect(client, b"QUIT\r\n", 221)
        except (OSError, AssertionError) as error:
            with self._lock:
                self.unexpected.append(f"{kind} {number}: {type(error).__name__} {error}")

    def _body(self, kind, source):
        if kind == "large":
            return self._large
        if kind == "eight-bit":
            return EIGHT_BIT * source.randint(1, 50)
        return TEXT * source.randint(1, 80)

    def _expect(self, client, octets, code):
        client.send(octets)
        reply = client.reply()
        if reply is None or reply.code != code:
            raise AssertionError(f"{octets[:40]!r}: {reply}")

    def _mail(self, client, kind, number, body, source):
        """The last reply to a mail."""
        sender = b"refused.example" if kind == "sender refused" else b"example.net"
        names = {"recipient unknown": b"unknown", "deferred": b"busy", "slow upstream": b"slow"}
        mail = b"MAIL FROM:<m%d@%s>%s\r\n" % (number, sender, b" BODY=8BITMIME" if kind == "eight-bit" else b"")
        recipient = b"RCPT TO:<%s@example.org>\r\n" % names.get(kind, b"user")
        mark = b"X-Mark: refused\r\n" if kind == "subject refused" else b""
        content = b"Subject: %d\r\nFrom: a@example.net\r\n%s\r\n%s" % (number, mark, body)
        if kind == "pipelined":
            client.send(mail + recipient + b"DATA\r\n")
            replies = [client.reply() for _ in range(3)]
        else:
            replies = []
            for command in (mail, recipient, b"DATA\r\n"):
                client.send(command)
                replies.append(client.reply())
                if replies[-1] is None or replies[-1].code >= 400:
                    break
        if replies[-1] is None or replies[-1].code != 354:
            return self._code(kind, number, replies[-1])
        if kind == "aborted":
            client.send(content[: source.randrange(len(content))])
            if source.random() < 0.5:
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            return 0
        if kind == "slow client":
            for start in range(0, len(content), 97):
                client.send(content[start : start + 97])
                time.sleep(0.05)
        else:
            client.send(content)
        client.send(b".\r\n")
        return self._code(kind, number, client.reply())

    def _code(self, kind, number, reply):
        code = reply.code if reply else 1
        if code != EXPECTED.get(kind, 250):
            with self._lock:
                self.unexpected.append(f"{kind} {number}: {reply}")
        return code
