"""Garbage where commands are expected: a fitting reply, and nothing delivered by accident."""

import random
import socket

from peers.client import Dialogue
from peers.relay_case import RelayCase


class Commands(RelayCase):
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

    def test_parameters(self):
        """What the values of parameters may not be; a number beyond all bounds is only a large one."""
        client = self.client()
        client.command("EHLO client.example")
        for parameters, codes in (
            ("SIZE=99999999999999999999999999", (501, 552)),
            ("SIZE=-1", (501,)),
            ("SIZE=x", (501,)),
            ("SIZE", (501,)),
            ("BODY=", (501,)),
            ("BODY=9BIT", (501, 555)),
            ("BODY=8BITMIME BODY=7BIT", (501,)),
            ("=x", (501,)),
            ("SIZE=1 " * 200, (500, 501)),
            ("RET=HDRS", (555,)),
            ("AUTH=<>", (555,)),
        ):
            reply = client.command(f"MAIL FROM:<a@example.net> {parameters}")
            self.assertIn(reply.code, codes, f"{parameters}: {reply}")
        self.assert_reply(client.command("MAIL FROM:<a@example.net> SIZE=9223372036854775807"), 552, "5.3.4")

    def test_order(self):
        client = self.client()
        self.assert_reply(client.command("MAIL FROM:<a@example.net>"), 503, "5.5.1")
        client.envelope()
        self.assert_reply(client.command("MAIL FROM:<b@example.net>"), 503, "5.5.1")
        client.command("EHLO again.example")
        self.assert_reply(client.command("RCPT TO:<user@example.org>"), 503, "5.5.1")
        client.envelope()
        self.assert_reply(client.data(b"Subject: x\r\n\r\n.\r\n"), 250)
        self.assert_reply(client.command("DATA"), 503, "5.5.1")
        self.assertEqual(len(self.upstream.received()), 1)

    def test_next_transaction_behind_the_final_dot(self):
        client = self.client()
        client.envelope()
        self.assert_reply(client.command("DATA"), 354)
        client.send(b"Subject: 1\r\n\r\n.\r\nMAIL FROM:<b@example.net>\r\nRCPT TO:<user@example.org>\r\nDATA\r\n")
        self.assertEqual([client.reply().code for _ in range(4)], [250, 250, 250, 354])
        client.send(b"Subject: 2\r\n\r\n.\r\n")
        self.assert_reply(client.reply(), 250)
        self.assertEqual(len(self.upstream.received(2)), 2)

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
        words = [
            b"MAIL FROM:<a@b.example>",
            b"RCPT TO:<user@example.org>",
            b"DATA",
            b"RSET",
            b"EHLO x",
            b".",
            b"\0",
            b"QUIT",
            b"text",
            b"\r",
            b"\n",
            b"\r\n",
            b"\r\n.\r\n",
            b"Subject: x",
            b"VRFY",
            b"\xff" * 50,
            b" ",
        ]
        for _ in range(60):
            with Dialogue(self.proxy.port) as client:
                octets = b"".join(
                    source.choice(words) + source.choice([b"\r\n", b"\r\n", b"\r\n", b"\n", b""])
                    for _ in range(source.randint(1, 60))
                )
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
