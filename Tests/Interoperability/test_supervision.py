"""The supervisor: workers that die are replaced, nobody is refused meanwhile, and nothing acknowledged is lost."""

import os
import re
import signal
import statistics
import subprocess
import sys
import time

from peers import gatepost, storing_server
from peers.case import InteroperabilityCase
from peers.client import Dialogue
from peers.process import IS_SANITIZED
from peers.senders import Senders
from peers.waiting import until

MESSAGE = b"Subject: x\r\n\r\ntext\r\n.\r\n"
DEATHS = int(os.environ.get("GATEPOST_DEATHS", "0"))
"""How often a worker, and an upstream, is killed under load; 0 is what is enough for an ordinary run."""
REPLACEMENTS = max(1, int(os.environ.get("GATEPOST_REPLACEMENTS", "5")))
"""How often a worker is killed to see how long its replacement takes."""


class Replacement(InteroperabilityCase):
    def setUp(self):
        super().setUp()
        self.upstream = self.recorder()
        self.proxy = self.gatepost(self.upstream.port)

    def kill_worker(self):
        self.proxy.may_lose_workers = True
        os.kill(self.proxy.pid, signal.SIGKILL)

    def test_a_client_that_connects_meanwhile_waits_and_is_served(self):
        self.kill_worker()
        with Dialogue(self.proxy.port) as client:
            client.envelope()
            self.assert_reply(client.data(MESSAGE), 250)
        for told in ("worker died", "worker replaced"):
            self.proxy.wait_until(lambda told=told: told in self.proxy.log, f"the log to say `{told}`")

    # From the worker's death until a client that connects at once is greeted.
    def test_the_next_worker_is_there_within_half_a_second(self):
        for what, policies in (
            ("no policy", []),
            ("example policies", gatepost.example_policies()),
            ("1000 patterns", [self.patterns()]),
        ):
            began = time.monotonic()
            proxy = self.gatepost(self.upstream.port, policies=policies)
            first = (time.monotonic() - began) * 1000
            proxy.may_lose_workers = True
            times = []
            for replacement in range(REPLACEMENTS):
                worker = proxy.pid
                began = time.monotonic()
                os.kill(worker, signal.SIGKILL)
                with Dialogue(proxy.port) as client:
                    times.append((time.monotonic() - began) * 1000)
                    client.envelope()
                    self.assert_reply(client.data(MESSAGE), 250)
                proxy.wait_until(lambda n=replacement: proxy.log.count("worker replaced") > n, "the log to say so")
            self.assertEqual(len(re.findall(r"worker replaced .*after=\"?\d+ ms", proxy.log)), REPLACEMENTS)
            median = statistics.median(times)
            print(f"{what}: median {median:.0f} ms, at most {max(times):.0f} ms ... ", end="", flush=True)
            # Limits for each would be tests of what else the machine does.
            if not IS_SANITIZED:
                self.assertLess(median, 500)
            if what == "1000 patterns":
                self.assertLess(median, first / 3, "patterns are compiled anew")

    def test_patterns_are_left_to_the_next_worker_unless_they_may_have_killed_one(self):
        proxy = self.gatepost(self.upstream.port, policies=[self.patterns()])
        proxy.may_lose_workers = True
        left = patterns_left(proxy)
        self.assertGreater(left, 100_000)
        os.kill(proxy.pid, signal.SIGKILL)
        proxy.wait_until(lambda: "worker replaced" in proxy.log, "the worker to be replaced")
        self.assertEqual(patterns_left(proxy), left)
        os.kill(proxy.pid, signal.SIGABRT)
        until(lambda: patterns_left(proxy) == 0, "the patterns to be forgotten", 10)
        proxy.wait_until(lambda: proxy.log.count("worker replaced") == 2, "the worker to be replaced")
        self.assertEqual(patterns_left(proxy), left)

    def patterns(self):
        rules = (
            f"  - name: offer-{number}\n"
            f"    when: {{ header.subject: {{ matches: '(?i)offer {number} .*(free|win)' }} }}\n"
            "    then: { reject: 554 5.7.1 Refused }\n"
            for number in range(1000)
        )
        return self.write("patterns.yaml", "policy: offers\nrules:\n" + "".join(rules))

    def test_the_sessions_of_a_worker_end_with_it_and_nothing_of_theirs_is_delivered(self):
        client = Dialogue(self.proxy.port)
        self.addCleanup(client.socket.close)
        client.envelope()
        self.assert_reply(client.command("DATA"), 354)
        client.send(b"Subject: x\r\n\r\ntext\r\n")
        self.kill_worker()
        self.assertIsNone(client.reply())
        with Dialogue(self.proxy.port) as other:
            other.envelope()
            self.assert_reply(other.data(MESSAGE), 250)
        self.assertEqual(len(self.upstream.received()), 1)

    def test_signals_reach_the_new_worker(self):
        self.kill_worker()
        self.proxy.wait_until(lambda: "worker replaced" in self.proxy.log, "the worker to be replaced")
        self.proxy.signal(signal.SIGHUP)
        self.proxy.wait_until(lambda: "reloaded" in self.proxy.log, "the reload")
        self.assertEqual(self.proxy.stop(), 0)

    def test_workers_end_when_the_supervisor_is_killed(self):
        worker = self.proxy.pid
        os.kill(self.proxy.supervisor, signal.SIGKILL)
        self.proxy.is_told_to_end, self.proxy.expected_status = True, -signal.SIGKILL
        self.proxy.wait(10)
        until(lambda: not is_running(worker), "the worker to end", 10)

    def test_a_signal_to_all_processes_is_one_request(self):
        """As from a terminal or from systemd: a transaction still has its time."""
        client = Dialogue(self.proxy.port)
        self.addCleanup(client.socket.close)
        client.envelope()
        self.assert_reply(client.command("DATA"), 354)
        os.kill(self.proxy.pid, signal.SIGTERM)
        self.proxy.signal(signal.SIGTERM)
        self.proxy.wait_until(lambda: "stopping" in self.proxy.log, "the service to stop")
        client.send(MESSAGE)
        self.assert_reply(client.reply(), 250)
        self.assertEqual(self.proxy.wait(10), 0)

    def test_a_broken_configuration_keeps_no_client_from_being_served_once_it_is_mended(self):
        path = os.path.join(self.folder, "gatepost.yaml")
        with open(path) as file:
            sound = file.read()
        with open(path, "w") as file:
            file.write("listeners: nonsense\n" + sound)
        self.kill_worker()
        self.proxy.wait_until(lambda: self.proxy.log.count("worker died") >= 2, "a worker to fail")
        with open(path, "w") as file:
            file.write(sound)
        with Dialogue(self.proxy.port, timeout=30) as client:
            client.envelope()
            self.assert_reply(client.data(MESSAGE), 250)


class Niceness(InteroperabilityCase):
    def test_what_it_is_started_with_is_that_of_all_threads(self):
        """But for those that are politer still."""
        path = self.write("gatepost.yaml", gatepost.configuration(self.recorder().port))
        proxy = self._started(["--config", path], preexec_fn=lambda: os.nice(5))
        for pid in (proxy.supervisor, proxy.pid):
            self.assertEqual(os.getpriority(os.PRIO_PROCESS, pid), 5)
        loops = event_loops(proxy.pid)
        self.assertGreater(len(loops), 0)
        for thread in loops:
            self.assertGreaterEqual(os.getpriority(os.PRIO_PROCESS, thread), 5)


class Several(InteroperabilityCase):
    def test_each_worker_serves_and_is_replaced_by_itself(self):
        upstream = self.recorder()
        proxy = self.gatepost(upstream.port, workers=3)
        self.assertEqual(len(proxy.workers), 3)
        kept = [Dialogue(proxy.port) for _ in range(24)]
        for client in kept:
            self.addCleanup(client.socket.close)
            client.command("EHLO client.example")
        proxy.may_lose_workers = True
        os.kill(proxy.workers[0], signal.SIGKILL)
        proxy.wait_until(lambda: "worker replaced" in proxy.log, "the worker to be replaced")
        alive = sum(1 for client in kept if is_served(client))
        self.assertLess(alive, 24)
        self.assertGreater(alive, 0)
        self.assertEqual(len(proxy.workers), 3)

    def test_threads_are_shared_among_workers(self):
        for workers, threads, each in ((1, 1, 1), (2, 6, 3)):
            with self.subTest(workers=workers, threads=threads):
                proxy = self.gatepost(self.recorder().port, workers=workers, threads=threads)
                # Those of a worker that is just starting come.
                proxy.wait_until(
                    lambda: [len(event_loops(pid)) for pid in proxy.workers] == [each] * workers, "the event loops"
                )

    def test_another_number_of_threads_at_a_reload_is_told(self):
        upstream = self.recorder()
        proxy = self.gatepost(upstream.port, threads=2)
        with Dialogue(proxy.port) as client:
            client.envelope()
            self.write("gatepost.yaml", gatepost.configuration(upstream.port, threads=3))
            proxy.signal(signal.SIGHUP)
            proxy.wait_until(lambda: "workers and threads can be changed by a restart alone" in proxy.log, "the warning")
        self.assertEqual(len(event_loops(proxy.pid)), 2)


def patterns_left(proxy):
    """How many octets of compiled patterns the supervisor holds."""
    folder = f"/proc/{proxy.supervisor}/fd"
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if "gatepost-patterns" in os.readlink(path):
            return os.stat(path).st_size
    raise AssertionError("the supervisor holds no memory for patterns")


class UnderLoad(InteroperabilityCase):
    """Whatever is killed: what a client was told is accepted is stored, once."""

    def assert_all_is_well(self, proxy, senders, stored, deaths):
        self.assertGreater(len(senders.acknowledged), deaths * 20)
        lost = {name: client for name, client in senders.acknowledged.items() if name not in stored}
        told = [line for line in proxy.log.splitlines() if any(client in line for client in lost.values())]
        self.assertEqual(len(stored), len(set(stored)), "stored twice")
        self.assertEqual(lost, {}, "acknowledged and not stored; the log says of them:\n" + "\n".join(told))
        self.assertEqual(senders.refused, [], "connections refused")
        self.assertEqual({code for code in senders.codes if code // 100 != 4}, set(), "what may pass hears 4yz")
        print(f"{len(senders.acknowledged)} of {senders.attempted} mails acknowledged ... ", end="")

    def test_a_worker_that_is_killed_again_and_again(self):
        upstream = self.recorder()
        proxy = self.gatepost(upstream.port)
        proxy.may_lose_workers = True
        senders = Senders(proxy.port)
        deaths = DEATHS or 30
        for death in range(deaths):
            sent = len(senders.acknowledged)
            proxy.wait_until(lambda at=sent: len(senders.acknowledged) > at + 20, "mail to pass", 30)
            os.kill(proxy.pid, signal.SIGKILL)
            proxy.wait_until(lambda n=death: proxy.log.count("worker replaced") > n, "the worker to be replaced", 30)
        waits = [int(wait) for wait in re.findall(r"worker replaced .*after=\"?(\d+) ms", proxy.log)]
        print(f"replaced within {max(waits)} ms ... ", end="", flush=True)
        self.assertTrue(senders.finish(), "a client waits in vain")
        self.assert_all_is_well(proxy, senders, [subject(message) for message in upstream.received()], deaths)

    def test_an_upstream_that_is_killed_again_and_again(self):
        path, server = os.path.join(self.folder, "stored"), None

        def start(port):
            child = subprocess.Popen(
                [sys.executable, storing_server.__file__, str(port), path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
            )
            return child, int(child.stdout.readline())

        def end():
            server.kill()
            server.wait()
            server.stdout.close()

        server, port = start(0)
        self.addCleanup(lambda: end())
        proxy = self.gatepost(port)
        senders = Senders(proxy.port)
        deaths = DEATHS or 10
        for _ in range(deaths):
            sent = len(senders.acknowledged)
            proxy.wait_until(lambda at=sent: len(senders.acknowledged) > at + 20, "mail to pass", 30)
            end()
            server, _ = start(port)
        with open(path) as file:
            self.assertTrue(senders.finish(), "a client waits in vain")
            self.assert_all_is_well(proxy, senders, file.read().split(), deaths)


def subject(message):
    return next(line for line in message.content.decode().split("\r\n") if line.startswith("Subject: "))[9:]


def event_loops(pid):
    """The threads that serve clients."""
    threads = os.listdir(f"/proc/{pid}/task")
    return [int(thread) for thread in threads if (thread_name(pid, thread) or "").startswith("NIO-ELT")]


def thread_name(pid, thread):
    try:
        with open(f"/proc/{pid}/task/{thread}/comm") as file:
            return file.read()
    except FileNotFoundError:
        return None


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def is_served(client):
    try:
        reply = client.command("NOOP")
    except OSError:
        return False
    return reply is not None and reply.code == 250
