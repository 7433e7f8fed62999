"""The systemd unit of the examples: its score, and that Gatepost works within all that it forbids."""

import os
import re
import shutil
import ssl
import smtplib
import subprocess
import unittest

from peers import gatepost, systemd
from peers.addresses import HOST
from peers.case import InteroperabilityCase
from peers.certificates import Authority
from peers.client import Dialogue
from peers.process import IS_SANITIZED
from peers.waiting import until
from test_privileges import low_port

UNIT = os.path.join(gatepost.ROOT, "Examples", "systemd", "gatepost.service")
POLICY = """policy: trial
rules:
  - name: by-pattern
    when: {{ header.subject: {{ matches: '(?i)^(un)?wanted +(\\d{{2,}})$' }} }}
    then: {{ set-header: {{ X-Found: "{mark}" }} }}
  - name: whole
    when: {{ body.text: {{ contains: needle }} }}
    then: {{ set-header: {{ X-Whole: "{mark}" }} }}
  - name: by-name
    when: {{ client.name: localhost }}
    then: {{ set-header: {{ X-Name: "{mark}" }} }}
"""
ACCOUNT = 790
LOG = "[Service]\nStandardOutput=append:/run/share/log\nStandardError=append:/run/share/log\n"


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not installed")
class Score(unittest.TestCase):
    def test_the_exposure_is_at_most_one_and_a_half(self):
        result = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=15", UNIT],
            capture_output=True, text=True, timeout=60,
        )
        level = float(re.search(r"Overall exposure level for gatepost\.service: ([\d.]+)", result.stdout).group(1))
        self.assertLessEqual(level, 1.5, result.stdout)
        self.assertEqual(result.returncode, 0, result.stderr)


@unittest.skipUnless(systemd.can_run(), "root and systemd are needed")
@unittest.skipIf(IS_SANITIZED, "a sanitizer asks for what the unit forbids")
class Unit(InteroperabilityCase):
    """The unit as it is, but for where its log goes: there is no journal inside."""

    def setUp(self):
        super().setUp()
        self.upstream = self.recorder()
        self.port = low_port()
        files, self.share = os.path.join(self.folder, "files"), os.path.join(self.folder, "share")
        units = os.path.join(files, "etc/systemd/system")
        for folder in (self.share, os.path.join(units, "gatepost.service.d"), os.path.join(files, "usr/local/bin")):
            os.makedirs(folder)
        shutil.copy(UNIT, units)
        self.write("files/etc/systemd/system/gatepost.service.d/log.conf", LOG)
        shutil.copy(gatepost.executable(), os.path.join(files, "usr/local/bin/gatepost"))
        for name, line in (("passwd", f"gatepost:x:{ACCOUNT}:{ACCOUNT}::/nonexistent:/usr/sbin/nologin"),
                           ("group", f"gatepost:x:{ACCOUNT}:")):
            with open(f"/etc/{name}", encoding="utf-8") as file:
                self.write(f"files/etc/{name}", file.read() + line + "\n")
        self.etc = os.path.join(files, "etc/gatepost")
        os.makedirs(self.etc)
        Authority(self.folder).issue("mx", "mx.example")
        for name in ("mx.pem", "mx.key"):
            shutil.move(os.path.join(self.folder, name), self.etc)
        os.chown(os.path.join(self.etc, "mx.key"), 0, ACCOUNT)
        os.chmod(os.path.join(self.etc, "mx.key"), 0o640)
        config = gatepost.configuration(
            self.upstream.port, ["policy.yaml"], limits="held: 4 KiB", spool="/var/lib/gatepost/spool",
            listener="tls: starttls",
        )
        config = re.sub(r"user: .*\n", "", config).replace(f"{HOST}:0", f"{HOST}:{self.port}")
        config += "certificates: [{ chain: mx.pem, key: mx.key }]\ncache: /var/lib/gatepost/cache\n"
        self.write("files/etc/gatepost/gatepost.yaml", config)
        self.write("files/etc/gatepost/policy.yaml", POLICY.format(mark="first"))
        self.system = systemd.Systemd(self.folder)
        self.addCleanup(self.system.stop)
        verified = self.system.run("systemd-analyze", "verify", "/etc/systemd/system/gatepost.service")
        self.assertEqual((verified.returncode, verified.stderr), (0, ""))
        started = self.control("start")
        self.assertEqual(started.returncode, 0, f"{self.control('status').stdout}\n{self.log}{self.system.console.decode()}")
        self.wait_for_log("listening")

    def control(self, verb, *options):
        return self.system.run("systemctl", *options, verb, "gatepost.service")

    @property
    def log(self):
        path = os.path.join(self.share, "log")
        if not os.path.exists(path):
            return self.system.console.decode("utf-8", "replace")
        with open(path, encoding="utf-8") as file:
            return file.read()

    def wait_for_log(self, text, count=1):
        try:
            self.system.wait_until(lambda: self.log.count(text) >= count, f"the log to say `{text}`", 30)
        except TimeoutError as error:
            status = self.control("status").stdout
            raise TimeoutError(f"{error}\n{self.log}\n{status}\n{self.system.console.decode()}") from None

    def main_process(self):
        return int(self.system.run("systemctl", "show", "--value", "-p", "MainPID", "gatepost.service").stdout)

    def marks(self):
        """Sends a mail that all rules hold for, so that it goes to the spool; the fields that they have set."""
        sent = len(self.upstream.transactions)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        body = "needle\r\n" + "text in the spool\r\n" * 5000
        with smtplib.SMTP(HOST, self.port, "client.example", timeout=30) as client:
            client.starttls(context=context)
            client.sendmail("a@example.net", ["b@example.org"], f"Subject: unwanted 42\r\n\r\n{body}")
        content = self.upstream.received(sent + 1)[sent].content.decode()
        self.assertTrue(content.endswith(body))
        return re.findall(r"^(X-\w+): (\w+)\r$", content, re.MULTILINE)

    def expected(self, mark):
        return [("X-Found", mark), ("X-Whole", mark), ("X-Name", mark)]

    def test_all_that_gatepost_does_it_does_within_the_unit(self):
        self.assertEqual(sorted(self.marks()), sorted(self.expected("first")))
        self.system.wait_until(lambda: re.search(r" spooled=\d{4,} ", self.log), "the message to have been spooled")
        for pid in (self.main_process(), self.worker()):
            status = self.system.run("cat", f"/proc/{pid}/status").stdout
            fields = dict(line.split(":\t", 1) for line in status.splitlines())
            self.assertEqual(fields["Uid"].split(), [str(ACCOUNT)] * 4)
            self.assertEqual(fields["Gid"].split(), [str(ACCOUNT)] * 4)
            for capabilities in ("CapPrm", "CapEff", "CapAmb"):
                self.assertEqual(int(fields[capabilities], 16), 0, capabilities)
            self.assertEqual((fields["NoNewPrivs"], fields["Seccomp"]), ("1", "2"))
        self.assertNotIn("error", self.log)
        # Machine code is what the unit leaves room for: patterns are compiled to it, or the log would say so.
        self.assertIn("r-xp", self.system.run("cat", f"/proc/{self.worker()}/maps").stdout)

    def worker(self):
        (pid,) = self.system.run("pgrep", "-P", str(self.main_process())).stdout.split()
        return int(pid)

    def test_without_machine_code_the_patterns_are_interpreted(self):
        """What the unit leaves open for speed alone is no condition."""
        restart = (
            "printf '[Service]\\nMemoryDenyWriteExecute=yes\\n' >/etc/systemd/system/gatepost.service.d/memory.conf"
            " && systemctl daemon-reload && systemctl restart gatepost.service"
        )
        self.assertEqual(self.system.run("sh", "-c", restart).returncode, 0, self.log)
        self.wait_for_log("listening", 2)
        self.assertEqual(sorted(self.marks()), sorted(self.expected("first")))

    def test_reload_takes_the_new_policy_and_refuses_a_broken_one(self):
        main = self.main_process()
        self.replace(POLICY.format(mark="second"))
        self.assertEqual(self.control("reload").returncode, 0, self.log)
        self.wait_for_log("reloaded")
        self.assertEqual(sorted(self.marks()), sorted(self.expected("second")))
        self.replace("policy: trial\nruels: []\n")
        self.assertNotEqual(self.control("reload").returncode, 0)
        self.assertIn("unknown key `ruels`", self.log)
        self.assertEqual(sorted(self.marks()), sorted(self.expected("second")))
        self.assertEqual(self.main_process(), main)

    def replace(self, policy):
        path = self.write("share/policy.yaml", policy)
        os.chmod(path, 0o644)
        self.assertEqual(self.system.run("cp", "/run/share/policy.yaml", "/etc/gatepost/policy.yaml").returncode, 0)

    def test_a_worker_that_is_killed_is_replaced_and_the_service_ends_in_good_order(self):
        main, worker = self.main_process(), self.worker()
        self.assertEqual(self.system.run("kill", "-KILL", str(worker)).returncode, 0)
        self.wait_for_log("worker replaced")
        self.assertEqual(sorted(self.marks()), sorted(self.expected("first")))
        self.assertEqual(self.main_process(), main)
        with Dialogue(self.port) as client:
            client.command("EHLO client.example")
            self.assertEqual(self.control("stop").returncode, 0)
            self.assert_reply(client.reply(), 421)
        shown = self.system.run("systemctl", "show", "-p", "Result", "-p", "ExecMainStatus", "gatepost.service").stdout
        self.assertEqual(sorted(shown.split()), ["ExecMainStatus=0", "Result=success"])
        until(lambda: "stopped" in self.log, "the last line")
