"""Messages that a relay has to hand on as they are, octet for octet."""

import email.message
import email.policy
import random

CRLF = b"\r\n"
PLAIN = b"From: a@example.net\r\nTo: b@example.org\r\nSubject: plain\r\n"


def multipart():
    """A message as a mail program writes it, attachment and all."""
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"] = "Zoë Müller <zoe@example.net>"
    message["To"] = "user@example.org"
    message["Subject"] = "Größe, 大きさ, размер " * 6
    message.set_content("Guten Tag.\r\n.\r\n..two dots\r\n")
    message.add_alternative("<p>Guten Tag.</p>", subtype="html")
    message.add_attachment(bytes(range(256)) * 40, maintype="application", subtype="octet-stream", filename="ünï.bin")
    return message.as_bytes()


def handmade():
    """Name and octets of messages with one peculiarity each."""
    lines = CRLF.join
    return {
        "plain": PLAIN + CRLF + b"Hello.\r\n",
        "empty body": PLAIN + CRLF,
        "no blank line": PLAIN,
        "one field alone": b"Subject: x\r\n",
        "no header section": CRLF + b"body at once\r\n",
        "blank lines around": PLAIN + CRLF + CRLF * 5 + b"text" + CRLF * 5,
        "dots at line starts": PLAIN + CRLF + lines([b".", b"..", b"...", b".x", b"x.", b". ", b"", b".", b""]),
        "a dot first of all": b".dot: in the header section\r\n" + PLAIN + CRLF + b"text\r\n",
        "dots alone": PLAIN + CRLF + b".\r\n" * 500,
        "8-bit body": PLAIN
        + b"Content-Type: text/plain; charset=iso-8859-1\r\n"
        + CRLF
        + bytes(range(128, 256))
        + CRLF,
        "8-bit header": "Subject: Grüße\r\nX-Raw: ".encode() + b"\xff\xfe\x80" + CRLF + CRLF + b"text\r\n",
        "control characters": PLAIN + CRLF + bytes(c for c in range(1, 32) if c not in (10, 13)) + b"\x7f" + CRLF,
        "long lines": PLAIN + CRLF + b"x" * 998 + CRLF + b"y" * 5000 + CRLF + b"z" * 200_000 + CRLF,
        "long header field": PLAIN + b"X-Long: " + b"word " * 3000 + CRLF + CRLF + b"text\r\n",
        "odd folding": lines(
            [
                b"Subject: one",
                b"\ttwo",
                b"   three",
                b" ",
                b"\t ",
                b" four ",
                b"From:a@example.net",
                b"To :b@example.org",
                b"X-Empty:",
                b"X-Blank: ",
                b"x-CASE:  Kept  ",
                b"References: <a@b>\t<c@d>",
                b"",
                b"text",
                b"",
            ]
        ),
        "fields without a colon": b"no colon here\r\n" + PLAIN + b"nor here\r\n" + CRLF + b"text\r\n",
        "repeated fields": PLAIN * 3 + CRLF + b"text\r\n",
        "encoded words": lines(
            [
                b"Subject: =?utf-8?B?R3LDvMOfZQ==?= =?utf-8?Q?_aus_K=C3=B6ln?=",
                b" =?iso-8859-1?Q?=FCber?=",
                b"X-Broken: =?utf-8?B?!!!?= =?no-such?Q?x?= =?utf-8?Q?=C3",
                b"From: =?utf-8?Q?Z=C3=B6?= <z@example.net>",
                b"",
                b"text",
                b"",
            ]
        ),
        "trace fields": lines(
            [
                b"Return-Path: <old@example.net>",
                b"Received: from a by b; Mon, 1 Jan 2024 00:00:00 +0000",
                b"Received: from c",
                b"\tby d; Mon, 1 Jan 2024 00:00:00 +0000",
                b"DKIM-Signature: v=1; a=rsa-sha256;",
                b"\tb=abc=",
                b"Subject: signed",
                b"",
                b"text",
                b"",
            ]
        ),
        "from line": PLAIN + CRLF + b"From me to you\r\n>From you to me\r\n",
        "protocol in the text": PLAIN
        + CRLF
        + b"QUIT\r\nDATA\r\nMAIL FROM:<x@y>\r\n250 ok\r\n.\x00\r\n".replace(b"\0", b" "),
        "mail program's": multipart(),
    }


def generated(seed, count):
    """Messages of random fields and lines, from pieces that have confused relays before."""
    random_source = random.Random(seed)
    fields = [
        b"Subject: test",
        b"X-Fold: a",
        b"\tb",
        b" c",
        b"From: <a@b>",
        b"X-Long: " + b"w " * 600,
        b"X:",
        b"X-8: \xe9",
        b"bad field",
        b"To: x@example.org,",
        b"  y@example.org",
        b"X-Dot: .",
        b"Content-Type: text/plain",
    ]
    lines = [
        b"",
        b".",
        b"..",
        b". ",
        b".\t",
        b"text",
        b"x" * 997,
        b"x" * 998,
        b"x" * 999,
        b"\xc3\xa9",
        b"From x",
        b"\t",
        b"-- ",
    ]
    for number in range(count):
        header = random_source.choices(fields, k=random_source.randint(0, 30))
        while header and header[0][:1] in b"\t ":
            header.pop(0)
        body = random_source.choices(lines, k=random_source.choice([0, 1, 2, 10, 300]))
        yield f"generated {seed}/{number}", CRLF.join([b"Subject: g", *header, b"", *body]) + CRLF
