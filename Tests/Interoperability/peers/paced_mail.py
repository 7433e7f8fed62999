"""Good mails at a given pace, each on a connection of its own, from a process of their own, and how long each takes."""

import multiprocessing
import time

from peers.client import Dialogue


class PacedMail:
    """One mail after the other, numbered from `first` on; a time is counted from when the mail was due."""

    def __init__(self, port, first, rate):
        self._pipe, other = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=_send, args=(other, port, first, rate), daemon=True)
        self._process.start()
        other.close()

    def stop(self):
        """For each acknowledged mail when it was due, by the monotonic clock, and the seconds it took; and what went wrong."""
        self._pipe.send(None)
        if not self._pipe.poll(60):
            raise TimeoutError("a good mail waits in vain")
        result = self._pipe.recv()
        self._process.join()
        return result


def _send(pipe, port, number, rate):
    times, wrong, due = [], [], time.monotonic()
    while not pipe.poll(max(0, due - time.monotonic())):
        try:
            with Dialogue(port, timeout=30) as client:
                client.envelope(f"<m{number}@example.net>")
                reply = client.data(b"Subject: %d\r\n\r\n%s.\r\n" % (number, b"text of a good mail\r\n" * 200))
                if reply is None or reply.code != 250:
                    wrong.append(f"{number}: {reply}")
                else:
                    times.append((due, time.monotonic() - due))
                client.command("QUIT")
        except (OSError, AssertionError) as error:
            wrong.append(f"{number}: {type(error).__name__} {error}")
        number += 1
        due += 1 / rate
    pipe.send((times, wrong))
