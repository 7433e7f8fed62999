"""Reload under load: whatever is reloaded, however often, no mail fails and none sees parts of two policies."""

import itertools
import os
import random
import re
import signal
import threading
import time
import uuid

from peers import gatepost
from peers.case import InteroperabilityCase
from peers.client import Dialogue
from peers.waiting import until

SECONDS = float(os.environ.get("GATEPOST_RELOAD_SECONDS", "5"))
"""How long mail is sent while everything is reloaded."""
PERIOD = 0.05
CLIENTS = 6
SENDER = "<sender@example.net>"

# The marks of one generation: a reply to a recipient, a tag of that stage that goes into a field, a field by the header
# section, and one by the whole message.
POLICY = """policy: generation
rules:
  - {{ name: envelope, at: mail, then: {{ tag: sender-{n} }} }}
  - {{ name: refused, when: {{ recipient.local: probe }}, then: {{ reject: 550 5.7.1 generation {n} }} }}
  - {{ name: fields, at: header, then: {{ set-header: {{ X-Header: "{n}" }} }} }}
  - {{ name: tagged, at: header, when: {{ tag: sender-{n} }}, then: {{ set-header: {{ X-Tagged: "{n}" }} }} }}
  - {{ name: whole, when: {{ body.text: {{ contains: text }} }}, then: {{ set-header: {{ X-Whole: "{n}" }} }} }}
"""
MARKS = ("X-Header", "X-Tagged", "X-Whole")

BROKEN_POLICIES = (
    "",
    "policy: generation\nruels: []\n",
    "policy: generation\nrules:\n  - { name: a, at: header, then: { set-header: { X-Header: broken } }\n",
    "policy: generation\nrules:\n  - { name: a, when: { header.subject: { matches: '(' } }, then: { reject: broken } }\n",
    "\x00\xff",
)


class Reload(InteroperabilityCase):
    """Each generation has a policy of its own, which the configuration of the same generation names: that file is replaced,
    or written over in place, in one step, so that whatever Gatepost reads is one generation or broken."""

    def setUp(self):
        super().setUp()
        self.upstream = self.recorder()
        self.random = random.Random(13)
        self.is_over = threading.Event()
        self.accepted, self.failed = {}, []
        self.proxy = self.gatepost_of(0)

    # Configurations

    def gatepost_of(self, n):
        self.write("policy-0.yaml", POLICY.format(n=n))
        path = self.write("gatepost.yaml", self.configuration(n))
        return self._started(["--config", path])

    def configuration(self, n):
        """Policies first: a configuration that is cut short is none."""
        text = gatepost.configuration(self.upstream.port, limits="sessions-per-client: 1000")
        return f"policies: [policy-{n}.yaml]\n" + text.replace("hostname: gatepost", f"hostname: g{n}")

    def good(self, n):
        self.write(f"policy-{n}.yaml", POLICY.format(n=n))
        self.replace(self.configuration(n))

    def good_in_place(self, n):
        self.write(f"policy-{n}.yaml", POLICY.format(n=n))
        self.write("gatepost.yaml", self.configuration(n))

    def broken_policy(self, n):
        self.write(f"policy-{n}.yaml", self.random.choice(BROKEN_POLICIES))
        self.replace(self.configuration(n))

    def missing_policy(self, n):
        self.replace(self.configuration(n))

    def broken_configuration(self, n):
        """Cut short at any octet."""
        self.write(f"policy-{n}.yaml", POLICY.format(n=n))
        text = self.configuration(n)
        end = text.index("listeners:") + self.random.randrange(len("listeners:\n  - { name: mx, "))
        self.replace(text[:end])

    def broken_configuration_in_place(self, n):
        self.write("gatepost.yaml", "listeners: nonsense\n" + self.configuration(n))

    def missing_configuration(self, _):
        os.rename(os.path.join(self.folder, "gatepost.yaml"), os.path.join(self.folder, "gatepost.gone"))

    def replace(self, text):
        os.rename(self.write("gatepost.new", text), os.path.join(self.folder, "gatepost.yaml"))

    # Load

    def send(self):
        while not self.is_over.is_set():
            try:
                self.session()
            except (OSError, AssertionError, AttributeError) as failure:
                self.failed.append(repr(failure))
                if len(self.failed) > 100:
                    return

    def session(self):
        """Three mails in one session: all see the generation in which it began."""
        seen = set()
        with Dialogue(self.proxy.port) as client:
            seen.add(re.match(r"g(\d+)\.example ", client.greeting.text).group(1))
            self.said(client, "EHLO client.example", 250)
            for _ in range(3):
                name = uuid.uuid4().hex
                self.said(client, f"MAIL FROM:{SENDER}", 250)
                self.said(client, "RCPT TO:<user@example.org>", 250)
                seen.add(re.search(r"generation (\d+)", self.said(client, "RCPT TO:<probe@example.org>", 550)).group(1))
                self.said(client, "DATA", 354)
                client.send(f"Subject: {name}\r\n\r\ntext\r\n.\r\n".encode())
                reply = client.reply()
                if reply is None or reply.code != 250:
                    raise AssertionError(f"the end of the message: {reply}")
                self.accepted[name] = seen
            self.said(client, "QUIT", 221)

    def said(self, client, command, code):
        reply = client.command(command)
        if reply is None or reply.code != code:
            raise AssertionError(f"{command}: {reply}")
        return reply.text

    def test_good_and_broken_ones_in_turn_under_load(self):
        clients = [threading.Thread(target=self.send, daemon=True) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        kinds = (
            self.good, self.broken_policy, self.good_in_place, self.broken_configuration, self.good, self.missing_policy,
            self.good_in_place, self.broken_configuration_in_place, self.good, self.missing_configuration,
        )
        began, last = time.monotonic(), 0
        for n, change in zip(itertools.count(1), itertools.cycle(kinds)):
            if time.monotonic() - began > SECONDS:
                break
            change(n)
            self.proxy.signal(signal.SIGHUP)
            last = n
            # The pace of the experiment, not a wait for anything.
            time.sleep(max(0.0, began + n * PERIOD - time.monotonic()))
        self.is_over.set()
        for client in clients:
            client.join(30)
        self.assertFalse(any(client.is_alive() for client in clients), "a client waits in vain")

        # The last word holds: reloads are not stuck.
        self.good(last + 1)
        self.proxy.signal(signal.SIGHUP)
        until(lambda: self.greets_as(last + 1), "the last generation")
        self.check(last)

    def greets_as(self, n):
        with Dialogue(self.proxy.port) as client:
            return client.greeting.text.startswith(f"g{n}.example ")

    def check(self, reloads):
        stored, generations = {}, set()
        for transaction in self.upstream.received(len(self.accepted)):
            fields = dict(re.findall(r"^([\w-]+): (.*?)\r?$", transaction.content.decode().partition("\r\n\r\n")[0], re.MULTILINE))
            host = re.search(r"by g(\d+)\.example", transaction.content.decode()).group(1)
            self.assertNotIn(fields["Subject"], stored, "stored twice")
            stored[fields["Subject"]] = {host, *(fields.get(mark, "none") for mark in MARKS)}
        mixed = {
            name: marks | self.accepted.get(name, set()) for name, marks in stored.items()
            if len(marks | self.accepted.get(name, set())) != 1
        }
        for marks in stored.values():
            generations |= marks
        succeeded, failed = self.proxy.log.count(" reloaded "), self.proxy.log.count(" reload failed ")
        print(
            f"\n{reloads} reloads in {SECONDS:g} s ({succeeded} taken, {failed} refused): {len(self.accepted)} mails of "
            f"{len(generations)} generations, failed {len(self.failed)}, of two policies {len(mixed)}",
            flush=True,
        )
        self.assertEqual(self.failed, [])
        self.assertEqual(mixed, {}, "mails that saw parts of two policies, or of none")
        self.assertEqual(set(self.accepted) - set(stored), set(), "acknowledged and not stored")
        self.assertEqual(set(stored) - set(self.accepted), set(), "stored and not acknowledged")
        # The experiment is none unless mail and reloads came often, and reloads of both kinds.
        self.assertGreater(len(self.accepted), SECONDS * 20)
        self.assertGreater(len(generations), SECONDS)
        self.assertGreater(succeeded, SECONDS)
        self.assertGreater(failed, SECONDS)
