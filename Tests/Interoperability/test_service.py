"""Gatepost as a service: signals, reload, log, and what it refuses to start with."""

import json
import os
import shlex
import signal
import smtplib
import socket

from peers import account, gatepost
from peers.addresses import HOST
from peers.case import InteroperabilityCase
from peers.client import Dialogue

REFUSING = "policy: refusing\nrules:\n  - name: refuse\n    when: {{ sender: {sender} }}\n    then: {{ reject: 550 5.7.1 No }}\n"
MESSAGE = b"Subject: x\r\n\r\ntext\r\n.\r\n"


class Reload(InteroperabilityCase):
    def setUp(self):
        super().setUp()
        self.upstream = self.recorder()
        self.policy = self.write("policy.yaml", REFUSING.format(sender="first@example.net"))
        self.proxy = self.gatepost(self.upstream.port, [self.policy])

    def mail(self, sender):
        with Dialogue(self.proxy.port) as client:
            client.command("EHLO client.example")
            return client.command(f"MAIL FROM:<{sender}@example.net>").code

    def reload(self, expected):
        self.proxy.signal(signal.SIGHUP)
        self.proxy.wait_until(lambda: expected in self.proxy.log, f"the log to say `{expected}`")

    def test_new_sessions_are_judged_by_the_new_policy(self):
        self.assertEqual((self.mail("first"), self.mail("second")), (550, 250))
        session = Dialogue(self.proxy.port)
        self.addCleanup(session.socket.close)
        session.command("EHLO client.example")
        self.write("policy.yaml", REFUSING.format(sender="second@example.net"))
        self.reload("reloaded")
        self.assertEqual((self.mail("first"), self.mail("second")), (250, 550))
        self.assert_reply(session.command("MAIL FROM:<first@example.net>"), 550)

    def test_how_often_rules_held_is_told_across_a_reload(self):
        self.mail("first")
        self.reload("reloaded")
        self.mail("first")
        self.mail("second")
        self.proxy.signal(signal.SIGUSR1)
        self.proxy.wait_until(lambda: "rules counted" in self.proxy.log, "the log to have the counts")
        self.assertIn(" notice rule rule=refusing/refuse held=2 failures=0\n", self.proxy.log)
        self.assertEqual((self.mail("first"), self.mail("second")), (550, 250))

    def test_a_mistake_keeps_the_running_policy(self):
        self.write("policy.yaml", "policy: broken\nrules: [ { nmae: x } ]\n")
        self.reload("policy.yaml:2:")
        self.assertEqual((self.mail("first"), self.mail("second")), (550, 250))

    def test_a_session_under_way_is_not_disturbed(self):
        client = Dialogue(self.proxy.port)
        self.addCleanup(client.socket.close)
        client.envelope()
        self.assert_reply(client.command("DATA"), 354)
        client.send(b"Subject: x\r\n\r\n")
        self.reload("reloaded")
        client.send(b"text\r\n.\r\n")
        self.assert_reply(client.reply(), 250)
        self.assertEqual(len(self.upstream.received()), 1)


class LastReply(InteroperabilityCase):
    def test_it_comes_with_the_end_of_the_connection(self):
        proxy = self.gatepost(self.recorder().port)
        for _ in range(100):
            with Dialogue(proxy.port) as client:
                client.send(b"QUIT\r\n")
                self.assertEqual(client.socket.recv(4), b"221 ")
                # Behind the reply the end is here already: nothing is waited for.
                client.socket.setblocking(False)
                while client.socket.recv(65536):
                    pass


    def test_it_comes_to_a_client_that_has_said_more(self):
        proxy = self.gatepost(self.recorder().port)
        for _ in range(20):
            with Dialogue(proxy.port) as client:
                client.send(b"QUIT\r\n" + b"NOOP\r\n" * 5000)
                self.assertEqual(client.reply().code, 221)


class Log(InteroperabilityCase):
    def lines(self, proxy):
        return [json.loads(line) for line in proxy.log.splitlines()]

    def test_one_line_tells_of_a_transaction(self):
        upstream = self.recorder(answers={"RCPT TO:<nobody@": "550 5.1.1 No such user"})
        proxy = self.gatepost(upstream.port, log="format: json")
        with smtplib.SMTP(HOST, proxy.port, "client.example", timeout=30) as client:
            client.sendmail("a@example.net", ["user@example.org", "nobody@example.org"], b"Subject: x\r\n\r\ntext\r\n")
        proxy.wait_until(lambda: "user@example.org" in proxy.log, "the line of the transaction")
        (line,) = [line for line in self.lines(proxy) if "user@example.org" in json.dumps(line)]
        text = json.dumps(line)
        for part in ("a@example.net", "nobody@example.org", HOST, "client.example", "accepted"):
            self.assertIn(part, text)
        self.assertIn(upstream.received()[0].content.partition(b" id ")[2].split()[0].decode().split(".")[0], text)

    def test_what_a_peer_supplies_is_no_line_and_no_field_of_its_own(self):
        upstream = self.recorder(answers={"RCPT": '550 5.1.1 "quoted" verdict=accepted \x1b[31m'})
        for form in ("text", "json"):
            with self.subTest(form=form):
                proxy = self.gatepost(upstream.port, log=f"format: {form}")
                with Dialogue(proxy.port) as client:
                    client.command('EHLO client.example"verdict=accepted')
                    client.command('MAIL FROM:<"x verdict=accepted \\" y"@example.net>')
                    client.command("RCPT TO:<user@example.org>")
                    client.command("MAIL FROM:<\x07>")
                    client.command("QUIT")
                proxy.wait_until(lambda proxy=proxy: "example.net" in proxy.log, "the line of the transaction")
                self.assertNotIn("\x1b", proxy.log)
                self.assertNotIn("\x07", proxy.log)
                if form == "json":
                    self.assertNotIn("accepted", [line.get("verdict") for line in self.lines(proxy)])
                else:
                    words = [
                        word for line in proxy.log.splitlines() if "example.net" in line for word in shlex.split(line)
                    ]
                    self.assertNotIn("verdict=accepted", words)


class Start(InteroperabilityCase):
    def test_address_in_use(self):
        with socket.create_server((HOST, 0)) as server:
            result = gatepost.run("serve", "--listen", f"{HOST}:{server.getsockname()[1]}", "--upstream", f"{HOST}:25", *account.OPTIONS)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertRegex(result.stderr, r"(?i)in use")

    def test_usage(self):
        for arguments in ([], ["serve"], ["serve", "--listen", "127.0.0.1:0"], ["serve", "--nonsense"], ["nonsense"]):
            with self.subTest(arguments=arguments):
                result = gatepost.run(*arguments)
                self.assertEqual(result.returncode, 0 if not arguments else 64, result.stdout + result.stderr)

    def test_help_of_every_command(self):
        for command in ("serve", "check", "test", "explain", "sink", "demo"):
            with self.subTest(command=command):
                result = gatepost.run(command, "--help")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("USAGE", result.stdout)

    def test_missing_files(self):
        missing = os.path.join(self.folder, "missing.yaml")
        for arguments in (["check", missing], ["serve", "--config", missing], ["test", missing]):
            with self.subTest(arguments=arguments[0]):
                result = gatepost.run(*arguments)
                self.assertEqual(result.returncode, 78, result.stdout + result.stderr)
                self.assertIn("missing.yaml", result.stdout + result.stderr)

    def test_strange_files(self):
        """Nothing that a file can hold ends a command otherwise than by naming the file and what is wrong."""
        for name, octets in {
            "empty": b"",
            "binary": bytes(range(256)),
            "list": b"- a\n- b\n",
            "scalar": b"text\n",
            "deep": b"[" * 5000,
            "nested": b"policy: x\nrules: " + b"[" * 200 + b"]" * 200,
            "tab": b"policy:\tx\n\trules:\n",
            "anchors": b"a: &a [x]\nb: *a\n",
            "twice": b"policy: a\npolicy: b\nrules: []\n",
            "utf-16": "policy: x".encode("utf-16"),
            "unclosed": b"policy: 'x\n",
            "two": b"policy: a\n---\npolicy: b\n",
            "null": b"policy: ~\nrules: ~\n",
            "huge number": b"policy: x\nrules:\n  - name: a\n    when: { message.size: { over: 99999999999999999999 GiB } }\n    then: { reject: x }\n",
            "bad pattern": b"policy: x\nrules:\n  - name: a\n    when: { helo: { matches: '(((' } }\n    then: { reject: x }\n",
        }.items():
            path = os.path.join(self.folder, name.replace(" ", "-") + ".yaml")
            with open(path, "wb") as file:
                file.write(octets)
            with self.subTest(file=name):
                result = gatepost.run("check", path)
                self.assertEqual(result.returncode, 78, result.stdout + result.stderr)
                self.assertRegex(result.stderr, r"\.yaml:\d+:\d+: error: ")


class End(InteroperabilityCase):
    def test_interrupt_ends_it_as_well(self):
        proxy = self.gatepost(self.recorder().port)
        proxy.signal(signal.SIGINT)
        self.assertEqual(proxy.wait(10), 0)

    def test_a_second_signal_ends_at_once(self):
        upstream = self.recorder()
        proxy = self.gatepost(upstream.port)
        client = Dialogue(proxy.port)
        self.addCleanup(client.socket.close)
        client.envelope()
        self.assert_reply(client.command("DATA"), 354)
        proxy.signal(signal.SIGTERM)
        proxy.wait_until(lambda: "stopping" in proxy.log, "the log to say that it stops")
        proxy.signal(signal.SIGTERM)
        self.assertEqual(proxy.wait(10), 0)
        self.assertEqual(upstream.transactions, [])

    def test_no_new_sessions_while_it_ends(self):
        upstream = self.recorder()
        proxy = self.gatepost(upstream.port)
        client = Dialogue(proxy.port)
        self.addCleanup(client.socket.close)
        client.envelope()
        self.assert_reply(client.command("DATA"), 354)
        proxy.signal(signal.SIGTERM)
        proxy.wait_until(lambda: "stopping" in proxy.log, "the log to say that it stops")

        def is_refused():
            try:
                with Dialogue(proxy.port, timeout=2) as late:
                    return late.greeting is None or late.greeting.code == 421
            except OSError:
                return True

        proxy.wait_until(is_refused, "a new client to be turned away")
        client.send(MESSAGE)
        self.assert_reply(client.reply(), 250)
        self.assertEqual(proxy.wait(20), 0)
