"""An SMTP server, in a process of its own, that notes what became of each numbered mail: small, quick, and many at once.

Mails come from <mNUMBER@...>, and their header section says `Subject: NUMBER` too. Its ledger has for each number how often
it was delivered, and the checksum of its body. A recipient <unknown@...> is refused; a mail to <busy@...> is deferred at
its end. To <slow@...> it says all in single octets, one in `DRIP` seconds.
"""

import array
import asyncio
import os
import re
import subprocess
import sys
import zlib

NUMBER = re.compile(rb"FROM:<m(\d+)@", re.IGNORECASE)
SUBJECT = re.compile(rb"^Subject: (\d+)\r?$", re.MULTILINE)
DRIP = 0.02


class LedgerUpstream:
    """The process, seen from the test; `ledger` ends it."""

    def __init__(self, folder):
        self._path = os.path.join(folder, "upstream.ledger")
        self._process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), self._path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.port = int(self._process.stdout.readline())

    def stop(self):
        if self._process.poll() is None:
            self._process.stdin.close()
            self._process.wait(30)
        self._process.stdout.close()

    def ledger(self):
        """For each number how often it was delivered, the checksums, and the breaches of the protocol that were seen."""
        self.stop()
        with open(self._path, "rb") as file:
            count = int(file.readline())
            delivered, checksums = array.array("B"), array.array("I")
            delivered.fromfile(file, count)
            checksums.fromfile(file, count)
            faults = file.read().decode("utf-8", "replace").splitlines()
        return delivered, checksums, faults


class _Ledger:
    def __init__(self):
        self.delivered, self.checksums, self.faults = array.array("B"), array.array("I"), []

    def note(self, number, checksum):
        while len(self.delivered) <= number:
            self.delivered.extend(bytes(65536))
            self.checksums.extend(array.array("I", bytes(4 * 65536)))
        self.delivered[number] = min(255, self.delivered[number] + 1)
        self.checksums[number] = checksum

    def write(self, path):
        with open(path, "wb") as file:
            file.write(b"%d\n" % len(self.delivered))
            self.delivered.tofile(file)
            self.checksums.tofile(file)
            file.write("\n".join(self.faults).encode())


class _Session(asyncio.Protocol):
    def __init__(self, ledger):
        self.ledger = ledger
        self.buffer = bytearray()
        self.number = None
        self.recipients = []
        self.is_receiving = False
        self.searched = 0
        self.unsaid = b""

    def connection_made(self, transport):
        self.transport = transport
        self.say(b"220 ledger.example ESMTP\r\n")

    def say(self, text):
        if b"slow" not in self.recipients:
            self.transport.write(text)
            return
        self.unsaid += text
        if len(self.unsaid) == len(text):
            self.drip()

    def drip(self):
        self.transport.write(self.unsaid[:1])
        self.unsaid = self.unsaid[1:]
        if self.unsaid and not self.transport.is_closing():
            asyncio.get_running_loop().call_later(DRIP, self.drip)

    def data_received(self, octets):
        self.buffer += octets
        while self.receive() if self.is_receiving else self.obey():
            pass

    def obey(self):
        line, end, rest = self.buffer.partition(b"\r\n")
        if not end:
            return False
        self.buffer = rest
        verb = bytes(line[:4]).upper()
        if verb == b"EHLO":
            self.say(b"250-ledger.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 104857600\r\n")
        elif verb == b"MAIL":
            found = NUMBER.search(line)
            self.number, self.recipients = int(found[1]) if found else None, []
            self.say(b"250 2.1.0 Ok\r\n")
        elif verb == b"RCPT":
            name = bytes(line.partition(b"<")[2].partition(b"@")[0])
            if name == b"unknown":
                self.say(b"550 5.1.1 Unknown\r\n")
            else:
                self.recipients.append(name)
                self.say(b"250 2.1.5 Ok\r\n")
        elif verb == b"DATA":
            if self.recipients:
                self.is_receiving, self.searched = True, 0
                self.say(b"354 Go ahead\r\n")
            else:
                self.say(b"554 5.5.1 No recipients\r\n")
        elif verb == b"RSET":
            self.number, self.recipients = None, []
            self.say(b"250 2.0.0 Ok\r\n")
        elif verb == b"QUIT":
            self.recipients = []
            self.say(b"221 2.0.0 Bye\r\n")
            self.transport.close()
            return False
        else:
            self.ledger.faults.append(f"unknown: {bytes(line)[:60]!r}")
            self.say(b"500 5.5.2 Unknown\r\n")
        return True

    def receive(self):
        end = self.buffer.find(b"\r\n.\r\n", self.searched)
        if end < 0:
            self.searched = max(0, len(self.buffer) - 4)
            return False
        content = bytes(self.buffer[: end + 2])
        del self.buffer[: end + 5]
        self.is_receiving = False
        header, _, body = content.partition(b"\r\n\r\n")
        subject = SUBJECT.search(header)
        if self.number is None or subject is None or int(subject[1]) != self.number:
            self.ledger.faults.append(f"envelope {self.number} and header section {subject and subject[1]} differ")
            self.say(b"554 5.6.0 Whose mail is that?\r\n")
        elif b"busy" in self.recipients:
            self.say(b"451 4.3.0 Later\r\n")
        else:
            self.ledger.note(self.number, zlib.crc32(body))
            self.say(b"250 2.0.0 Delivered\r\n")
        return True


async def _serve(path):
    ledger = _Ledger()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Session(ledger), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), ended.set)
    await ended.wait()
    ledger.write(path)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
