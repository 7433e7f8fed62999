"""100 MiB on one line, a million parts, parts in parts in parts: rules on content see them in bounded memory and time."""

import os
import time

from peers import account
from peers.case import InteroperabilityCase
from peers.client import Dialogue

MIB = 1024 * 1024
READING = (
    "policy: p\nrules:\n"
    "  - { name: text, when: { body.text: { contains: needle-in-hay } }, then: { reject: 'no' } }\n"
    "  - { name: part, when: { part.type: application/x-none }, then: { reject: 'no' } }\n"
    "  - { name: size, when: { attachment.size: { over: 1 TiB } }, then: { reject: 'no' } }\n"
    "  - { name: name, when: { attachment.name: { contains: none-such } }, then: { reject: 'no' } }\n"
)
CHANGING = (
    "policy: p\nrules:\n"
    "  - { name: strip, when: { attachment.extension: exe }, then: { strip-attachment: { extension: exe } } }\n"
    "  - { name: foot, when: { part.type: text/plain }, then: { append-text: Checked. } }\n"
)
MULTIPART = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"


def leaf(kind, encoding="7bit"):
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()


def mebibyte(unit):
    return unit * (MIB // len(unit))


# What stands before the line, the unit that it is made of, and what stands behind it.
LINES = {
    "text": (leaf("text/plain; charset=utf-8"), b"x", b"\r\n"),
    "text in an odd charset": (leaf("text/plain; charset=iso-2022-jp"), b"\x1b$B0!\x1b(B", b"\r\n"),
    "text in no charset": (leaf("text/plain; charset=none-such"), b"\xff\xfe", b"\r\n"),
    "an open tag": (leaf("text/html") + b"<", b"a", b"\r\n"),
    "attributes": (leaf("text/html") + b"<a ", b"b='c' ", b">\r\n"),
    "tags": (leaf("text/html"), b"<p>", b"\r\n"),
    "character references": (leaf("text/html"), b"&#x41", b"\r\n"),
    "base64": (leaf("text/plain", "base64"), b"QUJD", b"\r\n"),
    "noise in base64": (leaf("text/plain", "base64"), b"!", b"\r\n"),
    "quoted-printable": (leaf("text/plain", "quoted-printable"), b"=41", b"\r\n"),
    "white space in quoted-printable": (leaf("text/plain", "quoted-printable"), b" ", b"=\r\n"),
    "equals signs": (leaf("text/plain", "quoted-printable"), b"=", b"\r\n"),
    "padding behind a delimiter": (MULTIPART + b"--b", b" ", b"\r\n\r\ntext\r\n--b--\r\n"),
    "the beginning of a delimiter": (MULTIPART + b"--b", b"-", b"\r\n\r\ntext\r\n--b--\r\n"),
    "a preamble": (MULTIPART, b"-", b"\r\n--b\r\n\r\ntext\r\n--b--\r\n"),
    "an epilogue": (MULTIPART + b"--b\r\n\r\ntext\r\n--b--\r\n", b"x", b"\r\n"),
    "a field of a part": (MULTIPART + b"--b\r\nX: ", b"x", b"\r\n\r\ntext\r\n--b--\r\n"),
    "a parameter of a part": (MULTIPART + b"--b\r\nContent-Type: a/b; name=", b"=?utf-8?Q?x?= ", b"\r\n\r\ntext\r\n--b--\r\n"),
    "a message within": (b"Content-Type: message/rfc822\r\n\r\nSubject: ", b"x", b"\r\n\r\ntext\r\n"),
}

CROWDS = {
    "a million parts": MULTIPART + b"--b\r\n\r\nx\r\n" * 1_000_000 + b"--b--\r\n",
    "a million empty parts": MULTIPART + b"--b\r\n" * 1_000_000 + b"--b--\r\n",
    "a million ends": MULTIPART + b"--b--\r\n" * 1_000_000,
    "a million attachments": MULTIPART
    + b"--b\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nx\r\n" * 1_000_000
    + b"--b--\r\n",
    "a million fields": MULTIPART + b"--b\r\n" + b"X: y\r\n" * 1_000_000 + b"\r\ntext\r\n--b--\r\n",
    "multiparts in multiparts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (number, number) for number in range(100_000)
    ),
    "the same boundary at every depth": (MULTIPART + b"--b\r\n") * 100_000,
    "messages in messages": b"Content-Type: message/rfc822\r\n\r\n" * 300_000 + b"text\r\n",
    "boundaries that begin alike": b"".join(
        b"Content-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\n" % (b"b" * depth, b"b" * depth)
        for depth in range(1, 50)
    )
    + b"--" + b"b" * 60 + b"\r\n" + b"".join(b"--" + b"b" * (number % 60) + b"\r\n" for number in range(1_000_000)),
}


class HostileMIME(InteroperabilityCase):
    policy = READING
    upstream_options = ""
    # A peak is counted in what the whole process takes more, in KiB.
    allowance = 6 * 1024
    seconds = 20.0

    def setUp(self):
        super().setUp()
        spool = os.path.join(self.folder, "spool")
        os.mkdir(spool, 0o700)
        account.give(spool)
        self.sink = self.smtp_sink(*self.sink_options)
        self.proxy = self.gatepost(
            self.sink.port, [self.write("p.yaml", self.policy)], spool=spool,
            limits="message: 400 MiB, held: 64 KiB", upstream=self.upstream_options,
        )
        self.sent = 0
        for _ in range(2):  # what is allocated once is not counted
            self.send([MULTIPART + b"--b\r\n\r\n" + b"text\r\n" * 100_000 + b"--b--\r\n"])

    sink_options = ()

    def send(self, pieces):
        with Dialogue(self.proxy.port, timeout=60) as client:
            client.envelope()
            self.assert_reply(client.command("DATA"), 354)
            client.send(b"Subject: x\r\nMIME-Version: 1.0\r\n")
            for piece in pieces:
                client.send(piece)
            client.send(b".\r\n")
            self.assert_reply(client.reply(), 250)
        self.sent += 1

    def assert_costs_little(self, pieces):
        self.proxy.forget_peak()
        before, start = self.proxy.memory("VmHWM"), time.monotonic()
        self.send(pieces)
        self.assertLess(self.proxy.memory("VmHWM") - before, self.allowance, "KiB more at the peak")
        self.assertLess(time.monotonic() - start, self.seconds, "seconds")

    def play(self, lines, crowds):
        for name in lines:
            with self.subTest(name):
                before, unit, after = LINES[name]
                piece = mebibyte(unit)
                self.assert_costs_little([before] + [piece] * 100 + [after])
        for name in crowds:
            with self.subTest(name):
                self.assert_costs_little([CROWDS[name]])
        self.sink.wait_until(lambda: self.sink.messages() >= self.sent, "all to arrive")
        self.assertEqual(self.sink.messages(), self.sent)


class Reading(HostileMIME):
    def test_what_rules_read(self):
        self.play(LINES, CROWDS)


class Changing(HostileMIME):
    """Content that rules change, by way of the spool, towards a server of 7 bits."""

    policy = CHANGING
    upstream_options = "eight-bit: downgrade"
    sink_options = ("-8",)

    def test_what_rules_change(self):
        self.play(
            ("text", "text in no charset", "base64", "white space in quoted-printable", "a field of a part"),
            ("a million attachments", "multiparts in multiparts", "messages in messages"),
        )
