"""Calls to the system that fail, or do less than they were asked to: a library before the C library."""

import errno
import mmap
import os
import shutil
import struct
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
COMPILER = shutil.which("cc") or shutil.which("clang")
CALLS = {name: number for number, name in enumerate(
    ("none", "accept", "read", "write", "open", "pread", "pwrite", "connect", "socket", "epoll", "log", "results")
)}
SHORT, END = "short", "end"
_KINDS = {SHORT: 1000, END: 1001}


class FaultyCalls:
    """`environment` is that of a process whose calls are to fail; `order` says which, and `seen` how many there were."""

    def __init__(self, folder):
        library, path = os.path.join(folder, "faulty_calls.so"), os.path.join(folder, "faulty_calls")
        subprocess.run(
            [COMPILER, "-shared", "-fPIC", "-O1", "-o", library, os.path.join(HERE, "faulty_calls.c"), "-ldl"],
            check=True, capture_output=True,
        )
        with open(path, "wb") as file:
            file.write(bytes(4096))
        os.chmod(path, 0o666)
        with open(path, "r+b") as file:
            self._order = mmap.mmap(file.fileno(), 4096)
        self.environment = {**os.environ, "LD_PRELOAD": library, "FAULTY_CALLS": path}

    def order(self, pid, call, fault, place):
        """Of the calls of that process from now on, the one at `place`, from 1, fails with an error's name, or is short."""
        self.cancel()
        kind = _KINDS.get(fault) or getattr(errno, fault)
        self._order[4:20] = struct.pack("iiii", CALLS[call], kind, place, 0)
        self._order[0:4] = struct.pack("i", pid)

    def cancel(self):
        self._order[0:4] = struct.pack("i", 0)

    @property
    def seen(self):
        return struct.unpack("i", self._order[16:20])[0]

    def close(self):
        self._order.close()
