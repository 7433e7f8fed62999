"""What policies do to real messages, judged by Python's email package."""

import email
import email.policy
import os
import re
import smtplib

from peers import corpus, gatepost
from peers.addresses import HOST
from peers.case import InteroperabilityCase
from peers.client import Dialogue
from peers.process import Process
from peers.waiting import until

EDITS = r"""
policy: edits
description: One rule for each way to edit a header section.

lists:
  inside: [10.0.0.0/8, 192.168.0.0/16]

rules:
  - name: mark
    when: { header.x-mark: { exists: true } }
    then: { add-header: { X-Gatepost: "from {client.address} as {sender}" } }
  - name: replace
    when: { header.x-replace.count: { at-least: 1 } }
    then: { set-header: { X-Replace: replaced } }
  - name: remove
    when: { header.x-remove: { exists: true } }
    then: { remove-header: X-Remove }
  - name: remove-matching
    when: { header.received: { matches: '\b10\.\d+\.\d+\.\d+\b' } }
    then: { remove-header: { name: Received, matches: '\b10\.\d+\.\d+\.\d+\b' } }
  - name: rewrite
    when: { header.x-rewrite: { matches: 'old' } }
    then: { rewrite-header: { name: X-Rewrite, match: 'old-(\w+)', replace: 'new-$1' } }
  - name: prefix
    when: { header.subject: { contains: 'größte' } }
    then: { prefix-subject: "[EXTERN]" }
"""

REFUSALS = r"""
policy: refusals

rules:
  - name: helo
    when: { helo: refused.example }
    then: { reject: 550 5.7.1 Not by that name }
  - name: sender
    when: { sender.domain: refused.example }
    then: { reject: "550 5.7.1 Not from {sender.domain}" }
  - name: later
    when: { sender: later@example.net }
    then: { defer: 450 4.7.1 Not now }
  - name: recipient
    when: { recipient: { starts-with: secret } }
    then: { reject: 550 5.7.1 Not to that one }
  - name: subject
    when: { header.subject: { matches: '(?i)viagra' } }
    then: { reject: 554 5.7.1 Not about that }
  - name: large
    when: { message.size: { over: 100 KiB } }
    then: { reject: 552 5.3.4 Not that much }
  - name: long
    when: { message.longest-line: { over: 998 } }
    then: { reject: 554 5.6.0 Not that long }
  - name: undeclared
    when: { mail.body: 7BIT, message.eight-bit: true }
    then: { reject: 554 5.6.0 Not undeclared }
  - name: leave
    when: { sender: leave@example.net }
    then: { disconnect: 421 4.7.0 Good bye }
  - name: watched
    mode: monitor
    when: { sender: watched@example.net }
    then: { reject: 550 5.7.1 Only watched }
  - name: probe
    when: { command: [VRFY, EXPN] }
    then: { reply: 252 2.5.0 Try and see }
"""


class Edits(InteroperabilityCase):
    def setUp(self):
        super().setUp()
        self.upstream = self.recorder()
        self.proxy = self.gatepost(self.upstream.port, [self.write("edits.yaml", EDITS)], trace="none")

    def relay(self, octets):
        with smtplib.SMTP(HOST, self.proxy.port, "client.example", timeout=30) as client:
            client.sendmail("sender@example.net", ["user@example.org"], octets, mail_options=["BODY=8BITMIME"])
        return self.upstream.received(len(self.upstream.transactions) or 1)[-1].content

    def parsed(self, octets):
        return email.message_from_bytes(octets, policy=email.policy.default)

    def edited(self, fields, body=b"text\r\n"):
        """The fields of the message that arrives, in order; the body has to be as it was."""
        content = self.relay(fields + b"\r\n" + body)
        header, _, rest = content.partition(b"\r\n\r\n")
        self.assertEqual(rest, body)
        return header + b"\r\n"

    def test_add(self):
        header = self.edited(b"Subject: a\r\nX-Mark: b\r\n")
        self.assertEqual(header, b"X-Gatepost: from 127.0.0.1 as sender@example.net\r\nSubject: a\r\nX-Mark: b\r\n")

    def test_set(self):
        self.assertEqual(
            self.edited(b"x-replace: one\r\n\ttwo\r\nSubject:a\r\nX-REPLACE: three\r\n").lower(),
            b"x-replace: replaced\r\nsubject:a\r\n",
        )

    def test_remove(self):
        self.assertEqual(
            self.edited(b"A: 1\r\nX-Remove: x\r\n y\r\nB : 2\r\nx-remove:\r\nno colon\r\nC:3\r\n"),
            b"A: 1\r\nB : 2\r\nno colon\r\nC:3\r\n",
        )

    def test_remove_matching(self):
        self.assertEqual(
            self.edited(
                b"Received: from outside (192.0.2.1)\r\n\tby mx\r\n"
                b"Received: from inside\r\n\t(10.1.2.3) by relay\r\nReceived: from 100.1.2.3 by x\r\nSubject: a\r\n"
            ),
            b"Received: from outside (192.0.2.1)\r\n\tby mx\r\nReceived: from 100.1.2.3 by x\r\nSubject: a\r\n",
        )

    def test_rewrite(self):
        self.assertEqual(
            self.edited(b"Subject: a\r\nX-Rewrite: old-hat old-wine oldest\r\n"),
            b"Subject: a\r\nX-Rewrite: new-hat new-wine oldest\r\n",
        )

    def test_prefix_whatever_the_encoding(self):
        for subject in ("Größte".encode(), b"=?utf-8?B?R3LDtsOfdGU=?=", b"=?iso-8859-1?Q?Gr=F6=DFte?= 43"):
            with self.subTest(subject=subject):
                header = self.edited(b"From: a@example.net\r\nSubject: " + subject + b"\r\n")
                parsed = self.parsed(header + b"\r\n")
                self.assertTrue(parsed["Subject"].startswith("[EXTERN] Größte"), parsed["Subject"])
                self.assertTrue(header.startswith(b"From: a@example.net\r\nSubject: "), header)

    def test_edited_mail_reads_as_before(self):
        """Every message of the corpus that Python can read has the same fields and parts after an edit of another."""
        for name, octets in corpus.handmade().items():
            if not octets.startswith(b"From:"):
                continue
            with self.subTest(message=name):
                content = self.relay(b"X-Remove: away\r\nX-Mark: here\r\n" + octets)
                self.assertTrue(content.endswith(octets), content[:400])
                got, sent = self.parsed(content), self.parsed(octets)
                self.assertEqual(got["X-Gatepost"], "from 127.0.0.1 as sender@example.net")
                self.assertEqual(
                    [part.get_content_type() for part in got.walk()], [part.get_content_type() for part in sent.walk()]
                )


class Refusals(InteroperabilityCase):
    def setUp(self):
        super().setUp()
        self.upstream = self.recorder()
        self.proxy = self.gatepost(self.upstream.port, [self.write("refusals.yaml", REFUSALS)])
        self.client = Dialogue(self.proxy.port)
        self.addCleanup(self.client.socket.close)

    def refused_content(self, content, code, enhanced, text, **envelope):
        self.client.envelope(**envelope)
        self.assert_reply(self.client.data(content + b".\r\n"), code, enhanced, text)
        self.assertEqual(self.upstream.transactions, [])
        self.client.envelope()
        self.assert_reply(self.client.data(b"Subject: fine\r\n\r\ntext\r\n.\r\n"), 250)

    def test_helo(self):
        self.assert_reply(self.client.command("EHLO refused.example"), 550, "5.7.1", "Not by that name")

    def test_sender(self):
        self.client.command("EHLO client.example")
        self.assert_reply(
            self.client.command("MAIL FROM:<a@refused.example>"), 550, "5.7.1", "Not from refused.example"
        )
        self.assert_reply(self.client.command("MAIL FROM:<later@example.net>"), 450, "4.7.1", "Not now")
        self.assertEqual(self.upstream.commands.count("MAIL"), 0)

    def test_recipient(self):
        self.client.envelope()
        self.assert_reply(self.client.command("RCPT TO:<secret@example.org>"), 550, "5.7.1", "Not to that one")
        self.assert_reply(self.client.data(b"Subject: x\r\n\r\n.\r\n"), 250)
        self.assertEqual(self.upstream.received()[0].recipients, ["RCPT TO:<user@example.org>"])

    def test_subject(self):
        self.refused_content(b"Subject: =?utf-8?B?VmlhZ3Jh?=\r\n\r\ntext\r\n", 554, "5.7.1", "Not about that")

    def test_size(self):
        self.refused_content(
            b"Subject: x\r\n\r\n" + b"y" * 70 + b"\r\n" + b"text\r\n" * 20000, 552, "5.3.4", "Not that much"
        )

    def test_longest_line(self):
        self.refused_content(b"Subject: x\r\n\r\n" + b"y" * 999 + b"\r\n", 554, "5.6.0", "Not that long")

    def test_undeclared_eight_bit(self):
        self.refused_content(b"Subject: x\r\n\r\n\xe9\r\n", 554, "5.6.0", "Not undeclared", parameters="BODY=7BIT")

    def test_disconnect(self):
        self.client.command("EHLO client.example")
        self.assert_reply(self.client.command("MAIL FROM:<leave@example.net>"), 421, "4.7.0", "Good bye")
        self.assertTrue(self.client.is_closed_by_peer())

    def test_monitor(self):
        self.client.envelope(sender="<watched@example.net>")
        self.assert_reply(self.client.data(b"Subject: x\r\n\r\n.\r\n"), 250)
        self.proxy.wait_until(lambda: "watched" in self.proxy.log, "the log to tell of it")

    def test_single_commands(self):
        self.client.command("EHLO client.example")
        for command in ("VRFY user", "EXPN list"):
            self.assert_reply(self.client.command(command), 252, "2.5.0", "Try and see")


class Examples(InteroperabilityCase):
    """The policies that come with Gatepost, as an administrator sees them work."""

    def setUp(self):
        super().setUp()
        self.upstream = self.recorder()
        self.proxy = self.gatepost(self.upstream.port, gatepost.example_policies(), limits="message: 100 MiB")
        self.client = Dialogue(self.proxy.port)
        self.addCleanup(self.client.socket.close)

    def test_privacy(self):
        self.client.envelope()
        self.assert_reply(
            self.client.data(
                b"Received: from laptop (10.1.2.3) by relay; Mon, 1 Jan 2024 00:00:00 +0000\r\n"
                b"User-Agent: Secretive/1.0\r\nX-Originating-IP: [10.1.2.3]\r\n"
                b"From: a@example.net\r\nSubject: x\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n"
                b"Message-ID: <1@example.net>\r\n\r\ntext\r\n.\r\n"
            ),
            250,
        )
        content = self.without_trace_field(self.upstream.received()[0].content)
        self.assertNotIn(b"10.1.2.3", content)
        self.assertNotIn(b"Secretive", content)
        self.assertIn(b"From: a@example.net\r\nSubject: x\r\n", content)

    def test_too_large(self):
        self.client.command("EHLO client.example")
        self.assert_reply(self.client.command("MAIL FROM:<sender@example.net> SIZE=90000000"), 552, "5.3.4")

    def test_undeclared_eight_bit(self):
        self.client.envelope(parameters="BODY=7BIT")
        reply = self.client.data(
            b"From: a@example.net\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@example.net>\r\n"
            b"\r\n\xe9\r\n.\r\n"
        )
        self.assertEqual(reply.code // 100, 5, str(reply))
        self.assertEqual(self.upstream.transactions, [])


class Commands(InteroperabilityCase):
    """The commands around the policies."""

    def test_check_names_every_mistake(self):
        path = self.write(
            "wrong.yaml",
            "policy: wrong\nrules:\n  - name: a\n    wen: { helo: x }\n  - name: b\n"
            "    when: { client.adress: 192.0.2.1 }\n    then: { rejekt: 'no' }\n",
        )
        result = gatepost.run("check", path)
        self.assertEqual(result.returncode, 78, result.stderr)
        output = result.stdout + result.stderr
        for place, word in ((":4:5:", "wen"), (":6:", "client.address"), (":7:", "reject")):
            self.assertIn(f"wrong.yaml{place}", output)
            self.assertIn(word, output)

    def test_serve_does_not_start_with_a_mistake(self):
        path = self.write("gatepost.yaml", gatepost.configuration(25) + "limitz: { sessions: 1 }\n")
        result = gatepost.run("serve", "--config", path)
        self.assertEqual(result.returncode, 78, result.stderr)
        self.assertRegex(result.stderr, r"gatepost\.yaml:\d+:1: error: .*limitz")

    def test_policies_carry_tests_that_hold(self):
        result = gatepost.run("test", *gatepost.example_policies())
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_explain_names_the_rule(self):
        path = self.write("refusals.yaml", REFUSALS)
        arguments = ["--policy", path, "--client", "192.0.2.1", "--helo", "h.example", "--recipient", "u@example.org"]
        refused = gatepost.run("explain", *arguments, "--sender", "a@refused.example")
        self.assertEqual(refused.returncode, 1, refused.stderr)
        self.assertIn("Not from refused.example", refused.stdout)
        self.assertEqual(gatepost.run("explain", *arguments, "--sender", "a@example.net").returncode, 0)

    def test_explain_knows_of_tls_and_logins(self):
        path = self.write(
            "identity.yaml",
            "policy: identity\nrules:\n"
            "  - { name: encrypted, at: mail, then: require-tls }\n"
            "  - name: hers\n    at: mail\n    when: { auth.user: ann, auth.mechanism: SCRAM-SHA-256 }\n"
            "    then: { reject: \"550 5.7.1 Not today, {auth.user}\" }\n",
        )
        arguments = ["explain", "--policy", path, "--sender", "a@example.net", "--recipient", "u@example.org"]
        for options, status, text in [
            ([], 1, "STARTTLS"),
            (["--tls"], 0, ""),
            (["--tls", "--auth-user", "bob"], 0, ""),
            (["--tls", "--auth-user", "ann"], 0, ""),
            (["--tls", "--auth-user", "ann", "--auth-mechanism", "scram-sha-256"], 1, "Not today, ann"),
        ]:
            result = gatepost.run(*arguments, *options)
            self.assertEqual(result.returncode, status, f"{options}: {result.stdout}{result.stderr}")
            self.assertIn(text, result.stdout)

    def test_sink_stands_in_for_an_upstream(self):
        folder = os.path.join(self.folder, "mail")
        os.mkdir(folder)
        sink = Process(
            [gatepost.executable(), "sink", "--listen", "127.0.0.1:0", "--maildir", folder],
            os.path.join(self.folder, "sink.log"),
        )
        self.addCleanup(sink.stop)
        address = re.compile(r"listening .*127\.0\.0\.1:(\d+)")
        port = int(sink.wait_until(lambda: address.search(sink.log), "the sink to listen").group(1))
        proxy = self.gatepost(port)
        with smtplib.SMTP(HOST, proxy.port, "client.example", timeout=30) as client:
            client.sendmail("sender@example.net", ["user@example.org"], b"Subject: x\r\n\r\ntext\r\n")
        until(lambda: [files for _, _, files in os.walk(folder) if files], "a message in the Maildir")
