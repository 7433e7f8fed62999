"""Postfix's smtp-sink: a server that takes everything, and counts."""

import os
import re

from peers.addresses import HOST, answers, free_port
from peers.process import Process

COUNTERS = re.compile(r"sess=(\d+) quit=(\d+) mesg=(\d+)")


class SMTPSink(Process):
    def __init__(self, folder, *options):
        self.port = free_port()
        identity = ["-u", "nobody"] if os.geteuid() == 0 else []
        super().__init__(
            ["smtp-sink", "-c", "-m", "1000", *identity, *options, f"{HOST}:{self.port}", "1000"],
            os.path.join(folder, f"smtp-sink-{self.port}.log"),
        )
        self.wait_until(lambda: answers(self.port), "smtp-sink to answer")

    def messages(self):
        """How many messages have arrived."""
        counters = COUNTERS.findall(self.log)
        return int(counters[-1][2]) if counters else 0
