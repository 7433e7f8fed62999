"""Messages that others have written: the test data of Python's email package, and whatever else is installed."""

import glob
import os
import sysconfig


def folders():
    """Where packages leave messages: Python's own tests (Debian: libpython3.11-testsuite), bounces from servers of many
    makers (python3-flufl.bounce), samples of filters; and the folders that $MAIL_SAMPLES names."""
    library = sysconfig.get_paths()["stdlib"]
    return [
        os.path.join(library, "test", "test_email", "data", "*.txt"),
        "/usr/lib/python3*/test/test_email/data/*.txt",
        "/usr/lib/python3/dist-packages/flufl/bounce/tests/data/*.txt",
        "/usr/share/doc/spamassassin/examples/sample-*.txt",
        *(os.path.join(folder, "*") for folder in os.environ.get("MAIL_SAMPLES", "").split(":") if folder),
    ]


def messages():
    """Path and octets of each message, lines ended by CRLF, every one once."""
    seen = set()
    for pattern in folders():
        for path in sorted(glob.glob(pattern)):
            with open(path, "rb") as file:
                octets = file.read().replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
            if octets not in seen:
                seen.add(octets)
                yield path, octets
