"""A real OpenSMTPD that is not installed: from a Debian package that was unpacked into a folder, $OPENSMTPD_ROOT.

Its users and its queue are where the package has them; so it runs with an /etc and a /var/spool of its own, in a mount
namespace that ends with it. Nothing of the system is changed.
"""

import os
import re
import shutil

from peers.addresses import answers, free_port
from peers.process import Process

CONFIGURATION = """\
listen on 127.0.0.1 port {port}
action "keep" relay host "smtp://127.0.0.1:{nowhere}"
match from any for any action "keep"
"""
USERS = {"opensmtpd": 9102, "opensmtpq": 9103}
ENVELOPE = re.compile(r"smtp envelope .*from=<([^>]*)>")


def executable():
    return os.path.join(os.environ.get("OPENSMTPD_ROOT", "/nonexistent"), "usr", "sbin", "smtpd")


def can_run():
    return os.geteuid() == 0 and os.access(executable(), os.X_OK)


class OpenSMTPD(Process):
    """Takes mail for anybody, and keeps it in its queue."""

    def __init__(self, folder):
        self.port = free_port()
        self.folder = os.path.join(folder, f"opensmtpd-{self.port}")
        etc = os.path.join(self.folder, "etc")
        shutil.copytree("/etc", etc, symlinks=True)
        for name, number in USERS.items():
            for file, line in (("passwd", f"{name}:x:{number}:{number}::/var/spool/empty:/bin/false"),
                               ("group", f"{name}:x:{number}:")):
                with open(os.path.join(etc, file), "a", encoding="ascii") as table:
                    table.write(line + "\n")
        with open(os.path.join(etc, "mailname"), "w", encoding="ascii") as file:
            file.write("opensmtpd.example\n")
        path = os.path.join(etc, "smtpd.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write(CONFIGURATION.format(port=self.port, nowhere=free_port()))
        libraries = os.path.join(os.environ["OPENSMTPD_ROOT"], "usr", "lib", "x86_64-linux-gnu")
        script = " && ".join([
            "mount --make-rprivate /", f"mount --bind {etc} /etc", "mount -t tmpfs none /var/spool", "mount -t tmpfs none /run",
            "mount -t tmpfs none /var/lib", "mkdir -m 755 -p /var/lib/opensmtpd/empty /var/spool/empty",
            "mkdir -m 711 /var/spool/smtpd",
            f"exec {executable()} -d -f /etc/smtpd.conf",
        ])
        super().__init__(
            ["unshare", "-m", "--pid", "--fork", "--kill-child", "sh", "-c", script],
            os.path.join(self.folder, "opensmtpd.log"),
            env={**os.environ, "LD_LIBRARY_PATH": libraries},
        )
        self.wait_until(lambda: answers(self.port), "OpenSMTPD to answer", 30)

    def wait_for_quiet(self):
        """What was accepted is on record at once."""

    def is_empty(self, mailbox):
        """Whether nothing was accepted: for `user` of the sender whom tests have, for others of anybody else."""
        senders = set(ENVELOPE.findall(self.log))
        ours = {"sender@example.net"}
        return not (senders & ours if mailbox == "user" else senders - ours)
