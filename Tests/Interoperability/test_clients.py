"""What rules know of a client beside what it says: the name of its address, and how often it came."""

import os
import signal
import socket
import time
import unittest
from unittest import mock

from peers.addresses import HOST
from peers.case import InteroperabilityCase
from peers.client import Dialogue
from peers.name_server import SERVFAIL, SILENT, NameServer, can_run

NAMES = """
policy: names
rules:
  - name: named
    at: helo
    when: { client.name: { exists: true }, helo: who-am-i.example }
    then: { reject: "550 5.7.1 You are {client.name}, at {now}, says {hostname} at {stage}" }
"""

RATES = """
policy: rates
rules:
  - name: hurry
    at: mail
    when: {{ rate: {{ of: client.address, over: {limit} }} }}
    then: {{ defer: 450 4.7.1 Wait }}
"""


ZONE = {
    "2.0.0.127.in-addr.arpa": ["good.example"],
    "good.example": ["192.0.2.1", "127.0.0.2"],
    # Anyone can let his address point to the name of another.
    "3.0.0.127.in-addr.arpa": ["good.example"],
    # Names that a resolver takes for the address of their owner: 127.0.0.4, 127.0.0.5.
    "4.0.0.127.in-addr.arpa": ["2130706436"],
    "5.0.0.127.in-addr.arpa": ["0x7f000005"],
    "6.0.0.127.in-addr.arpa": ["no name at all"],
    "7.0.0.127.in-addr.arpa": ["a" * 63 + ".example"] * 20,
    "8.0.0.127.in-addr.arpa": SERVFAIL,
    "9.0.0.127.in-addr.arpa": ["lost.example"],
    "lost.example": SERVFAIL,
    "10.0.0.127.in-addr.arpa": SILENT,
    "11.0.0.127.in-addr.arpa": ["empty.example"],
    "empty.example": [],
}

NAMELESS = """
policy: nameless
rules:
  - name: who
    at: mail
    when: { sender.local: who, client.reverse-name: { exists: true } }
    then: { tag: "reverse" }
  - name: nameless
    at: mail
    when: { client.name: { exists: false } }
    then: { reject: "550 5.7.25 Your address {client.address} has no name" }
"""


@unittest.skipUnless(can_run(), "a resolver of its own takes root")
class NameService(InteroperabilityCase):
    def setUp(self):
        super().setUp()
        self.server = NameServer(ZONE)
        self.addCleanup(self.server.stop)
        self.upstream = self.recorder()
        policy = self.write("nameless.yaml", NAMELESS)
        with mock.patch.dict(os.environ, GATEPOST=self.server.wrapper(self.folder)):
            self.proxy = self.gatepost(self.upstream.port, [policy])

    def mail(self, number):
        with Dialogue(self.proxy.port, source=f"127.0.0.{number}") as client:
            client.command("EHLO client.example")
            return client.command("MAIL FROM:<who@example.net>").code

    def test_a_name_must_lead_back(self):
        for number, code in [(2, 250), (3, 550), (4, 550), (5, 550), (6, 550), (7, 550), (11, 550), (12, 550)]:
            with self.subTest(client=number):
                self.assertEqual(self.mail(number), code)

    def test_what_cannot_be_learnt_is_refused_for_now(self):
        for number in (8, 9):
            with self.subTest(client=number):
                self.assertEqual(self.mail(number), 451)
        self.proxy.wait_until(lambda: "is not known for now" in self.proxy.log, "the log to tell why")

    def test_a_client_is_asked_about_once(self):
        self.assertEqual([self.mail(2) for _ in range(5)], [250] * 5)
        self.assertEqual(sorted(self.server.questions), ["2.0.0.127.in-addr.arpa", "good.example"])

    def test_a_silent_zone_holds_nobody_else_up(self):
        waiting = [Dialogue(self.proxy.port, source="127.0.0.10") for _ in range(20)]
        for client in waiting:
            self.addCleanup(client.socket.close)
            client.send(b"EHLO client.example\r\nMAIL FROM:<who@example.net>\r\n")
        began = time.monotonic()
        self.assertEqual(self.mail(2), 250)
        self.assertLess(time.monotonic() - began, 4)
        for client in waiting:
            client.reply()
            self.assert_reply(client.reply(), 451, "4.3.0")
        self.assertLess(time.monotonic() - began, 9)

    def test_clients_that_go_away_while_they_wait_are_forgotten(self):
        for _ in range(20):
            with Dialogue(self.proxy.port, source="127.0.0.10") as client:
                client.send(b"EHLO client.example\r\nMAIL FROM:<who@example.net>\r\n")
        self.assertEqual(self.mail(2), 250)


class Names(InteroperabilityCase):
    def test_the_system_resolves_the_name(self):
        expected = socket.getnameinfo((HOST, 0), socket.NI_NAMEREQD)[0]
        upstream = self.recorder()
        proxy = self.gatepost(upstream.port, [self.write("names.yaml", NAMES)])
        for _ in range(3):
            with Dialogue(proxy.port) as client:
                reply = client.command("EHLO who-am-i.example")
                self.assert_reply(reply, 550, "5.7.1", f"You are {expected}, at ")
                self.assertRegex(
                    reply.text, r"at \w{3}, \d{1,2} \w{3} \d{4} [\d:]{8} [+-]\d{4}, says gatepost.example at helo"
                )


class Rates(InteroperabilityCase):
    def setUp(self):
        super().setUp()
        self.upstream = self.recorder()
        self.policy = self.write("rates.yaml", RATES.format(limit="3/1h"))
        self.proxy = self.gatepost(self.upstream.port, [self.policy])

    def mail(self):
        with Dialogue(self.proxy.port) as client:
            client.command("EHLO client.example")
            return client.command("MAIL FROM:<a@example.net>").code

    def reload(self):
        before = self.proxy.log.count("reloaded")
        self.proxy.signal(signal.SIGHUP)
        self.proxy.wait_until(lambda: self.proxy.log.count("reloaded") > before, "the log to say `reloaded`")

    def test_all_sessions_of_a_client_count_together(self):
        self.assertEqual([self.mail() for _ in range(5)], [250, 250, 250, 450, 450])

    def test_a_reload_keeps_what_was_counted(self):
        self.assertEqual([self.mail() for _ in range(2)], [250, 250])
        self.reload()
        self.assertEqual([self.mail() for _ in range(2)], [250, 450])

    def test_another_rate_begins_anew(self):
        self.assertEqual([self.mail() for _ in range(4)], [250, 250, 250, 450])
        self.write("rates.yaml", RATES.format(limit="1/1h"))
        self.reload()
        self.assertEqual([self.mail() for _ in range(2)], [250, 450])
