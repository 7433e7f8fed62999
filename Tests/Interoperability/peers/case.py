"""What every test of the suite needs: a folder, peers that end with the test, and a look at what Gatepost left."""

import os
import re
import shutil
import tempfile
import unittest

from peers import account, gatepost
from peers.recorder import Recorder
from peers.smtp_sink import SMTPSink


class InteroperabilityCase(unittest.TestCase):
    """Peers that a test starts are stopped when it ends, the last first."""

    maxDiff = 4000

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="gatepost-test-")
        os.chmod(self.folder, 0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return path

    def recorder(self, **options):
        recorder = Recorder(**options)
        self.addCleanup(self._check_recorder, recorder)
        return recorder

    def _check_recorder(self, recorder):
        recorder.stop()
        self.assertEqual(recorder.faults, [], "the upstream saw breaches of RFC 5321")

    def smtp_sink(self, *options):
        sink = SMTPSink(self.folder, *options)
        self.addCleanup(sink.stop)
        return sink

    def gatepost(self, upstream_port, policies=(), **settings):
        """Gatepost before that upstream, by a configuration file; settings are those of `configuration`."""
        path = self.write("gatepost.yaml", gatepost.configuration(upstream_port, policies, **settings))
        return self._started(["--config", path])

    def gatepost_by_options(self, upstream_port, policies=()):
        """Gatepost before that upstream, without a configuration file."""
        options = ["--listen", "127.0.0.1:0", "--upstream", f"127.0.0.1:{upstream_port}", *account.OPTIONS]
        for path in policies:
            options += ["--policy", path]
        return self._started(options)

    def _started(self, arguments, prefix=(), **options):
        process = gatepost.Gatepost(self.folder, arguments, prefix, **options)
        self.addCleanup(self._check_gatepost, process)
        return process

    def _check_gatepost(self, process):
        """Whatever a peer did, the process is still there unless it was told to end, and ends in good order."""
        if not process.is_told_to_end:
            status = process.exit_status
            self.assertIsNone(status, f"gatepost ended by itself with {status}:\n{process.log[-4000:]}")
        self.assertEqual(process.stop(), process.expected_status, process.log[-4000:])
        if not process.may_lose_workers:
            self.assertNotIn("worker died", process.log, process.log[-4000:])

    def assert_reply(self, reply, code, enhanced=None, text=None):
        """The reply has that code, enhanced status code, and text somewhere in it."""
        self.assertIsNotNone(reply, "the connection was closed without a reply")
        self.assertEqual(reply.code, code, str(reply))
        if enhanced:
            self.assertTrue(reply.lines[0].startswith(enhanced + " "), f"{enhanced} expected: {reply}")
        if text:
            self.assertIn(text, reply.text)

    def without_trace_field(self, content):
        """The content less the one Received field that Gatepost put on top, checked on the way."""
        field = re.match(rb"Received: [^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*", content)
        self.assertIsNotNone(field, f"no Received field on top: {content[:200]!r}")
        unfolded = field.group().decode("ascii").replace("\r\n", "")
        self.assertRegex(unfolded, r"from .+\sby .+ with E?SMTP", unfolded)
        self.assertRegex(unfolded, r" id \S+", unfolded)
        self.assertRegex(unfolded, r";\s+\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", unfolded)
        for line in field.group().split(b"\r\n"):
            self.assertLessEqual(len(line), 998)
        return content[field.end() :]
