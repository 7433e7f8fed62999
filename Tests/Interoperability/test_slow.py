"""Clients and upstreams that do next to nothing, thousands at a time: they cost little, and disturb nobody."""

import math
import os

from peers.case import InteroperabilityCase
from peers.client import Dialogue
from peers.ledger_upstream import LedgerUpstream
from peers.many_connections import ManyConnections, descriptor_limit

IDLE = int(os.environ.get("GATEPOST_IDLE", "2000"))
"""How many sessions wait at the same time; 20000 is what Gatepost is made for."""


class Idle(InteroperabilityCase):
    """Where the system does not allow one worker enough descriptors, there are several."""

    allowed_per_session = 10
    """KiB"""

    def setUp(self):
        super().setUp()
        needed = 2 * IDLE + 1000
        limit = descriptor_limit(needed)
        # Shares of workers are not quite equal.
        self.workers = 1 if limit >= needed else math.ceil(1.3 * needed / limit)
        if IDLE / 2 + 1000 > limit or self.workers > 8:
            self.skipTest(f"no more than {limit} descriptors may be had: start with a higher limit")
        self.upstream = LedgerUpstream(self.folder)
        self.addCleanup(self.upstream.stop)
        self.proxy = self.gatepost(
            self.upstream.port, limits=f"sessions: {IDLE + 10 if self.workers == 1 else 2 * IDLE}", workers=self.workers
        )

    def mail(self, number):
        with Dialogue(self.proxy.port) as client:
            client.envelope(f"<m{number}@example.net>")
            self.assert_reply(client.data(b"Subject: %d\r\n\r\ntext\r\n.\r\n" % number), 250)

    def memory(self):
        return sum(self.proxy.memory(of=pid) for pid in self.proxy.workers)

    def descriptors(self):
        return sum(self.proxy.descriptors(of=pid) for pid in self.proxy.workers)

    def test_sessions_that_wait(self):
        for number in range(1, 100 * self.workers + 1):
            self.mail(number)
        idle, began = self.descriptors(), self.memory()
        halves = []
        for _ in range(2):
            halves.append(ManyConnections(self.proxy.port, IDLE // 2))
            self.addCleanup(halves[-1].close)
        for half in halves:
            half.say(b"EHLO client.example\r\n", b"250")
        waiting = (self.memory() - began) / IDLE
        self.mail(1001)
        for half in halves:
            half.say(b"NOOP\r\n", b"250")
        later = (self.memory() - began) / IDLE
        before = self.memory()
        halves[0].say(b"MAIL FROM:<m1002@example.net>\r\n", b"250")
        halves[0].say(b"RCPT TO:<user@example.org>\r\n", b"250")
        within = (self.memory() - before) / (IDLE // 2)
        self.mail(1003)
        self.assertEqual(self.descriptors() - idle, IDLE + IDLE // 2, "all are held")
        for half in halves:
            half.close()
        self.proxy.wait_until(lambda: self.descriptors() <= idle, "the descriptors to be closed", 60)
        print(
            f"\n{IDLE} sessions, {self.workers} workers; resident KiB for each: {waiting:.2f} behind EHLO, {later:.2f} when "
            f"each has said NOOP; {within:.2f} more within a transaction, with its connection upstream ({IDLE // 2} of them); "
            f"{began} KiB before, {self.memory()} when all are gone",
            flush=True,
        )
        self.assertLessEqual(waiting, self.allowed_per_session)
        self.assertLessEqual(later, self.allowed_per_session)
