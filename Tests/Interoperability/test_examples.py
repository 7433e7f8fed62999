"""The examples do what their pages show."""

import os
import re
import signal
import unittest

from peers import gatepost
from peers.addresses import answers, free_port
from peers.case import InteroperabilityCase
from peers.client import Dialogue
from peers.postfix import can_run, messages
from peers.process import Process
from peers.waiting import until

PLACEHOLDER = re.compile(r"\{…\}")


def exchanges(text):
    """A session page as pairs: the lines that the client says, and the reply that it hears."""
    said, heard = [], []
    for line in text.splitlines():
        if line.startswith("C: "):
            if heard:
                yield said, "\n".join(heard)
                said, heard = [], []
            said.append(line[3:])
        elif line.startswith("S: "):
            heard.append(line[3:])
    yield said, "\n".join(heard)


def expectation(reply):
    """What a reply of the page matches: itself, with anything, further lines too, for each placeholder."""
    return re.compile("(?s)" + ".*".join(re.escape(part) for part in PLACEHOLDER.split(reply)) + r"\Z")


@unittest.skipUnless(can_run(), "Postfix starts as root alone")
class FrontAPostfix(InteroperabilityCase):
    example = os.path.join(gatepost.ROOT, "Examples", "front-a-postfix")

    def setUp(self):
        super().setUp()
        self.port, self.upstream_port = free_port(), free_port()
        environment = {
            **os.environ,
            "GATEPOST": gatepost.executable(),
            "GATEPOST_PORT": str(self.port),
            "POSTFIX_PORT": str(self.upstream_port),
            "TMPDIR": self.folder,
        }
        self.script = Process(
            [os.path.join(self.example, "run")],
            os.path.join(self.folder, "run.log"),
            env=environment,
            start_new_session=True,
        )
        self.addCleanup(self.script.stop)
        self.script.wait_until(lambda: answers(self.port) and answers(self.upstream_port), "the example to answer", 60)

    def play(self, text):
        """Says what the page's client says, and holds the answers against the page."""
        client = Dialogue(self.port, greeted=False)
        self.addCleanup(client.socket.close)
        for said, heard in exchanges(text):
            client.send(b"".join(line.encode() + b"\r\n" for line in said))
            reply = client.reply()
            lines = [f"{reply.code}-{line}" for line in reply.lines[:-1]] + [f"{reply.code} {reply.lines[-1]}"]
            self.assertRegex("\n".join(lines), expectation(heard), f"after {said}")
        self.assertTrue(client.is_closed_by_peer())

    def test_session(self):
        with open(os.path.join(self.example, "session.txt"), encoding="utf-8") as page:
            self.play(page.read())
        mail = re.search(r"^mail +(\S+)", self.script.log, re.MULTILINE).group(1)
        (message,) = until(lambda: messages(mail, "user"), "the message in its mailbox")
        self.assertEqual(message["Subject"], "hello")
        self.assertEqual(message.get_content(), "Hello.\n.\nThe line above is a single dot.\n")
        self.assertIsNone(message["User-Agent"])
        self.assertFalse([hop for hop in message.get_all("Received") if "10.1.2.3" in hop])

    def test_nothing_is_left(self):
        self.script.signal(signal.SIGTERM)
        self.assertEqual(self.script.wait(30), 0)
        until(lambda: not answers(self.port) and not answers(self.upstream_port), "both to end")
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("front-a-postfix")], [])
