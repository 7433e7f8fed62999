"""Who serves clients when root runs the suite: Gatepost does not stay root."""

import os
import pwd
import shutil
import subprocess

IS_ROOT = os.geteuid() == 0
NAME = "nobody"
SETTING = f"user: {NAME}\n" if IS_ROOT else ""
"""The line of a configuration."""
OPTIONS = ["--user", NAME] if IS_ROOT else []


def give(path):
    """Makes a file or a folder that user's, as a private key or a spool must be."""
    if IS_ROOT:
        shutil.chown(path, NAME)
    return path


def limit(pid, resource, most):
    """Sets a soft limit of a process that serves clients, as its own user: a root without CAP_SYS_RESOURCE may not."""
    become = ["setpriv", f"--reuid={NAME}", f"--regid={pwd.getpwnam(NAME).pw_gid}", "--clear-groups"] if IS_ROOT else []
    subprocess.run([*become, "prlimit", "--pid", str(pid), f"--{resource}={most}:"], check=True, timeout=60)
