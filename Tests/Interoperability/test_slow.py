"""Clients and upstreams that do next to nothing, thousands at a time: they cost little, and disturb nobody."""

import math
import os
import ssl
import statistics
import time

from peers import certificates, gatepost
from peers.case import InteroperabilityCase
from peers.client import Dialogue
from peers.drippers import CLIENT_PHASES, UPSTREAM_PHASES, Drippers
from peers.ledger_upstream import LedgerUpstream
from peers.many_connections import ManyConnections, descriptor_limit
from peers.paced_mail import PacedMail

IDLE = int(os.environ.get("GATEPOST_IDLE", "2000"))
"""How many sessions wait at the same time; 20000 is what Gatepost is made for."""

DRIPPERS = os.environ.get("GATEPOST_DRIPPERS")
"""How many drip at each phase, one phase after the other; left out, a few at all phases at the same time."""


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


class IdleBehindMail(InteroperabilityCase):
    """What a session has read a large message with is not kept while it waits."""

    count = 200
    allowed_per_session = 20
    """KiB, of which an established connection upstream takes 6. The buffer of a single read has up to 64."""

    def setUp(self):
        super().setUp()
        self.proxy = self.gatepost(self.smtp_sink().port, limits=f"sessions-per-client: {2 * self.count}")

    def send_and_wait(self, count):
        """Sessions, each of which sends a message of 400 KiB, one after the other."""
        message = b"Subject: x\r\n\r\n" + 6000 * (68 * b"x" + b"\r\n") + b".\r\n"
        sessions = []
        for _ in range(count):
            client = Dialogue(self.proxy.port)
            self.addCleanup(client.socket.close)
            client.envelope()
            self.assert_reply(client.data(message), 250)
            sessions.append(client)
        return sessions

    def test_sessions_that_wait_behind_a_large_message(self):
        for client in self.send_and_wait(self.count // 10):
            client.socket.close()
        began = self.proxy.memory()
        self.send_and_wait(self.count)
        each = (self.proxy.memory() - began) / self.count
        print(f"{each:.1f} KiB resident for each of {self.count} ... ", end="", flush=True)
        self.assertLessEqual(each, self.allowed_per_session)


class Dripping(InteroperabilityCase):
    """Clients and upstreams that send one octet a second, beside good mail."""

    count = int(DRIPPERS or 10)
    deadline = 5
    """Seconds, of all waits that single octets do not prolong."""
    message_deadline = 60 if DRIPPERS else 8
    """Seconds: the pace is asked for by the minute. Where there is no time for that it is the session that ends."""
    late = 2
    """Seconds that the end may come later, on a machine that is busy."""
    rate = 100 if DRIPPERS else 25
    """Mails a second from each of two senders."""

    def setUp(self):
        super().setUp()
        descriptor_limit(4 * self.count + 2000)
        self.healthy = LedgerUpstream(self.folder)
        self.addCleanup(self.healthy.stop)
        self.drippers = Drippers(client_hello())
        self.addCleanup(self.drippers.stop)
        chain, key = certificates.Authority(self.folder).issue("gatepost.example", "gatepost.example")
        names = ("command", "handshake", "connect", "upstream-reply", "upstream-final")
        session = "" if DRIPPERS else f", session: {self.message_deadline}s"
        text = gatepost.configuration(
            self.healthy.port,
            listener="tls: starttls",
            timeouts=", ".join(f"{name}: {self.deadline}s" for name in names) + session,
        )
        listeners, upstreams = "", ""
        for phase, port in self.drippers.ports.items():
            name = listener_name(phase)
            listeners += f"  - {{ name: {name}, address: 127.0.0.1:0, upstream: {name} }}\n"
            upstreams += f"  {name}: {{ servers: [127.0.0.1:{port}] }}\n"
        text = text.replace("upstreams:\n", f"{listeners}upstreams:\n{upstreams}")
        text += f"certificates:\n  - {{ chain: {chain}, key: {key} }}\n"
        self.proxy = self._started(["--config", self.write("gatepost.yaml", text)])
        self.next_number, self.acknowledged = 1, 0

    def parts(self):
        for phase in CLIENT_PHASES:
            yield {"side": "client", "phase": phase, "port": self.proxy.port_of("mx"), "count": self.count}
        for phase in UPSTREAM_PHASES:
            port = self.proxy.port_of(listener_name(phase))
            yield {"side": "upstream", "phase": phase, "port": port, "count": self.count}

    def times_of_good_mail(self, parts):
        """In milliseconds what good mails take before `parts` drip and behind, and meanwhile; and what became of those.

        All good mails must go well."""
        senders = [PacedMail(self.proxy.port, self.next_number + each * 500_000, self.rate) for each in range(2)]
        seconds = 4 if DRIPPERS else 1
        time.sleep(seconds + 0.5)
        began = time.monotonic()
        self.drippers.begin(parts)
        outcome = self.drippers.ended()
        ended = time.monotonic()
        time.sleep(seconds)
        without, beside = [], []
        for sender in senders:
            times, wrong = sender.stop()
            self.assertEqual(wrong, [], "good mails failed")
            for due, took in times:
                # What has just been started is not yet as quick as it will be.
                if due >= began - seconds:
                    (beside if began <= due < ended else without).append(took * 1000)
            self.acknowledged += len(times)
            self.next_number += len(times) + 1
        return without, beside, outcome

    def test_beside_good_mail(self):
        idle = self.proxy.descriptors()
        parts = list(self.parts())
        for round_ in [[part] for part in parts] if DRIPPERS else [parts]:
            without, beside, outcome = self.times_of_good_mail(round_)
            print(
                f"\n99th percentile {percentile(without):.1f} ms without, {percentile(beside):.1f} ms beside; median "
                f"{statistics.median(without):.1f} and {statistics.median(beside):.1f}",
                end="",
            )
            for part in outcome:
                print(
                    f"\n{part['dripped']} of {self.count} at {part['phase']}, {part['side']} side: gone after "
                    f"{part['shortest']:.1f} to {part['longest']:.1f} s; clients heard {part['words']}",
                    end="",
                    flush=True,
                )
            for part in outcome:
                with self.subTest(side=part["side"], phase=part["phase"]):
                    self.check(part)
        self.proxy.wait_until(lambda: self.proxy.descriptors() <= idle, "the descriptors to be closed", 40)
        delivered, _, faults = self.healthy.ledger()
        self.assertEqual(faults, [])
        self.assertEqual(sorted(set(delivered)), [0, 1])
        self.assertEqual(sum(delivered), self.acknowledged, "good mails, each once")

    def check(self, part):
        is_message = part["side"] == "client" and part["phase"] in ("header section", "body")
        deadline = self.message_deadline if is_message else self.deadline
        self.assertLess(part["longest"], deadline + self.late)
        self.assertGreater(part["shortest"], deadline - 1.5)
        if part["side"] == "client":
            self.assertEqual(part["dripped"], self.count)
            words = {"": self.count} if part["phase"] == "handshake" else {"421 4.4.2": self.count}
            self.assertEqual(part["words"], words)
        else:
            self.assertEqual({reply[:1] for reply in part["words"]}, {"4"}, part["words"])


def percentile(values):
    return statistics.quantiles(values, n=100)[98]


def listener_name(phase):
    """Of the listener before the upstream that drips in that phase."""
    return "drips-" + phase.replace(" ", "-").lower()


def client_hello():
    """The first octets of a handshake."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="gatepost.example").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()
