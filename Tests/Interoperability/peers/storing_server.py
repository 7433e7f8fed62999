#!/usr/bin/env python3
"""A server as a process of its own, that can be killed: what it has said 250 to is in a file before.

usage: storing_server.py PORT FILE

Appends the Subject of each message to FILE as a line, in one write, and says then what it has said; prints its port once it
listens.
"""
import os
import socketserver
import sys


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            self.say("220 storing.example ESMTP")
            for line in self.rfile:
                verb = line[:4].upper()
                if verb == b"EHLO":
                    self.say("250-storing.example\r\n250-PIPELINING\r\n250 8BITMIME")
                elif verb == b"DATA":
                    self.say("354 Go ahead")
                    if not self.store():
                        return
                elif verb == b"QUIT":
                    return self.say("221 2.0.0 Bye")
                else:
                    self.say("250 2.0.0 Ok")
        except (ConnectionError, BrokenPipeError):
            return

    def store(self):
        """False when the connection ends before the message does."""
        subject = b""
        for line in self.rfile:
            if line == b".\r\n":
                os.write(self.server.file, subject + b"\n")
                self.say("250 2.0.0 Stored")
                return True
            if line.startswith(b"Subject: ") and not subject:
                subject = line[9:].strip()
        return False

    def say(self, text):
        self.wfile.write(text.encode("ascii") + b"\r\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


def main(port, path):
    with Server(("127.0.0.1", int(port)), Session) as server:
        server.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
