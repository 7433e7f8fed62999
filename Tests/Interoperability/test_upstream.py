"""Upstreams that are down, confused, or gone: the client hears what it can act on, and keeps its message."""

import os
import signal
import socket
import threading

from peers.addresses import HOST, free_port
from peers.case import InteroperabilityCase
from peers.client import Dialogue
from peers.waiting import until

MESSAGE = b"Subject: x\r\n\r\ntext\r\n.\r\n"


class Upstream(InteroperabilityCase):
    settings = {"timeouts": "connect: 2s, upstream-reply: 2s, upstream-final: 2s"}

    def before(self, **options):
        """A client of Gatepost before a recorder with these options."""
        self.upstream = self.recorder(**options)
        return self.client(self.upstream.port)

    def client(self, upstream_port):
        self.proxy = self.gatepost(upstream_port, **self.settings)
        client = Dialogue(self.proxy.port)
        self.addCleanup(client.socket.close)
        return client

    def test_nothing_listens(self):
        client = self.client(free_port())
        self.assert_reply(client.greeting, 220)
        self.assert_reply(client.command("HELO client.example"), 250)
        self.assert_reply(client.command("MAIL FROM:<a@example.net>"), 451, "4.4.1")
        self.assert_reply(client.command("QUIT"), 221)

    def test_greeting_refuses(self):
        """Neither 4yz nor 5yz of a greeting bounces mail."""
        for greeting in ("421 4.3.2 Not now", "554 5.3.2 Never"):
            client = self.before(answers={"CONNECT": greeting})
            client.command("HELO client.example")
            self.assert_reply(client.command("MAIL FROM:<a@example.net>"), 451, "4.4.1")

    def test_probes_cost_the_upstream_nothing(self):
        client = self.before()
        self.assert_reply(client.command("HELO client.example"), 250)
        self.assert_reply(client.command("NOOP"), 250)
        self.assert_reply(client.command("RSET"), 250)
        self.assert_reply(client.command("QUIT"), 221)
        self.assertEqual(self.upstream.sessions, 0)

    def test_a_crowd_asks_the_upstream_once(self):
        """What the upstream offers is asked for when nothing is known of it, not once for every client that waits."""
        clients = [self.before(), *(Dialogue(self.proxy.port) for _ in range(99))]
        for client in clients:
            self.assertIn("8BITMIME", client.command("EHLO client.example").lines)
            self.addCleanup(client.socket.close)
        self.assertLessEqual(self.upstream.sessions, 2 * (os.cpu_count() or 1))

    def test_answers_come_through(self):
        for command, reply in (
            ("MAIL", "452 4.3.1 Disk full"),
            ("MAIL", "550 5.1.8 Bad sender"),
            ("MAIL", "421 4.3.2 Going down"),
        ):
            client = self.before(answers={command: reply})
            client.command("EHLO client.example")
            answer = client.command("MAIL FROM:<a@example.net>")
            if reply.startswith("421"):
                self.assertEqual(answer.code // 100, 4)
            else:
                self.assertEqual(str(answer), reply)

    def test_end_of_data_is_refused(self):
        for reply in ("550 5.7.1 Content refused", "452 4.3.1 Disk full", "554 5.6.0 Bad"):
            client = self.before(answers={".": reply})
            client.envelope()
            self.assertEqual(str(client.data(MESSAGE)), reply)
            self.assert_reply(client.command("NOOP"), 250)

    def test_data_is_refused(self):
        """We have said 354 already: the client hears of it after its end-of-data."""
        client = self.before(answers={"DATA": "554 5.7.1 No data"})
        client.envelope()
        self.assert_reply(client.data(MESSAGE), 554, "5.7.1", "No data")
        self.assert_reply(client.command("NOOP"), 250)

    def test_lost_before_the_message(self):
        for command in ("MAIL", "RCPT", "DATA"):
            with self.subTest(command=command):
                client = self.before(answers={command: None})
                client.command("EHLO client.example")
                replies = [client.command("MAIL FROM:<a@example.net>")]
                if replies[-1].code == 250:
                    replies.append(client.command("RCPT TO:<user@example.org>"))
                if replies[-1].code == 250:
                    replies.append(client.data(MESSAGE))
                self.assertEqual(replies[-1].code // 100, 4, str(replies[-1]))
                self.assertRegex(replies[-1].lines[0], r"^4\.\d+\.\d+ ")

    def test_lost_after_the_final_dot(self):
        """Nobody knows whether it was delivered: 451 4.4.2, and no second attempt by us."""
        client = self.before(answers={".": None})
        client.envelope()
        self.assert_reply(client.data(MESSAGE), 451, "4.4.2")
        self.assertEqual(self.upstream.commands.count("DATA"), 1)
        self.proxy.wait_until(lambda: "ambiguous" in self.proxy.log, "the log to call it ambiguous")

    def test_senseless_replies(self):
        for command, reply in (
            ("MAIL", "354 Go on"),
            ("RCPT", "354 Go on"),
            ("DATA", "250 Fine"),
            ("MAIL", "999 x"),
            ("MAIL", "garbage"),
            ("MAIL", "250-a\r\n251 b"),
        ):
            with self.subTest(command=command, reply=reply):
                client = self.before(answers={command: reply})
                client.command("EHLO client.example")
                answers = [client.command("MAIL FROM:<a@example.net>")]
                if answers[-1].code == 250:
                    answers.append(client.command("RCPT TO:<user@example.org>"))
                if answers[-1].code == 250:
                    answers.append(client.data(MESSAGE))
                self.assertEqual(answers[-1].code // 100, 4, str(answers[-1]))
                self.assertEqual(self.upstream.transactions, [])

    def test_reply_ahead_of_its_command(self):
        """A second 250 behind the answer to RCPT is never taken for the answer to the message."""
        client = self.before(answers={"RCPT": "250 2.1.5 Ok\r\n354 Go ahead\r\n250 2.0.0 Delivered"})
        client.command("EHLO client.example")
        client.command("MAIL FROM:<a@example.net>")
        client.command("RCPT TO:<user@example.org>")
        reply = client.data(MESSAGE)
        self.assertEqual(reply.code // 100, 4, str(reply))
        self.assertEqual(self.upstream.transactions, [])

    def test_lost_between_transactions(self):
        """A connection that the upstream has closed meanwhile is replaced: the client notices nothing."""
        client = self.before()
        for _ in range(3):
            client.envelope()
            self.assert_reply(client.data(MESSAGE), 250)
            self.upstream.disconnect()
        self.assertEqual(len(self.upstream.received(3)), 3)

    def test_lost_within_the_message(self):
        client = self.before()
        client.envelope()
        self.assert_reply(client.command("DATA"), 354)
        client.send(b"Subject: x\r\n\r\n" + b"text\r\n" * 50_000)
        until(lambda: "DATA" in self.upstream.commands, "DATA at the upstream")
        self.upstream.disconnect()
        client.send(b"text\r\n" * 10 + b".\r\n")
        self.assert_reply(client.reply(), 451, "4.4.2")
        self.assertEqual(self.upstream.transactions, [])
        self.assert_reply(client.command("NOOP"), 250)

    def test_reply_within_the_message(self):
        """Whatever an upstream says before it has the message, its 250 among it, is no receipt."""
        for reply in ("250 2.0.0 Delivered", "552 5.3.4 Enough", "421 4.3.2 Going down"):
            with self.subTest(reply=reply):
                client = self.before(answers={"DATA": "354 Go ahead\r\n" + reply})
                client.envelope()
                answer = client.data(MESSAGE)
                self.assertEqual(answer.code // 100, 4, str(answer))
                self.assertEqual(self.upstream.transactions, [])

    def test_silent_upstream(self):
        server = socket.create_server((HOST, 0))
        self.addCleanup(server.close)
        kept = []
        threading.Thread(target=lambda: kept.append(server.accept()), daemon=True).start()
        client = self.client(server.getsockname()[1])
        client.command("HELO client.example")
        self.assert_reply(client.command("MAIL FROM:<a@example.net>"), 451, "4.4.1")

    def test_endless_replies(self):
        """A reply without an end costs bounded memory and time."""
        line = "250-" + "x" * 200 + "\r\n"
        for reply in ("250 " + "x" * 5_000_000, line * 30_000 + "250 x", "2" * 5_000_000):
            client = self.before(answers={"MAIL": reply})
            client.command("EHLO client.example")
            self.proxy.forget_peak()
            before = self.proxy.memory("VmHWM")
            self.assert_reply(client.command("MAIL FROM:<a@example.net>"), 451)
            self.assertLess(self.proxy.memory("VmHWM") - before, 4096, "KiB more at the peak")

    def test_long_replies_come_through(self):
        lines = [f"5.7.1 reason number {number}" for number in range(50)]
        client = self.before(
            answers={"MAIL": "\r\n".join(f"550{'-' if line != lines[-1] else ' '}{line}" for line in lines)}
        )
        client.command("EHLO client.example")
        reply = client.command("MAIL FROM:<a@example.net>")
        self.assertEqual((reply.code, list(reply.lines)), (550, lines))

    def test_without_8bitmime(self):
        """Not offered, and 8-bit content does not slip through."""
        client = self.before(extensions=["PIPELINING", "SIZE 1000000"])
        self.assertNotIn("8BITMIME", client.command("EHLO client.example").lines)
        client.envelope()
        self.assert_reply(client.data(b"Subject: x\r\n\r\n\xe9\r\n.\r\n"), 554, "5.6.3")
        self.assertEqual(self.upstream.transactions, [])

    def test_without_smtputf8(self):
        client = self.before(extensions=["8BITMIME"])
        self.assertNotIn("SMTPUTF8", client.command("EHLO client.example").lines)
        self.assert_reply(client.command("MAIL FROM:<zoë@example.net>"), 553, "5.6.7")

    def test_unknown_extensions_are_not_passed_on(self):
        client = self.before(extensions=["XCLIENT NAME", "X-SECRET", "CHUNKING", "8BITMIME", "SIZE 1000"])
        words = {line.split()[0] for line in client.command("EHLO client.example").lines[1:]}
        self.assertFalse(words & {"XCLIENT", "X-SECRET", "CHUNKING", "STARTTLS", "AUTH"}, words)
        self.assertIn("8BITMIME", words)
        self.assert_reply(client.command("MAIL FROM:<a@example.net> X-SECRET=1"), 555)

    def test_declared_size_covers_what_is_added(self):
        client = self.before()
        client.envelope(parameters="SIZE=20")
        self.assert_reply(client.data(MESSAGE), 250)
        transaction = self.upstream.received()[0]
        declared = int(transaction.sender.upper().partition("SIZE=")[2].split()[0])
        self.assertGreaterEqual(declared, len(transaction.content))

    def test_shutdown_lets_a_transaction_finish(self):
        client = self.before()
        client.envelope()
        self.assert_reply(client.command("DATA"), 354)
        client.send(b"Subject: x\r\n")
        idle = Dialogue(self.proxy.port)
        self.addCleanup(idle.socket.close)
        idle.command("EHLO client.example")
        process = self.proxy
        process.signal(signal.SIGTERM)
        self.assert_reply(idle.reply(), 421, "4.3.2")
        client.send(b"\r\ntext\r\n.\r\n")
        self.assert_reply(client.reply(), 250)
        self.assertEqual(len(self.upstream.received()), 1)
        self.assertEqual(process.wait(20), 0)
