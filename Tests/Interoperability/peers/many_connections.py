"""Thousands of connections in a process of their own, each of which says its lines in turn, and hears the replies."""

import multiprocessing
import resource
import selectors
import socket
import time

from peers.addresses import HOST

IP_BIND_ADDRESS_NO_PORT = 24


def descriptor_limit(wanted):
    """How many descriptors this process, and each that it starts, may have: `wanted`, if the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))
        except (ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def connection(port, number):
    """One that is being opened, from one of many addresses on loopback, since each has ports for some 28,000."""
    opened = socket.socket()
    opened.setblocking(False)
    opened.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
    opened.bind((f"127.0.0.{2 + number % 200}", 0))
    opened.connect_ex((HOST, port))
    return opened


class ManyConnections:
    """`count` connections that have been greeted."""

    def __init__(self, port, count):
        self._pipe, other = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=_obey, args=(other, port, count), daemon=True)
        self._process.start()
        other.close()
        self._done()

    def say(self, line, code):
        """Sends `line` on each, which must be answered with `code`."""
        self._pipe.send((line, code))
        self._done()

    def _done(self):
        if not self._pipe.poll(120):
            raise TimeoutError("connections wait for a reply")
        if error := self._pipe.recv():
            raise AssertionError(error)

    def close(self):
        if self._process.is_alive():
            self._process.kill()
        self._process.join()


def _obey(pipe, port, count):
    try:
        connections = _Connections(port, count)
        pipe.send(None)
        while True:
            connections.say(*pipe.recv())
            pipe.send(None)
    except EOFError:
        pass
    except Exception as error:
        pipe.send(f"{type(error).__name__}: {error}")


class _Connections:
    def __init__(self, port, count):
        self._selector = selectors.EpollSelector()
        self.sockets = []
        waiting = set()
        for number in range(count):
            opened = connection(port, number)
            self.sockets.append(opened)
            self._selector.register(opened, selectors.EVENT_READ, bytearray())
            waiting.add(opened)
            if len(waiting) >= 200:  # the backlog is no longer than that of the system
                self._hear(waiting, b"220", 100)
        self._hear(waiting, b"220", 0)

    def say(self, line, code):
        waiting = set()
        for each in self.sockets:
            each.send(line)
            waiting.add(each)
            if len(waiting) >= 1000:
                self._hear(waiting, code, 500)
        self._hear(waiting, code, 0)

    def _hear(self, waiting, code, leave):
        """Until no more than `leave` of those that wait for a reply do so."""
        deadline = time.monotonic() + 60
        while len(waiting) > leave:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(waiting)} connections wait for {code.decode()}")
            for key, _ in self._selector.select(1):
                octets = key.fileobj.recv(4096)
                if not octets:
                    raise AssertionError("closed")
                key.data.extend(octets)
                lines = bytes(key.data).split(b"\r\n")
                if len(lines) > 1 and lines[-1] == b"" and lines[-2][3:4] == b" ":
                    key.data.clear()
                    if not lines[-2].startswith(code):
                        raise AssertionError(f"{code.decode()} expected: {lines[-2]!r}")
                    waiting.discard(key.fileobj)
