"""Calls to the system that fail, one after the other, and descriptors that run out: nothing acknowledged is lost, nobody
hears 5yz, the worker lives."""

import os
import resource
import time
import unittest

from peers import account, faulty_calls, gatepost
from peers.case import InteroperabilityCase
from peers.client import Dialogue
from peers.faulty_calls import END, SHORT, FaultyCalls
from peers.waiting import until

HOLD = "policy: p\nrules:\n  - { name: mark, when: { message.size: { over: 1 } }, then: { add-header: { X-Seen: 'yes' } } }\n"
IS_DEBUG = "/debug/" in gatepost.executable()
SIZES = (2_000, 120_000)
"""Octets of the bodies of each dialogue: one that stays in memory, one that goes to the spool."""


@unittest.skipUnless(faulty_calls.COMPILER, "there is no C compiler")
class FaultyCallsCase(InteroperabilityCase):
    """Whatever call fails at whatever place of a dialogue of two mails."""

    environment = {}

    def setUp(self):
        super().setUp()
        self.spool = os.path.join(self.folder, "spool")
        os.mkdir(self.spool, 0o700)
        account.give(self.spool)
        self.upstream = self.recorder()
        self.calls = FaultyCalls(self.folder)
        self.addCleanup(self.calls.close)
        path = self.write("gatepost.yaml", gatepost.configuration(
            self.upstream.port, [self.write("p.yaml", HOLD)], spool=self.spool, trace="none", limits="held: 16 KiB",
        ))
        self.proxy = self._started(["--config", path], env={**self.calls.environment, **self.environment})
        self.worker = self.proxy.pid
        self.sent, self.acknowledged = {}, set()
        self.faults = 0
        self.assertEqual(self.dialogue(), [250, 250])
        self.descriptors = len(os.listdir(f"/proc/{self.worker}/fd"))

    def dialogue(self):
        """The answers to two mails on one connection; None where none came."""
        answers = []
        try:
            with Dialogue(self.proxy.port, timeout=20) as client:
                if client.greeting is None or client.greeting.code != 220:
                    return [client.greeting and client.greeting.code] * len(SIZES)
                for size in SIZES:
                    answers.append(self.mail(client, size))
                client.command("QUIT")
        except (OSError, AssertionError):
            pass
        return answers + [None] * (len(SIZES) - len(answers))

    def mail(self, client, size):
        name = f"{len(self.sent)}"
        content = b"Subject: " + name.encode() + b"\r\n\r\n" + (b"text of a line that is not short\r\n" * size)[:size] + b"\r\n"
        self.sent[name] = b"X-Seen: yes\r\n" + content
        for command in ("EHLO client.example", "MAIL FROM:<a@example.net>", "RCPT TO:<b@example.org>"):
            reply = client.command(command)
            if reply is None or reply.code != 250:
                return reply and reply.code
        reply = client.data(content + b".\r\n")
        if reply and reply.code == 250:
            self.acknowledged.add(name)
        return reply and reply.code

    def fail_each(self, call, faults):
        """Every place of a dialogue at which that call is made, with each of these faults."""
        for fault in faults:
            place, happened = 0, True
            while happened:
                place += 1
                with self.subTest(call=call, fault=fault, place=place):
                    happened = False
                    self.calls.order(self.worker, call, fault, place)
                    until(lambda at=place: self.is_struck(at), "a dialogue that is not kept from the upstream", 10)
                    happened = self.calls.seen >= place
                    self.calls.cancel()
                    self.faults += happened
                    self.assertEqual(self.proxy.pid, self.worker, "the worker lives on")
                    self.recovers()
            self.assertGreater(place, 1, f"{call} was never called")

    def is_struck(self, place):
        """Has a dialogue; whether the fault has happened in it, or it came to its end without one. Neither is so when an
        event loop leaves the upstream alone for a second, which it could not connect to before."""
        answers = self.dialogue()
        for code in answers:
            self.assertIn(code and code // 100, (None, 2, 4), "what may pass hears no 5yz")
        return self.calls.seen >= place or answers == [250, 250]

    def recovers(self):
        until(lambda: self.dialogue() == [250, 250], "mail to pass again", 10)

    def tearDown(self):
        stored = {}
        for transaction in self.upstream.transactions:
            name = transaction.content.split(b"Subject: ")[1].split(b"\r\n")[0].decode()
            self.assertNotIn(name, stored, "stored twice")
            stored[name] = transaction.content
        self.assertEqual(self.acknowledged - stored.keys(), set(), "acknowledged and not stored")
        for name, content in stored.items():
            self.assertEqual(content, self.sent[name], "stored is what was sent")
        until(lambda: len(os.listdir(f"/proc/{self.worker}/fd")) <= self.descriptors, "the descriptors to be closed")
        print(f"{self.faults} faults, {len(self.acknowledged)} of {len(self.sent)} mails acknowledged ... ", end="")


class Sockets(FaultyCallsCase):
    def test_reads(self):
        self.fail_each("read", ("ECONNRESET", "EIO", "ENOMEM", "EINTR", SHORT))

    def test_writes(self):
        self.fail_each("write", ("EPIPE", "ECONNRESET", "ENOBUFS", "EINTR", SHORT))

    def test_accepts(self):
        self.fail_each("accept", ("EMFILE", "ENFILE", "ECONNABORTED", "ENOBUFS", "ENOMEM", "EPERM", "EPROTO", "EINTR"))

    def test_what_became_of_writes(self):
        """Of those that were asked for in one call, nothing is known: the loop makes no such call any more."""
        self.fail_each("results", ("EINTR", "EINVAL"))

    @unittest.skipIf(IS_DEBUG, "a debug build of NIO takes it for impossible")
    def test_nothing_to_be_had_after_all(self):
        """Of a socket that was said to be ready: another process may have been faster."""
        for call in ("accept", "read", "write"):
            self.fail_each(call, ("EAGAIN",))

    def test_connections(self):
        self.fail_each("connect", ("ECONNREFUSED", "EADDRNOTAVAIL", "ENETUNREACH", "EACCES"))
        self.fail_each("socket", ("EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"))

    @unittest.skipIf(IS_DEBUG, "a debug build of NIO takes it for impossible")
    def test_registrations(self):
        self.fail_each("epoll", ("ENOMEM", "ENOSPC"))


class WritesOneByOne(FaultyCallsCase):
    """Where the system does not take several in one call."""

    environment = {"WITHOUT_BATCHES": "1"}

    def test_writes(self):
        self.assertIn('writes are not batched detail="Operation not permitted"', self.proxy.log)
        self.fail_each("write", ("EPIPE", "ECONNRESET", SHORT))


class Files(FaultyCallsCase):
    def test_opened(self):
        self.fail_each("open", ("EMFILE", "ENFILE", "EACCES", "ENOSPC"))

    def test_written(self):
        self.fail_each("pwrite", ("ENOSPC", "EDQUOT", "EIO", "EINTR", SHORT))

    def test_read_back(self):
        self.fail_each("pread", ("EIO", "EINTR", SHORT, END))

    def test_the_log(self):
        """It is written by a thread of its own, some time after the dialogue."""
        for fault in ("ENOSPC", "EIO", "EINTR", "EAGAIN", SHORT):
            for place in (1, 2, 3):
                self.calls.order(self.worker, "log", fault, place)
                until(lambda: self.dialogue() == [250, 250] and self.calls.seen >= place, "the log to be written", 10)
                self.faults += 1
        self.assertEqual(self.proxy.pid, self.worker, "the worker lives on")


class Descriptors(InteroperabilityCase):
    MESSAGE = b"Subject: x\r\n\r\ntext\r\n.\r\n"

    def setUp(self):
        super().setUp()
        self.upstream = self.recorder()

    def limited(self, files):
        path = self.write("gatepost.yaml", gatepost.configuration(self.upstream.port, threads=2))
        return self._started(["--config", path], preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)))

    def client(self, proxy, **options):
        client = Dialogue(proxy.port, **options)
        self.addCleanup(client.socket.close)
        return client

    def assert_recovers(self, proxy):
        began = time.monotonic()

        def passes():
            with Dialogue(proxy.port) as client:
                if client.greeting is None or client.greeting.code != 220:
                    return False
                client.envelope()
                return client.data(self.MESSAGE).code == 250

        until(passes, "mail to pass again", 10)
        print(f"recovered in {time.monotonic() - began:.2f} s ... ", end="")

    def test_as_many_sessions_as_there_are_descriptors_for(self):
        """What is above hears 421 and is never left without an answer."""
        proxy = self.limited(200)
        sessions = int(proxy.log.split("sessions=")[1].split()[0])
        clients = [self.client(proxy) for _ in range(sessions)]
        for client in clients:
            client.envelope()
        for _ in range(20):
            above = self.client(proxy)
            self.assert_reply(above.greeting, 421, "4.3.2")
        # A hundred are kept free; of two event loops each has three and, for its listener, three.
        self.assertEqual(sessions, (200 - 100 - 2 * (3 + 3)) // 2)
        for client in clients:
            client.socket.close()
        self.assert_recovers(proxy)

    def test_none_is_left(self):
        """Not even for a client that would hear 421: it waits, those that are served notice nothing."""
        proxy = self.limited(200)
        served = self.client(proxy)
        served.envelope()
        used = max(int(name) for name in os.listdir(f"/proc/{proxy.pid}/fd")) + 1
        account.limit(proxy.pid, "nofile", used)
        waiting = [self.client(proxy, greeted=False) for _ in range(10)]
        for _ in range(20):
            self.assert_reply(served.command("NOOP"), 250)
        self.assert_reply(served.data(self.MESSAGE), 250)
        spent = processor_seconds(proxy.pid)
        began = time.monotonic()
        while time.monotonic() < began + 0.5:
            self.assert_reply(served.command("NOOP"), 250)
        print(f"{processor_seconds(proxy.pid) - spent:.2f} s of the processor in half a second ... ", end="")
        account.limit(proxy.pid, "nofile", 200)
        for client in waiting:
            self.assert_reply(client.reply(), 220)
        self.assert_recovers(proxy)


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
