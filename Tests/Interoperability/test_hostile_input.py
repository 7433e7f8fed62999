"""Garbage, endless input, silence and worse: a fitting reply, bounded memory, and nothing delivered by accident."""
import os
import random
import socket
import time

from peers.addresses import HOST
from peers.case import InteroperabilityCase
from peers.client import Dialogue

MIB = 1024 * 1024


class HostileCase(InteroperabilityCase):
    settings = {}

    def setUp(self):
        super().setUp()
        self.upstream = self.recorder()
        self.proxy = self.gatepost(self.upstream.port, **self.settings)

    def client(self, **options):
        client = Dialogue(self.proxy.port, **options)
        self.addCleanup(client.socket.close)
        return client

    def assert_still_relays(self):
        with Dialogue(self.proxy.port) as client:
            before = len(self.upstream.transactions)
            client.envelope()
            self.assert_reply(client.data(b"Subject: still here\r\n\r\n.\r\n"), 250)
            self.assertEqual(len(self.upstream.received(before + 1)), before + 1)


class Commands(HostileCase):
    def test_syntax_errors(self):
        """Each hears its code; the session goes on."""
        client = self.client()
        for octets, codes, enhanced in (
            (b"\r\n", (500,), "5."),
            (b"FOO\r\n", (500,), "5.5."),
            (b"MAIL\0 FROM:<a@b>\r\n", (500, 501), "5.5.2"),
            (b"NOOP \0\r\n", (500, 501), "5.5.2"),
            (b"NOOP a\rb\r\n", (500, 501), "5.5.2"),
            (b"NOOP \x07\r\n", (500, 501), "5.5.2"),
            (b"EHLO\r\n", (501,), "5.5.4"),
            (b"RSET now\r\n", (501,), "5.5.4"),
            (b"MAIL FROM:<a@b> FOO=BAR\r\n", (503, 555, 501), "5.5."),
            (b"RCPT TO:<a@b>\r\n", (503,), "5.5.1"),
            (b"DATA\r\n", (503,), "5.5.1"),
            (b"TURN\r\n", (502,), "5.5.1"),
            (b"STARTTLS\r\n", (500, 502), "5.5.1"),
            (b"BDAT 10 LAST\r\n", (500, 502, 503), "5.5.1"),
            (b"\xff\xfe\xfd\r\n", (500, 501), "5.5."),
        ):
            client.send(octets)
            reply = client.reply()
            self.assertIsNotNone(reply, f"closed at {octets}")
            self.assertIn(reply.code, codes, f"{octets}: {reply}")
            self.assertTrue(reply.lines[0].startswith(enhanced), f"{octets}: {reply}")
        self.assert_reply(client.command("NOOP"), 250)

    def test_bare_line_feed(self):
        """It ends no line, and a client that sends nothing else hears so at once."""
        client = self.client()
        client.send(b"NOOP\n")
        self.assert_reply(client.reply(), 500, "5.5.2")
        client.send(b"NOOP\nNOOP\r\n")
        client.send(b"NOOP\r\n")
        replies = [client.reply() for _ in range(1)]
        self.assertIn(replies[-1].code, (250, 500))

    def test_bare_line_feeds_hide_no_command(self):
        client = self.client()
        client.command("EHLO client.example")
        client.send(b"NOOP x\nMAIL FROM:<smuggled@example.net>\nRCPT TO:<user@example.org>\r\nQUIT\r\n")
        while (reply := client.reply()) is not None and reply.code != 221:
            self.assert_reply(reply, 500, "5.5.2")
        self.assertFalse([line for line in self.upstream.commands if "smuggled" in line])

    def test_too_many_errors(self):
        client = self.client()
        codes = []
        for _ in range(200):
            reply = client.command("NONSENSE")
            codes.append(reply.code)
            if reply.code == 421:
                self.assert_reply(reply, 421, "4.7.0")
                break
        self.assertEqual(codes[-1], 421)
        self.assertLess(len(codes), 30)
        self.assertTrue(client.is_closed_by_peer())
        self.assert_still_relays()

    def test_long_lines(self):
        client = self.client()
        client.send(b"NOOP " + b"x" * 100_000 + b"\r\nNOOP\r\n")
        self.assert_reply(client.reply(), 500, "5.5.2")
        self.assert_reply(client.reply(), 250)

    def test_binary_garbage(self):
        """Random octets on many connections; whatever it answers, it goes on relaying."""
        source = random.Random(2821)
        for _ in range(40):
            with Dialogue(self.proxy.port) as client:
                octets = bytes(source.choices(range(256), k=source.randint(1, 30000)))
                try:
                    client.send(octets + b"\r\n")
                    client.socket.shutdown(socket.SHUT_WR)
                except OSError:
                    pass
                self.assertTrue(client.is_closed_by_peer())
        self.assert_still_relays()
        self.assertEqual(len(self.upstream.transactions), 1)

    def test_garbage_within_a_transaction(self):
        source = random.Random(5322)
        words = [b"MAIL FROM:<a@b.example>", b"RCPT TO:<user@example.org>", b"DATA", b"RSET", b"EHLO x", b".", b"\0",
                 b"QUIT", b"text", b"\r", b"\n", b"\r\n", b"\r\n.\r\n", b"Subject: x", b"VRFY", b"\xff" * 50, b" "]
        for _ in range(60):
            with Dialogue(self.proxy.port) as client:
                octets = b"".join(source.choice(words) + source.choice([b"\r\n", b"\r\n", b"\r\n", b"\n", b""])
                                  for _ in range(source.randint(1, 60)))
                try:
                    client.send(octets)
                    client.socket.shutdown(socket.SHUT_WR)
                except OSError:
                    pass
                self.assertTrue(client.is_closed_by_peer())
        self.assert_still_relays()

    def test_pipelined_quit_then_half_close(self):
        """All that was asked for before is answered."""
        client = self.client()
        client.send(b"EHLO client.example\r\nNOOP\r\nRSET\r\nQUIT\r\n")
        client.socket.shutdown(socket.SHUT_WR)
        self.assertEqual([client.reply().code for _ in range(4)], [250, 250, 250, 221])
        self.assertIsNone(client.reply())

    def test_commands_behind_data(self):
        """What arrives behind DATA before the 354 was sent is no message of a client that keeps to the RFC."""
        client = self.client()
        client.send(
            b"EHLO client.example\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<user@example.org>\r\nDATA\r\n"
            b"Subject: too early\r\n\r\n.\r\nQUIT\r\n"
        )
        replies = []
        while (reply := client.reply()) is not None:
            replies.append(reply)
        self.assertIn((554, "5.5.0"), [(reply.code, reply.lines[0][:5]) for reply in replies], replies)
        self.assertEqual(self.upstream.transactions, [])


class Content(HostileCase):
    def test_near_misses_of_the_end(self):
        """Only CRLF.CRLF ends the data, so that no second message hides in the first; bare line ends are refused."""
        hidden = b"MAIL FROM:<smuggled@example.net>\r\nRCPT TO:<user@example.org>\r\nDATA\r\nSubject: hidden\r\n\r\nx\r\n"
        for end in (b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r.\r\n", b"\r\n.\r\0\n", b"\n\n.\r\n",
                    b"\r\r\n.\r\r\n", b"\r\n\0.\r\n", b"\r\n.\0\r\n"):
            with self.subTest(end=end):
                client = self.client()
                client.envelope()
                reply = client.data(b"Subject: outer\r\n\r\ntext" + end + hidden + b".\r\n")
                self.assertIn(reply.code // 100, (2, 5), str(reply))
                if b"\r\n" in end.replace(b"\r\n", b"") or end.count(b"\r") != end.count(b"\n"):
                    self.assert_reply(reply, 550, "5.6.11")
                self.assert_reply(client.command("NOOP"), 250)
        self.assertFalse([line for line in self.upstream.commands if "smuggled" in line])

    def test_bare_line_ends(self):
        for content in (b"Subject: x\r\n\r\na\nb\r\n", b"Subject: x\r\n\r\na\rb\r\n", b"Subject: x\nTo: y\r\n\r\ntext\r\n",
                        b"Subject: x\r\n\r\n" + b"line\r\n" * 50000 + b"a\nb\r\n"):
            with self.subTest(content=content[:30]):
                client = self.client()
                client.envelope()
                self.assert_reply(client.data(content + b".\r\n"), 550, "5.6.11")
                self.assert_reply(client.command("NOOP"), 250)
        self.assertEqual(self.upstream.transactions, [])
        self.assert_still_relays()

    def test_null_octets_cost_nothing_but_themselves(self):
        client = self.client()
        client.envelope()
        reply = client.data(b"Subject: a\0b\r\n\r\n" + b"\0" * 10000 + b"\r\n.\r\n")
        self.assertIn(reply.code // 100, (2, 5), str(reply))
        self.assert_still_relays()

    def test_endless_header_section(self):
        client = self.client()
        client.envelope()
        reply = client.data(b"X-Field: value\r\n" * 200_000 + b"\r\n.\r\n")
        self.assertEqual(reply.code // 100, 5, str(reply))
        self.assertRegex(reply.lines[0], r"^5\.\d+\.\d+ ")
        self.assertEqual(self.upstream.transactions, [])
        self.assert_reply(client.command("NOOP"), 250)

    def test_mail_loop(self):
        client = self.client()
        client.envelope()
        self.assert_reply(
            client.data(b"Received: from a by b; Mon, 1 Jan 2024 00:00:00 +0000\r\n" * 101 + b"\r\n.\r\n"), 554, "5.4.6"
        )
        self.assertEqual(self.upstream.transactions, [])

    def test_client_is_lost_within_the_data(self):
        for octets in (b"", b"Subject: x\r\n", b"Subject: x\r\n\r\ntext", b"Subject: x\r\n\r\ntext\r\n.", b"x" * 300_000):
            for abrupt in (False, True):
                with self.subTest(octets=octets[:30], abrupt=abrupt):
                    client = Dialogue(self.proxy.port)
                    client.envelope()
                    self.assert_reply(client.command("DATA"), 354)
                    client.send(octets)
                    if abrupt:
                        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    client.socket.close()
        self.assert_still_relays()
        self.assertEqual(len(self.upstream.transactions), 1)

    def test_client_is_lost_after_its_dot(self):
        """The message was handed over whole: it is delivered, once."""
        client = Dialogue(self.proxy.port)
        client.envelope()
        self.assert_reply(client.command("DATA"), 354)
        client.send(b"Subject: x\r\n\r\ntext\r\n.\r\n")
        client.socket.close()
        self.assertEqual(len(self.upstream.received()), 1)


class EndlessLines(InteroperabilityCase):
    """64 MiB without a line end, where a line is expected and where content is."""

    allowance = 4096

    def setUp(self):
        super().setUp()
        self.sink = self.smtp_sink()
        self.proxy = self.gatepost(self.sink.port, limits="message: 100 MiB, header: 256 KiB")
        for _ in range(3):  # what is allocated once is not counted
            with Dialogue(self.proxy.port) as client:
                client.envelope()
                self.assert_reply(client.data(b"Subject: x\r\n\r\n" + b"text\r\n" * 100_000 + b".\r\n"), 250)

    def grows_little_while(self, action):
        self.proxy.forget_peak()
        before = self.proxy.memory("VmHWM")
        action()
        self.assertLess(self.proxy.memory("VmHWM") - before, self.allowance, "KiB more at the peak")

    def send_line(self, client):
        for _ in range(64):
            client.send(b"x" * MIB)

    def test_command(self):
        with Dialogue(self.proxy.port, timeout=60) as client:
            self.grows_little_while(lambda: self.send_line(client))
            client.send(b"\r\n")
            self.assert_reply(client.reply(), 500, "5.5.2")
            self.assert_reply(client.command("NOOP"), 250)

    def test_body(self):
        with Dialogue(self.proxy.port, timeout=60) as client:
            client.envelope()
            self.assert_reply(client.command("DATA"), 354)
            client.send(b"Subject: x\r\n\r\n")
            self.grows_little_while(lambda: self.send_line(client))
            client.send(b"\r\n.\r\n")
            reply = client.reply()
            self.assertIn(reply.code // 100, (2, 5), str(reply))

    def test_header_section(self):
        with Dialogue(self.proxy.port, timeout=60) as client:
            client.envelope()
            self.assert_reply(client.command("DATA"), 354)
            client.send(b"Subject: ")
            self.grows_little_while(lambda: self.send_line(client))
            client.send(b"\r\n.\r\n")
            self.assertEqual(client.reply().code // 100, 5)


class Backpressure(InteroperabilityCase):
    def test_a_slow_upstream_slows_the_client(self):
        """An upstream that does not read is no reason to hold the message in memory."""
        import threading

        release = threading.Event()
        server = socket.create_server((HOST, 0))
        self.addCleanup(server.close)
        self.addCleanup(release.set)

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=self.stall, args=(connection, release), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        proxy = self.gatepost(server.getsockname()[1], limits="message: 100 MiB")
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
                stream.write(b"250-slow.example\r\n250 8BITMIME\r\n" if line.upper().startswith(b"EHLO") else b"250 Ok\r\n")


class Deadlines(HostileCase):
    settings = {"timeouts": "command: 1s, data: 2s, session: 1m, connect: 1s, upstream-reply: 2s, upstream-final: 3s, pace: 100 KB/s"}

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
        """Octet after octet, each in time, but never done."""
        client = self.client(timeout=0.05)
        client.socket.settimeout(20)
        client.envelope()
        self.assert_reply(client.command("DATA"), 354)
        client.send(b"Subject: x\r\n\r\n")
        client.socket.settimeout(0.05)
        deadline = time.monotonic() + 60
        octets = b""
        while not octets and time.monotonic() < deadline:
            try:
                client.send(b"x")
                octets = client.socket.recv(4096)
            except TimeoutError:
                pass
            except OSError:
                break
        self.assertTrue(octets.startswith(b"421 4."), octets)
        self.assertEqual(self.upstream.transactions, [])

    def test_dripping_command(self):
        client = self.client()
        client.socket.settimeout(0.05)
        deadline = time.monotonic() + 30
        octets = b""
        while not octets and time.monotonic() < deadline:
            try:
                client.send(b"N")
                octets = client.socket.recv(4096)
            except TimeoutError:
                pass
            except OSError:
                break
        self.assertTrue(octets.startswith(b"421 4.4.2"), octets)


class Limits(HostileCase):
    settings = {"limits": "sessions: 6, sessions-per-client: 4, recipients: 3, message: 1 MiB, header: 64 KiB, command-line: 1024"}

    def test_sessions_of_one_client(self):
        clients = [self.client() for _ in range(4)]
        self.assertTrue(all(client.greeting.code == 220 for client in clients))
        fifth = self.client()
        self.assert_reply(fifth.greeting, 421, "4.7.0")
        self.assertTrue(fifth.is_closed_by_peer())
        self.assert_reply(clients[0].command("QUIT"), 221)
        self.assertTrue(clients[0].is_closed_by_peer())
        self.proxy.wait_until(lambda: Dialogue(self.proxy.port).greeting.code == 220, "room for another session")

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
