"""A name server that knows what it is told, for addresses and names of IPv4 alone."""

import os
import socket
import stat
import struct
import subprocess
import threading

from peers import gatepost

PTR, A = 12, 1
NXDOMAIN, SERVFAIL = 3, 2
SILENT = object()


def can_run():
    """Whether a process may be given a resolver of its own, and port 53 of an address on loopback."""
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0


class NameServer:
    """Answers from `zone`: a name (`7.0.0.127.in-addr.arpa`, `mail.example`) with what it leads to: a list, a response
    code, or SILENT. What is not in it does not exist."""

    def __init__(self, zone, address="127.0.0.53"):
        self.zone = zone
        self.address = address
        self.questions = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 53))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", (self.address, 53))
        self._thread.join(5)
        self._socket.close()

    def _serve(self):
        while True:
            try:
                query, client = self._socket.recvfrom(4096)
            except OSError:
                return
            if not query:
                return
            answer = self._answer(query)
            if answer:
                self._socket.sendto(answer, client)

    def _answer(self, query):
        labels, position = [], 12
        while query[position]:
            labels.append(query[position + 1 : position + 1 + query[position]])
            position += 1 + query[position]
        question = query[12 : position + 5]
        kind = struct.unpack("!H", query[position + 1 : position + 3])[0]
        name = b".".join(labels).decode("ascii").lower()
        self.questions.append(name)
        found = self.zone.get(name, NXDOMAIN)
        if found is SILENT:
            return None
        values = found if isinstance(found, list) and kind == (PTR if name.endswith(".arpa") else A) else []
        code = found if isinstance(found, int) else 0
        records = b"".join(self._record(kind, value) for value in values)
        return query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(values), 0, 0) + question + records

    @staticmethod
    def _record(kind, value):
        if kind == A:
            data = socket.inet_aton(value)
        else:
            data = b"".join(bytes([len(label)]) + label for label in value.encode("latin-1").split(b".")) + b"\0"
        return b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data

    def wrapper(self, folder):
        """An executable that is Gatepost with this name server for its resolver, and no hosts file."""
        files = {"resolv.conf": f"nameserver {self.address}\n", "hosts": ""}
        mounts = []
        for name, text in files.items():
            path = os.path.join(folder, name)
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
            mounts.append(f"mount --bind {path} /etc/{name} && ")
        path = os.path.join(folder, "gatepost")
        with open(path, "w", encoding="utf-8") as file:
            inner = "".join(mounts) + f'exec {gatepost.executable()} "$@"'
            file.write(f"#!/bin/sh\nexec unshare -m sh -c '{inner}' gatepost \"$@\"\n")
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
        return path
