"""Addresses on loopback that nobody uses."""

import socket

HOST = "127.0.0.1"


def free_port():
    """A TCP port that was free a moment ago, for servers that cannot choose one themselves."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def answers(port):
    """Whether a server that greets as SMTP does listens on `port`."""
    try:
        with socket.create_connection((HOST, port), timeout=2) as probe:
            probe.settimeout(5)
            if not probe.recv(512).startswith(b"220"):
                return False
            probe.sendall(b"QUIT\r\n")
            probe.recv(512)
            return True
    except OSError:
        return False


def listens(port):
    """Whether a server accepts connections on `port`."""
    try:
        with socket.create_connection((HOST, port), timeout=2):
            return True
    except OSError:
        return False
