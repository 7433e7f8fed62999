"""What servers that a test scripts have in common."""

import socket
import threading

from peers.addresses import HOST


class AcceptingServer:
    """Listens at `port`; each connection is a `_session` in a thread of its own, for the class of a server to say."""

    def __init__(self, backlog=64):
        self._server = socket.create_server((HOST, 0), backlog=backlog)
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self):
        # A socket that is closed goes on listening for as long as a thread waits in accept.
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._session, args=(connection,), daemon=True).start()

    def _session(self, connection):
        raise NotImplementedError
