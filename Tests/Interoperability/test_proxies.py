"""Who the client is, told by a real HAProxy in front of Gatepost and to a real Postfix and Exim behind it."""

import os
import re
import shutil
import ssl
import subprocess
import unittest

from peers import exim, haproxy
from peers.addresses import HOST, free_port
from peers.case import InteroperabilityCase
from peers.client import Dialogue
from peers.haproxy import HAProxy
from peers.postfix import Postfix, can_run
from peers.waiting import until

MESSAGE = b"From: sender@example.net\r\nSubject: hello\r\n\r\nHello.\r\n"
FROM_PROXIES = "accept-proxy-protocol: [127.0.0.1]"
CLIENT = "127.0.0.5"


class Case(InteroperabilityCase):
    def before_recorder(self, **settings):
        self.upstream = self.recorder()
        self.proxy = self.gatepost(self.upstream.port, **settings)

    def dialogue(self, port, **options):
        client = Dialogue(port, **options)
        self.addCleanup(client.socket.close)
        return client

    def as_client(self, port, address="192.0.2.7", **options):
        """A client whose connection begins with a header that names it so."""
        client = self.dialogue(port, greeted=False, **options)
        client.send(f"PROXY TCP4 {address} 203.0.113.1 4711 25\r\n".encode())
        client.greeting = client.reply()
        return client

    def await_log(self, proxy, pattern):
        """Lines of the log are written a moment behind what they tell."""
        until(lambda: re.search(pattern, proxy.log), f"{pattern} in the log")

    def send(self, client, recipients=("<user@example.org>",)):
        client.envelope(recipients=list(recipients))
        self.assert_reply(client.data(MESSAGE + b".\r\n"), 250)


@unittest.skipUnless(haproxy.can_run(), "there is no HAProxy")
class BehindHAProxy(Case):
    def haproxy(self, server, bind=""):
        front = HAProxy(self.folder, self.proxy.port, server, bind)
        self.addCleanup(front.stop)
        return front

    def test_headers_of_both_versions_name_the_client(self):
        self.before_recorder(listener=FROM_PROXIES)
        for number, server in enumerate(("send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id")):
            with self.subTest(server=server):
                client = self.dialogue(self.haproxy(server).port, source=CLIENT)
                self.assert_reply(client.greeting, 220)
                self.send(client)
                content = self.upstream.received(number + 1)[number].content
                self.assertIn(f"from client.example ([{CLIENT}])".encode(), content)
                own = client.socket.getsockname()[1]
                self.await_log(self.proxy, rf"client={CLIENT}:{own} proxy=127\.0\.0\.1:\d+ ")

    def test_rules_judge_the_client_itself(self):
        policy = self.write(
            "policy.yaml",
            f"policy: p\nrules:\n  - {{ name: r, at: connect, when: {{ client.address: {CLIENT} }}, then: {{ reject: 554 5.7.1 Not you }} }}\n",
        )
        self.before_recorder(listener=FROM_PROXIES, policies=[policy])
        front = self.haproxy("send-proxy-v2")
        self.assert_reply(self.dialogue(front.port, source=CLIENT).greeting, 554)
        self.assert_reply(self.dialogue(front.port, source="127.0.0.6").greeting, 220)

    def test_health_checks_are_quiet(self):
        self.before_recorder(listener=FROM_PROXIES)
        front = self.haproxy("send-proxy-v2 check inter 50ms")
        client = self.dialogue(front.port, source=CLIENT)
        for _ in range(5):
            self.assert_reply(client.command("NOOP"), 250)
        checks = self.haproxy("send-proxy-v2 check inter 50ms observe layer4")
        self.assert_reply(self.dialogue(checks.port).greeting, 220)
        self.assertNotIn("PROXY header refused", self.proxy.log)

    def test_a_certificate_that_haproxy_has_verified_is_known_to_rules(self):
        policy = self.write(
            "policy.yaml",
            "policy: p\nrules:\n"
            "  - { name: r, at: mail, when: { tls.version: TLSv1.3, tls.client-subject: CN=known.example },"
            " then: { reject: 550 5.7.1 You are known } }\n",
        )
        self.before_recorder(listener=FROM_PROXIES, policies=[policy])
        for name in ("haproxy.example", "known.example"):
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
                + ["-subj", f"/CN={name}", "-keyout", f"{self.folder}/{name}.key", "-out", f"{self.folder}/{name}.crt"],
                check=True,
                capture_output=True,
                timeout=60,
            )
            with open(f"{self.folder}/{name}.pem", "wb") as whole:
                for kind in ("crt", "key"):
                    with open(f"{self.folder}/{name}.{kind}", "rb") as part:
                        shutil.copyfileobj(part, whole)
        front = self.haproxy(
            "send-proxy-v2-ssl-cn proxy-v2-options ssl-cipher",
            f"ssl crt {self.folder}/haproxy.example.pem ca-file {self.folder}/known.example.crt verify optional",
        )
        for certificate, code in (("known.example", 550), (None, 250)):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            if certificate:
                context.load_cert_chain(os.path.join(self.folder, f"{certificate}.pem"))
            client = self.dialogue(front.port, greeted=False, source=CLIENT)
            client.socket = context.wrap_socket(client.socket)
            self.assert_reply(client.reply(), 220)
            self.assert_reply(client.command("EHLO client.example"), 250)
            self.assert_reply(client.command("MAIL FROM:<sender@example.net>"), code)
        self.await_log(self.proxy, r"tls=TLSv1\.3/TLS_\w+ ")


class Trust(Case):
    def test_only_listed_networks_are_believed(self):
        self.before_recorder(listener=FROM_PROXIES)
        stranger = self.dialogue(self.proxy.port, source="127.0.0.9")
        self.assert_reply(stranger.command("PROXY TCP4 192.0.2.7 203.0.113.1 4711 25"), 500)
        self.send(stranger)
        self.assertIn(b"[127.0.0.9]", self.upstream.received(1)[0].content)
        proxy = self.dialogue(self.proxy.port, greeted=False)
        proxy.send(b"EHLO client.example\r\n")
        self.assertIsNone(proxy.reply())
        self.await_log(self.proxy, "PROXY header refused")

    def test_a_header_that_does_not_end_has_a_deadline(self):
        self.before_recorder(listener=FROM_PROXIES, timeouts="handshake: 300ms")
        proxy = self.dialogue(self.proxy.port, greeted=False)
        proxy.send(b"PROXY TCP4 192.0.2.7")
        self.assertIsNone(proxy.reply())

    def test_sessions_are_counted_by_the_client_in_the_header(self):
        self.before_recorder(listener=FROM_PROXIES, limits="sessions-per-client: 1")
        self.assert_reply(self.as_client(self.proxy.port).greeting, 220)
        self.assert_reply(self.as_client(self.proxy.port).greeting, 421, "4.7.0")
        self.assert_reply(self.as_client(self.proxy.port, "192.0.2.8").greeting, 220)

    def test_a_chain_of_two_knows_the_client(self):
        self.before_recorder(listener="accept-xclient: [127.0.0.1]")
        first = self.gatepost(self.proxy.port, listener=FROM_PROXIES, upstream="identify: xclient")
        self.send(self.as_client(first.port))
        content = self.upstream.received(1)[0].content.replace(b"\r\n\t", b" ")
        hops = [line for line in content.split(b"\r\n") if line.startswith(b"Received:")]
        self.assertEqual(len(hops), 2)
        for hop in hops:
            self.assertIn(b"from client.example ([192.0.2.7])", hop)


@unittest.skipUnless(can_run(), "Postfix starts as root alone")
class BeforePostfix(Case):
    def postfix_behind(self, identify, settings=(), service=None, **others):
        port = free_port()
        services = [line.format(port=port) for line in (service or ())]
        self.postfix = Postfix(self.folder, settings, services)
        self.addCleanup(self.postfix.stop)
        target = port if service else self.postfix.port
        return self.gatepost(target, listener=FROM_PROXIES, upstream=f"identify: {identify}", **others)

    def hop_of_postfix(self, count=1):
        return " ".join(self.postfix.delivered(count=count)[-1].get_all("Received")[0].split())

    def test_xclient(self):
        proxy = self.postfix_behind(
            "xclient",
            [
                "smtpd_authorized_xclient_hosts = 127.0.0.1",
                "smtpd_client_restrictions = check_client_access inline:{ {192.0.2.66 = 550 5.7.1 Not you} }",
                "smtpd_helo_restrictions = check_helo_access inline:{ {bad.example = 550 5.7.1 No such name} }",
            ],
        )
        client = self.as_client(proxy.port)
        self.send(client)
        self.assertIn("from client.example (unknown [192.0.2.7])", self.hop_of_postfix())
        # Postfix believes XCLIENT once: the new name goes to it on a new connection.
        self.assert_reply(client.command("EHLO bad.example"), 250)
        self.assert_reply(client.command("MAIL FROM:<sender@example.net>"), 250)
        self.assert_reply(client.command("RCPT TO:<user@example.org>"), 550, text="No such name")
        refused = self.as_client(proxy.port, "192.0.2.66")
        refused.envelope(recipients=[])
        self.assert_reply(refused.command("RCPT TO:<user@example.org>"), 550, text="Not you")

    def test_xclient_that_is_not_allowed(self):
        proxy = self.postfix_behind("xclient")
        client = self.as_client(proxy.port)
        self.assert_reply(client.command("EHLO client.example"), 250)
        self.assert_reply(client.command("MAIL FROM:<sender@example.net>"), 451, "4.4.0")
        self.await_log(proxy, "XCLIENT is not offered")

    def test_xforward(self):
        proxy = self.postfix_behind("xforward", ["smtpd_authorized_xforward_hosts = 127.0.0.1"])
        client = self.as_client(proxy.port)
        self.send(client)
        self.assertIn("from gatepost.example", self.hop_of_postfix())
        with open(os.path.join(self.postfix.folder, "postfix.log"), encoding="utf-8") as log:
            self.assertRegex(log.read(), r"orig_client=unknown\[192\.0\.2\.7\]")

    def test_xforward_that_is_not_allowed(self):
        proxy = self.postfix_behind("xforward")
        self.send(self.as_client(proxy.port))
        self.await_log(proxy, "upstream not told")

    def test_headers_of_the_proxy_protocol(self):
        service = ["{port} inet n - n - - smtpd -o smtpd_upstream_proxy_protocol=haproxy"]
        for identify in ("proxy-v1", "proxy-v2"):
            with self.subTest(identify=identify):
                proxy = self.postfix_behind(identify, service=service)
                self.send(self.as_client(proxy.port))
                self.assertIn("from client.example (unknown [192.0.2.7])", self.hop_of_postfix())

    def test_postscreen(self):
        service = [
            "{port} inet n - n - 1 postscreen -o postscreen_upstream_proxy_protocol=haproxy",
            "smtpd pass - - n - - smtpd",
            "dnsblog unix - - n - 0 dnsblog",
            "tlsproxy unix - - n - 0 tlsproxy",
        ]
        proxy = self.postfix_behind("proxy-v2", ["postscreen_greet_wait = 1s"], service)
        self.send(self.as_client(proxy.port))
        self.assertIn("from client.example (unknown [192.0.2.7])", self.hop_of_postfix())


@unittest.skipUnless(exim.believes_proxies(), "no Exim with the PROXY protocol in $EXIM_ROOT")
class BeforeExim(Case):
    def test_headers_of_the_proxy_protocol(self):
        for identify in ("proxy-v1", "proxy-v2"):
            with self.subTest(identify=identify):
                server = exim.Exim(self.folder, "hosts_proxy = 127.0.0.1")
                self.addCleanup(server.stop)
                proxy = self.gatepost(server.port, listener=FROM_PROXIES, upstream=f"identify: {identify}")
                self.send(self.as_client(proxy.port))
                until(lambda server=server: "H=(client.example) [192.0.2.7]" in server.main_log, "Exim to log the client")


if __name__ == "__main__":
    unittest.main()
