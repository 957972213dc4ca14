#!/usr/bin/env python3
"""One flipped byte anywhere: verify names it, or it changed nothing; state is rebuilt, a damaged log never lies."""

import collections
import random
import re
import shutil

import common
from program import DAMAGED, OK, Failure, Scratch, answers, differences, require

# Files that hold no data: messages of RocksDB for people, its id, and locks.
HARMLESS = re.compile(r"^(LOG|LOG\.old\.\d+|IDENTITY|LOCK)$")
STATE_FILE = re.compile(r"^(CURRENT|MANIFEST-\d+|OPTIONS-\d+|\d+\.(sst|log|ingest))$")


def files(directory):
    """(log files, state files) below a data directory, relative and sorted; neither empty nor harmless."""
    found = [path for path in sorted(directory.rglob("*"))
             if path.is_file() and path.stat().st_size > 0 and not HARMLESS.match(path.name)]
    state = [path.relative_to(directory) for path in found if STATE_FILE.match(path.name)]
    return [path.relative_to(directory) for path in found if not STATE_FILE.match(path.name)], state


def flip(path, chance):
    """Changes one byte at a random place; returns (place, size)."""
    content = bytearray(path.read_bytes())
    place = chance.randrange(len(content))
    content[place] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    return place, len(content)


def names_it(text, path):
    """Whether a message names the damaged file, the directory of the state it belongs to, or topic and partition."""
    if path.name in text or (len(path.parts) > 1 and STATE_FILE.match(path.name) and path.parts[-2] in text):
        return True
    return re.search(r"gridloop\.[a-z-]+\W+(partition\W+)?\d+", text) is not None


class Trial:
    """One copy of the directory with one flipped byte."""

    def __init__(self, peace, directory, path, chance):
        self.peace, self.path = peace, path
        shutil.copytree(peace.gridloop.data, directory)
        self.gridloop = peace.gridloop.at(directory)
        place, size = flip(directory / path, chance)
        self.where = f"{path}, byte {place} of {size}"

    def same_answers(self, when):
        try:
            got = answers(self.gridloop, self.peace.cases)
        except Failure as failure:
            raise Failure(f"{self.where}: {when}, but {failure}") from failure
        found = differences(self.peace.answers, got)
        require(not found, f"{self.where}: {when}, the answers differ\n  " + "\n  ".join(found))

    def verify(self):
        """True when verify found the damage; else proves that nothing changed."""
        verified = self.gridloop.run("verify")
        require(verified.code in (OK, DAMAGED), f"{self.where}: verify must exit 0 or 4: {verified}")
        if verified.code == DAMAGED:
            require(names_it(verified.said, self.path),
                    f"{self.where}: verify names neither file nor partition: {verified}")
            return True
        self.same_answers("verify found nothing")
        if not STATE_FILE.match(self.path.name):
            self.rebuild_from_log()
        return False

    def rebuild_from_log(self):
        """Without its state, the log alone must lead to the same answers."""
        for directory in {path.parent for path in self.gridloop.data.rglob("*") if STATE_FILE.match(path.name)}:
            shutil.rmtree(directory)
        finished = self.gridloop.run(*self.gridloop.run_arguments())
        require(finished.code == OK, f"{self.where}: verify found nothing, but the log cannot be replayed: {finished}")
        self.same_answers("verify found nothing; after a rebuild from the log")

    def run_with_damaged_log(self):
        """Refuses, or gives what was true before: never another answer."""
        finished = self.gridloop.run(*self.gridloop.run_arguments())
        require(finished.code in (OK, DAMAGED), f"{self.where}: run over a damaged log must exit 0 or 4: {finished}")
        if finished.code == OK:
            self.same_answers("run went on over the damaged log")
            return "run answered as before"
        return "run refused"

    def run_with_damaged_state(self):
        finished = self.gridloop.expect(OK, *self.gridloop.run_arguments())
        require(re.search("rebuil", finished.said, re.IGNORECASE),
                f"{self.where}: verify found damaged state, but run does not warn that it rebuilds: {finished}")
        self.same_answers("after the rebuild")
        self.gridloop.expect(OK, "verify")
        return "run rebuilt it"


def test():
    options = common.arguments(__doc__, flips=40, rows=3000)
    chance = random.Random(options.seed)
    tally = collections.Counter()
    with Scratch() as scratch:
        peace = common.Undisturbed(options.gridloop, scratch, options.rows, options.seed, step_events=1000)
        peace.gridloop.expect(OK, "verify")
        log, state = files(peace.gridloop.data)
        require(log, "the data directory has no log files")
        require(state, "the data directory has no state files")
        print(f"{len(log)} log files, {len(state)} state files", flush=True)
        for number in range(options.flips):
            kind, candidates = (("log", log), ("state", state))[number % 2]
            trial = Trial(peace, scratch / f"flip-{number}", chance.choice(candidates), chance)
            if trial.verify():
                outcome = trial.run_with_damaged_log() if kind == "log" else trial.run_with_damaged_state()
                outcome = f"found; {outcome}"
            else:
                outcome = "not found; nothing changed"
            tally[kind, outcome] += 1
            print(f"  {trial.where}: {outcome}", flush=True)
            shutil.rmtree(trial.gridloop.data)
    for (kind, outcome), count in sorted(tally.items()):
        print(f"{kind:>6}: {count:>3} {outcome}")
    print(f"ok: {options.flips} flipped bytes, no wrong answer")


if __name__ == "__main__":
    common.main(test)
