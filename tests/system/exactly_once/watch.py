"""Looks at the schedule topics while the engines run: which process works on which task, and since when."""

import dataclasses
import re
import threading
import time

import outside
import schedule


@dataclasses.dataclass(frozen=True)
class Seen:
    at: float  # time.monotonic() when a subscriber got it
    task: str
    pid: int
    ranges: tuple  # (from, to, records) of each input


class Watch:
    """A thread with a read_committed consumer of the schedule topics."""

    def __init__(self, address, topics):
        self._reader = outside.consumer(address, "watch")
        self._topics = topics  # topic -> stage
        self._changed = threading.Condition()
        self._seen = []
        self._ends = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._reader.assign(outside.partitions_of(self._reader, list(self._topics)))
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ends = True
        self._thread.join()
        self._reader.close()

    def _run(self):
        while not self._ends:
            message = self._reader.poll(0.2)
            if message is None or message.error() is not None:
                continue
            step = schedule.decode(message.value())
            found = re.search(r"\bpid (\d+)", step.owner)
            with self._changed:
                self._seen.append(Seen(time.monotonic(), f"{self._topics[message.topic()]}-{message.partition()}",
                                       int(found[1]) if found else 0, step.ranges))
                self._changed.notify_all()

    def count(self):
        with self._changed:
            return len(self._seen)

    def owners(self):
        """task -> pid of the process that wrote its last step."""
        with self._changed:
            return {seen.task: seen.pid for seen in self._seen}

    def has_read(self, ends):
        """Whether each of `ends`, (task, place of the input) -> next offset, was reached by a step."""
        with self._changed:
            reached = {(seen.task, place): end for seen in self._seen for place, (_, end, _) in enumerate(seen.ranges)}
        return all(reached.get(at, 0) >= end for at, end in ends.items())

    def tasks_of(self, pid):
        return {task for task, owner in self.owners().items() if owner == pid}

    def taken_over(self, tasks, pid, since, patience):
        """Waits until a process other than `pid` has written a step of each of `tasks` after `since`; returns
        task -> seconds from `since`, without the tasks for which `patience` seconds did not suffice."""
        def found():
            first = {}
            for seen in self._seen:
                if seen.task in tasks and seen.pid != pid and seen.at > since:
                    first.setdefault(seen.task, seen.at - since)
            return first

        with self._changed:
            self._changed.wait_for(lambda: len(found()) == len(tasks), patience)
            return found()

    def wait_for_more(self, count, patience):
        """Waits until more than `count` steps were seen; whether they were."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._seen) > count, patience)
