"""A client that sends exactly the octets that a test wants sent."""

import socket
from dataclasses import dataclass

from peers.addresses import HOST


@dataclass(frozen=True)
class Reply:
    code: int
    lines: tuple

    @property
    def text(self):
        return "\n".join(self.lines)

    def __str__(self):
        return f"{self.code} {self.text}"


class Dialogue:
    """One connection; replies are read strictly: CRLF, three digits, one code for all lines."""

    def __init__(self, port, timeout=20.0, greeted=True, source=None):
        self.socket = socket.create_connection((HOST, port), timeout=timeout, source_address=source and (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self.greeting = self.reply() if greeted else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def line(self):
        """The next line without its CRLF, or None when the peer has closed."""
        while b"\r\n" not in self._buffer:
            try:
                octets = self.socket.recv(65536)
            except ConnectionResetError:
                octets = b""
            if not octets:
                if self._buffer:
                    raise AssertionError(f"closed within a line: {self._buffer!r}")
                return None
            self._buffer += octets
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        if b"\n" in line or b"\r" in line:
            raise AssertionError(f"bare line end in a reply: {line!r}")
        return line.decode("utf-8")

    def reply(self):
        """The next reply, or None when the peer has closed."""
        lines, code = [], None
        while True:
            line = self.line()
            if line is None:
                return None
            if len(line) < 3 or not line[:3].isdigit() or line[3:4] not in ("", " ", "-"):
                raise AssertionError(f"no reply: {line!r}")
            if code not in (None, line[:3]):
                raise AssertionError(f"reply changes its code: {line!r} after {code}")
            code = line[:3]
            lines.append(line[4:])
            if line[3:4] != "-":
                return Reply(int(code), tuple(lines))

    def command(self, text):
        self.send(text.encode("utf-8") + b"\r\n")
        return self.reply()

    def envelope(self, sender="<sender@example.net>", recipients=("<user@example.org>",), parameters=""):
        """EHLO, MAIL and RCPT, each of which must succeed."""
        commands = ["EHLO client.example", f"MAIL FROM:{sender}{parameters and ' ' + parameters}"]
        for command in commands + [f"RCPT TO:{recipient}" for recipient in recipients]:
            reply = self.command(command)
            if reply is None or reply.code not in (250, 251):
                raise AssertionError(f"{command}: {reply}")

    def data(self, content):
        """DATA, then `content` as it is (stuffed, and ended with a dot, by the caller)."""
        reply = self.command("DATA")
        if reply is None or reply.code != 354:
            return reply
        self.send(content)
        return self.reply()

    def is_closed_by_peer(self):
        """Waits for the end of the connection; what arrives before it is dropped."""
        while True:
            try:
                if not self.socket.recv(65536):
                    return True
            except ConnectionResetError:
                return True
            except TimeoutError:
                return False
