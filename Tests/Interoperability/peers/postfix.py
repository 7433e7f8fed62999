"""A real Postfix, from the templates of the example, in the folder of the test."""

import email
import email.policy
import glob
import os
import pwd
import shutil
import subprocess

from peers.addresses import answers, free_port
from peers.gatepost import ROOT
from peers.process import Process
from peers.waiting import until

TEMPLATES = os.path.join(ROOT, "Examples", "front-a-postfix", "postfix")
MASTER = "/usr/lib/postfix/sbin/master"


def can_run():
    """Postfix's master starts as root alone."""
    return os.geteuid() == 0 and os.access(MASTER, os.X_OK)


def substituted(text, folder, port):
    return text.replace("@ROOT@", folder).replace("@PORT@", str(port))


class Postfix(Process):
    """Takes mail for user@, postmaster@ and zoë@example.org; `settings` are lines added to main.cf, `services` to master.cf."""

    def __init__(self, folder, settings=(), services=()):
        self.port = free_port()
        self.folder = os.path.join(folder, f"postfix-{self.port}")
        self.configuration = os.path.join(self.folder, "conf")
        for name in ("conf", "queue", "data", "mail"):
            os.makedirs(os.path.join(self.folder, name))
        shutil.chown(os.path.join(self.folder, "data"), "postfix")
        os.chown(os.path.join(self.folder, "mail"), 65534, pwd.getpwnam("nobody").pw_gid)
        for name, extra in (("main.cf", settings), ("master.cf", services)):
            with open(os.path.join(TEMPLATES, name), encoding="utf-8") as template:
                text = substituted(template.read(), self.folder, self.port)
            with open(os.path.join(self.configuration, name), "w", encoding="utf-8") as file:
                file.write(text + "".join(line + "\n" for line in extra))
        subprocess.run(
            ["postfix", "-c", self.configuration, "check"],
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
        )
        # Postfix's master signals its whole process group when it ends: that must not be the test's.
        super().__init__(
            [MASTER, "-d", "-c", self.configuration],
            os.path.join(self.folder, "postfix.log"),
            start_new_session=True,
        )
        self.wait_until(lambda: answers(self.port), "Postfix to answer", 30)

    def delivered(self, mailbox="user", count=1, seconds=30):
        """The messages in a mailbox, once there are `count` of them."""
        mail = os.path.join(self.folder, "mail")
        self.wait_until(lambda: len(messages(mail, mailbox)) >= count, f"{count} messages for {mailbox}", seconds)
        return messages(mail, mailbox)

    def is_empty(self, mailbox="user"):
        return not messages(os.path.join(self.folder, "mail"), mailbox)

    def wait_for_quiet(self):
        """Waits until nothing is in the queue: what was accepted has been delivered."""
        queues = [os.path.join(self.folder, "queue", name) for name in ("incoming", "active", "maildrop")]
        until(lambda: not any(files for queue in queues for _, _, files in os.walk(queue)), "an empty queue")


def messages(mail, mailbox):
    """What a Maildir below `mail` holds, oldest first, as Python's email package reads it."""
    paths = glob.glob(os.path.join(mail, mailbox, "new", "*"))
    found = []
    for path in sorted(paths, key=os.path.getmtime):
        with open(path, "rb") as file:
            found.append(email.message_from_binary_file(file, policy=email.policy.default))
    return found
