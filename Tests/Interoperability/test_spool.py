"""Messages that a rule needs whole, on a disk: what fits arrives, what does not stays with the client, nothing is left."""

import os
import re
import signal
import socket
import subprocess

from peers import account, gatepost
from peers.case import InteroperabilityCase
from peers.client import Dialogue
from peers.waiting import until

KIB, MIB = 1024, 1024 * 1024
HEADER = b"Subject: large\r\n\r\n"
MARK = "policy: p\nrules:\n  - { name: mark, when: { message.size: { over: 10 } }, then: { add-header: { X-Large: 'yes' } } }\n"
CONTENT = (
    "policy: p\nrules:\n"
    "  - { name: text, when: { body.text: { contains: needle } }, then: { tag: seen } }\n"
    "  - { name: strip, when: { attachment.extension: exe }, then: { strip-attachment: { extension: exe } } }\n"
    "  - { name: foot, when: { part.type: text/plain }, then: { append-text: Checked. } }\n"
)


class SpoolCase(InteroperabilityCase):
    def setUp(self):
        super().setUp()
        self.spool = os.path.join(self.folder, "spool")
        os.mkdir(self.spool, 0o700)
        account.give(self.spool)

    def spooling(self, upstream_port, policy=MARK, limits="held: 64 KiB", **settings):
        return self.gatepost(
            upstream_port, [self.write("p.yaml", policy)], spool=self.spool, limits="message: 200 MiB, " + limits, **settings
        )

    def files(self, proxy):
        """Descriptors of the process that lead below the spool."""
        folder, found = f"/proc/{proxy.pid}/fd", 0
        for name in os.listdir(folder):
            try:
                found += os.readlink(os.path.join(folder, name)).startswith(self.spool + "/")
            except FileNotFoundError:
                pass
        return found

    def held(self, proxy):
        """What the log tells on SIGUSR1."""
        before = proxy.log.count("messages held")
        proxy.signal(signal.SIGUSR1)
        proxy.wait_until(lambda: proxy.log.count("messages held") > before, "the count")
        line = [line for line in proxy.log.splitlines() if "messages held" in line][-1]
        return {key: int(value) for key, value in (word.split("=") for word in line.split() if "=" in word)}

    def assert_nothing_is_left(self, proxy):
        until(lambda: self.files(proxy) == 0, "the spool files to be closed")
        self.assertEqual(self.held(proxy), {"memory": 0, "spool": 0})
        self.assertEqual(os.listdir(self.spool), [])

    def begin(self, proxy, octets, timeout=60):
        client = Dialogue(proxy.port, timeout=timeout)
        self.addCleanup(client.socket.close)
        client.envelope()
        self.assert_reply(client.command("DATA"), 354)
        client.send(HEADER + octets)
        return client

    def send(self, proxy, octets):
        client = self.begin(proxy, octets)
        client.send(b".\r\n")
        return client.reply()


class Delivery(SpoolCase):
    def test_a_large_message_arrives_octet_for_octet(self):
        upstream = self.recorder()
        proxy = self.spooling(upstream.port, trace="none")
        body = b"x" * 300_000 + b"\r\n" + b"line\r\n..dot\r\n" * 1_500_000
        self.assert_reply(self.send(proxy, body), 250)
        expected = b"X-Large: yes\r\n" + HEADER + body.replace(b"\r\n..", b"\r\n.")
        self.assertEqual(len(upstream.transactions), 1)
        self.assertTrue(upstream.transactions[0].content == expected, "the content differs")
        proxy.wait_until(lambda: re.search(r" octets=\d+ spooled=\d+ ", proxy.log), "a line in the log")
        self.assert_nothing_is_left(proxy)

    def test_whoever_leaves_leaves_nothing_behind(self):
        upstream = self.recorder()
        proxy = self.spooling(upstream.port)
        for abrupt in (False, True):
            client = self.begin(proxy, b"line\r\n" * 500_000)
            until(lambda: self.files(proxy) == 1, "a file")
            if abrupt:
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.socket.close()
            self.assert_nothing_is_left(proxy)
        client = self.begin(proxy, b"line\r\n" * 500_000)
        upstream.disconnect()
        client.send(b".\r\n")
        self.assert_reply(client.reply(), 451, "4.4.2")
        self.assert_nothing_is_left(proxy)
        self.assertEqual(upstream.transactions, [])


class Room(SpoolCase):
    def refuses_and_goes_on(self, proxy, upstream, make_room, why):
        """452 4.3.1, not a word to the upstream; smaller mail passes; with room the same message arrives, once."""
        message = b"line\r\n" * 700_000
        with Dialogue(proxy.port, timeout=60) as client:
            client.envelope()
            self.assert_reply(client.data(HEADER + message + b".\r\n"), 452, "4.3.1")
            self.assertNotIn("DATA", upstream.commands)
            client.envelope()
            self.assert_reply(client.data(HEADER + b"small\r\n.\r\n"), 250)
            proxy.wait_until(lambda: re.search(f"error message not held .*detail=.*{why}", proxy.log), "a line in the log")
            self.assert_nothing_is_left(proxy)
            make_room()
            client.envelope()
            self.assert_reply(client.data(HEADER + message + b".\r\n"), 250)
        self.assertEqual([len(one.content) > MIB for one in upstream.transactions], [False, True])
        self.assert_nothing_is_left(proxy)

    def test_the_largest_file_that_the_system_allows(self):
        upstream = self.recorder()
        proxy = self.spooling(upstream.port)
        account.limit(proxy.pid, "fsize", MIB)
        self.refuses_and_goes_on(
            proxy, upstream, lambda: account.limit(proxy.pid, "fsize", "unlimited"), "File too large"
        )

    def test_a_full_disk(self):
        def mount(*options):
            command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", self.spool]
            return subprocess.run(command, capture_output=True, text=True)

        mounted = mount("size=1m", "mode=0700", f"uid={os.stat(self.spool).st_uid}")
        if mounted.returncode != 0:
            self.skipTest(f"a small disk cannot be made: {mounted.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", self.spool])
        upstream = self.recorder()
        proxy = self.spooling(upstream.port)
        self.refuses_and_goes_on(proxy, upstream, lambda: mount("remount", "size=20m"), "No space left on device")

    def test_the_quota_of_all_sessions(self):
        upstream = self.recorder()
        proxy = self.spooling(upstream.port, limits="held: 64 KiB, spool: 5 MiB")
        holder = self.begin(proxy, b"line\r\n" * 500_000)
        until(lambda: self.held(proxy)["spool"] > 2 * MIB, "the first message to be held")
        self.assert_reply(self.send(proxy, b"line\r\n" * 500_000), 452, "4.3.1")
        holder.send(b".\r\n")
        self.assert_reply(holder.reply(), 250)
        self.assert_reply(self.send(proxy, b"line\r\n" * 500_000), 250)
        self.assertEqual(len(upstream.transactions), 2)
        self.assert_nothing_is_left(proxy)

    def test_a_folder_that_will_not_do(self):
        config = gatepost.configuration(25, spool=self.spool)
        path = self.write("gatepost.yaml", config)
        for prepare, problem in (
            (lambda: os.chmod(self.spool, 0o755), "is open to every user (permissions 0755); expected 0700 or 0750"),
            (lambda: os.rmdir(self.spool), "cannot be looked at: No such file or directory"),
            (lambda: open(self.spool, "w").close(), "is not a folder"),
        ):
            prepare()
            result = gatepost.run("check", path)
            self.assertEqual(result.returncode, 78)
            self.assertIn(f"{path}:6:8: error: the spool `{self.spool}` {problem}\n", result.stderr + result.stdout)


class Memory(SpoolCase):
    """What a session takes beyond what it holds in memory by order: at most 256 KiB, with all the rules on content."""

    # So many that the 4 MiB of freed memory that a process may keep are little for each of them.
    sessions = 100
    by_order = 64

    def test_of_a_session_that_holds_a_large_message(self):
        sink = self.smtp_sink()
        proxy = self.spooling(sink.port, CONTENT, limits=f"held: {self.by_order} KiB, sessions-per-client: 1000")
        part = b"--b\r\nContent-Type: text/plain\r\n\r\n%s--b\r\nContent-Disposition: attachment; filename=a.exe\r\n\r\n%s"
        content = part % (b"needle in some hay\r\n" * 40_000, b"QUJD" * 18 + b"\r\n" * 1)
        clients = []
        for _ in range(2 * self.sessions):
            client = Dialogue(proxy.port, timeout=60)
            self.addCleanup(client.socket.close)
            client.envelope()
            clients.append(client)
        # What is allocated once is not counted: half of the sessions are done before the others begin.
        self.send_all(clients[: self.sessions], content, finish=True)
        before = proxy.memory("VmRSS")
        self.send_all(clients[self.sessions :], content, finish=False)
        until(lambda: self.files(proxy) == self.sessions, "all to be in the spool")
        each = (proxy.memory("VmRSS") - before) / self.sessions
        print(f"{each:.0f} KiB a session, of which {self.by_order} KiB are held by order", flush=True)
        self.assertLess(each - self.by_order, 256, "KiB a session")
        proxy.forget_peak()
        for client in clients[self.sessions :]:
            client.send(b"\r\n--b--\r\n.\r\n")
        for client in clients[self.sessions :]:
            self.assert_reply(client.reply(), 250)
        peak = (proxy.memory("VmHWM") - before) / self.sessions
        print(f"{peak:.0f} KiB a session at most on the way back", flush=True)
        self.assertLess(peak - self.by_order, 256, "KiB a session")
        self.assert_nothing_is_left(proxy)

    def send_all(self, clients, content, finish):
        header = b"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        for client in clients:
            self.assert_reply(client.command("DATA"), 354)
            client.send(header + content * 4)
            if finish:
                client.send(b"\r\n--b--\r\n.\r\n")
                self.assert_reply(client.reply(), 250)
