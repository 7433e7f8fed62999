"""systemd itself, running one unit in namespaces of its own."""

import os
import pty
import shutil
import subprocess
import threading
import unittest

from peers.process import Process

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "systemd-namespaces")
SYSTEMD = "/usr/lib/systemd/systemd"
CANNOT = 77


def can_run():
    return os.geteuid() == 0 and os.access(SYSTEMD, os.X_OK) and all(map(shutil.which, ("unshare", "nsenter")))


class Systemd(Process):
    """A system whose root has the files of `folder`/files laid over it, and `folder`/share as /run/share.

    Raises SkipTest where the kernel or a container around does not allow it.
    """

    def __init__(self, folder):
        os.makedirs(os.path.join(folder, "share"), exist_ok=True)
        self._console, console = pty.openpty()
        self.console = b""
        threading.Thread(target=self._listen, daemon=True).start()
        super().__init__(
            ["unshare", "--mount", SCRIPT, folder, os.ttyname(console)], os.path.join(folder, "systemd.log")
        )
        try:
            answered = ("systemctl", "show", "--value", "-p", "Version")
            self.wait_until(lambda: self.first and self.run(*answered).returncode == 0, "systemd to answer", 60)
        except RuntimeError:
            if self.exit_status == CANNOT:
                raise unittest.SkipTest(f"systemd cannot run here: {self.log.strip()}") from None
            raise

    def _listen(self):
        try:
            while octets := os.read(self._console, 65536):
                self.console += octets
        except OSError:
            pass

    @property
    def first(self):
        """The process that is number 1 inside, by its number out here; None before it is there."""
        pid = self.pid
        try:
            for _ in range(2):
                children = _children(pid)
                if len(children) != 1:
                    return None
                pid = children[0]
            with open(f"/proc/{pid}/comm", encoding="ascii") as name:
                return pid if name.read().strip() == "systemd" else None
        except (FileNotFoundError, ProcessLookupError):
            return None  # One of the script's own commands, which has ended meanwhile.

    def run(self, *command):
        """Runs a command inside."""
        inside = ["nsenter", "-t", str(self.first), "--mount", "--pid", "--root", "--wdns=/"]
        return subprocess.run(
            [*inside, *command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
        )


def _children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        return [int(child) for child in children.read().split()]
