"""A real Exim that is not installed: from a Debian package that was unpacked into a folder, $EXIM_ROOT.

Exim reads its configuration and its user from /etc alone; so it runs with an /etc of its own, in a mount namespace that
ends with it. Nothing of the system is changed.
"""

import os
import shutil

from peers.addresses import free_port, listens
from peers.process import Process

CONFIGURATION = """\
primary_hostname = exim.example
daemon_smtp_ports = {port}
local_interfaces = 127.0.0.1
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
exim_path = {executable}
exim_user = {user}
exim_group = {user}
keep_environment = LD_LIBRARY_PATH
smtp_accept_max = 0
acl_smtp_rcpt = accept
acl_smtp_data = accept
queue_only = true
{more}
"""
USER = 9101


def executable():
    return os.path.join(os.environ.get("EXIM_ROOT", "/nonexistent"), "usr", "sbin", "exim4")


def can_run():
    return os.geteuid() == 0 and os.access(executable(), os.X_OK)


def believes_proxies():
    """Whether it was built with the PROXY protocol, as Debian's exim4-daemon-heavy is."""
    if not can_run():
        return False
    with open(executable(), "rb") as file:
        return b"hosts_proxy" in file.read()


class Exim(Process):
    """Takes mail for anybody, and keeps it in its queue."""

    def __init__(self, folder, more=""):
        """With `more` lines of configuration."""
        self.port = free_port()
        self.folder = os.path.join(folder, f"exim-{self.port}")
        etc = os.path.join(self.folder, "etc")
        shutil.copytree("/etc", etc, symlinks=True)
        for name in ("spool", "log"):
            os.mkdir(os.path.join(self.folder, name))
            os.chown(os.path.join(self.folder, name), USER, USER)
        for name, line in (("passwd", f"Debian-exim:x:{USER}:{USER}::/:/bin/false"), ("group", f"Debian-exim:x:{USER}:")):
            with open(os.path.join(etc, name), "a", encoding="ascii") as file:
                file.write(line + "\n")
        os.makedirs(os.path.join(etc, "exim4"), exist_ok=True)
        with open(os.path.join(etc, "exim4", "exim4.conf"), "w", encoding="ascii") as file:
            file.write(
                CONFIGURATION.format(port=self.port, folder=self.folder, executable=executable(), user="Debian-exim", more=more)
            )
        libraries = os.path.join(os.environ["EXIM_ROOT"], "usr", "lib")
        script = f"mount --make-rprivate / && mount --bind {etc} /etc && exec {executable()} -bdf"
        super().__init__(
            ["unshare", "-m", "sh", "-c", script],
            os.path.join(self.folder, "exim.log"),
            env={**os.environ, "LD_LIBRARY_PATH": f"{libraries}/x86_64-linux-gnu:{libraries}"},
        )
        self.wait_until(lambda: listens(self.port), "Exim to listen", 30)

    @property
    def main_log(self):
        with open(os.path.join(self.folder, "log", "mainlog"), encoding="utf-8") as log:
            return log.read()

    def wait_for_quiet(self):
        """What was accepted is on record at once."""

    def is_empty(self, mailbox):
        """Whether nothing was accepted: for `user` of the sender whom tests have, for others of anybody else."""
        senders = {line.split(" <= ")[1].split()[0] for line in self.main_log.splitlines() if " <= " in line}
        ours = {"sender@example.net"}
        return not (senders & ours if mailbox == "user" else senders - ours)
