"""Waiting for a condition instead of for an amount of time."""

import time


def until(condition, what, seconds=15.0):
    """Polls `condition` until it returns something true, and returns that.

    Raises `TimeoutError`, naming `what` was waited for, after `seconds`.
    """
    deadline = time.monotonic() + seconds
    pause = 0.002
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
