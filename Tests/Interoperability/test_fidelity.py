"""What the upstream gets is what the client sent: byte for byte, with one Received field on top."""

import smtplib

from peers import corpus, gatepost
from peers.addresses import HOST
from peers.case import InteroperabilityCase
from peers.client import Dialogue

SENDER, RECIPIENT = "sender@example.net", "user@example.org"


class Fidelity(InteroperabilityCase):
    def send_all(self, proxy, messages, options=("BODY=8BITMIME",)):
        with smtplib.SMTP(HOST, proxy.port, "client.example", timeout=30) as client:
            for name, octets in messages:
                with self.subTest(message=name):
                    refused = client.sendmail(SENDER, [RECIPIENT], octets, mail_options=options)
                    self.assertEqual(refused, {})

    def relay(self, messages, **settings):
        messages = list(messages)
        upstream = self.recorder()
        proxy = self.gatepost(upstream.port, **settings)
        self.send_all(proxy, messages)
        transactions = upstream.received(len(messages))
        self.assertEqual(len(transactions), len(messages))
        return [(name, sent, got.content) for (name, sent), got in zip(messages, transactions, strict=True)]

    def test_content_arrives_with_one_trace_field(self):
        for name, sent, got in self.relay(corpus.handmade().items()):
            with self.subTest(message=name):
                self.assertEqual(self.without_trace_field(got), sent)

    def test_content_arrives_unchanged_without_trace(self):
        for name, sent, got in self.relay(corpus.handmade().items(), trace="none"):
            with self.subTest(message=name):
                self.assertEqual(got, sent)

    def test_generated_content(self):
        for name, sent, got in self.relay(corpus.generated(seed=5321, count=300), trace="none"):
            with self.subTest(message=name):
                self.assertEqual(got, sent)

    def test_policies_leave_other_octets_alone(self):
        """With the example policies loaded, a message that they have nothing to say about stays as it is."""
        kept = {"plain", "dots at line starts", "odd folding", "encoded words", "mail program's"}
        messages = [(name, octets) for name, octets in corpus.handmade().items() if name in kept]
        for name, sent, got in self.relay(messages, trace="none", policies=gatepost.example_policies()):
            with self.subTest(message=name):
                body = sent.partition(b"\r\n\r\n")[2]
                self.assertTrue(got.endswith(b"\r\n\r\n" + body))

    def test_split_at_every_octet(self):
        """The end of the data is found wherever the segments of the network end."""
        content = b"Subject: split\r\n\r\n..\r\n...\r\ntext\r\n.\r\n"
        upstream = self.recorder()
        proxy = self.gatepost(upstream.port, trace="none")
        with Dialogue(proxy.port) as client:
            for place in range(1, len(content)):
                client.envelope()
                self.assert_reply(client.command("DATA"), 354)
                client.send(content[:place])
                client.send(content[place:])
                self.assert_reply(client.reply(), 250)
        for transaction in upstream.received(len(content) - 1):
            self.assertEqual(transaction.content, b"Subject: split\r\n\r\n.\r\n..\r\ntext\r\n")


class Envelope(InteroperabilityCase):
    def test_hundred_recipients(self):
        recipients = [f"user{number}@example.org" for number in range(100)]
        upstream = self.recorder()
        proxy = self.gatepost(upstream.port)
        with smtplib.SMTP(HOST, proxy.port, "client.example", timeout=30) as client:
            self.assertEqual(client.sendmail(SENDER, recipients, b"Subject: many\r\n\r\ntext\r\n"), {})
        (transaction,) = upstream.received()
        self.assertEqual(transaction.recipients, [f"RCPT TO:<{recipient}>" for recipient in recipients])
        received = transaction.content.partition(b";")[0]
        self.assertNotIn(b" for ", received, "recipients must not learn of each other")

    def test_paths_arrive_as_they_were_meant(self):
        paths = {
            "<>": "<>",
            '<"a b"@example.net>': '<"a b"@example.net>',
            "<a+b=c@example.net>": "<a+b=c@example.net>",
            "<user@[192.0.2.1]>": "<user@[192.0.2.1]>",
            "<@relay.example:user@example.net>": "<user@example.net>",
        }
        upstream = self.recorder()
        proxy = self.gatepost(upstream.port)
        for given in paths:
            with Dialogue(proxy.port) as client:
                client.envelope(sender=given)
                self.assert_reply(client.data(b"Subject: x\r\n\r\n.\r\n"), 250)
        senders = [transaction.sender.split(" ")[1:] for transaction in upstream.received(len(paths))]
        self.assertEqual(
            [" ".join(words).partition(":")[2].split(" SIZE")[0].split(" BODY")[0] for words in senders],
            list(paths.values()),
        )

    def test_one_message_per_transaction(self):
        """Transactions of one connection do not mix; RSET drops what was begun."""
        upstream = self.recorder()
        proxy = self.gatepost(upstream.port, trace="none")
        with Dialogue(proxy.port) as client:
            for number in range(5):
                client.envelope(sender="<dropped@example.net>")
                self.assert_reply(client.command("RSET"), 250)
                client.envelope(sender=f"<s{number}@example.net>", recipients=[f"<r{number}@example.org>"])
                self.assert_reply(client.data(b"Subject: %d\r\n\r\n.\r\n" % number), 250)
        for number, transaction in enumerate(upstream.received(5)):
            self.assertIn(f"<s{number}@example.net>", transaction.sender)
            self.assertEqual(transaction.recipients, [f"RCPT TO:<r{number}@example.org>"])
            self.assertEqual(transaction.content, b"Subject: %d\r\n\r\n" % number)
