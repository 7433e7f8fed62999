"""What rules know of a client beside what it says: the name of its address, and how often it came."""

import signal
import socket

from peers.addresses import HOST
from peers.case import InteroperabilityCase
from peers.client import Dialogue

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
