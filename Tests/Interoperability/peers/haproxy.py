"""A real HAProxy in front of Gatepost, in TCP mode, that says who the client is."""

import os
import shutil
import subprocess

from peers.addresses import HOST, free_port
from peers.process import Process

EXECUTABLE = shutil.which("haproxy") or "/usr/sbin/haproxy"

CONFIGURATION = """
global
    log stderr format raw local0
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend clients
    bind {host}:{port} {bind}
    default_backend gatepost
backend gatepost
    server gatepost {host}:{target} {server}
"""


def can_run():
    return os.access(EXECUTABLE, os.X_OK)


class HAProxy(Process):
    """Listens on `port`; `server` is how it speaks to Gatepost (`send-proxy-v2`), `bind` how to clients (`ssl crt …`)."""

    def __init__(self, folder, target, server, bind=""):
        self.port = free_port()
        path = os.path.join(folder, f"haproxy-{self.port}.cfg")
        with open(path, "w", encoding="ascii") as file:
            file.write(CONFIGURATION.format(host=HOST, port=self.port, target=target, server=server, bind=bind))
        subprocess.run([EXECUTABLE, "-c", "-q", "-f", path], check=True, timeout=30)
        super().__init__([EXECUTABLE, "-db", "-f", path], os.path.join(folder, f"haproxy-{self.port}.log"))
        self.wait_until(lambda: listens(self.port), "HAProxy to listen", 15)


def listens(port):
    """Whether a socket is bound to that port: connecting would reach Gatepost."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A" for line in list(table)[1:])
