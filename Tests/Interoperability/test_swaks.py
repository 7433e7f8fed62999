"""swaks, the administrator's own client, as it is used by hand."""

import os
import subprocess

from peers.addresses import HOST
from peers.case import InteroperabilityCase


class Swaks(InteroperabilityCase):
    def setUp(self):
        super().setUp()
        self.upstream = self.recorder(answers={"RCPT TO:<nobody@": "550 5.1.1 No such user here"})
        self.proxy = self.gatepost(self.upstream.port, trace="none")

    def swaks(self, *options, expected_status=0):
        result = subprocess.run(
            [
                "swaks",
                "--server",
                HOST,
                "--port",
                str(self.proxy.port),
                "--helo",
                "client.example",
                "--timeout",
                "20s",
                "--from",
                "sender@example.net",
                "--to",
                "user@example.org",
                *options,
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.folder,
        )
        self.assertEqual(result.returncode, expected_status, result.stdout + result.stderr)
        return result.stdout

    def test_pipelining_on_and_off(self):
        self.swaks()
        self.swaks("--pipeline")
        first, second = self.upstream.received(2)
        self.assertEqual(first.recipients, second.recipients)
        self.assertIn(b"This is a test mailing", second.content)

    def test_many_recipients_pipelined(self):
        recipients = ",".join(f"user{number}@example.org" for number in range(50))
        self.swaks("--pipeline", "--to", recipients)
        self.assertEqual(len(self.upstream.received()[0].recipients), 50)

    def test_some_recipients_refused(self):
        for options in ([], ["--pipeline"]):
            output = self.swaks(*options, "--to", "nobody@example.org,user@example.org")
            self.assertIn("550 5.1.1 No such user here", output)
        for transaction in self.upstream.received(2):
            self.assertEqual(transaction.recipients, ["RCPT TO:<user@example.org>"])

    def test_all_recipients_refused(self):
        for options in ([], ["--pipeline"]):
            self.swaks(*options, "--to", "nobody@example.org", expected_status=24)
        self.assertEqual(self.upstream.transactions, [])

    def test_helo(self):
        self.swaks("--protocol", "SMTP")
        self.assertEqual(len(self.upstream.received()), 1)

    def test_attachments(self):
        path = os.path.join(self.folder, "attachment.bin")
        with open(path, "wb") as file:
            file.write(bytes(range(256)) * 4096)
        self.swaks("--attach", "@attachment.bin", "--body", "See attachment.")
        self.assertIn(b"attachment.bin", self.upstream.received()[0].content)

    def test_dot_lines(self):
        path = self.write("dots.eml", "Subject: dots\n\n.\n..\n.text\n\n.\nend\n")
        self.swaks("--data", "@" + os.path.basename(path))
        body = self.upstream.received()[0].content.partition(b"\r\n\r\n")[2]
        self.assertTrue(body.startswith(b".\r\n..\r\n.text\r\n\r\n.\r\nend\r\n"), body)

    def test_bad_paths(self):
        """Refused by Gatepost itself: the upstream hears nothing of it."""
        self.assertIn("501 5.1.7", self.swaks("--from", "a b@example.net", expected_status=23))
        self.assertIn("501 5.1.3", self.swaks("--to", "a b@example.org", expected_status=24))
        self.assertEqual(self.upstream.transactions, [])

    def test_leaving_early(self):
        """A client that says QUIT, or is gone, at each point: nothing is delivered."""
        for point in ("CONNECT", "HELO", "MAIL", "RCPT"):
            self.swaks("--quit-after", point)
            self.swaks("--drop-after", point)
        self.swaks("--drop-after", "DATA")
        self.assertEqual(self.upstream.transactions, [])
