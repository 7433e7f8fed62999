"""Gatepost before a strict recorder, and clients with raw octets."""

from peers.case import InteroperabilityCase
from peers.client import Dialogue


class RelayCase(InteroperabilityCase):
    settings = {}

    def setUp(self):
        super().setUp()
        self.upstream = self.recorder()
        self.proxy = self.gatepost(self.upstream.port, **self.settings)

    def client(self, **options):
        client = Dialogue(self.proxy.port, **options)
        self.addCleanup(client.socket.close)
        return client

    def assert_still_relays(self):
        with Dialogue(self.proxy.port) as client:
            before = len(self.upstream.transactions)
            client.envelope()
            self.assert_reply(client.data(b"Subject: still here\r\n\r\n.\r\n"), 250)
            self.assertEqual(len(self.upstream.received(before + 1)), before + 1)
