"""Sends a load in small transactions while the engines run, no further than it is let."""

import dataclasses
import subprocess
import threading
import time

from program import Failure, require

ATTEMPTS = 30
SEND_SECONDS = 120
PACE_SECONDS = 0.15  # between the beginnings of two transactions, at least


@dataclasses.dataclass
class Chunk:
    lines: list
    attempts: int = 0  # how often it was sent: once unless the first answers were errors


class Feeder:
    """A thread that runs `gridloop send` for one chunk after another."""

    def __init__(self, binary, address, load, chunks):
        self._command = [str(binary), "send", "--kafka", address]
        events = load.lines[load.rules:]
        size = max(1, -(-len(events) // chunks))
        self.chunks = [Chunk(load.lines[:load.rules])]
        self.chunks += [Chunk(events[at:at + size]) for at in range(0, len(events), size)]
        self._changed = threading.Condition()
        self._sent, self._allowed, self._ends = 0, 0, False
        self.failure = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        with self._changed:
            self._ends = True
            self._changed.notify_all()
        self._thread.join()

    def allow(self, share):
        """Lets it send up to this share of the load."""
        with self._changed:
            self._allowed = max(self._allowed, self._chunks(share))
            self._changed.notify_all()

    def _chunks(self, share):
        return 1 + round(share * (len(self.chunks) - 1))

    def wait_for(self, share, patience):
        """Lets it send this share, and waits until it has."""
        self.allow(share)
        with self._changed:
            done = self._changed.wait_for(lambda: self.failure or self._sent >= self._chunks(share), patience)
        if self.failure:
            raise self.failure
        require(done, f"the load stood still: {self._sent} of {self._chunks(share)} transactions sent in {patience} s")

    @property
    def sent(self):
        return self._sent

    def _run(self):
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ends or self._sent < min(self._allowed, len(self.chunks)))
                if self._ends:
                    return
                chunk = self.chunks[self._sent]
            began = time.monotonic()
            try:
                self._send(chunk)
            except Failure as failure:
                self.failure = failure
            with self._changed:
                self._sent += 1
                self._changed.notify_all()
                if self.failure:
                    return
                self._changed.wait_for(lambda: self._ends, max(0, began + PACE_SECONDS - time.monotonic()))

    def _send(self, chunk):
        """Sends it until that is acknowledged, as a careful client would: an answer that is missing says nothing."""
        said = ""
        while chunk.attempts < ATTEMPTS and not self._ends:
            chunk.attempts += 1
            try:
                done = subprocess.run(self._command, input="\n".join(chunk.lines) + "\n", text=True,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=SEND_SECONDS)
            except subprocess.TimeoutExpired as late:
                raise Failure(f"`gridloop send` did not end within {SEND_SECONDS} s") from late
            if done.returncode == 0:
                return
            said = done.stderr
        if not self._ends:
            raise Failure(f"`gridloop send` failed {ATTEMPTS} times; at last:\n{said[-1000:]}")
