"""Clients that send mail after mail, each with a name of its own, and note what they are told."""

import random
import smtplib
import threading
import uuid

from peers.addresses import HOST


class Senders:
    """`acknowledged` maps the name of each mail that was said 250 to, its Subject, to the client as the log has it."""

    def __init__(self, port, count=8):
        self.port = port
        self.acknowledged = {}
        self.attempted = 0
        self.refused = []
        """Connections."""
        self.codes = set()
        """Of the replies that were none of success."""
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(number,), daemon=True) for number in range(count)]
        for thread in self._threads:
            thread.start()

    def finish(self, seconds=40):
        """Has them end what they are at; false when one waits in vain."""
        self._is_over.set()
        for thread in self._threads:
            thread.join(seconds)
        return not any(thread.is_alive() for thread in self._threads)

    def _send(self, number):
        source = random.Random(number)
        while not self._is_over.is_set():
            try:
                with smtplib.SMTP(HOST, self.port, "client.example", timeout=30) as client:
                    address = f"client={HOST}:{client.sock.getsockname()[1]} "
                    while not self._is_over.is_set():
                        name, lines = uuid.uuid4().hex, source.choice((10, 200, 2000))
                        self.attempted += 1
                        text = f"Subject: {name}\r\n\r\n" + "text of a line of usual length\r\n" * lines
                        client.sendmail("a@example.net", ["b@example.org"], text)
                        self.acknowledged[name] = address
            except ConnectionRefusedError as refusal:
                self.refused.append(refusal)
            except smtplib.SMTPRecipientsRefused as refusal:
                self.codes |= {code for code, _ in refusal.recipients.values()}
            except smtplib.SMTPResponseException as refusal:
                self.codes.add(refusal.smtp_code)
            except (smtplib.SMTPException, OSError):
                continue
