"""What a scenario works on: brokers with topics, engines, a load that comes in, and a watch over the schedules."""

import contextlib
import json
import subprocess
import time

import outside
from checks import PREFIX, READS
from engines import Engine
from feeder import Feeder
from program import OK, Gridloop, require, wait_until
from watch import Watch

PATIENCE_SECONDS = 90
CHUNKS_A_FAULT = 12
CHUNKS_AT_LEAST = 40


class Field:
    """Made when the brokers run; its engines start with the first event."""

    def __init__(self, binary, scratch, brokers, load, chance, ledger, engines, partitions, faults):
        self.binary, self.brokers, self.load, self.chance = binary, brokers, load, chance
        self.count, self.number = faults, 0
        self.topics = make_topics(binary, brokers, partitions)
        self._ledger, self._began = ledger, time.monotonic()
        self.feeder = Feeder(binary, brokers.address, load, max(CHUNKS_AT_LEAST, CHUNKS_A_FAULT * faults))
        self.watch = Watch(brokers.address, {f"{PREFIX}schedule-{stage}": stage for stage in READS})
        self.engines = [Engine(f"engine {i}", scratch / f"engine-{i}", self._run_command(engines),
                               scratch / f"engine-{i}.output") for i in range(1, engines + 1)]
        self._stack = contextlib.ExitStack()

    def _run_command(self, engines):
        shared = ["--standbys", "1", "--session-timeout", "5s"] if engines > 1 else []
        return [str(self.binary), "run", "--kafka", self.brokers.address, "--until", self.load.until.isoformat(), *shared]

    def __enter__(self):
        self._stack.enter_context(self.watch)
        self._stack.enter_context(self.feeder)
        for engine in self.engines:
            self._stack.callback(engine.end)
            engine.start()
        return self

    def __exit__(self, *failure):
        return self._stack.__exit__(*failure)

    # ---- for the faults

    def note(self, what, whom):
        self._ledger["faults"].append({"what": what, "whom": whom, "at": round(time.monotonic() - self._began, 3)})

    def let_pass(self, seconds):
        """The moment of a fault is a moment of time."""
        time.sleep(seconds)

    def running(self):
        found = [engine for engine in self.engines if engine.runs()]
        require(found, "no engine runs; " + self._said())
        return found

    def an_owner(self):
        """An engine that works on at least one task."""
        def owners():
            return [engine for engine in self.running() if self.watch.tasks_of(engine.pid)]

        wait_until(owners, "an engine has taken a step", PATIENCE_SECONDS)
        return self.chance.choice(owners())

    def steps_go_on(self):
        """Lets more events in, and waits until a step was taken after that."""
        steps = self.watch.count()
        self.feeder.allow((self.number + 1) / self.count)
        require(self.watch.wait_for_more(steps, PATIENCE_SECONDS),
                f"no step within {PATIENCE_SECONDS} s, {self.feeder.sent} transactions were sent; " + self._said())

    def others_take_over(self, after, engine, tasks, pid, since):
        """Waits until other processes have taken a step of each of `tasks`, and notes how long that took."""
        self.feeder.allow((self.number + 1) / self.count)
        taken = self.watch.taken_over(tasks, pid, since, PATIENCE_SECONDS)
        self._ledger["takeovers"] += [{"after": after, "of": engine.name, "task": task, "seconds": round(seconds, 2)}
                                      for task, seconds in sorted(taken.items())]
        require(len(taken) == len(tasks), f"{after} of {engine.name}: nobody has taken over "
                                          f"{sorted(tasks - taken.keys())} in {PATIENCE_SECONDS} s; " + self._said())

    def _said(self):
        return "\n".join(f"{engine.name} {'runs' if engine.runs() else 'is down'}, and said:\n{engine.said()}"
                         for engine in self.engines)

    # ---- the course of a scenario

    def disturb(self, fault):
        """All faults, each when a share of the load was sent that the seed decides."""
        for self.number in range(self.count):
            self.feeder.wait_for((self.number + self.chance.random()) / (self.count + 1), PATIENCE_SECONDS)
            fault(self)

    def come_to_rest(self):
        """Sends the rest, waits until all of it is read, stops all engines, and lets one settle what is left."""
        for engine in self.engines:
            if not engine.runs():
                engine.start()
        self.feeder.wait_for(1, PATIENCE_SECONDS + 2 * len(self.feeder.chunks))
        # What the first stage has read to the end may still send to the second one.
        for stage in READS:
            ends = self._ends_of(stage)
            wait_until(lambda ends=ends: self.watch.has_read(ends), f"{stage} has read all that is there",
                       PATIENCE_SECONDS)
        for engine in self.engines:
            engine.stop()
        Gridloop(self.binary, self.engines[0].data).expect(
            OK, "run", "--kafka", self.brokers.address, "--until", self.load.until.isoformat(), "--until-idle")

    def _ends_of(self, stage):
        """(task, place of the input) -> offset behind the last record, but for the directory, which all tasks read."""
        places = {PREFIX + topic: place for place, topic in enumerate(READS[stage]) if topic != "directory"}
        return {(f"{stage}-{record.partition}", places[topic]): record.offset + 1
                for topic, records in outside.read(self.brokers.address, list(places)).items() for record in records}


def make_topics(binary, brokers, partitions):
    """The names of all topics of the program, without prefix; they are there afterwards."""
    subprocess.run([binary, "topics", "create", "--kafka", brokers.address, "--partitions", str(partitions)], check=True,
                   stdout=subprocess.DEVNULL)
    brokers.wait_for(range(1, brokers.count + 1))
    listed = subprocess.run([binary, "topics", "list", "--json"], check=True, stdout=subprocess.PIPE).stdout
    return [json.loads(line)["topic"].removeprefix(PREFIX) for line in listed.splitlines()]
