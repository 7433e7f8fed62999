"""Endless input, silence and greed: bounded memory, bounded time, and a reply that says so."""

import os
import random
import socket
import subprocess
import threading
import time

from peers import gatepost
from peers.accepting import AcceptingServer
from peers.addresses import HOST
from peers.case import InteroperabilityCase
from peers.client import Dialogue
from peers.relay_case import RelayCase

MIB = 1024 * 1024


class BoundedMemory(InteroperabilityCase):
    """What a peer sends without end is kept in no more than a MiB."""

    allowance = 1024

    def warm_up(self, proxy):
        """What is allocated once is not counted."""
        for _ in range(3):
            with Dialogue(proxy.port) as client:
                client.envelope()
                self.assert_reply(client.data(b"Subject: x\r\n\r\n" + b"text\r\n" * 100_000 + b".\r\n"), 250)

    def grows_little_while(self, proxy, action, what=None):
        proxy.forget_peak()
        before = proxy.memory("VmHWM")
        action()
        grown = proxy.memory("VmHWM") - before
        print(f"\n{what or self.id().split('.', 1)[1]}: {grown} KiB more at the peak", end="", flush=True)
        self.assertLess(grown, self.allowance, "KiB more at the peak")


class EndlessLines(BoundedMemory):
    """64 MiB without a line end, where a line is expected and where content is."""

    def setUp(self):
        super().setUp()
        self.sink = self.smtp_sink()
        self.proxy = self.gatepost(self.sink.port, limits="message: 100 MiB, header: 256 KiB")
        self.warm_up(self.proxy)

    def send_line(self, client):
        for _ in range(64):
            client.send(b"x" * MIB)

    def test_command(self):
        with Dialogue(self.proxy.port, timeout=60) as client:
            self.grows_little_while(self.proxy, lambda: self.send_line(client))
            client.send(b"\r\n")
            self.assert_reply(client.reply(), 500, "5.5.2")
            self.assert_reply(client.command("NOOP"), 250)

    def test_body(self):
        with Dialogue(self.proxy.port, timeout=60) as client:
            client.envelope()
            self.assert_reply(client.command("DATA"), 354)
            client.send(b"Subject: x\r\n\r\n")
            self.grows_little_while(self.proxy, lambda: self.send_line(client))
            client.send(b"\r\n.\r\n")
            reply = client.reply()
            self.assertIn(reply.code // 100, (2, 5), str(reply))

    def test_header_section(self):
        with Dialogue(self.proxy.port, timeout=60) as client:
            client.envelope()
            self.assert_reply(client.command("DATA"), 354)
            client.send(b"Subject: ")
            self.grows_little_while(self.proxy, lambda: self.send_line(client))
            client.send(b"\r\n.\r\n")
            self.assertEqual(client.reply().code // 100, 5)


class EndlessLinesInParts(BoundedMemory):
    """64 MiB without a line end in a message whose parts and text are looked into."""

    POLICY = """policy: text
rules:
  - { name: text, when: { body.text: { matches: "(?i)nobody writes this" } }, then: { reject: 554 5.7.1 No } }
  - { name: name, when: { attachment.name: { matches: "nobody" } }, then: { reject: 554 5.7.1 No } }
  - { name: subject, when: { header.subject: { matches: "nobody" } }, then: { reject: 554 5.7.1 No } }
"""
    MULTIPART = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    PLACES = {
        "header field": b"Subject: ",
        "preamble": MULTIPART,
        "part's header field": MULTIPART + b"--b\r\nContent-Disposition: attachment; filename=",
        "part's header field by name": MULTIPART + b"--b\r\n",
        "text": MULTIPART + b"--b\r\nContent-Type: text/plain\r\n\r\n",
        "HTML": MULTIPART + b"--b\r\nContent-Type: text/html\r\n\r\n<a href=",
        "quoted-printable": MULTIPART
        + b"--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
        "base64": MULTIPART + b"--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        "boundary": MULTIPART + b"--b",
    }

    def test_each_place(self):
        sink = self.smtp_sink()
        policies = [gatepost.example_policies()[-1], self.write("text.yaml", self.POLICY)]
        proxy = self.gatepost(sink.port, policies, limits="message: 100 MiB")
        self.warm_up(proxy)
        for place, before in self.PLACES.items():
            with self.subTest(place=place), Dialogue(proxy.port, timeout=60) as client:
                client.envelope()
                self.assert_reply(client.command("DATA"), 354)
                client.send(before)
                self.grows_little_while(proxy, lambda: self.send_line(client), f"a line without end: {place}")
                client.send(b"\r\n.\r\n")
                reply = client.reply()
                self.assertIn(reply.code // 100, (2, 5), str(reply))

    def send_line(self, client):
        for _ in range(64):
            client.send(b"x" * MIB)


class ManyRecipients(BoundedMemory):
    """20000 RCPT in one transaction, in one go and one after the other, before a server that would take them all."""

    recipients = 20_000
    settings = {}

    def setUp(self):
        super().setUp()
        self.upstream = ScriptedUpstream()
        self.addCleanup(self.upstream.stop)
        self.proxy = self.gatepost(self.upstream.port, **self.settings)
        self.warm_up(self.proxy)

    def accepted(self, client, is_pipelined):
        """How many recipients are accepted; the others must hear 452."""
        commands = [f"RCPT TO:<recipient-{number}@example.org>\r\n".encode() for number in range(self.recipients)]
        if is_pipelined:
            sender = threading.Thread(target=client.send, args=(b"".join(commands),), daemon=True)
            sender.start()
        codes = []
        for command in commands:
            if not is_pipelined:
                client.send(command)
            codes.append(client.reply().code)
        self.assertEqual(codes.count(250) + codes.count(452), self.recipients)
        return codes.count(250)

    def check(self, is_pipelined):
        with Dialogue(self.proxy.port, timeout=60) as client:
            client.envelope()
            accepted = []
            self.grows_little_while(self.proxy, lambda: accepted.append(self.accepted(client, is_pipelined)))
            self.assertEqual(accepted, [999], "the default of limits.recipients, less the one before")
            self.assert_reply(client.data(b"Subject: x\r\n\r\n.\r\n"), 250)

    def test_one_after_the_other(self):
        self.check(is_pipelined=False)

    def test_pipelined(self):
        self.check(is_pipelined=True)


class EndlessReplies(BoundedMemory):
    """An upstream whose reply is 32 MiB long: as one line, and as lines that go on and on; at each step."""

    size = 32 * MIB
    steps = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT")

    def replies(self, step):
        code = {"CONNECT": b"220", "DATA": b"354", "QUIT": b"221"}.get(step, b"250")
        yield "a line", code + b" " + b"x" * 65532
        yield "lines", (code + b"-" + b"x" * 60 + b"\r\n") * 1000
        yield "empty lines", (code + b"-\r\n") * 10000

    def test_each_step(self):
        upstream = ScriptedUpstream()
        self.addCleanup(upstream.stop)
        proxy = self.gatepost(upstream.port)
        self.warm_up(proxy)
        for step in self.steps:
            for kind, piece in self.replies(step):
                with self.subTest(step=step, kind=kind):
                    upstream.begin(step, piece, self.size)
                    meet = self.meet_behind_the_mail if step == "QUIT" else self.meet
                    self.grows_little_while(proxy, lambda: meet(proxy, upstream), f"{kind} without end at {step}")
                    self.assertLess(upstream.taken, 16 * MIB, "the connection is closed long before the end")

    def meet(self, proxy, upstream):
        """Sends mails until one has met the endless reply: an upstream that failed is left alone for a moment."""

        def has_met():
            self.assertEqual(self.last_reply(proxy) // 100, 4)
            return upstream.is_met

        proxy.wait_until(has_met, "the upstream to be asked again", 30)
        proxy.wait_until(lambda: upstream.is_over, "the connection to be closed", 30)

    def meet_behind_the_mail(self, proxy, upstream):
        proxy.wait_until(lambda: self.last_reply(proxy) == 250, "the upstream to be asked again", 30)
        proxy.wait_until(lambda: upstream.is_over, "the connection to be closed", 30)

    def last_reply(self, proxy):
        with Dialogue(proxy.port, timeout=60) as client:
            client.command("EHLO client.example")
            for command in ("MAIL FROM:<a@example.net>", "RCPT TO:<b@example.org>", "DATA"):
                reply = client.command(command)
                if reply.code >= 400:
                    return reply.code
            client.send(b"Subject: x\r\n\r\n.\r\n")
            code = client.reply().code
            client.command("QUIT")
            return code


class ScriptedUpstream(AcceptingServer):
    """Takes everything; where it was told to `begin` it has no end. `taken` is how many octets of that have left."""

    def __init__(self):
        self._endless = None
        self.taken = 0
        self.is_met = self.is_over = False
        super().__init__()

    def begin(self, step, piece, size):
        """The next session to come to `step` is told `piece` again and again."""
        self.taken, self.is_met, self.is_over = 0, False, False
        self._endless = (step, piece, size)

    def _session(self, connection):
        try:
            with connection, connection.makefile("rb") as lines:
                self._reply(connection, "CONNECT", b"220 up.example ESMTP\r\n")
                for line in lines:
                    verb = line[:4].upper().decode()
                    extensions = b"250-up.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
                    self._reply(connection, verb, {"EHLO": extensions, "DATA": b"354 Go\r\n"}.get(verb, b"250 2.0.0 Ok\r\n"))
                    if verb == "DATA":
                        while next(lines, b".\r\n") != b".\r\n":
                            pass
                        self._reply(connection, ".", b"250 2.0.0 Ok\r\n")
                    if verb == "QUIT":
                        return
        except OSError:
            pass

    def _reply(self, connection, step, text):
        if not self._endless or self._endless[0] != step:
            connection.sendall(text)
            return
        (_, piece, size), self._endless = self._endless, None
        self.is_met = True
        try:
            while self.taken < size:
                connection.sendall(piece)
                self.taken += len(piece)
        finally:
            self.is_over = True


class Backpressure(InteroperabilityCase):
    def test_a_slow_upstream_slows_the_client(self):
        """An upstream that does not read is no reason to hold the message in memory."""
        release = threading.Event()
        server = socket.create_server((HOST, 0))
        self.addCleanup(server.close)
        self.addCleanup(server.shutdown, socket.SHUT_RDWR)  # first: a closed one goes on listening while accept waits

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=self.stall, args=(connection, release), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        proxy = self.gatepost(server.getsockname()[1], limits="message: 100 MiB")
        self.addCleanup(release.set)
        client = Dialogue(proxy.port, timeout=3)
        self.addCleanup(client.socket.close)
        client.envelope()
        self.assert_reply(client.command("DATA"), 354)
        client.send(b"Subject: x\r\n\r\n")
        proxy.forget_peak()
        before, sent = proxy.memory("VmHWM"), 0
        with self.assertRaises(TimeoutError):
            while sent < 64 * MIB:
                sent += client.socket.send(b"text\r\n" * 10000)
        self.assertLess(proxy.memory("VmHWM") - before, 8 * 1024)

    def stall(self, connection, release):
        """Speaks SMTP up to the data, then reads nothing more."""
        with connection, connection.makefile("rwb", buffering=0) as stream:
            stream.write(b"220 slow.example ESMTP\r\n")
            for line in stream:
                if line.upper().startswith(b"DATA"):
                    stream.write(b"354 Go ahead\r\n")
                    release.wait(60)
                    return
                stream.write(
                    b"250-slow.example\r\n250 8BITMIME\r\n" if line.upper().startswith(b"EHLO") else b"250 Ok\r\n"
                )

    def test_a_client_that_does_not_read(self):
        """Replies that nobody takes do not pile up: commands wait. Whoever reads them after all hears each once."""
        upstream = self.recorder()
        proxy = self.gatepost(upstream.port)
        client = Dialogue(proxy.port, timeout=3)
        self.addCleanup(client.socket.close)
        proxy.forget_peak()
        before, sent = proxy.memory("VmHWM"), 0
        with self.assertRaises(TimeoutError):
            while sent < 64 * MIB:
                sent += client.socket.send(b"NOOP\r\n" * 10000)
        self.assertLess(proxy.memory("VmHWM") - before, 8 * 1024)
        client.socket.shutdown(socket.SHUT_WR)
        heard = bytearray()
        while piece := client.socket.recv(MIB):
            heard += piece
        replies = bytes(heard).split(b"\r\n")
        self.assertEqual(set(replies[: sent // 6]), {replies[0]})
        self.assertEqual(replies[0][:4], b"250 ")
        self.assertLessEqual(len(replies[sent // 6 :]), 2, "an end, and perhaps 421 for half a command")


class Leftovers(InteroperabilityCase):
    """What is over leaves nothing behind: no descriptors, no memory."""

    def setUp(self):
        super().setUp()
        self.sink = self.smtp_sink()
        self.proxy = self.gatepost(self.sink.port, gatepost.example_policies())

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.proxy.pid}/fd"))

    def relay(self, messages):
        result = subprocess.run(
            ["smtp-source", "-m", str(messages), "-s", "20", "-l", "4096", f"{HOST}:{self.proxy.port}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_many_messages(self):
        idle = self.descriptors()
        self.relay(3000)
        before = self.proxy.memory()
        self.relay(10_000)
        self.assertLess(self.proxy.memory() - before, 4096, "KiB more after 10000 messages")
        self.proxy.wait_until(lambda: self.descriptors() <= idle, "the descriptors to be closed")

    def test_clients_that_vanish(self):
        """At random points of a session, by FIN or RST."""
        idle = self.descriptors()
        source = random.Random(1123)
        steps = [
            b"EHLO client.example\r\n",
            b"MAIL FROM:<a@example.net>\r\n",
            b"RCPT TO:<user@example.org>\r\n",
            b"DATA\r\n",
            b"Subject: x\r\n\r\n" + b"text\r\n" * 20_000,
            b".\r\n",
            b"QUIT\r\n",
        ]
        for _ in range(400):
            client = Dialogue(self.proxy.port)
            last = source.randrange(len(steps) + 1)
            for step in steps[:last]:
                client.send(step[: source.randrange(len(step))] if step is steps[last - 1] else step)
                if source.random() < 0.7 and not step.startswith(b"Subject") and step is not steps[last - 1]:
                    client.reply()
            if source.random() < 0.5:
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.socket.close()
        self.proxy.wait_until(lambda: self.descriptors() <= idle, "the descriptors to be closed", 40)

    def test_many_idle_sessions(self):
        self.relay(100)
        clients = [Dialogue(self.proxy.port) for _ in range(1000)]
        for client in clients:
            client.command("EHLO client.example")
        self.relay(50)
        for client in clients:
            client.socket.close()
        self.proxy.wait_until(lambda: self.descriptors() < 100, "the descriptors to be closed")


class Deadlines(RelayCase):
    settings = {
        "timeouts": "command: 1s, data: 2s, connect: 1s, upstream-reply: 2s, upstream-final: 3s, pace: 100 KB/s"
    }

    def assert_closed_with(self, client, code, enhanced):
        self.assert_reply(client.reply(), code, enhanced)
        self.assertTrue(client.is_closed_by_peer())

    def test_silent_client(self):
        self.assert_closed_with(self.client(), 421, "4.4.2")

    def test_silent_client_within_a_transaction(self):
        client = self.client()
        client.envelope()
        self.assert_closed_with(client, 421, "4.4.2")
        self.assertEqual(self.upstream.transactions, [])

    def test_silent_client_within_the_data(self):
        client = self.client()
        client.envelope()
        self.assert_reply(client.command("DATA"), 354)
        client.send(b"Subject: x\r\n\r\nand then noth")
        self.assert_closed_with(client, 421, "4.4.2")
        self.assertEqual(self.upstream.transactions, [])

    def test_dripping_client(self):
        """Octet after octet, each in time, but never done: the pace is held against the last minute."""
        client = self.client()
        client.envelope()
        self.assert_reply(client.command("DATA"), 354)
        client.send(b"Subject: x\r\n\r\n")
        self.assertRegex(self.drip(client, b"x"), rb"^421 4\.\d\.\d ")
        self.assertEqual(self.upstream.transactions, [])

    def test_dripping_command(self):
        self.assertRegex(self.drip(self.client(), b"N"), rb"^421 4\.4\.2 ")

    def drip(self, client, octet, seconds=130):
        """Sends `octet` again and again until something is answered."""
        client.socket.settimeout(0.05)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            client.send(octet)
            try:
                return client.socket.recv(4096)
            except TimeoutError:
                pass
        raise AssertionError(f"nothing heard in {seconds} s of dripping")


class Limits(RelayCase):
    settings = {"limits": "sessions: 4, recipients: 3, message: 1 MiB, command-line: 1024"}

    def test_sessions(self):
        clients = [self.client() for _ in range(4)]
        self.assertTrue(all(client.greeting.code == 220 for client in clients))
        fifth = self.client()
        self.assert_reply(fifth.greeting, 421, "4.3.2")
        self.assertTrue(fifth.is_closed_by_peer())
        self.assert_reply(clients[0].command("QUIT"), 221)
        self.assertTrue(clients[0].is_closed_by_peer())
        self.proxy.wait_until(lambda: self.client().greeting.code == 220, "room for another session")

    def test_recipients(self):
        client = self.client()
        client.envelope(recipients=[f"<r{number}@example.org>" for number in range(3)])
        self.assert_reply(client.command("RCPT TO:<r3@example.org>"), 452, "4.5.3")
        self.assert_reply(client.data(b"Subject: x\r\n\r\n.\r\n"), 250)
        self.assertEqual(len(self.upstream.received()[0].recipients), 3)

    def test_message(self):
        client = self.client()
        self.assertIn("SIZE 1048576", client.command("EHLO client.example").lines)
        self.assert_reply(client.command("MAIL FROM:<a@example.net> SIZE=1048577"), 552, "5.3.4")
        client.envelope()
        self.assert_reply(client.data(b"Subject: x\r\n\r\n" + b"text\r\n" * 200_000 + b".\r\n"), 552, "5.3.4")
        self.assert_reply(client.command("NOOP"), 250)
        self.assertEqual(self.upstream.transactions, [])
