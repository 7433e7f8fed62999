"""A strict server that keeps the exact octets of every transaction."""

import socket
import socketserver
import threading
from dataclasses import dataclass, field

from peers.addresses import HOST
from peers.waiting import until


@dataclass
class Transaction:
    """What one client asked to have delivered."""

    sender: str
    recipients: list = field(default_factory=list)
    content: bytes = b""
    """Without dot-stuffing and without the final dot."""


class Recorder:
    """Accepts what `answers` does not refuse.

    `answers` maps the beginning of a command (`RCPT TO:<nobody@`, or `.` for the end of the data) to a reply,
    or to None for a connection that is closed instead. `transactions` are those that got a 250 after their final dot.
    `faults` lists every breach of RFC 5321 by the client; a test should end with none.
    """

    EXTENSIONS = ("PIPELINING", "SIZE 104857600", "8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8")

    def __init__(self, extensions=EXTENSIONS, answers=None):
        self.extensions = tuple(extensions)
        self.answers = dict(answers or {})
        self.transactions = []
        self.abandoned = 0
        """Connections that ended within the data."""
        self.commands = []
        self.sessions = 0
        self.connections = set()
        self.faults = []
        self._lock = threading.Lock()
        recorder = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                recorder.note(lambda recorder: recorder.connections.add(self.request))
                try:
                    _Session(recorder, self.request).run()
                finally:
                    recorder.note(lambda recorder: recorder.connections.discard(self.request))

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            request_queue_size = 256

        self._server = Server((HOST, 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def received(self, count=1, seconds=20.0):
        """The transactions, once there are `count` of them."""
        until(lambda: len(self.transactions) >= count, f"{count} messages at the recorder", seconds)
        return list(self.transactions)

    def disconnect(self):
        """Closes every connection without a word."""
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        until(lambda: not self.connections, "the connections to end")

    def note(self, change):
        with self._lock:
            change(self)


class _Session:
    def __init__(self, recorder, connection):
        self.recorder = recorder
        self.connection = connection
        self.buffer = bytearray()
        self.transaction = None
        self.eight_bit = False

    def run(self):
        self.connection.settimeout(120)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.recorder.note(lambda recorder: setattr(recorder, "sessions", recorder.sessions + 1))
        try:
            self.say(self.answer("CONNECT", "220 recorder.example ESMTP"))
            while True:
                line = self.line()
                if line is None:
                    return
                self.recorder.note(lambda recorder, line=line: recorder.commands.append(line))
                if not self.obey(line):
                    return
        except (ConnectionError, TimeoutError, _Closed):
            return

    def obey(self, line):
        verb = line[:4].upper()
        reply = self.answer(line, "")
        if verb == "QUIT":
            self.say(reply or "221 2.0.0 Bye")
            return False
        if reply:
            self.say(reply)
            return True
        if verb == "EHLO":
            self.transaction = None
            lines = ("recorder.example", *self.recorder.extensions)
            marks = "-" * (len(lines) - 1) + " "
            self.say("\r\n".join(f"250{mark}{line}" for mark, line in zip(marks, lines, strict=True)))
        elif verb == "MAIL":
            self.transaction = Transaction(line)
            self.eight_bit = "BODY=8BITMIME" in line.upper() or "SMTPUTF8" in line.upper().split()
            self.say("250 2.1.0 Sender ok")
        elif verb == "RCPT" and self.transaction:
            self.transaction.recipients.append(line)
            self.say("250 2.1.5 Recipient ok")
        elif verb == "DATA" and self.transaction and self.transaction.recipients:
            self.receive()
        elif verb in ("HELO", "RSET", "NOOP"):
            self.transaction = None if verb != "NOOP" else self.transaction
            self.say("250 2.0.0 Ok")
        else:
            self.fault(f"out of order or unknown: {line!r}")
            self.say("503 5.5.1 Bad sequence of commands")
        return True

    def receive(self):
        self.say("354 Go ahead")
        content = self.content()
        if content is None:
            self.recorder.note(lambda recorder: setattr(recorder, "abandoned", recorder.abandoned + 1))
            raise _Closed
        if not self.eight_bit and not content.isascii():
            self.fault("8-bit content was not declared")
        if b"\n" in content.replace(b"\r\n", b"") or b"\r" in content.replace(b"\r\n", b""):
            self.fault("bare CR or LF in the content")
        self.transaction.content = content
        reply = self.answer(".", "250 2.0.0 Delivered")
        if reply.startswith("2"):
            transaction = self.transaction
            self.recorder.note(lambda recorder: recorder.transactions.append(transaction))
        self.transaction = None
        self.say(reply)

    def content(self):
        """The content without its stuffing, or None when the connection ends within it."""
        if not self.more(3):
            return None
        if self.buffer.startswith(b".\r\n"):
            del self.buffer[:3]
            return b""
        searched = 0
        while (end := self.buffer.find(b"\r\n.\r\n", searched)) < 0:
            searched = max(0, len(self.buffer) - 4)
            if not self.fill():
                return None
        stuffed = bytes(self.buffer[: end + 2])
        del self.buffer[: end + 5]
        for line in stuffed.split(b"\r\n"):
            if line.startswith(b".") and not line.startswith(b".."):
                self.fault(f"line not stuffed: {line[:40]!r}")
        content = stuffed.replace(b"\r\n.", b"\r\n")
        return content[1:] if content.startswith(b".") else content

    def line(self):
        while b"\r\n" not in self.buffer:
            if not self.fill():
                return None
        line, _, rest = bytes(self.buffer).partition(b"\r\n")
        self.buffer = bytearray(rest)
        if b"\n" in line or b"\r" in line or b"\0" in line:
            self.fault(f"bare line end or NUL in a command: {line!r}")
        if len(line) > 2048:
            self.fault(f"command of {len(line)} octets")
        return line.decode("utf-8", "replace")

    def more(self, count):
        while len(self.buffer) < count:
            if not self.fill():
                return False
        return True

    def fill(self):
        octets = self.connection.recv(1 << 18)
        self.buffer += octets
        return bool(octets)

    def answer(self, command, otherwise):
        for beginning, reply in self.recorder.answers.items():
            if command.upper().startswith(beginning.upper()):
                if reply is None:
                    raise _Closed
                return reply
        return otherwise

    def say(self, text):
        self.connection.sendall(text.encode("utf-8") + b"\r\n")

    def fault(self, what):
        self.recorder.note(lambda recorder: recorder.faults.append(what))


class _Closed(Exception):
    """The connection is to be closed without a word."""
