"""Who serves clients: never root, with no right that any user has not, and what that user must be able to read."""

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import unittest

from peers import account, gatepost
from peers.addresses import HOST
from peers.case import InteroperabilityCase
from peers.certificates import Authority
from peers.client import Dialogue
from peers.process import Process

MESSAGE = b"Subject: x\r\n\r\ntext\r\n.\r\n"
POLICY = """policy: trial
rules:
  - {{ name: refuse, at: recipient, then: {{ reject: {text} }} }}
"""


def credentials(pid):
    """What the kernel says of every thread of a process: a set of (users, groups, supplementary, capabilities, promise)."""
    found = set()
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status", encoding="ascii") as file:
            fields = dict(line.rstrip("\n").split(":", 1) for line in file)
        capabilities = tuple(int(fields[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"))
        found.add(
            (
                tuple(map(int, fields["Uid"].split())),
                tuple(map(int, fields["Gid"].split())),
                tuple(map(int, fields["Groups"].split())),
                capabilities,
                fields["NoNewPrivs"].strip(),
            )
        )
    return found


@unittest.skipUnless(account.IS_ROOT, "root alone has rights to give up")
class StartedByRoot(InteroperabilityCase):
    def configured(self, text, name="gatepost.yaml"):
        """A configuration without the user that the suite's others have."""
        return self.write(name, text.replace(account.SETTING, ""))

    def assert_has_no_rights(self, proxy, user, group, supplementary):
        for pid in (proxy.supervisor, *proxy.workers):
            self.assertEqual(
                credentials(pid),
                {((user,) * 4, (group,) * 4, supplementary, (0, 0, 0, 0, 0), "1")},
                f"of process {pid}",
            )

    def test_without_a_user_nothing_starts_and_the_error_says_what_to_write(self):
        path = self.configured(gatepost.configuration(25))
        for arguments in (["--config", path], ["--listen", f"{HOST}:0", "--upstream", f"{HOST}:25"]):
            with self.subTest(arguments=arguments[0]):
                result = gatepost.run("serve", *arguments)
                self.assertEqual(result.returncode, 78)
                self.assertIn("root does not serve clients", result.stderr)
                self.assertIn("`user: gatepost`", result.stderr)
                self.assertIn("`--user gatepost`", result.stderr)

    def test_root_is_no_user_to_name(self):
        for name in ("root", "0", "0:0", "nobody:root", "no-such-user"):
            path = self.configured(gatepost.configuration(25) + f'user: "{name}"\n')
            for command in (["check", path], ["serve", "--config", path], ["serve", "--listen", f"{HOST}:0", "--upstream",
                                                                         f"{HOST}:25", "--user", name]):
                with self.subTest(name=name, command=command[:2]):
                    self.assertIn(gatepost.run(*command).returncode, (64, 78))

    def test_a_port_of_root_is_bound_and_no_right_is_left_in_any_thread(self):
        nobody = pwd.getpwnam(account.NAME)
        upstream = self.recorder()
        port = low_port()
        config = gatepost.configuration(upstream.port, workers=2).replace(f"{HOST}:0", f"{HOST}:{port}")
        proxy = self._started(["--config", self.write("gatepost.yaml", config)])
        self.assertEqual(proxy.port, port)
        with Dialogue(port) as client:
            client.envelope()
            self.assert_reply(client.data(MESSAGE), 250)
        self.assert_has_no_rights(proxy, nobody.pw_uid, nobody.pw_gid, (nobody.pw_gid,))

    def test_a_group_can_be_named_and_those_of_the_account_are_kept(self):
        """As of an account that is in `ssl-cert`, to read keys."""
        group = next(entry for entry in ("mail", "ssl-cert", "daemon") if has_group(entry))
        upstream = self.recorder()
        proxy = self._started(
            ["--config", self.configured(gatepost.configuration(upstream.port) + f"user: {account.NAME}:{group}\n")]
        )
        gid = shutil._get_gid(group)
        self.assert_has_no_rights(proxy, pwd.getpwnam(account.NAME).pw_uid, gid, (gid,))

    def test_numbers_do_where_there_are_no_accounts(self):
        upstream = self.recorder()
        proxy = self._started(
            ["--config", self.configured(gatepost.configuration(upstream.port) + "user: 23456:34567\n")]
        )
        self.assert_has_no_rights(proxy, 23456, 34567, (34567,))

    def test_reload_and_replaced_workers_do_without_root(self):
        upstream = self.recorder()
        policy = self.write("policy.yaml", POLICY.format(text="550 5.7.1 First"))
        proxy = self.gatepost(upstream.port, [policy])
        self.write("policy.yaml", POLICY.format(text="550 5.7.1 Second"))
        proxy.signal(signal.SIGHUP)
        proxy.wait_until(lambda: "reloaded" in proxy.log, "the reload")
        self.assertIn("Second", self.recipient(proxy))
        self.write("policy.yaml", POLICY.format(text="550 5.7.1 Third"))
        proxy.may_lose_workers = True
        os.kill(proxy.pid, signal.SIGKILL)
        proxy.wait_until(lambda: "worker replaced" in proxy.log, "the worker to be replaced")
        self.assertIn("Third", self.recipient(proxy))
        nobody = pwd.getpwnam(account.NAME)
        self.assert_has_no_rights(proxy, nobody.pw_uid, nobody.pw_gid, (nobody.pw_gid,))

    def recipient(self, proxy):
        with Dialogue(proxy.port) as client:
            client.command("EHLO client.example")
            client.command("MAIL FROM:<a@example.net>")
            return client.command("RCPT TO:<b@example.org>").text

    def test_another_user_at_a_reload_is_told(self):
        upstream = self.recorder()
        proxy = self.gatepost(upstream.port)
        self.configured(gatepost.configuration(upstream.port) + "user: 23456:34567\n")
        proxy.signal(signal.SIGHUP)
        proxy.wait_until(lambda: "the user can be changed by a restart alone" in proxy.log, "the warning")

    def test_a_file_that_the_user_cannot_read_is_told_at_its_place(self):
        chain, key = Authority(self.folder).issue("mx", "mx.example")
        os.chown(key, 0, 0)
        text = gatepost.configuration(25, listener="tls: starttls")
        path = self.write("gatepost.yaml", text + f"certificates:\n  - {{ chain: {chain}, key: {key} }}\n")
        for command in (["check", path], ["serve", "--config", path]):
            with self.subTest(command=command[0]):
                result = gatepost.run(*command)
                self.assertEqual(result.returncode, 78)
                self.assertRegex(result.stderr, rf"gatepost\.yaml:8:\d+: error: `?{key}`? cannot be read: [Pp]ermission denied")
        self.assertIn(f"read as the user `{account.NAME}`", result.stderr)

    def test_a_policy_that_the_user_cannot_read_is_told_at_its_place(self):
        policy = self.write("policy.yaml", POLICY.format(text="550 5.7.1 First"))
        os.chmod(policy, 0o600)
        result = gatepost.run("serve", "--config", self.write("gatepost.yaml", gatepost.configuration(25, [policy])))
        self.assertEqual(result.returncode, 78)
        self.assertRegex(result.stderr, r"gatepost\.yaml:7:\d+: error: .*policy\.yaml.* cannot be read: [Pp]ermission denied")

    def test_a_key_or_a_spool_that_is_open_to_everybody_keeps_it_from_starting(self):
        chain, key = Authority(self.folder).issue("mx", "mx.example")
        spool = account.give(os.path.join(self.folder, os.mkdir(os.path.join(self.folder, "spool"), 0o700) or "spool"))
        text = gatepost.configuration(25, listener="tls: starttls", spool=spool)
        path = self.write("gatepost.yaml", text + f"certificates:\n  - {{ chain: {chain}, key: {key} }}\n")
        self.assertEqual(gatepost.run("check", path).returncode, 0)
        for opened, mode, words in ((key, 0o644, "can be read or written by everybody"), (spool, 0o777, "open to every user")):
            before = os.stat(opened).st_mode
            os.chmod(opened, mode)
            for command in (["check", path], ["serve", "--config", path]):
                with self.subTest(opened=opened, command=command[0]):
                    result = gatepost.run(*command)
                    self.assertEqual(result.returncode, 78)
                    self.assertRegex(result.stderr, rf"gatepost\.yaml:\d+:\d+: error: .*{words}")
            os.chmod(opened, before)

    def test_a_spool_of_another_user_is_an_error(self):
        spool = os.path.join(self.folder, "spool")
        os.mkdir(spool)
        os.chown(spool, 23456, pwd.getpwnam(account.NAME).pw_gid)
        os.chmod(spool, 0o770)
        path = self.write("gatepost.yaml", gatepost.configuration(25, spool=spool))
        for command in (["check", path], ["serve", "--config", path]):
            with self.subTest(command=command[0]):
                result = gatepost.run(*command)
                self.assertEqual(result.returncode, 78)
                self.assertIn("belongs to another user (number 23456)", result.stderr)

    def test_a_socket_file_is_the_user_s(self):
        upstream = self.recorder()
        folder = os.path.join(self.folder, "run")
        os.mkdir(folder, 0o755)
        path = os.path.join(folder, "smtp.sock")
        config = gatepost.configuration(upstream.port)
        config = config.replace("upstreams:\n", f"  - {{ name: file, address: unix:{path}, upstream: mail }}\nupstreams:\n")
        config = self.write("gatepost.yaml", config)
        refused = gatepost.run("serve", "--config", config)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("Permission denied", refused.stderr)
        account.give(folder)
        self._started(["--config", config])
        self.assertEqual(os.stat(path).st_uid, pwd.getpwnam(account.NAME).pw_uid)
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(20)
            client.connect(path)
            self.assertTrue(client.recv(100).startswith(b"220 "))


@unittest.skipUnless(account.IS_ROOT, "root alone has rights to give up")
class DemonstrationByRoot(InteroperabilityCase):
    def test_no_right_is_left_in_any_thread_and_policies_below_a_folder_of_root_s_do(self):
        closed = os.path.join(self.folder, "closed")
        os.mkdir(closed, 0o700)
        policies = shutil.copytree(os.path.join(gatepost.ROOT, "Policies"), os.path.join(closed, "Policies"))
        demonstration = Process(
            [gatepost.executable(), "demo", "--policy-directory", policies], os.path.join(self.folder, "demo.log")
        )
        self.addCleanup(demonstration.stop)
        demonstration.wait_until(lambda: "telnet 127.0.0.1" in demonstration.log, "the samples to be through", 60)
        self.assertIn(", 0 not as expected", demonstration.log)
        nobody = pwd.getpwnam(account.NAME)
        self.assertEqual(
            credentials(demonstration.pid),
            {((nobody.pw_uid,) * 4, (nobody.pw_gid,) * 4, (nobody.pw_gid,), (0, 0, 0, 0, 0), "1")},
        )
        self.assertEqual(demonstration.stop(), 0)


@unittest.skipUnless(account.IS_ROOT and shutil.which("setpriv"), "takes root, who becomes somebody else")
class StartedByAnotherUser(InteroperabilityCase):
    def test_it_stays_that_user_and_gives_up_the_capability_to_bind(self):
        """As under systemd with AmbientCapabilities."""
        upstream = self.recorder()
        port = low_port()
        config = gatepost.configuration(upstream.port).replace(account.SETTING, "").replace(f"{HOST}:0", f"{HOST}:{port}")
        proxy = self._started(["--config", self.write("gatepost.yaml", config)], become(ambient="net_bind_service"))
        self.assertEqual(proxy.port, port)
        for pid in (proxy.supervisor, *proxy.workers):
            for users, groups, supplementary, capabilities, promise in credentials(pid):
                self.assertEqual((set(users), set(groups), supplementary), ({23456}, {34567}, ()))
                self.assertEqual(capabilities[:3] + capabilities[4:], (0, 0, 0, 0))
                self.assertEqual(promise, "1")

    def test_it_cannot_become_the_user_that_is_named(self):
        path = self.write("gatepost.yaml", gatepost.configuration(25))
        command = [*become(), gatepost.executable(), "serve", "--config", path]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, 78, result.stderr)
        self.assertIn(f"`{account.NAME}` is to serve clients, and only root can bring that about", result.stderr)


def become(ambient=None):
    """The beginning of a command that goes on as an account that nothing else has."""
    rights = [f"--inh-caps=+{ambient}", f"--ambient-caps=+{ambient}"] if ambient else []
    return ["setpriv", "--reuid=23456", "--regid=34567", "--clear-groups", *rights, "--"]


def low_port():
    """A free port below 1024, which root alone may bind; seldom one that another test looks at in this moment."""
    for port in random.sample(range(600, 1024), 424):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise unittest.SkipTest("no port below 1024 is free")


def has_group(name):
    return subprocess.run(["getent", "group", name], capture_output=True).returncode == 0
