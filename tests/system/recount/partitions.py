#!/usr/bin/env python3
"""1, 3 and 16 partitions, tiny and huge steps: the same events give the same rankings, verdicts and workload."""

import argparse
import pathlib
import sys
import time

import recount
from program import Failure, Gridloop, Scratch, answers, require_equal

PARTITIONS = (1, 3, 16)
STEPS_OF_ALL = (1000, 50000)
STEPS_OF_THE_CUT = (7, 50000)
CUT_ROWS = 2000


def compare(binary, csv, steps, scratch, name):
    """Imports and runs `csv` in every shape; fails at the first answer that differs from the first shape's."""
    first = None
    for partitions in PARTITIONS:
        for step_events in steps:
            began = time.monotonic()
            shape = f"{name}: {partitions} partitions, steps of {step_events} events"
            program = Gridloop(binary, scratch / f"{name}-{partitions}-{step_events}")
            program.import_csv(csv, partitions)
            program.run_until(step_events)
            got = answers(program)
            if first is None:
                first, first_shape = got, shape
            require_equal(first, got, f"{shape} against {first_shape}")
            lines = sum(map(len, got.values()))
            print(f"  {shape}: {lines:,} lines equal, {time.monotonic() - began:.1f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gridloop", required=True, type=pathlib.Path, metavar="PATH", help="the program")
    parser.add_argument("--csv", default=recount.CSV, type=pathlib.Path)
    arguments = parser.parse_args()
    try:
        with Scratch() as scratch:
            cut = scratch / "cut.csv"
            recount.write_cut(arguments.csv, cut, CUT_ROWS)
            compare(arguments.gridloop, cut, STEPS_OF_THE_CUT, scratch, "a cut")
            compare(arguments.gridloop, arguments.csv, STEPS_OF_ALL, scratch, "the year")
    except Failure as failure:
        print(f"FAIL {failure}")
        return 1
    print("ok: partitions and step sizes change no answer")
    return 0


if __name__ == "__main__":
    sys.exit(main())
