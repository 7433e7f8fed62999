"""Python's email package is the judge of what Gatepost sees in a message, and of what it makes of it."""

import email
import email.header
import email.policy
import json
import os
import random
import re
import unittest

from peers import gatepost
from peers.case import InteroperabilityCase
from peers.mail_samples import messages

POLICY = "policy: p\nrules:\n  - { name: a, when: { attachment.count: { over: 100000 } }, then: { reject: 'no' } }\n"

# What Gatepost sees otherwise than Python, by the name of the sample, and why that is right. A sample that is named here,
# is installed and does not differ fails the test. Those of mailman3 and of mail-parser (its source distribution) are no
# part of a usual installation: `MAIL_SAMPLES=FOLDER:...` has them judged.
DIFFERENCES = {
    "bad_email_3.eml": "mailman3: a backslash and letters stand behind the quoted string of a charset, which ends with its "
    "quotation mark [RFC 2045, 5.1]; Python takes the rest, and the quotation marks, for the charset's name",
    "mail_test_1": "mail-parser: a name in UTF-8 without any encoding [RFC 6532, 3.2]; Python shows no octet beyond ASCII",
    "msg_37.txt": "delimiters in a row have empty parts between them [RFC 2046, 5.1.1: body-part may be nothing]; Python "
    "takes such delimiters for one, for which the RFC gives no ground",
}
TEXT_DIFFERENCES = {
    "msg_19.txt": "a line that is no field stands in the header section: Python takes it for the beginning of the text, "
    "Gatepost reads on to the empty line, which is what ends a header section [RFC 5322, 2.1]",
    "msg_35.txt": "there is no empty line: the message is all header section, and has no text [RFC 5322, 2.1]",
}


def outline(message):
    """The parts of a message as Gatepost tells of them: type, depth, charset, names and size of each."""
    found = []

    def walk(part, depth):
        kind = part.get_content_type()
        children = part.get_payload() if part.is_multipart() else []
        if kind.startswith("message/") and kind not in ("message/rfc822", "message/global", "message/external-body"):
            # Reports and fragments are leaves: what they hold is no message, or not a whole one.
            children = []
        found.append((kind, depth, charset(part), names(part)))
        for child in children:
            walk(child, depth + 1)

    walk(message, 0)
    return found


def charset(part):
    text = part.get_param("charset")
    if isinstance(text, tuple):
        text = email.utils.collapse_rfc2231_value(text)
    return (text or "").strip().split(" ")[0].lower()


def names(part):
    """The first of the names that readers may show."""
    value = part.get_filename()
    if value is None:
        return None
    if "=?" in value:
        value = str(email.header.make_header(email.header.decode_header(value)))
    return value


def leaves(message):
    return [part for part in message.walk() if not part.is_multipart()]


class Structure(InteroperabilityCase):
    def explain(self, octets):
        path = os.path.join(self.folder, "message.eml")
        with open(path, "wb") as file:
            file.write(octets)
        result = gatepost.run(
            "explain", path, "--json", "--client", "192.0.2.1", "--helo", "client.example", "--sender", "a@example.net",
            "--recipient", "b@example.com", "--policy", self.write("p.yaml", POLICY)
        )
        self.assertIn(result.returncode, (0, 1), result.stderr)
        return json.loads(result.stdout)["transaction"]

    def test_structure_names_and_charsets_are_those_that_python_sees(self):
        seen, differing = set(), {}
        for path, octets in messages():
            sample = os.path.basename(path)
            ours = [
                (part["type"], part["depth"], part.get("charset", ""), (part["names"] or [None])[0])
                for part in self.explain(octets)["parts"]
            ]
            theirs = outline(email.message_from_bytes(octets, policy=email.policy.compat32))
            seen.add(sample)
            if ours != theirs:
                differing[sample] = (ours, theirs)
        if not seen:
            self.skipTest("no samples are installed: apt-get install libpython3.11-testsuite python3-flufl.bounce")
        unexplained = {name: pair for name, pair in differing.items() if name not in DIFFERENCES}
        self.assertEqual(unexplained, {}, "differences that nobody has justified")
        self.assertEqual((set(DIFFERENCES) & seen) - set(differing), set(), "no longer different")
        self.assertGreater(len(seen), 30)

    def test_text_is_what_python_decodes(self):
        checked = 0
        for path, octets in messages():
            message = email.message_from_bytes(octets, policy=email.policy.compat32)
            if message.is_multipart() or message.get_content_type() != "text/plain":
                continue
            codec = message.get_content_charset() or "utf-8"
            try:
                text = message.get_payload(decode=True).decode("utf-8" if codec == "us-ascii" else codec)
            except (LookupError, UnicodeDecodeError):
                continue
            sample = os.path.basename(path)
            checked += 1
            with self.subTest(sample):
                same = self.explain(octets)["bodyText"] == text
                self.assertEqual(same, sample not in TEXT_DIFFERENCES)
        if checked == 0:
            self.skipTest("no samples are installed: apt-get install libpython3.11-testsuite")
        self.assertGreater(checked, 5)


class Downgrade(InteroperabilityCase):
    """What goes in decodes to what comes out, in the eyes of Python."""

    def configured(self, upstream):
        text = gatepost.configuration(upstream.port).replace(
            f"servers: [127.0.0.1:{upstream.port}]", f"servers: [127.0.0.1:{upstream.port}], eight-bit: downgrade"
        )
        return self._started(["--config", self.write("gatepost.yaml", text)])

    def generated(self, seed):
        """A message with 8-bit parts, nested at random."""
        source = random.Random(seed)
        texts = ["plain\r\n", "Gr\u00fc\u00dfe, und ein langer Satz, der Platz braucht.\r\n", "\u65e5\u672c\u8a9e\r\n", "= =3D .\r\n", "\r\n"]

        def part(depth):
            if depth < 3 and source.random() < 0.5:
                boundary = f"b{source.randrange(10**9)}"
                kind = source.choice(["mixed", "alternative", "related"])
                inner = [part(depth + 1) for _ in range(source.randrange(1, 4))]
                body = "".join(f"--{boundary}\r\n{text}\r\n" for text in inner)
                return (
                    f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n'
                    f"Content-Transfer-Encoding: 8bit\r\n\r\n{body}--{boundary}--\r\n"
                )
            if depth < 3 and source.random() < 0.2:
                return f"Content-Type: message/rfc822\r\n\r\n{header()}{part(depth + 1)}"
            body = "".join(source.choice(texts) for _ in range(source.randrange(0, 6)))
            return f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}"

        def header():
            subject = source.choice(["plain", "Gr\u00fc\u00dfe aus K\u00f6ln", "a \u65e5\u672c b"])
            return f"Subject: {subject}\r\n"

        return (header() + part(0)).encode("utf-8")

    def test_what_comes_out_decodes_to_what_went_in(self):
        import smtplib

        upstream = self.recorder(extensions=["PIPELINING"])
        server = self.configured(upstream)
        sent = [self.generated(seed) for seed in range(60)]
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            client.ehlo()
            self.assertTrue(client.has_extn("8bitmime"))
            for octets in sent:
                client.sendmail("a@example.net", ["b@example.com"], octets, mail_options=["BODY=8BITMIME"])
        received = upstream.received(len(sent))
        self.assertEqual(len(received), len(sent))
        for octets, delivered in zip(sent, received):
            content = self.without_trace_field(delivered.content)
            self.assertTrue(all(octet < 0x80 for octet in content))
            self.assert_same(octets, content)

    def assert_same(self, before, after):
        before, after = (email.message_from_bytes(octets, policy=email.policy.default) for octets in (before, after))
        old, new = list(before.walk()), list(after.walk())
        self.assertEqual([part.get_content_type() for part in old], [part.get_content_type() for part in new])
        for one, other in zip(old, new):
            self.assertEqual(str(one["Subject"]), str(other["Subject"]))
            if not one.is_multipart():
                self.assertEqual(
                    one.get_payload(decode=True).rstrip(b"\r\n"), other.get_payload(decode=True).rstrip(b"\r\n")
                )


if __name__ == "__main__":
    unittest.main()
