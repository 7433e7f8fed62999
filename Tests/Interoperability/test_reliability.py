"""Faults over real sockets: an upstream and clients that break off anywhere, and a hidden second mail."""

import itertools
import os
import random
import socket
import ssl
import struct
import unittest

from peers import certificates, exim, gatepost, opensmtpd
from peers.accepting import AcceptingServer
from peers.addresses import HOST
from peers.case import InteroperabilityCase
from peers.client import Dialogue
from peers.postfix import Postfix, can_run
from peers.relay_case import RelayCase

RESET = struct.pack("ii", 1, 0)


class FaultyUpstream(AcceptingServer):
    """Answers as it should, up to one reply: of that, `octets` are said, then `kind` happens. Later sessions go well.

    `ended` has the senders of messages whose final dot has come, `said` those that were answered with a whole 250.
    """

    REPLIES = 6

    def __init__(self, reply, octets, kind):
        self.fault = (reply, octets, kind)
        self.ended = []
        self.said = []
        self._replies = 0
        super().__init__()

    def _session(self, connection):
        try:
            with connection, connection.makefile("rb") as lines:
                if not self._reply(connection, b"220 up.example ESMTP\r\n"):
                    return
                sender = None
                for line in lines:
                    verb = line[:4].upper()
                    answer = b"250 2.0.0 Ok\r\n"
                    if verb == b"EHLO":
                        answer = b"250-up.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
                    elif verb == b"MAIL":
                        sender = line[line.index(b"<") + 1 : line.index(b">")].decode()
                    elif verb == b"DATA":
                        if not self._reply(connection, b"354 Go ahead\r\n"):
                            return
                        if not self.is_said:
                            continue
                        if not any(line == b".\r\n" for line in lines):
                            return
                        self.ended.append(sender)
                    goes_on = self._reply(connection, answer, delivering=sender if verb == b"DATA" else None)
                    if not goes_on or verb == b"QUIT":
                        return
        except OSError:
            pass

    def _reply(self, connection, text, delivering=None):
        """Whether the session goes on; `is_said` is whether the reply is said whole. What is delivered by it is on record
        before anybody can have heard it."""
        number, self._replies = self._replies, self._replies + 1
        reply, octets, kind = self.fault
        self.is_said = number != reply or kind in ("twice", "adds") or (kind in ("FIN", "RST") and octets >= len(text))
        if delivering and self.is_said:
            self.said.append(delivering)
        if number != reply:
            connection.sendall(text)
            return True
        if kind in ("twice", "adds"):
            connection.sendall(text + (text if kind == "twice" else b"250 2.0.0 Too early\r\n"))
            return True
        if kind in ("garbage", "421", "451", "350"):
            word = {"garbage": b"\0garbage\r\n", "421": b"421 4.3.2 Bye\r\n", "451": b"451 4.3.0 Hm\r\n", "350": b"350 Hm\r\n"}
            connection.sendall(word[kind])
            return kind == "451"
        connection.sendall(text[:octets])
        if kind == "RST":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        return False


class Upstreams(InteroperabilityCase):
    def test_no_fault_loses_or_doubles(self):
        """At each reply, behind each of its octets in turn: no false 250, no mail lost or doubled, no 5yz."""
        faults = [
            (reply, octets, kind)
            for reply in range(FaultyUpstream.REPLIES)
            for octets, kind in itertools.chain(
                itertools.product((0, 1, 3, 4, 9, 13, 14), ("FIN", "RST")),
                ((0, kind) for kind in ("twice", "adds", "garbage", "421", "451", "350")),
            )
        ]
        counts = {"runs": 0, "answered 250": 0, "answered 4yz": 0, "false 250": 0, "lost": 0, "doubled": 0, "5yz": 0}
        for fault in faults:
            with self.subTest(fault=fault):
                upstream = FaultyUpstream(*fault)
                proxy = self.gatepost(upstream.port)
                try:
                    self.run_mail(proxy, upstream, counts)
                finally:
                    upstream.stop()
                    proxy.stop()
        print(f"\n{counts}", flush=True)
        self.assertEqual({counts[name] for name in ("false 250", "lost", "doubled", "5yz")}, {0})

    def run_mail(self, proxy, upstream, counts):
        counts["runs"] += 1
        codes = []
        with Dialogue(proxy.port) as client:
            for text in ("EHLO client.example", "MAIL FROM:<m1@example.net>", "RCPT TO:<user@example.org>", "DATA"):
                reply = client.command(text)
                self.assertIsNotNone(reply, "closed without a word")
                codes.append(reply.code)
                if reply.code >= 400:
                    break
            if codes[-1] == 354:
                client.send(b"Subject: x\r\n\r\ntext\r\n.\r\n")
                reply = client.reply()
                self.assertIsNotNone(reply, "closed without a word")
                codes.append(reply.code)
        final = codes[-1]
        counts["answered 250" if final == 250 else "answered 4yz"] += 1
        counts["5yz"] += any(code >= 500 for code in codes)
        counts["doubled"] += upstream.ended.count("m1@example.net") > 1
        counts["false 250"] += final == 250 and len(codes) == 5 and "m1@example.net" not in upstream.said
        is_told = len(codes) == 5 and final == 250
        # A reset may overtake the 250 before it; that alone is not known to anybody.
        counts["lost"] += upstream.said.count("m1@example.net") > 0 and not is_told and upstream.fault[2] != "RST"


class Clients(RelayCase):
    STEPS = (
        b"EHLO client.example\r\n",
        b"MAIL FROM:<m1@example.net>\r\n",
        b"RCPT TO:<user@example.org>\r\n",
        b"DATA\r\n",
        b"Subject: x\r\n\r\ntext\r\n.\r\n",
    )

    def cut(self, octets, end, wrap=lambda client: None):
        """A client that says so many octets of a mail, each step behind the reply to the one before it."""
        client = Dialogue(self.proxy.port)
        wrap(client)
        for step in self.STEPS:
            if octets <= 0:
                break
            client.send(step[:octets])
            octets -= len(step)
            if octets >= 0 and step is not self.STEPS[-1]:
                client.reply()
        end(client)

    def check(self, idle):
        self.proxy.wait_until(lambda: self.descriptors() <= idle, "the descriptors to be closed", 40)
        contents = {transaction.content for transaction in self.upstream.transactions}
        self.assertEqual({content.split(b"\r\n\r\n", 1)[1] for content in contents}, {b"text\r\n"})

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.proxy.pid}/fd"))

    def close(self, client):
        client.socket.close()

    def reset(self, client):
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.socket.close()

    def test_cut_at_every_octet(self):
        self.cut(len(b"".join(self.STEPS)), self.close)
        self.upstream.received(1)
        idle = self.descriptors()
        total = len(b"".join(self.STEPS))
        for octets in range(total):
            for end in (self.close, self.reset):
                self.cut(octets, end)
        self.check(idle)
        self.assertEqual(len(self.upstream.transactions), 1, "only the whole mail is delivered")
        print(f"\n{2 * total} clients cut, {len(self.upstream.transactions) - 1} truncated mails delivered", flush=True)


class EncryptedClients(Clients):
    def setUp(self):
        InteroperabilityCase.setUp(self)
        chain, key = certificates.Authority(self.folder).issue("gatepost.example", "gatepost.example")
        self.upstream = self.recorder()
        configuration = gatepost.configuration(self.upstream.port, listener="tls: starttls")
        text = configuration + f"certificates:\n  - {{ chain: {chain}, key: {key} }}\n"
        self.proxy = self._started(["--config", self.write("gatepost.yaml", text)])

    def cut(self, octets, end):
        def wrap(client):
            client.command("EHLO client.example")
            assert client.command("STARTTLS").code == 220
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            client.socket = context.wrap_socket(client.socket)

        super().cut(octets, end, wrap)

    # close() of a socket of Python's ssl sends no close_notify.


LOOK_ALIKES = [
    b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\n.\r", b"\r.\n", b"\r\n\0.\r\n", b"\r\n.\0\r\n",
    b"\r\n.\r\0\n", b"\r\n.\r\r\n", b"\r\r\n.\r\r\n", b"\n\n.\n\n", b"\n\r.\r\n", b"\r\n. \r\n", b"\r\n .\r\n", b"\r\n..\r\n",
    b"\r\n.\t\r\n", b"\x85.\x85", b"\x8d\x8a.\x8d\x8a", b"\r\n\xae\r\n", b"\r\n.\x0b\r\n",
]
HIDDEN = b"MAIL FROM:<evil@example.net>\r\nRCPT TO:<postmaster@example.org>\r\nDATA\r\nSubject: hidden\r\n\r\nhidden\r\n.\r\n"


class Smuggling:
    """A server behind that believes Gatepost; `server` is what the test case has started."""

    def strings(self):
        alphabet = [b"\r", b"\n", b".", b"\0", b" ", b"a"]
        source = random.Random(6)
        strings = LOOK_ALIKES + [b"".join(source.choices(alphabet, k=source.randint(3, 6))) for _ in range(150)]
        return [string for string in strings if b"\r\n.\r\n" not in string]

    def send(self, port, string):
        with Dialogue(port) as client:
            client.envelope()
            return client.data(b"Subject: outer\r\n\r\ntext" + string + HIDDEN)

    def test_nothing_is_smuggled(self):
        for listener in (None, "line-ends: normalise"):
            with self.subTest(listener=listener):
                proxy = self.gatepost(self.server.port, **({"listener": listener} if listener else {}))
                codes = [self.send(proxy.port, string).code for string in self.strings()]
                self.assertIn(250, codes)
                self.server.wait_for_quiet()
                self.assertTrue(self.server.is_empty("postmaster"), "a hidden mail has come out")
                self.assertFalse(self.server.is_empty("user"))
                print(f"\n{len(codes)} strings, {codes.count(250)} taken as one mail, 0 hidden mails", flush=True)


@unittest.skipUnless(can_run(), "Postfix starts as root alone")
class SmugglingToPostfix(Smuggling, InteroperabilityCase):
    """A Postfix with its own defences off, which ends data at LF.LF where it may."""

    def setUp(self):
        super().setUp()
        self.server = Postfix(self.folder, ["smtpd_forbid_bare_newline = no", "mynetworks = 127.0.0.0/8"])
        self.addCleanup(self.server.stop)

    def test_without_gatepost_it_is(self):
        """What these tests would see: this Postfix, asked directly, takes the hidden mail."""
        self.send(self.server.port, b"\n.\n")
        self.server.delivered("postmaster")


@unittest.skipUnless(exim.can_run(), "no Exim in $EXIM_ROOT")
class SmugglingToExim(Smuggling, InteroperabilityCase):
    def setUp(self):
        super().setUp()
        self.server = exim.Exim(self.folder)
        self.addCleanup(self.server.stop)


@unittest.skipUnless(opensmtpd.can_run(), "no OpenSMTPD in $OPENSMTPD_ROOT")
class SmugglingToOpenSMTPD(Smuggling, InteroperabilityCase):
    def setUp(self):
        super().setUp()
        self.server = opensmtpd.OpenSMTPD(self.folder)
        self.addCleanup(self.server.stop)

    def test_what_is_sent_is_on_record(self):
        """What these tests would see."""
        with Dialogue(self.server.port) as client:
            client.envelope(sender="<evil@example.net>")
            self.assert_reply(client.data(b"Subject: x\r\n\r\n.\r\n"), 250)
        self.server.wait_until(lambda: not self.server.is_empty("postmaster"), "the mail on record")
