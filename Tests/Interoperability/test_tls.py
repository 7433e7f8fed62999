"""TLS on both sides, with the clients and servers that are there: openssl, Python, swaks, sslscan, Postfix."""

import json
import os
import re
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import unittest

from peers import account, postfix
from peers.addresses import HOST, free_port
from peers.case import InteroperabilityCase
from peers.certificates import Authority
from peers.waiting import until

NAME = "mx.example.com"


class TLSCase(InteroperabilityCase):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder)
        self.authority.issue("mx", NAME)
        self.authority.issue("mx-rsa", NAME, key="rsa")

    def served(self, upstream_port, upstream="", listener="tls: starttls", more="", policies=()):
        """Gatepost with both certificates and one listener."""
        path = self.write(
            "gatepost.yaml",
            "\n".join(
                [
                    "hostname: gatepost.example",
                    "listeners:",
                    f"  - {{ name: mx, address: 127.0.0.1:0, upstream: mail, {listener} }}",
                    "upstreams:",
                    f"  mail: {{ servers: [127.0.0.1:{upstream_port}]{upstream} }}",
                    "certificates:",
                    "  - { chain: mx.pem, key: mx.key }",
                    "  - { chain: mx-rsa.pem, key: mx-rsa.key }",
                    *(["policies:"] + [f"  - {policy}" for policy in policies] if policies else []),
                    more,
                    account.SETTING,
                ]
            ),
        )
        return self._started(["--config", path])

    def context(self, **settings):
        context = ssl.create_default_context(cafile=self.authority.file)
        for name, value in settings.items():
            setattr(context, name, value)
        return context

    def s_client(self, port, *options, text=b"EHLO client.example\r\nQUIT\r\n", starttls=True):
        result = subprocess.run(
            [
                "openssl", "s_client", "-connect", f"{HOST}:{port}", "-servername", NAME, "-CAfile",
                self.authority.file, "-ign_eof", *(["-starttls", "smtp"] if starttls else []), *options,
            ],
            input=text,
            capture_output=True,
            timeout=60,
        )
        return result.stdout.decode("utf-8", "replace") + result.stderr.decode("utf-8", "replace")


class Clients(TLSCase):
    def setUp(self):
        super().setUp()
        self.upstream = self.recorder()
        self.proxy = self.served(self.upstream.port)

    def test_versions_and_types_of_key(self):
        for options, expected in [
            (["-tls1_3"], "TLSv1.3"),
            (["-tls1_2", "-cipher", "aRSA"], "ECDHE-RSA-"),
            (["-tls1_2", "-cipher", "aECDSA"], "ECDHE-ECDSA-"),
        ]:
            output = self.s_client(self.proxy.port, *options)
            self.assertIn("Verify return code: 0 (ok)", output)
            self.assertIn(expected, output)
            self.assertIn("221 2.0.0 Bye", output)
            self.assertNotIn("STARTTLS\r\n250", output.split("Verify return code", 1)[1])

    def test_no_protocol_is_chosen_in_the_handshake(self):
        output = self.s_client(self.proxy.port, "-alpn", "smtp,h2")
        self.assertIn("No ALPN negotiated", output)
        self.assertIn("221 2.0.0 Bye", output)

    def test_old_versions_are_refused(self):
        for version in ["-tls1", "-tls1_1"]:
            output = self.s_client(self.proxy.port, version, "-cipher", "ALL:@SECLEVEL=0")
            self.assertNotIn("221 2.0.0 Bye", output)
            self.assertIn("alert protocol version", output)

    def test_smtplib(self):
        with smtplib.SMTP(HOST, self.proxy.port, timeout=20) as client:
            client._host = NAME
            client.starttls(context=self.context())
            self.assertFalse(client.has_extn("STARTTLS"))
            client.ehlo()
            self.assertFalse(client.has_extn("STARTTLS"))
            client.sendmail("a@example.net", ["b@example.org"], b"Subject: x\r\n\r\n" + b"line of a mail\r\n" * 200_000)
        content = self.upstream.received()[0].content
        self.assertIn(b"with ESMTPS id", content)
        self.assertEqual(content.count(b"line of a mail\r\n"), 200_000)

    def test_swaks(self):
        for options in (["--tls"], ["--tls", "--pipeline"]):
            result = subprocess.run(
                [
                    "swaks", "--server", HOST, "--port", str(self.proxy.port), "--helo", "client.example", "--from",
                    "a@example.net", "--to", "b@example.org", "--timeout", "20s", *options,
                ],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, cwd=self.folder,
            )
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_a_hello_in_single_octets(self):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = self.context().wrap_bio(incoming, outgoing, server_hostname=NAME)
        with socket.create_connection((HOST, self.proxy.port), timeout=20) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.recv(1000)
            connection.sendall(b"STARTTLS\r\n")
            self.assertTrue(connection.recv(1000).startswith(b"220 2.0.0"))

            def pump(step):
                while True:
                    try:
                        return step()
                    except ssl.SSLWantReadError:
                        for octet in outgoing.read():
                            connection.send(bytes([octet]))
                        incoming.write(connection.recv(10_000))

            pump(session.do_handshake)
            session.write(b"NOOP\r\n")
            self.assertEqual(pump(lambda: session.read(1000)), b"250 2.0.0 Ok\r\n")

    def test_plaintext_behind_starttls_is_not_heard(self):
        with socket.create_connection((HOST, self.proxy.port), timeout=20) as connection:
            connection.recv(1000)
            connection.sendall(b"STARTTLS\r\nMAIL FROM:<evil@example.net>\r\nNOOP\r\n")
            self.assertEqual(connection.recv(1000), b"220 2.0.0 Ready to start TLS\r\n")
            with self.context().wrap_socket(connection, server_hostname=NAME) as secure:
                secure.sendall(b"EHLO client.example\r\n")
                self.assertTrue(secure.recv(1000).startswith(b"250-gatepost.example\r\n"))
        until(lambda: "plaintext behind STARTTLS dropped" in self.proxy.log, "the log to tell of it")

    def test_tickets_resume_sessions_of_this_listener_alone(self):
        context = self.context(maximum_version=ssl.TLSVersion.TLSv1_2)

        def meet(port, session=None):
            with socket.create_connection((HOST, port), timeout=20) as connection:
                connection.recv(1000)
                connection.sendall(b"STARTTLS\r\n")
                connection.recv(1000)
                with context.wrap_socket(connection, server_hostname=NAME, session=session) as secure:
                    return secure.session, secure.session_reused

        session, _ = meet(self.proxy.port)
        self.assertTrue(meet(self.proxy.port, session)[1])
        other = self.served(self.upstream.port)
        self.assertFalse(meet(other.port, session)[1])

    def test_certificates_are_read_anew(self):
        def fingerprint():
            with smtplib.SMTP(HOST, self.proxy.port, timeout=20) as client:
                client._host = NAME
                client.starttls(context=self.context())
                return client.sock.getpeercert(binary_form=True)

        with smtplib.SMTP(HOST, self.proxy.port, timeout=20) as client:
            client._host = NAME
            client.starttls(context=self.context())
            first = fingerprint()
            self.authority.issue("mx", NAME)
            self.proxy.signal(signal.SIGHUP)
            until(lambda: "reloaded" in self.proxy.log, "the reload")
            self.assertNotEqual(fingerprint(), first)
            self.assertEqual(client.noop()[0], 250, "the session goes on")

    @unittest.skipUnless(shutil.which("sslscan"), "sslscan is not installed")
    def test_sslscan_finds_nothing_weak(self):
        result = subprocess.run(
            ["sslscan", "--no-colour", "--starttls-smtp", f"{HOST}:{self.proxy.port}"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
        )
        found = result.stdout
        for version in ("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1"):
            self.assertRegex(found, rf"{re.escape(version)}\s+disabled")
        for version in ("TLSv1.2", "TLSv1.3"):
            self.assertRegex(found, rf"{re.escape(version)}\s+enabled")
        self.assertIn("Session renegotiation not supported", found)
        self.assertNotRegex(found, r"(Preferred|Accepted).*(CBC|RC4|3DES|NULL|EXP|MD5)")

    @unittest.skipUnless(shutil.which("testssl"), "testssl.sh is not installed")
    def test_testssl_finds_no_vulnerability(self):
        report = os.path.join(self.folder, "testssl.json")
        subprocess.run(
            ["testssl", "--starttls", "smtp", "--quiet", "--color", "0", "--warnings", "off", "--nodns", "none",
             "--jsonfile", report, "--protocols", "--std", "--vulnerable", f"{HOST}:{self.proxy.port}"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
        )
        with open(report, encoding="utf-8") as file:
            findings = {finding["id"]: finding for finding in json.load(file)}
        for expected in ("SSLv2", "TLS1_2", "TLS1_3", "cipherlist_NULL", "heartbleed", "CCS", "secure_client_renego", "FREAK"):
            self.assertIn(findings[expected]["severity"], ("OK", "INFO"), findings[expected])
        # What testssl's own openssl lacks is no finding.
        findings.pop("engine_problem", None)
        troubles = [finding for finding in findings.values() if finding["severity"] not in ("OK", "INFO")]
        self.assertEqual(troubles, [])


class Bounds(TLSCase):
    def test_a_handshake_that_never_ends(self):
        proxy = self.served(self.recorder().port, listener="tls: implicit", more="timeouts: { handshake: 500ms }")
        for beginning in (b"", b"\x16\x03\x01\x02\x00\x01", b"EHLO client.example\r\n"):
            with socket.create_connection((HOST, proxy.port), timeout=20) as connection:
                connection.sendall(beginning)
                while connection.recv(1000):
                    pass
        until(lambda: proxy.log.count("TLS failed") == 3, "the log to tell of them")

    def test_a_rule_requires_tls(self):
        upstream = self.recorder()
        policy = self.write("policy.yaml", "policy: p\nrules:\n  - { name: no-clear-mail, then: require-tls }\n")
        proxy = self.served(upstream.port, policies=[policy])
        with smtplib.SMTP(HOST, proxy.port, timeout=20) as client:
            client._host = NAME
            client.ehlo()
            self.assertEqual(client.mail("a@example.net")[0], 530)
            client.starttls(context=self.context())
            client.sendmail("a@example.net", ["b@example.org"], b"Subject: x\r\n\r\n")
        self.assertEqual(len(upstream.received()), 1)

    def test_a_client_is_known_by_its_certificate(self):
        chain, key = self.authority.issue("scanner", "scanner.example")
        printed = subprocess.run(
            ["openssl", "x509", "-in", chain, "-noout", "-fingerprint", "-sha256"], capture_output=True, text=True
        ).stdout
        fingerprint = printed.strip().split("=")[1]
        policy = self.write(
            "policy.yaml",
            "policy: p\nrules:\n"
            f"  - {{ name: known, when: {{ tls.client-fingerprint: '{fingerprint}', tls.client-subject: CN=scanner }},"
            " then: accept }\n"
            "  - { name: unknown, at: mail, then: { reject: 550 5.7.1 Unknown device } }\n",
        )
        # A stage is decided by its own rules: the first rule is put where the second one is.
        text = open(policy, encoding="utf-8").read().replace("name: known,", "name: known, at: mail,")
        self.write("policy.yaml", text)
        upstream = self.recorder()
        proxy = self.served(upstream.port, listener="tls: starttls, tls-client-ca: authority.pem", policies=[policy])
        for certificate, code in ((None, 550), ((chain, key), 250)):
            context = self.context()
            if certificate:
                context.load_cert_chain(*certificate)
            with smtplib.SMTP(HOST, proxy.port, timeout=20) as client:
                client._host = NAME
                client.starttls(context=context)
                client.ehlo()
                self.assertEqual(client.mail("a@example.net")[0], code)


    def test_a_client_is_asked_for_a_certificate_when_a_rule_reads_it(self):
        upstream = self.recorder()
        for condition, is_asked in [
            ("client.address: 192.0.2.1", False),
            ("tls: true", False),
            ("tls.client-fingerprint: 'AB:CD'", True),
            ("tls.client-subject: CN=scanner", True),
        ]:
            policy = self.write(
                "policy.yaml", f"policy: p\nrules:\n  - {{ name: r, when: {{ {condition} }}, then: {{ tag: t }} }}\n"
            )
            proxy = self.served(upstream.port, policies=[policy])
            for version in ["-tls1_2", "-tls1_3"]:
                output = self.s_client(proxy.port, version, "-msg")
                self.assertIn("221 2.0.0 Bye", output)
                (self.assertIn if is_asked else self.assertNotIn)("CertificateRequest", output, condition)


@unittest.skipUnless(postfix.can_run(), "Postfix runs as root alone")
class Upstream(TLSCase):
    def setUp(self):
        super().setUp()
        os.chmod(self.folder, 0o755)
        self.postfix = self.postfix_with(*self.authority.issue("postfix", "postfix.example"))

    def postfix_with(self, chain, key, *settings, services=()):
        server = postfix.Postfix(
            self.folder,
            [
                f"smtpd_tls_cert_file = {chain}",
                f"smtpd_tls_key_file = {key}",
                "smtpd_tls_security_level = may",
                "smtpd_tls_received_header = yes",
                *settings,
            ],
            services=["tlsmgr unix - - n 1000? 1 tlsmgr", *services],
        )
        self.addCleanup(server.stop)
        return server

    def send(self, upstream, server=None, port=None):
        proxy = self.served(port or (server or self.postfix).port, upstream=upstream)
        with smtplib.SMTP(HOST, proxy.port, timeout=20) as client:
            try:
                client.sendmail("a@example.net", ["user@example.org"], b"Subject: x\r\n\r\ny\r\n")
            except smtplib.SMTPException as error:
                return proxy, error
        return proxy, None

    def test_verified(self):
        _, error = self.send(", tls: verified, tls-name: postfix.example, tls-ca: authority.pem")
        self.assertIsNone(error)
        self.assertIn("using TLSv1.3", str(self.postfix.delivered()[0]))

    def test_a_certificate_of_our_own(self):
        server = self.postfix_with(
            *self.authority.issue("asking", "postfix.example"),
            "smtpd_tls_ask_ccert = yes",
            f"smtpd_tls_CAfile = {self.authority.file}",
        )
        self.authority.issue("gate", "gate.example")
        for count, (own, expected) in enumerate(
            [
                ("", "Client did not present a certificate"),
                (", tls-certificate: { chain: gate.pem, key: gate.key }", 'Client CN "gate'),
            ],
            1,
        ):
            _, error = self.send(f", tls: required{own}", server)
            self.assertIsNone(error)
            self.assertIn(expected, " ".join(str(server.delivered(count=count)[-1]).split()))

    def test_tls_from_the_first_octet(self):
        port = free_port()
        server = self.postfix_with(
            *self.authority.issue("wrapped", "postfix.example"),
            services=[f"127.0.0.1:{port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes"],
        )
        stranger = Authority(self.folder, "stranger")
        for name, authority, reason in [
            ("other.example", "authority.pem", "hostname mismatch"),
            ("postfix.example", stranger.file, "unable to get local issuer"),
        ]:
            proxy, error = self.send(f", tls: implicit, tls-name: {name}, tls-ca: {authority}", port=port)
            self.assertIn("451", str(error))
            until(lambda: reason in proxy.log, f"the log to say `{reason}`")
        self.assertTrue(server.is_empty())
        _, error = self.send(", tls: implicit, tls-name: postfix.example, tls-ca: authority.pem", port=port)
        self.assertIsNone(error)
        self.assertIn("using TLSv1.3", str(server.delivered()[0]))

    def test_a_server_that_knows_old_versions_alone(self):
        server = self.postfix_with(
            *self.authority.issue("old", "postfix.example"), "smtpd_tls_protocols = <=TLSv1.1"
        )
        proxy, error = self.send(", tls: required", server)
        self.assertIn("451", str(error))
        until(lambda: "alert protocol version" in proxy.log, "the log to say why")
        self.assertTrue(server.is_empty())
        proxy, error = self.send(", tls: opportunistic", server)
        self.assertIsNone(error)
        self.assertNotIn("using TLS", str(server.delivered()[0]))
        until(lambda: "upstream in clear" in proxy.log, "the log to say that it went in clear")

    def test_opportunistic_and_required(self):
        for count, level in enumerate(["opportunistic", "required"], 1):
            _, error = self.send(f", tls: {level}")
            self.assertIsNone(error)
            self.assertIn("using TLSv1.3", str(self.postfix.delivered(count=count)[-1]))

    def test_not_believed(self):
        stranger = Authority(self.folder, "stranger")
        for upstream, reason in [
            (", tls: verified, tls-name: other.example, tls-ca: authority.pem", "hostname mismatch"),
            (", tls: verified, tls-ca: authority.pem", "IP address mismatch"),
            (f", tls: verified, tls-name: postfix.example, tls-ca: {stranger.file}", "unable to get local issuer"),
            (", tls: verified, tls-name: postfix.example", "unable to get local issuer"),
            (", tls: implicit, tls-name: postfix.example, tls-ca: authority.pem", "wrong version number"),
        ]:
            proxy, error = self.send(upstream)
            self.assertIn("451", str(error))
            until(lambda: reason in proxy.log, f"the log to say `{reason}`")
        self.assertTrue(self.postfix.is_empty())

    def test_expired_or_signed_by_itself(self):
        own = Authority(self.folder, "postfix.example")
        for (chain, key), authority, reason in [
            (self.authority.issue("expired", "postfix.example", days=-1), "authority.pem", "certificate has expired"),
            ((own.file, own.key), "authority.pem", "self-signed certificate"),
        ]:
            server = self.postfix_with(chain, key)
            proxy, error = self.send(f", tls: verified, tls-name: postfix.example, tls-ca: {authority}", server)
            self.assertIn("451", str(error))
            until(lambda: reason in proxy.log, f"the log to say `{reason}`")
            self.assertTrue(server.is_empty())
            _, error = self.send(", tls: required", server)
            self.assertIsNone(error, "encrypted is asked for, and not by whom")


class UpstreamInClear(TLSCase):
    def test_where_tls_is_not_offered(self):
        upstream = self.recorder()
        for level, is_sent in (("opportunistic", True), ("required", False), ("verified", False)):
            proxy = self.served(upstream.port, upstream=f", tls: {level}")
            with smtplib.SMTP(HOST, proxy.port, timeout=20) as client:
                client.ehlo()
                code = client.mail("a@example.net")[0]
                self.assertEqual(code, 250 if is_sent else 451)
            expected = "upstream in clear" if is_sent else "STARTTLS is not offered"
            until(lambda: expected in proxy.log, f"the log to say `{expected}`")
