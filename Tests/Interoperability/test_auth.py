"""AUTH, relayed to a real Postfix with Dovecot behind it, and Gatepost's own login there."""

import base64
import hashlib
import hmac
import os
import re
import signal
import smtplib
import ssl
import subprocess
import time
import unittest

from peers import account, dovecot, postfix
from peers.addresses import HOST
from peers.case import InteroperabilityCase
from peers.client import Dialogue
from peers.gatepost import policy, run

USER, PASSWORD = "ann@example.org", "tanstaaf1-x"
RELAY, RELAY_PASSWORD = "relay", "b0ron i say"
# What swaks says that it has sent in AUTH.
RESPONSE = re.compile(r"^ [-~]> (?:AUTH \S+ )?([A-Za-z0-9+/]{12,}={0,2})$", re.MULTILINE)
SECRETS = [
    text
    for plain in (PASSWORD, RELAY_PASSWORD, "wrong-guess")
    for text in (plain, base64.b64encode(plain.encode()).decode())
] + [
    base64.b64encode(f"\0{user}\0{password}".encode()).decode()
    for user, password in ((USER, PASSWORD), (RELAY, RELAY_PASSWORD), (USER, "wrong-guess"))
]


@unittest.skipUnless(postfix.can_run() and dovecot.can_run(), "Postfix and Dovecot start as root alone")
class AuthCase(InteroperabilityCase):
    def setUp(self):
        super().setUp()
        # What clients have said in AUTH.
        self.responses = set()
        self.dovecot = dovecot.Dovecot(self.folder, {USER: PASSWORD, RELAY: RELAY_PASSWORD})
        self.addCleanup(self.dovecot.stop)
        self.postfix = postfix.Postfix(self.folder, self.dovecot.settings())
        self.addCleanup(self.postfix.stop)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
            + ["-subj", "/CN=mx.example.com", "-addext", "subjectAltName=DNS:mx.example.com"]
            + ["-keyout", self.path("mx.key"), "-out", self.path("mx.pem")],
            check=True,
            capture_output=True,
        )
        account.give(self.path("mx.key"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def served(self, listener="auth: always", upstream="", more=()):
        """Gatepost with one listener before Postfix, telling all it ever tells."""
        path = self.write(
            "gatepost.yaml",
            "\n".join(
                [
                    "hostname: gatepost.example",
                    f"listeners: [{{ name: submission, address: 127.0.0.1:0, upstream: mail, {listener} }}]",
                    f"upstreams: {{ mail: {{ servers: [127.0.0.1:{self.postfix.port}]{upstream} }} }}",
                    "log: { level: trace }",
                    *more,
                    account.SETTING,
                ]
            ),
        )
        proxy = self._started(["--config", path])
        self.addCleanup(self.assert_no_secret, proxy)
        return proxy

    def assert_logged(self, proxy, text, count=1):
        """Lines leave by a thread of their own."""
        proxy.wait_until(lambda: proxy.log.count(text) >= count, f"`{text}` in the log")

    def assert_no_secret(self, proxy):
        proxy.stop()
        self.assertIn("stopped", proxy.log)
        for secret in [*SECRETS, *self.responses]:
            self.assertNotIn(secret, proxy.log)

    def swaks(self, proxy, *options, expected_status=0):
        result = subprocess.run(
            ["swaks", "--server", HOST, "--port", str(proxy.port), "--helo", "client.example", "--timeout", "30s"]
            + ["--from", "sender@example.org", "--to", "user@example.org", *options],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
            cwd=self.folder,
        )
        self.assertEqual(result.returncode, expected_status, result.stdout + result.stderr)
        self.responses.update(RESPONSE.findall(result.stdout))
        return result.stdout


TLS = "tls: starttls"
CERTIFICATES = ("certificates: [{ chain: mx.pem, key: mx.key }]",)


class Relayed(AuthCase):
    def test_swaks_by_each_mechanism(self):
        proxy = self.served()
        for count, mechanism in enumerate(("PLAIN", "LOGIN", "CRAM-MD5"), 1):
            output = self.swaks(proxy, "--auth", mechanism, "--auth-user", USER, "--auth-password", PASSWORD)
            self.assertIn("235 2.7.0 Authentication successful", output)
            self.assert_logged(proxy, f"auth={mechanism}/{USER}")
            received = self.postfix.delivered(count=count)[-1].get_all("Received")
            self.assertIn(f"Authenticated sender: {USER}", received[0])
            self.assertIn("with ESMTPA id", received[1])
        # PLAIN says one, LOGIN two, CRAM-MD5 one.
        self.assertEqual(len(self.responses), 4)
        output = self.swaks(proxy, "--quit-after", "EHLO")
        self.assertIn("250 AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256", output)

    def test_what_cannot_be_relayed(self):
        proxy = self.served()
        with Dialogue(proxy.port) as client:
            client.command("EHLO client.example")
            for mechanism in ("DIGEST-MD5", "NTLM", "GSSAPI", "SCRAM-SHA-256-PLUS", "EXTERNAL"):
                self.assert_reply(client.command(f"AUTH {mechanism}"), 504, "5.5.4")
            self.assert_reply(client.command("AUTH PLAIN " + "QUJD" * 4000), 500)
            self.assert_reply(client.command("MAIL FROM:<> BODY=NONE"), 501)

    def test_swaks_with_a_wrong_password(self):
        proxy = self.served()
        for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5"):
            output = self.swaks(
                proxy, "--auth", mechanism, "--auth-user", USER, "--auth-password", "wrong-guess", expected_status=28
            )
            self.assertIn("535 5.7.8", output)
        self.assert_logged(proxy, "login failed", 3)
        self.assertTrue(self.postfix.is_empty())

    def test_no_auth_before_tls(self):
        proxy = self.served(TLS, more=CERTIFICATES)
        options = ("--auth", "PLAIN", "--auth-user", USER, "--auth-password", PASSWORD)
        self.swaks(proxy, *options, expected_status=28)
        with Dialogue(proxy.port) as client:
            self.assertNotIn("AUTH", client.command("EHLO client.example").text)
            self.assert_reply(client.command("AUTH PLAIN AGEAYg=="), 538, "5.7.11")
        self.swaks(proxy, "--tls", *options)
        self.assertIn("with ESMTPSA id", self.postfix.delivered()[0].get_all("Received")[1])

    def test_smtplib(self):
        proxy = self.served(TLS, more=CERTIFICATES)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5"):
            with smtplib.SMTP(HOST, proxy.port, timeout=30) as client:
                client.starttls(context=context)
                client.ehlo()
                client.user, client.password = USER, PASSWORD
                client.auth(mechanism, getattr(client, "auth_" + mechanism.lower().replace("-", "_")))
                client.sendmail("sender@example.org", ["user@example.org"], "Subject: x\r\n\r\n")
                self.assertEqual(client.auth("PLAIN", client.auth_plain)[0], 503)
        with smtplib.SMTP(HOST, proxy.port, timeout=30) as client:
            client.starttls(context=context)
            client.login(USER, PASSWORD)
            client.sendmail("sender@example.org", ["user@example.org"], "Subject: x\r\n\r\n")
        self.postfix.delivered(count=4)

    def test_scram(self):
        proxy = self.served()
        for name, algorithm in (("SCRAM-SHA-1", "sha1"), ("SCRAM-SHA-256", "sha256")):
            with Dialogue(proxy.port) as client:
                client.command("EHLO client.example")
                self.assert_reply(scram(client, name, algorithm, USER, PASSWORD, self.responses), 235)
                client.envelope(recipients=("<user@example.org>",))
            self.assert_logged(proxy, f"detail={name}/{USER}")

    def test_failures_come_to_an_end(self):
        proxy = self.served(more=("limits: { auth-failures: 2 }",))
        wrong = base64.b64encode(f"\0{USER}\0wrong-guess".encode()).decode()
        with Dialogue(proxy.port, timeout=40) as client:
            client.command("EHLO client.example")
            began = time.monotonic()
            self.assert_reply(client.command(f"AUTH PLAIN {wrong}"), 535, "5.7.8")
            first = time.monotonic()
            self.assert_reply(client.command(f"AUTH PLAIN {wrong}"), 535, "5.7.8")
            second = time.monotonic()
            self.assert_reply(client.reply(), 421, "4.7.0")
            self.assertTrue(client.is_closed_by_peer())
            self.assertGreater(first - began, 0.9)
            self.assertGreater(second - first, 1.9)

    def test_the_submission_policy(self):
        submission = policy("submission.yaml")
        text = open(submission, encoding="utf-8").read().replace("example.com", "example.org")
        self.write("submission.yaml", text)
        proxy = self.served(more=("policies: [submission.yaml]",))
        self.assertIn("530 5.7.0", self.swaks(proxy, expected_status=23))
        login = ("--auth", "PLAIN", "--auth-user", USER, "--auth-password", PASSWORD)
        self.assertIn("553 5.7.1", self.swaks(proxy, *login, "--from", "a@example.net", expected_status=23))
        self.assertIn("553 5.7.1", self.swaks(proxy, *login, "--from", "news@example.org", expected_status=23))
        self.swaks(proxy, *login)
        self.postfix.delivered()


class OwnLogin(AuthCase):
    def login(self, password=RELAY_PASSWORD):
        path = self.write("relay.password", password + "\n")
        os.chmod(account.give(path), 0o600)
        return f", login: {{ user: {RELAY}, password-file: relay.password }}"

    def test_clients_use_it_without_a_login_of_theirs(self):
        proxy = self.served(upstream=self.login() + ", reuse: {}")
        self.assertNotIn("AUTH", self.swaks(proxy).split("<-  250")[1])
        self.swaks(proxy)
        for message in self.postfix.delivered(count=2):
            self.assertIn(f"Authenticated sender: {RELAY}", message.get_all("Received")[0])

    def test_a_refusal_is_a_fault_of_the_operator(self):
        proxy = self.served(upstream=self.login("wrong-guess"))
        self.assertIn("451 4.4.1", self.swaks(proxy, expected_status=23))
        self.assert_logged(proxy, "error upstream login failed")
        self.assertIn("535 5.7.8", proxy.log)
        # A reload with the right password helps at once.
        self.login()
        proxy.signal(signal.SIGHUP)
        proxy.wait_until(lambda: "reloaded" in proxy.log, "a reload")
        self.swaks(proxy)
        self.postfix.delivered()

    def test_check_looks_at_the_file(self):
        upstream = self.login()
        os.chmod(self.path("relay.password"), 0o644)
        path = self.write(
            "open.yaml",
            "listeners: [{ name: a, address: 127.0.0.1:0, upstream: mail }]\n"
            f"upstreams: {{ mail: {{ servers: [127.0.0.1:25]{upstream} }} }}\n",
        )
        checked = run("check", path)
        self.assertEqual(checked.returncode, 78)
        self.assertIn("chmod o=", checked.stderr + checked.stdout)


def scram(client, name, algorithm, user, password, responses):
    """Logs in by SCRAM (RFC 5802), and returns the last reply; what proves the password is added to `responses`."""

    def challenge(reply):
        return base64.b64decode(reply.lines[0]).decode() if reply.code == 334 else ""

    bare = f"n={user},r=fyko+d2lbbFgONRv9qkxdawL"
    first = challenge(client.command(f"AUTH {name} " + base64.b64encode(f"n,,{bare}".encode()).decode()))
    parts = dict(part.split("=", 1) for part in first.split(","))
    salted = hashlib.pbkdf2_hmac(algorithm, password.encode(), base64.b64decode(parts["s"]), int(parts["i"]))
    key = hmac.digest(salted, b"Client Key", algorithm)
    final = f"c=biws,r={parts['r']}"
    signature = hmac.digest(hashlib.new(algorithm, key).digest(), f"{bare},{first},{final}".encode(), algorithm)
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature))).decode()
    response = base64.b64encode(f"{final},p={proof}".encode()).decode()
    responses.update((proof, response))
    reply = client.command(response)
    return client.command("") if reply.code == 334 else reply
