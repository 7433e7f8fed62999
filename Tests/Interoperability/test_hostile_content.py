"""Garbage where content is expected: only CRLF.CRLF ends it, and what is not whole is not delivered."""

import socket

from peers.client import Dialogue
from peers.relay_case import RelayCase


class Content(RelayCase):
    def test_near_misses_of_the_end(self):
        """Only CRLF.CRLF ends the data, so that no second message hides in the first; bare line ends are refused."""
        hidden = (
            b"MAIL FROM:<smuggled@example.net>\r\nRCPT TO:<user@example.org>\r\nDATA\r\nSubject: hidden\r\n\r\nx\r\n"
        )
        for end in (
            b"\n.\n",
            b"\n.\r\n",
            b"\r.\r",
            b"\r\n.\n",
            b"\r\n.\r",
            b"\r.\r\n",
            b"\r\n.\r\0\n",
            b"\n\n.\r\n",
            b"\r\r\n.\r\r\n",
            b"\r\n\0.\r\n",
            b"\r\n.\0\r\n",
        ):
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
        for content in (
            b"Subject: x\r\n\r\na\nb\r\n",
            b"Subject: x\r\n\r\na\rb\r\n",
            b"Subject: x\nTo: y\r\n\r\ntext\r\n",
            b"Subject: x\r\n\r\n" + b"line\r\n" * 50000 + b"a\nb\r\n",
        ):
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
        for octets in (
            b"",
            b"Subject: x\r\n",
            b"Subject: x\r\n\r\ntext",
            b"Subject: x\r\n\r\ntext\r\n.",
            b"x" * 300_000,
        ):
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
