"""Who serves clients when root runs the suite: Gatepost does not stay root."""

import os
import shutil

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
