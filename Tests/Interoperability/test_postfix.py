"""Gatepost before a real Postfix: what it accepts is delivered, what it refuses is refused in its own words."""

import smtplib
import unittest

from peers import gatepost
from peers.addresses import HOST
from peers.case import InteroperabilityCase
from peers.client import Dialogue
from peers.postfix import Postfix, can_run

SETTINGS = [
    "smtpd_delay_reject = no",
    "smtpd_sender_restrictions = check_sender_access inline:{ {refused@example.net = 550 5.7.1 We do not like you} }",
    "smtpd_data_restrictions = check_sender_access inline:{ {nodata@example.net = 554 5.7.1 No data from you} }",
    "smtpd_end_of_data_restrictions = check_sender_access inline:{ {late@example.net = 450 4.7.1 Come back later} }",
    "header_checks = regexp:{ {/^Subject: .*forbidden/ REJECT No such subject here} }",
]
MESSAGE = b"From: sender@example.net\r\nSubject: hello\r\n\r\nHello.\r\n"


@unittest.skipUnless(can_run(), "Postfix starts as root alone")
class PostfixCase(InteroperabilityCase):
    settings = {}
    postfix_settings = SETTINGS

    def setUp(self):
        super().setUp()
        self.postfix = Postfix(self.folder, self.postfix_settings)
        self.addCleanup(self.postfix.stop)
        self.proxy = self.gatepost(self.postfix.port, **self.settings)

    def client(self):
        client = Dialogue(self.proxy.port)
        self.addCleanup(client.socket.close)
        return client


class Acceptance(PostfixCase):
    def test_mail_is_delivered(self):
        with smtplib.SMTP(HOST, self.proxy.port, "client.example", timeout=30) as client:
            for number in range(10):
                octets = MESSAGE.replace(b"hello", b"hello %d" % number)
                self.assertEqual(client.sendmail("sender@example.net", ["user@example.org"], octets), {})
        messages = self.postfix.delivered(count=10)
        self.assertEqual({message["Subject"] for message in messages}, {f"hello {number}" for number in range(10)})
        for message in messages:
            self.assertEqual(message["Return-Path"], "<sender@example.net>")
            self.assertEqual(message.get_content(), "Hello.\n")
            hops = message.get_all("Received")
            self.assertEqual(len([hop for hop in hops if "by gatepost.example" in hop]), 1)
            self.assertIn("from gatepost.example", hops[-2], "Postfix hears our own name at EHLO")

    def test_a_message_that_is_here_as_a_whole_comes_as_one_chunk(self):
        with smtplib.SMTP(HOST, self.proxy.port, "client.example", timeout=30) as client:
            for _ in range(3):
                self.assertEqual(client.sendmail("sender@example.net", ["user@example.org"], MESSAGE), {})
        self.postfix.delivered(count=3)
        # Postfix counts the commands of a connection: each chunk is followed by RSET, and DATA is not said.
        counts = "mail=3 rcpt=3 bdat=3 rset=3 quit=1"
        self.postfix.wait_until(lambda: counts in self.postfix.log, f"{counts} in the log")

    def test_beside_a_refused_recipient_it_comes_behind_data(self):
        client = self.client()
        client.envelope(sender="<sender@example.net>", recipients=["<user@example.org>"])
        self.assert_reply(client.command("RCPT TO:<nobody@example.org>"), 550)
        self.assert_reply(client.data(MESSAGE + b".\r\n"), 250)
        self.assert_reply(client.command("QUIT"), 221)
        (message,) = self.postfix.delivered()
        self.assertEqual(message["Return-Path"], "<sender@example.net>")
        counts = "mail=1 rcpt=1/2 data=1 quit=1"
        self.postfix.wait_until(lambda: counts in self.postfix.log, f"{counts} in the log")

    def test_eight_bit_and_internationalised_mail(self):
        with smtplib.SMTP(HOST, self.proxy.port, "client.example", timeout=30) as client:
            self.assertIn("smtputf8", client.ehlo()[1].decode().lower())
            octets = "From: sender@example.net\r\nSubject: Grüße\r\n\r\nSchöne Grüße.\r\n".encode()
            client.sendmail("sender@example.net", ["user@example.org"], octets, mail_options=["BODY=8BITMIME"])
            client.sendmail(
                "absender@müller.example", ["zoë@example.org"], octets, mail_options=["BODY=8BITMIME", "SMTPUTF8"]
            )
        (message,) = self.postfix.delivered()
        self.assertEqual(message["Subject"], "Grüße")
        self.assertEqual(message.get_payload(decode=True), "Schöne Grüße.\n".encode())
        (message,) = self.postfix.delivered("zoe")
        self.assertIn("müller.example", message["Return-Path"])

    def test_null_sender_and_postmaster(self):
        client = self.client()
        client.envelope(sender="<>", recipients=["<postmaster@example.org>", "<Postmaster>"])
        self.assert_reply(client.data(MESSAGE + b".\r\n"), 250)
        for message in self.postfix.delivered("postmaster", count=2):
            self.assertEqual(message["Return-Path"], "<>")

    def test_delivery_status_parameters_arrive(self):
        client = self.client()
        self.assertIn("DSN", client.command("EHLO client.example").lines)
        self.assert_reply(client.command("MAIL FROM:<sender@example.net> RET=HDRS ENVID=QQ314159"), 250)
        self.assert_reply(client.command("RCPT TO:<user@example.org> NOTIFY=NEVER ORCPT=rfc822;user@example.org"), 250)
        self.assert_reply(client.data(MESSAGE + b".\r\n"), 250)
        (message,) = self.postfix.delivered()
        self.assertEqual(message["X-Original-To"], "user@example.org")


class Refusals(PostfixCase):
    """Postfix's own code, enhanced status code and text reach the client, and the session goes on."""

    def test_recipient(self):
        client = self.client()
        client.envelope()
        self.assert_reply(
            client.command("RCPT TO:<nobody@example.org>"),
            550,
            "5.1.1",
            "<nobody@example.org>: Recipient address rejected: User unknown in virtual mailbox table",
        )
        self.assert_reply(client.command("RCPT TO:<user@example.com>"), 554, "5.7.1", "Relay access denied")
        self.assert_reply(client.data(MESSAGE + b".\r\n"), 250)
        self.assertEqual(self.postfix.delivered()[0]["Delivered-To"], "user@example.org")

    def test_only_recipient(self):
        client = self.client()
        client.envelope(recipients=[])
        self.assert_reply(client.command("RCPT TO:<nobody@example.org>"), 550, "5.1.1")
        self.assertIn(client.command("DATA").code, (503, 554))
        self.assert_reply(client.command("NOOP"), 250)

    def test_sender(self):
        client = self.client()
        client.command("EHLO client.example")
        self.assert_reply(client.command("MAIL FROM:<refused@example.net>"), 550, "5.7.1", "We do not like you")
        client.envelope()
        self.assert_reply(client.data(MESSAGE + b".\r\n"), 250)

    def test_declared_size(self):
        client = self.client()
        greeting = client.command("EHLO client.example")
        self.assertIn("SIZE 10485760", greeting.lines)
        self.assert_reply(client.command("MAIL FROM:<sender@example.net> SIZE=10485761"), 552, "5.3.4")

    def test_real_size(self):
        """More than was declared: refused after the end, nothing is delivered, and the session goes on."""
        client = self.client()
        client.envelope(parameters="SIZE=100")
        self.assert_reply(client.data(MESSAGE + b"x" * 78 + b"\r\n" + b"y" * 11_000_000 + b"\r\n.\r\n"), 552, "5.3.4")
        client.envelope()
        self.assert_reply(client.data(MESSAGE + b".\r\n"), 250)
        self.postfix.wait_for_quiet()
        self.assertEqual(len(self.postfix.delivered()), 1)

    def test_data(self):
        client = self.client()
        client.envelope(sender="<nodata@example.net>")
        self.assert_reply(client.data(MESSAGE + b".\r\n"), 554, "5.7.1", "No data from you")
        self.assert_reply(client.command("NOOP"), 250)

    def test_content(self):
        client = self.client()
        client.envelope()
        self.assert_reply(
            client.data(b"Subject: a forbidden word\r\n\r\ntext\r\n.\r\n"), 550, "5.7.1", "No such subject here"
        )
        self.postfix.wait_for_quiet()
        self.assertTrue(self.postfix.is_empty())
        client.envelope()
        self.assert_reply(client.data(MESSAGE + b".\r\n"), 250)

    def test_for_now(self):
        client = self.client()
        client.envelope(sender="<late@example.net>")
        self.assert_reply(client.data(MESSAGE + b".\r\n"), 450, "4.7.1", "Come back later")

    def test_pipelined(self):
        """Every reply of a pipelined group is there, in order."""
        client = self.client()
        client.command("EHLO client.example")
        client.send(
            b"MAIL FROM:<sender@example.net>\r\nRCPT TO:<nobody@example.org>\r\nRCPT TO:<user@example.org>\r\n"
            b"RCPT TO:<user@example.com>\r\nDATA\r\n"
        )
        self.assertEqual([client.reply().code for _ in range(5)], [250, 550, 250, 554, 354])
        client.send(MESSAGE + b".\r\nQUIT\r\n")
        self.assertEqual([client.reply().code, client.reply().code], [250, 221])
        self.assertTrue(client.is_closed_by_peer())


class Interruption(PostfixCase):
    def test_upstream_stops_and_returns_nothing(self):
        """The session survives its upstream; MAIL hears that there is none for now."""
        client = self.client()
        client.envelope()
        self.assert_reply(client.data(MESSAGE + b".\r\n"), 250)
        self.postfix.stop()
        second = self.client()
        self.assert_reply(second.command("HELO client.example"), 250)
        self.assert_reply(second.command("MAIL FROM:<sender@example.net>"), 451, "4.4.1")
        self.assert_reply(second.command("NOOP"), 250)
        self.assert_reply(second.command("QUIT"), 221)


class WithPolicies(PostfixCase):
    settings = {"policies": gatepost.example_policies()}

    def test_mail_is_delivered_under_the_example_policies(self):
        client = self.client()
        client.envelope()
        self.assert_reply(client.data(MESSAGE + b".\r\n"), 250)
        self.assertEqual(self.postfix.delivered()[0]["Subject"], "hello")

    def test_nobody_is_probed(self):
        client = self.client()
        client.command("EHLO client.example")
        for command in ("VRFY user", "VRFY nobody", "EXPN user"):
            self.assertNotIn(client.command(command).code, (250, 251, 550))
