#!/usr/bin/env python3
"""Exactly once on real brokers: engines, brokers and their neighbours are killed and paused while events come in; then
all topics are read from outside and compared with an independent recount and with the embedded log."""

import argparse
import collections
import contextlib
import dataclasses
import json
import os
import pathlib
import random
import shutil
import statistics
import sys
import tempfile
import time
from typing import Callable

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "recount"))

import checks  # noqa: E402
import faults  # noqa: E402
import loads  # noqa: E402
from brokers import Brokers  # noqa: E402
from field import Field  # noqa: E402
from program import Failure, Scratch  # noqa: E402


@dataclasses.dataclass(frozen=True)
class Scenario:
    says: str
    fault: Callable
    short: int  # faults, by default
    long: int  # faults, with --long
    load: str  # of LOADS
    brokers: int = 1
    engines: int = 1


SCENARIOS = {
    "kill9": Scenario("kill -9 of the engine", faults.kill_engine, 4, 30, "boston"),
    "restart": Scenario("kill -9 of the engine at work; the tasks' time away", faults.restart_engine, 2, 20, "boston"),
    "pause": Scenario("SIGSTOP of an owner past its transactions; another takes over; SIGCONT", faults.pause_owner, 1,
                      10, "county", engines=2),
    "broker": Scenario("kill -9 and restart of the broker", faults.kill_broker, 2, 10, "boston"),
    "join_leave": Scenario("processes join and leave", faults.join_or_leave, 3, 18, "county", engines=3),
    "three_brokers": Scenario("kill -9 of one broker of three", faults.kill_one_of_three_brokers, 1, 5, "boston",
                              brokers=3),
}
# A scenario's load: with few faults, with many.
LOADS = {
    "boston": (lambda *place: loads.boston(*place, rows=900), lambda *place: loads.boston(*place, rows=6000)),
    "county": (lambda *place: loads.county(*place, grids=12, days=5),
               lambda *place: loads.county(*place, grids=40, days=10)),
    "year": (lambda *place: loads.boston(*place, rows=200_000),) * 2,
}
PARTITIONS = 3


@contextlib.contextmanager
def kept(directory):
    """A directory like Scratch, which stays when the run fails: what engines and brokers said and wrote."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="exactly-once-", dir=directory))
    try:
        yield path
    except Exception:
        print(f"  kept: {path}", flush=True)
        raise
    shutil.rmtree(path, ignore_errors=True)


def run(scenario, options, seed, ledger):
    """Runs one scenario. Raises Failure when a promise is broken."""
    chance = random.Random(seed)
    count = options.faults or (scenario.long if options.long else scenario.short)
    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(kept(options.keep) if options.keep else Scratch())
        load = LOADS[options.load or scenario.load][options.long](options.gridloop, scratch, seed)
        reference = checks.embedded_reference(options.gridloop, scratch / "embedded", load, PARTITIONS)
        brokers = stack.enter_context(Brokers(scratch / "brokers", scenario.brokers))
        field = stack.enter_context(
            Field(options.gridloop, scratch, brokers, load, chance, ledger, scenario.engines, PARTITIONS, count))
        ledger["events"], ledger["transactions"] = len(load.lines), len(field.feeder.chunks)
        field.disturb(scenario.fault)
        field.come_to_rest()
        found = checks.Found(brokers.address, field.topics)
        ledger["sent again"] = sum(chunk.attempts - 1 for chunk in field.feeder.chunks)
        ledger["records"] = {name: len(records) for name, records in found.records.items()}
        checks.inputs_are_whole(found, field.feeder.chunks)
        ledger["steps"] = checks.schedules_are_whole(found)
        checks.results_are_right(found, load, reference)
        checks.groups_show_no_lag(found, brokers.address)
        checks.replays_are_equal(options.gridloop, brokers.address, [engine.data for engine in field.engines])


def times_away(takeovers):
    """what happened -> seconds until each task that was concerned worked again, the longest last."""
    found = collections.defaultdict(list)
    for takeover in sorted(takeovers, key=lambda takeover: takeover["seconds"]):
        found[takeover["after"]].append(takeover["seconds"])
    return found


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="+", choices=sorted(SCENARIOS), metavar="SCENARIO",
                        help="; ".join(f"{name}: {scenario.says}" for name, scenario in SCENARIOS.items()))
    parser.add_argument("--gridloop", required=True, type=pathlib.Path, metavar="PATH", help="the program")
    parser.add_argument("--seed", type=int, help="repeats the faults of a run; printed by each")
    parser.add_argument("--long", action="store_true", help="the full number of faults, and a larger load")
    parser.add_argument("--faults", type=int, metavar="N", help="so many faults")
    parser.add_argument("--load", choices=sorted(LOADS), help="another load than the scenario's")
    parser.add_argument("--ledger", type=pathlib.Path, metavar="FILE", help="appends a line for each scenario")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR",
                        help="works in a directory below DIR, and leaves it there when the run fails")
    parsed = parser.parse_args()
    parsed.gridloop = parsed.gridloop.resolve()
    return parsed


def sample_seed():
    """The seed of this commit, which tests/run.sh gives; without it one by chance."""
    return int(os.environ.get("GRIDLOOP_SAMPLE") or random.SystemRandom().randrange(2**32))


def main():
    options = arguments()
    seed = options.seed if options.seed is not None else sample_seed()
    failed = 0
    for name in options.scenario:
        print(f"{name}: seed {seed}", flush=True)
        began, ledger = time.monotonic(), {"scenario": name, "seed": seed, "faults": [], "takeovers": []}
        try:
            run(SCENARIOS[name], options, seed, ledger)
            ledger["outcome"] = "ok"
        except Failure as failure:
            failed += 1
            ledger["outcome"] = f"FAIL {failure}"
        ledger["seconds"] = round(time.monotonic() - began, 1)
        if options.ledger:
            with open(options.ledger, "a", encoding="utf-8") as out:
                out.write(json.dumps(ledger) + "\n")
        for after, seconds in sorted(times_away(ledger["takeovers"]).items()):
            print(f"  {after}: {len(seconds)} tasks worked again after {statistics.median(seconds):.2f} s (median), "
                  f"{seconds[-1]:.2f} s (longest)")
        print(f"  {ledger['outcome']}: {len(ledger['faults'])} acts, {ledger.get('events')} events in "
              f"{ledger.get('transactions')} transactions, {ledger.get('steps')} steps, {ledger['seconds']} s",
              flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
