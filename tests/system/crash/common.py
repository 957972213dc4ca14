"""What the crash tests share: their command line, and the small data directory that they damage and disturb."""

import argparse
import os
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "recount"))

import recount  # noqa: E402
from program import Failure, Gridloop, Scratch, answers, some_cases  # noqa: E402


def arguments(doc, **counts):
    """The parsed command line: --gridloop, --seed, and one option for each of `counts` with its default."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--gridloop", required=True, type=pathlib.Path, metavar="PATH", help="the program")
    parser.add_argument("--seed", type=int, default=None, help="repeats a run; printed by each")
    for name, default in counts.items():
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N")
    parsed = parser.parse_args()
    parsed.gridloop = parsed.gridloop.resolve()
    if parsed.seed is None:
        # tests/run.sh gives one that changes with the commit.
        parsed.seed = int(os.environ.get("GRIDLOOP_SAMPLE") or random.SystemRandom().randrange(2**32))
    print(f"seed {parsed.seed}", flush=True)
    return parsed


class Undisturbed:
    """A cut of the Boston year, imported and run in peace; what it answers is what every disturbed run must answer."""

    def __init__(self, binary, scratch, rows, seed, cases=10, step_events=None):
        self.csv = scratch / "cut.csv"
        recount.write_cut(recount.CSV, self.csv, rows)
        self.cases = some_cases(recount.read_cases(self.csv), cases, seed)
        self.gridloop = Gridloop(binary, scratch / "undisturbed")
        self.gridloop.import_csv(self.csv)
        self.gridloop.run_until(step_events)
        self.answers = answers(self.gridloop, self.cases)


def main(test):
    """Runs `test` and turns a Failure into a line and the exit code."""
    try:
        test()
    except Failure as failure:
        print(f"FAIL {failure}", flush=True)
        sys.exit(1)
