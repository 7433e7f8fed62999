"""Gatepost itself, as a process."""

import atexit
import functools
import os
import re
import shutil
import stat
import subprocess
import tempfile

from peers import account
from peers.process import Process

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
LISTENING = re.compile(r"listening\b.*?\baddress\W+127\.0\.0\.1:(\d+)")


def executable():
    """$GATEPOST, or what the release build left."""
    path = os.environ.get("GATEPOST") or os.path.join(ROOT, ".build", "release", "gatepost")
    if not os.access(path, os.X_OK):
        raise FileNotFoundError(f"{path} is no executable: run Scripts/build, or set GATEPOST")
    return path


def run(*arguments, timeout=60, **options):
    """One command of `gatepost` that ends by itself."""
    return subprocess.run(
        [executable(), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, **options
    )


def example_policies():
    return [policy(name) for name in ("privacy.yaml", "size.yaml", "eight-bit.yaml", "header-hygiene.yaml")]


def policy(name):
    """The path of an example policy that whoever serves clients can read."""
    return os.path.join(_policies(), name)


@functools.cache
def _policies():
    """The folder of the repository, or a copy of it when that is below one that is closed to others, as /root is."""
    folder = os.path.join(ROOT, "Policies")
    above = [ROOT[:end] for end, character in enumerate(ROOT) if character == "/"][1:] + [ROOT]
    if not account.IS_ROOT or all(os.stat(path).st_mode & stat.S_IXOTH for path in above):
        return folder
    copy = tempfile.mkdtemp(prefix="gatepost-policies-")
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    os.chmod(copy, 0o755)
    return shutil.copytree(folder, os.path.join(copy, "Policies"))


def configuration(upstream_port, policies=(), trace=None, limits=None, timeouts=None, log=None, listener=None, upstream=None,
                  spool=None, workers=None, threads=None):
    """The text of a configuration with one listener on a free port and one upstream.

    `limits`, `timeouts`, `log`, `listener` and `upstream` are inner parts of flow mappings: `message: 1 MiB`.
    """
    lines = [
        "hostname: gatepost.example",
        "listeners:",
        f"  - {{ name: mx, address: 127.0.0.1:0, upstream: mail{listener and ', ' + listener or ''} }}",
        "upstreams:",
        f"  mail: {{ servers: [127.0.0.1:{upstream_port}]{upstream and ', ' + upstream or ''} }}",
    ]
    if policies:
        lines += ["policies:"] + [f"  - {path}" for path in policies]
    if spool:
        lines.append(f"spool: {spool}")
    if trace:
        lines.append(f"trace: {trace}")
    if limits:
        lines.append(f"limits: {{ {limits} }}")
    if workers:
        lines.append(f"workers: {workers}")
    if threads:
        lines.append(f"threads: {threads}")
    if log:
        lines.append(f"log: {{ {log} }}")
    if timeouts:
        lines.append(f"timeouts: {{ {timeouts} }}")
    return "\n".join(lines) + "\n" + account.SETTING


class Gatepost(Process):
    """`gatepost serve`, ready: it has said where it listens. `prefix` is what a command that executes it begins with."""

    may_lose_workers = False
    expected_status = 0

    def __init__(self, folder, arguments, prefix=(), **options):
        descriptor, log_path = tempfile.mkstemp(prefix="gatepost-", suffix=".log", dir=folder)
        os.close(descriptor)
        super().__init__([*prefix, executable(), "serve", *arguments], log_path, cwd=folder, **options)
        ready = self.wait_until(lambda: LISTENING.search(self.log), "gatepost to listen", 30)
        self.port = int(ready.group(1))

    def port_of(self, listener):
        """Where the listener of that name has been bound."""
        said = re.compile(rf"listening\b[^\n]*?\baddress\W+127\.0\.0\.1:(\d+)\W+listener\W+{listener}\b")
        return int(self.wait_until(lambda: said.search(self.log), f"{listener} to listen").group(1))

    @property
    def pid(self):
        """Of the worker, which serves the clients: the first, when there are several."""
        return self.workers[0]

    @property
    def workers(self):
        """The processes that serve clients."""
        with open(f"/proc/{self.supervisor}/task/{self.supervisor}/children") as children:
            found = children.read().split()
        if not found:  # started by another thread
            found = subprocess.run(["pgrep", "-P", str(self.supervisor)], capture_output=True, text=True).stdout.split()
        return sorted(int(pid) for pid in found)

    @property
    def supervisor(self):
        return super().pid
