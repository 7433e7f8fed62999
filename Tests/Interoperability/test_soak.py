"""Mixed load for a long time: memory and descriptors stay as they are, and every mail is accounted for by its number."""

import os
import statistics
import threading
import time

from peers import certificates, gatepost
from peers.case import InteroperabilityCase
from peers.ledger_upstream import LedgerUpstream
from peers.mixed_load import MixedLoad

SECONDS = float(os.environ.get("GATEPOST_SOAK_SECONDS", "10"))
"""How long the load lasts, behind the measurement of what is possible."""

POLICY = """policy: soak
rules:
  - name: sender
    when: { sender.domain: refused.example }
    then: { reject: 550 5.7.1 Not from there }
  - name: mark
    when: { header.x-mark: { matches: refused } }
    then: { reject: 554 5.7.1 Not with that mark }
  - name: notice
    then: { add-header: { X-Notice: "from {client.address}" } }
"""


class Samples:
    """What a process had in each second, and the straight line through the last three quarters of it."""

    def __init__(self):
        self.values = []

    @property
    def last(self):
        return self.values[len(self.values) // 4 :]

    @property
    def growth(self):
        """By how much that line rises from its beginning to its end."""
        places = range(len(self.last))
        return statistics.linear_regression(places, self.last).slope * (len(self.last) - 1)

    @property
    def noise(self):
        """The standard deviation of the single samples from that line."""
        places = range(len(self.last))
        slope, begin = statistics.linear_regression(places, self.last)
        return statistics.pstdev(value - (begin + slope * place) for place, value in zip(places, self.last, strict=True))

    def __str__(self):
        return (
            f"{self.values[0]} at first, {min(self.values)} to {max(self.values)}, {self.growth:+.0f} over the last three "
            f"quarters, noise {self.noise:.0f}"
        )


class Soak(InteroperabilityCase):
    allowed_growth = 2048
    """KiB that memory may grow by: in twenty minutes less than the smallest allocation for every eighth mail."""

    def setUp(self):
        super().setUp()
        self.upstream = LedgerUpstream(self.folder)
        self.addCleanup(self.upstream.stop)
        chain, key = certificates.Authority(self.folder).issue("gatepost.example", "gatepost.example")
        text = gatepost.configuration(self.upstream.port, [self.write("soak.yaml", POLICY)])
        text = text.replace(
            "upstreams:\n",
            "  - { name: reuse, address: 127.0.0.1:0, upstream: kept }\n"
            "  - { name: tls, address: 127.0.0.1:0, upstream: mail, tls: starttls }\n"
            f"upstreams:\n  kept: {{ servers: [127.0.0.1:{self.upstream.port}], reuse: {{}} }}\n",
        )
        text += f"certificates:\n  - {{ chain: {chain}, key: {key} }}\n"
        self.proxy = self._started(["--config", self.write("gatepost.yaml", text)])
        names = {"mx": "plain", "reuse": "reuse", "tls": "tls"}
        self.load = MixedLoad({kind: self.proxy.port_of(name) for name, kind in names.items()})

    def test_mixed_load(self):
        idle = self.proxy.descriptors()
        capacity = self.load.run(max(4, min(20, SECONDS / 10)))
        rate = capacity * 2 / 3
        samples = {name: Samples() for name in ("worker, KiB", "supervisor, KiB", "worker, descriptors")}
        is_over = threading.Event()
        sampler = threading.Thread(target=self.sample, args=(samples, is_over), daemon=True)
        sampler.start()
        paced = self.load.run(SECONDS, rate)
        is_over.set()
        sampler.join(10)
        # Connections that are kept for reuse stay 10 seconds.
        self.proxy.wait_until(lambda: self.proxy.descriptors() <= idle, "the descriptors to be closed", 40)
        print(f"\n{capacity:.0f} mails/s possible, {paced:.0f} mails/s for {SECONDS:g} s; {dict(self.load.counts)}")
        for name, values in samples.items():
            print(f"{name}: {values}")
        self.assert_accounted_for()
        self.assertEqual(self.proxy.descriptors(), idle)
        for name in ("worker, KiB", "supervisor, KiB"):
            self.assertLess(samples[name].growth, max(self.allowed_growth, 3 * samples[name].noise), name)
        descriptors = samples["worker, descriptors"]
        self.assertLess(descriptors.growth, max(4, 3 * descriptors.noise))

    def sample(self, samples, is_over):
        while not is_over.is_set():
            samples["worker, KiB"].values.append(self.proxy.memory())
            samples["supervisor, KiB"].values.append(self.proxy.memory(of=self.proxy.supervisor))
            samples["worker, descriptors"].values.append(self.proxy.descriptors())
            is_over.wait(min(1, SECONDS / 20))

    def assert_accounted_for(self):
        """Joins the ledgers: what was told to the client, mail by mail, and what the upstream has."""
        delivered, checksums, faults = self.upstream.ledger()
        wrong = {name: [] for name in ("acknowledged and not stored", "stored twice", "stored and not told", "changed")}
        for number in range(1, self.load.sent + 1):
            times = delivered[number] if number < len(delivered) else 0
            is_acknowledged = self.load.outcomes[number] == 250
            if times > 1:
                wrong["stored twice"].append(number)
            if is_acknowledged and not times:
                wrong["acknowledged and not stored"].append(number)
            if times and not is_acknowledged:
                wrong["stored and not told"].append(number)
            if times and checksums[number] != self.load.checksums[number]:
                wrong["changed"].append(number)
        strangers = sum(1 for times in delivered[self.load.sent + 1 :] if times)
        counts = {name: len(numbers) for name, numbers in wrong.items()}
        told = sum(1 for code in self.load.outcomes if code == 250)
        print(f"{self.load.sent} mails, {told} acknowledged, {self.load.sent - told} refused, deferred or aborted; {counts}", flush=True)
        self.assertEqual(faults[:10], [])
        self.assertEqual(self.load.unexpected[:10], [], f"{len(self.load.unexpected)} in all")
        self.assertEqual(strangers, 0, "mails that nobody has sent")
        self.assertEqual({name: numbers[:10] for name, numbers in wrong.items() if numbers}, {})
