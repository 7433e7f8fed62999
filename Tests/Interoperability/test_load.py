"""Postfix's load generator through Gatepost to Postfix's sink: every message arrives, once."""

import subprocess

from peers import gatepost
from peers.addresses import HOST
from peers.case import InteroperabilityCase

KIB, MIB = 1024, 1024 * 1024


class LoadCase(InteroperabilityCase):
    def run_source(self, port, messages, *options, seconds=240):
        result = subprocess.run(
            [
                "smtp-source",
                "-m",
                str(messages),
                "-f",
                "sender@example.net",
                "-t",
                "user@example.org",
                *options,
                f"{HOST}:{port}",
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def assert_all_arrive(self, sink, messages):
        sink.wait_until(lambda: sink.messages() >= messages, f"{messages} messages at the sink")
        self.assertEqual(sink.messages(), messages)

    def relay(self, messages, *options, sink_options=()):
        sink = self.smtp_sink(*sink_options)
        proxy = self.gatepost(
            sink.port, gatepost.example_policies(), limits="sessions-per-client: 1000, message: 100 MiB"
        )
        self.run_source(proxy.port, messages, *options)
        self.assert_all_arrive(sink, messages)
        return proxy


class Load(LoadCase):
    def test_sessions_and_connections(self):
        """1, 20 and 100 sessions at once, one mail per connection and many."""
        for sessions, messages in ((1, 100), (20, 600), (100, 1000)):
            for kept in (False, True):
                with self.subTest(sessions=sessions, connections="kept" if kept else "one each"):
                    self.relay(messages, "-s", str(sessions), "-l", str(4 * KIB), *(["-d"] if kept else []))

    def test_sizes(self):
        """1 KiB to 20 MiB."""
        for size, messages in ((KIB, 200), (64 * KIB, 100), (MIB, 40), (20 * MIB, 4)):
            with self.subTest(size=size):
                self.relay(messages, "-s", "4", "-l", str(size), "-d")

    def test_recipients(self):
        """1 to 100 recipients of one mail."""
        for recipients in (1, 2, 10, 100):
            with self.subTest(recipients=recipients):
                self.relay(20, "-s", "4", "-r", str(recipients), "-l", str(KIB), "-d")

    def test_started_with_options_alone(self):
        sink = self.smtp_sink()
        proxy = self.gatepost_by_options(sink.port, gatepost.example_policies())
        self.run_source(proxy.port, 50, "-s", "5", "-l", str(KIB))
        self.assert_all_arrive(sink, 50)

    def test_plainer_upstreams(self):
        """A sink without PIPELINING, without 8BITMIME, without enhanced status codes, without ESMTP."""
        for option in ("-p", "-8", "-E", "-e"):
            with self.subTest(option=option):
                self.relay(40, "-s", "4", "-l", str(KIB), sink_options=[option])


class Memory(LoadCase):
    def test_large_messages_at_once(self):
        """20 MiB on 20 sessions: what is held does not grow with the size of the message."""
        proxy = self.relay(20, "-s", "20", "-l", str(20 * MIB), "-d")
        self.assertLess(proxy.memory("VmHWM"), 64 * KIB, "KiB at the peak")
