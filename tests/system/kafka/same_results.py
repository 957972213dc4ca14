#!/usr/bin/env python3
"""The same events through the embedded log and through a Kafka cluster give the same results.

For each world (boston: the service requests of a year; county: an invented county) and each number of partitions both
logs are filled and folded; then what people and programs see is compared: net alerts, rankings, workload, and the last
row of each key in the compacted topics. Nothing of a record's place or of the moment when it was logged is compared,
nor the fields of MOMENTARY: they tell how things stood when the row was published, between the steps of other tasks.
Rows of workload that count nothing are there for those fields alone, and left out, too.

Usage: same_results.py --gridloop PROGRAM --kafka HOST:PORT [--partitions N ...] [--worlds boston county]
Exits with 77 when no broker is named (GRIDLOOP_KAFKA is empty).
"""

import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[3]
COMPACTED = ["cases", "grid-workload", "district-rankings"]
MOMENTARY = {"open_now", "overdue_now"}


class World:
    def __init__(self, name, until, questions):
        self.name = name
        self.until = until
        self.questions = questions


BOSTON = World("boston", "2016-02-01T00:00:00-05:00", [
    ["rankings", "--period", "2015-06", "--level", "district"],
    ["rankings", "--period", "2015-11", "--level", "neighborhood"],
    ["workload", "--level", "neighborhood", "--from", "2015-01-01", "--to", "2015-12-31"],
    ["workload", "8", "--months"],
])
COUNTY = World("county", "2026-04-01T00:00:00+08:00", [
    ["rankings", "--period", "2026-02", "--level", "street"],
    ["rankings", "--period", "2026-02", "--level", "grid"],
    ["workload", "--level", "grid", "--from", "2026-02-01", "--to", "2026-03-31"],
])


class Side:
    """One of the two deployments."""

    def __init__(self, program, directory, options):
        self.program = program
        self.directory = directory
        self.options = options

    def ask(self, *arguments, text=None, place=True):
        command = [self.program, *arguments, *(self.options if place else [])]
        done = subprocess.run(command, input=text, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} exits with {done.returncode}: {done.stderr}")
        return done.stdout

    def feed(self, world, events, partitions):
        if world is BOSTON:
            self.ask("import", "--mapping", str(SOURCE / "ops/import/mappings/boston311.toml"),
                     str(SOURCE / "ops/data/boston311_2015_slim.csv.zst"), "--partitions", str(partitions))
        else:
            self.ask("send", "--partitions", str(partitions), text=events)

    def run(self, world):
        self.ask("run", "--until", world.until, "--until-idle")

    def results(self, world):
        found = {}
        for question in world.questions:
            found[" ".join(question)] = self.ask(*question, "--json").splitlines()
        found["alerts --net"] = sorted(self.ask("alerts", "--net", "--json").splitlines())
        for topic in COMPACTED:
            found[f"last rows of {topic}"] = self.last_rows(topic)
        return found

    def last_rows(self, topic):
        rows = {}
        for line in self.ask("tail", topic, "--json").splitlines():
            record = json.loads(line)
            row = json.loads(record["value"])["data"] if record["value"] else {}
            row = {name: value for name, value in row.items() if name not in MOMENTARY}
            counts = any(isinstance(value, int) and value for value in row.values())
            rows[record["key"]] = row if counts or topic != "grid-workload" else None
        return sorted(f"{key} {json.dumps(row, sort_keys=True)}" for key, row in rows.items() if row is not None)


def compare(world, partitions, embedded, kafka):
    differ = 0
    for question, expected in embedded.items():
        found = kafka[question]
        name = f"{world.name}, {partitions} partitions: {question}"
        if not expected:
            print(f"FAIL  {name}: the embedded log gives nothing, so nothing is compared")
            differ += 1
        elif found == expected:
            print(f"ok    {name}: {len(expected)} lines")
        else:
            differ += 1
            first = next((pair for pair in zip(expected, found) if pair[0] != pair[1]), ("", ""))
            print(f"FAIL  {name}: {len(expected)} lines and {len(found)}; the first that differs\n"
                  f"  embedded {first[0]}\n  Kafka    {first[1]}")
    return differ


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gridloop", required=True)
    parser.add_argument("--kafka", default=os.environ.get("GRIDLOOP_KAFKA", ""))
    parser.add_argument("--partitions", type=int, nargs="+", default=[3])
    parser.add_argument("--worlds", nargs="+", default=["boston", "county"])
    options = parser.parse_args()
    if not options.kafka:
        print("needs a broker: ops/kafka/start.sh, then set GRIDLOOP_KAFKA=HOST:PORT")
        sys.exit(77)
    differ = 0
    for world in (BOSTON, COUNTY):
        if world.name not in options.worlds:
            continue
        with tempfile.TemporaryDirectory() as directory:
            maker = Side(options.gridloop, directory, [])
            lab = Side(pathlib.Path(options.gridloop).with_name("gridloop-lab"), directory, [])
            events = "" if world is BOSTON else lab.ask("simulate", "county", "--grids", "40", "--days", "10", "--seed",
                                                        "7", "--devices", "0")
            for partitions in options.partitions:
                local = Side(options.gridloop, directory, ["--data", f"{directory}/embedded-{partitions}"])
                prefix = f"same-{world.name}-{partitions}-{random.randrange(1 << 32):08x}."
                remote = Side(options.gridloop, directory, ["--kafka", options.kafka, "--prefix", prefix,
                                                            "--data", f"{directory}/kafka-{partitions}"])
                maker.ask("topics", "create", "--kafka", options.kafka, "--prefix", prefix, "--partitions",
                          str(partitions))
                for side in (local, remote):
                    side.feed(world, events, partitions)
                    side.run(world)
                differ += compare(world, partitions, local.results(world), remote.results(world))
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
