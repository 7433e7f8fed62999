"""What peers say is in the log, each thing in its field: none of it is a line or a field of its own."""

import base64
import os
import socket
import ssl
import subprocess

from peers import account, gatepost, log
from peers.addresses import HOST
from peers.case import InteroperabilityCase
from peers.certificates import Authority
from peers.client import Dialogue
from peers.waiting import until

LINE = '2026-01-01T00:00:00.000Z info transaction session=forged verdict=accepted reply="250 forged"'
ENDS = ("\n", "\r\n", "\r", "\x85", "\u2028", "\x0b", "\x0c")
HOSTILE = "a" + "".join(end + LINE for end in ENDS) + ' " verdict=accepted \\" x=\\\\ \x1b[2K\x1b[31m\u202e\x00\x07\x7f\x9b1m'
FORGED = "session=forged"

POLICY = """policy: trial
rules:
  - name: told
    at: header
    then:
      log: "subject {header.subject} certificate {tls.client-subject} name {client.name}"
"""

# All fields that the pages name, and those of lines beside transactions.
FIELDS = set(
    """session transaction verdict stage source reply rules listener client tls auth proxy helo command sender sent-sender
    recipients to edited edits refused refusals octets spooled tags upstream upstream-tls detail delay-ms ms address rule
    failures held policies files sessions configured since memory spool pid""".split()
)


def xtext(text):
    """RFC 3461, 4: as XCLIENT has its values."""
    return "".join(f"+{octet:02X}" for octet in text.encode())


def encoded_word(text):
    return "=?utf-8?B?" + base64.b64encode(text.encode()).decode() + "?="


def credentials(user):
    """Of AUTH PLAIN, where a NUL would end the user."""
    return base64.b64encode(b"\0" + user.replace("\0", "").encode() + b"\0secret").decode()


class Forgery(InteroperabilityCase):
    forms = ("text", "json")

    def served(self, form, upstream):
        """Gatepost that believes XCLIENT, asks for certificates and says what it was told."""
        self.authority = Authority(self.folder)
        chain, key = self.authority.issue("mx", "mx.example")
        config = gatepost.configuration(
            upstream.port, [self.write("policy.yaml", POLICY)], log=f"format: {form}, level: trace",
            listener=f"tls: starttls, tls-client-ca: {self.authority.file}, auth: always, accept-xclient: [{HOST}/32]",
        )
        config += f"certificates: [{{ chain: {chain}, key: {key} }}]\n"
        return self._started(["--config", self.write("gatepost.yaml", config)])

    def records(self, proxy, form):
        """Those of the whole log, once the line of everything is there and the process has ended."""
        self.assertEqual(proxy.stop(), 0)
        with open(proxy.log_path, "rb") as file:
            octets = file.read()
        self.assertEqual(set(octets) & (set(range(32)) - {10} | {127}), set(), "control characters")
        text = octets.decode("utf-8")
        for character in "\x85\u2028\u2029\u202e\x9b":
            self.assertNotIn(character, text)
        records = log.records(text, form)
        for message, fields in records:
            self.assertNotIn("forged", message)
            self.assertLessEqual(set(fields), FIELDS, message)
            self.assertNotEqual(fields.get("session"), "forged")
        return records

    def value(self, records, message, field, text):
        """The one value of that field that has `text` in it."""
        found = [fields[field] for name, fields in records if name == message and text in str(fields.get(field))]
        self.assertEqual(len(found), 1, f"{field} of {message}: {found}\n{records}")
        return found[0]

    def test_what_a_client_says(self):
        for form in self.forms:
            with self.subTest(form=form):
                upstream = self.recorder(
                    extensions=("PIPELINING", "8BITMIME", "SMTPUTF8", "AUTH PLAIN"),
                    answers={"AUTH": "535 5.7.8 forged\x1b[31m verdict=accepted", "XCLIENT": "220 recorder.example"},
                )
                proxy = self.served(form, upstream)
                with Dialogue(proxy.port) as client:
                    for command in (
                        f"XCLIENT NAME={xtext(HOSTILE)}",
                        f"XCLIENT LOGIN={xtext(HOSTILE)}",
                        f"XCLIENT ADDR={xtext(HOSTILE)}",
                        f"EHLO {HOSTILE[:1]}\x1b[31m verdict=accepted",
                        'EHLO [x"verdict=accepted]',
                        "EHLO client.example",
                        f"AUTH PLAIN {credentials(HOSTILE)}",
                        "AUTH PLAIN " + credentials('ann" session=forged verdict=accepted'),
                        'MAIL FROM:<"x\\" verdict=accepted y"@example.net>',
                        'RCPT TO:<"a>,<b verdict=accepted"@example.org>',
                        "VRFY \x1b[31m\tverdict=accepted",
                    ):
                        self.assertIsNotNone(client.command(command), command)
                    self.assert_reply(client.data(f"Subject: {encoded_word(HOSTILE)}\r\n\r\nx\r\n.\r\n".encode()), 250)
                records = self.records(proxy, form)
                self.value(records, "transaction", "sender", '<"x\\" verdict=accepted y"@example.net>')
                told = self.value(records, "policy", "detail", "subject ")
                self.assertIn("session=forged verdict=accepted", told)
                self.value(records, "login failed", "detail", "session=forged verdict=accepted")
                accepted = [fields for name, fields in records if fields.get("verdict") == "accepted"]
                self.assertEqual(len(accepted), 1, "the one mail that was accepted")

    def test_the_name_in_a_certificate(self):
        # A common name has 64 characters at most.
        name = '/CN=a\nb\r\x85\u2028\x1b[31m\u202e "x\\\\" session=forged verdict=accepted'
        for form in self.forms:
            with self.subTest(form=form):
                upstream = self.recorder()
                proxy = self.served(form, upstream)
                chain, key = os.path.join(self.folder, "client.pem"), os.path.join(self.folder, "client.key")
                made = subprocess.run(
                    ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8"]
                    + ["-CA", self.authority.file, "-CAkey", self.authority.file.replace(".pem", ".key"), "-subj", name]
                    + ["-keyout", key, "-out", chain, "-addext", "extendedKeyUsage=clientAuth"],
                    capture_output=True, timeout=60,
                )
                self.assertEqual(made.returncode, 0, made.stderr)
                context = ssl.create_default_context(cafile=self.authority.file)
                context.check_hostname = False
                context.load_cert_chain(chain, key)
                with Dialogue(proxy.port) as client:
                    client.command("EHLO client.example")
                    self.assert_reply(client.command("STARTTLS"), 220)
                    client.socket = context.wrap_socket(client.socket)
                    client.envelope()
                    self.assert_reply(client.data(b"Subject: x\r\n\r\nx\r\n.\r\n"), 250)
                told = self.value(self.records(proxy, form), "policy", "detail", "certificate ")
                self.assertIn("session=forged verdict=accepted", told)

    def test_what_an_upstream_answers(self):
        ugly = '550 5.1.1 "x verdict=accepted" \\ \x1b[31m \x07 session=forged verdict=accepted'
        endings = ("", "\n" + LINE, "\r" + LINE, "\0" + LINE, "\r\n" + LINE)
        commands = ("MAIL", "RCPT", "DATA", ".")
        # An upstream that fails at EHLO is left alone for a while: that one last.
        cases = [(command, ending) for command in commands for ending in endings] + [("EHLO", "\n" + LINE)]
        for form in self.forms:
            with self.subTest(form=form):
                upstream = self.recorder()
                proxy = self.gatepost(upstream.port, log=f"format: {form}, level: trace")
                for command, ending in cases:
                    upstream.answers = {command: ugly + ending}
                    with Dialogue(proxy.port) as client:
                        for said in ("EHLO client.example", "MAIL FROM:<a@example.net>", "RCPT TO:<b@example.org>"):
                            client.command(said)
                        client.data(b"Subject: x\r\n\r\nx\r\n.\r\n")
                told = [fields for name, fields in self.records(proxy, form) if name == "transaction"]
                verdicts = [fields["verdict"] for fields in told]
                for field, command in (("reply", "MAIL"), ("refusals", "RCPT"), ("reply", "DATA"), ("reply", ".")):
                    self.assertTrue(any("session=forged verdict" in str(fields.get(field)) for fields in told), command)
                self.assertNotIn("accepted", verdicts)
                self.assertEqual(len(verdicts), len(cases))

    def test_a_proxy_header(self):
        for form in self.forms:
            with self.subTest(form=form):
                upstream = self.recorder()
                proxy = self.gatepost(
                    upstream.port, log=f"format: {form}, level: trace", listener=f"accept-proxy-protocol: [{HOST}/32]"
                )
                with socket.create_connection((HOST, proxy.port), 20) as client:
                    client.sendall(b'PROXY TCP4 1.2.3.4" verdict=accepted \x1b[31m 5.6.7.8 1 2\n' + LINE.encode() + b"\r\n")
                    self.assertEqual(client.recv(100), b"")
                until(lambda proxy=proxy: "PROXY header refused" in proxy.log, "the line of the refusal")
                self.records(proxy, form)
