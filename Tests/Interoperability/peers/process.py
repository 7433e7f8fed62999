"""A server process that a test starts, watches and ends."""

import os
import signal
import subprocess

from peers.waiting import until

IS_SANITIZED = bool(os.environ.get("GATEPOST_SANITIZED"))
"""The executable is built with a sanitizer (`Scripts/test --sanitize`)."""


class Process:
    """A child process whose output goes to a file of the test's folder."""

    def __init__(self, arguments, log_path, **options):
        self.log_path = log_path
        self.is_told_to_end = False
        with open(log_path, "ab") as log:
            self._child = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options)

    @property
    def pid(self):
        return self._child.pid

    @property
    def log(self):
        with open(self.log_path, "rb") as file:
            return file.read().decode("utf-8", "replace")

    @property
    def exit_status(self):
        """None while it runs."""
        return self._child.poll()

    def wait_until(self, condition, what, seconds=15.0):
        """Waits for `condition`, but no longer than the process lives."""

        def holds():
            value = condition()
            if not value and self.exit_status is not None:
                raise RuntimeError(f"ended with {self.exit_status} before {what}:\n{self.log[-4000:]}")
            return value

        try:
            return until(holds, what, seconds)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; the log says:\n{self.log[-4000:]}") from None

    def signal(self, number):
        self.is_told_to_end = self.is_told_to_end or number in (signal.SIGTERM, signal.SIGINT)
        self._child.send_signal(number)

    def wait(self, seconds):
        return self._child.wait(seconds)

    def stop(self, seconds=10.0):
        """Asks it to end, insists after `seconds`, and returns its exit status."""
        self.is_told_to_end = True
        if self.exit_status is None:
            self._child.terminate()
            try:
                self._child.wait(seconds)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        return self._child.returncode

    def memory(self, field="VmRSS", of=None):
        """`VmRSS`, or `VmHWM` for the peak since it started or since `forget_peak`, in KiB.

        Under a sanitizer always 0: what it keeps of its own is no measure of what Gatepost takes.
        """
        if IS_SANITIZED:
            return 0
        pid = of or self.pid
        with open(f"/proc/{pid}/status") as status:
            for line in status:
                if line.startswith(field + ":"):
                    return int(line.split()[1])
        raise RuntimeError(f"no {field} of process {pid}")

    def descriptors(self, of=None):
        """How many it has open."""
        return len(os.listdir(f"/proc/{of or self.pid}/fd"))

    def forget_peak(self):
        with open(f"/proc/{self.pid}/clear_refs", "w") as references:
            references.write("5")
