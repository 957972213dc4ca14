#!/usr/bin/env python3
"""kill -9 at random moments of import and run, restarted each time until done: nothing is lost, doubled or torn."""

import random
import signal
import subprocess
import time

import common
from program import OK, Failure, Gridloop, Scratch, answers, require, require_equal, stop


def timed(action):
    began = time.monotonic()
    action()
    return time.monotonic() - began


def until_done(gridloop, arguments, moments, most, seconds):
    """Starts the command again and again, killing it at the next of `moments` (shares of `seconds`), at most `most`
    times; then lets it finish. Returns the moments of the kills that hit it, in seconds."""
    killed = []
    while len(killed) < most:
        patience = seconds * next(moments)
        process = gridloop.start(*arguments)
        try:
            code = process.wait(patience)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            code = process.wait()
        finally:
            stop(process)
        if code == -signal.SIGKILL:
            killed.append(patience)
            continue
        if code != OK:
            finished = gridloop.run(*arguments)
            raise Failure(f"after {len(killed)} kills it exited {code}; once more: {finished}")
        return killed
    gridloop.expect(OK, *arguments)
    return killed


def shares(chance):
    """Moments of death: most within a third of the undisturbed time, some of them near the very start."""
    while True:
        yield 0.01 + chance.choice((0.02, 0.15, 0.35, 0.35, 0.7, 1.0)) * chance.random()


def test():
    options = common.arguments(__doc__, kills=10, rows=20000, step=500)
    chance = random.Random(options.seed)
    with Scratch() as scratch:
        peace = common.Undisturbed(options.gridloop, scratch, options.rows, options.seed, step_events=options.step)
        trial = Gridloop(options.gridloop, scratch / "timed")
        import_arguments, run_arguments = trial.import_arguments(peace.csv), trial.run_arguments(options.step)
        import_seconds = timed(lambda: trial.expect(OK, *import_arguments))
        run_seconds = timed(lambda: trial.expect(OK, *run_arguments))
        print(f"undisturbed: import {import_seconds:.2f} s, run {run_seconds:.2f} s", flush=True)

        kills = {"import": 0, "run": 0}
        moments = shares(chance)
        for round_ in range(1, 20 * options.kills):
            if min(kills.values()) >= options.kills:
                break
            gridloop = Gridloop(options.gridloop, scratch / f"round-{round_}")
            for name, arguments, seconds in (("import", import_arguments, import_seconds),
                                             ("run", run_arguments, run_seconds)):
                most = min(4, max(0, options.kills - kills[name]))
                killed = until_done(gridloop, arguments, moments, most, seconds)
                kills[name] += len(killed)
                at_ms = ", ".join(f"{1000 * at:.0f}" for at in killed) or "-"
                print(f"  round {round_}: {name} killed after {at_ms} ms", flush=True)
            verified = gridloop.run("verify")
            require(verified.code == OK, f"round {round_}: verify must be clean after kills: {verified}")
            require_equal(peace.answers, answers(gridloop, peace.cases), f"round {round_}, killed and undisturbed")
            again = gridloop.expect(OK, *import_arguments)
            require("already imported" in again.said, f"round {round_}: the file was imported, yet {again}")
        require(min(kills.values()) >= options.kills, f"too few kills hit: {kills}; give more --rows")
    print(f"ok: {kills['import']} kills of import, {kills['run']} of run, in {round_ - 1} rounds; "
          "answers equal, verify clean")


if __name__ == "__main__":
    common.main(test)
