"""The gridloop program as tests drive it: start it, read its JSON lines, compare what two data directories answer."""

import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from recount import CSV, MAPPING, UNTIL

OK, INTERNAL, USAGE, INVALID, DAMAGED, BUSY, SURROUNDINGS = 0, 1, 2, 3, 4, 5, 6
MINUTES_10 = 600

# Fields that say where or when something was logged, not what is true; they may differ between equal histories.
BOOKKEEPING = {"as_of", "logged", "logged_at", "log_time", "offset", "offsets", "partition", "position", "positions",
               "recorded_at", "step", "steps", "task", "generated_at"}


class Failure(Exception):
    """A promise that was not kept; the text says which, and what was seen instead."""


def require(condition, text):
    if not condition:
        raise Failure(text)


def free_ports(count, lowest, highest):
    """The first of `count` neighbouring ports of the loopback address that nobody listens on.

    They lie below 32768: from there on the system gives ports to those who connect, also to those who try to reach a
    broker that is away, and it would find its port taken when it comes back.
    """
    require(highest < 32768, f"port {highest} may be given to anybody who connects")
    for _ in range(100):
        first = random.SystemRandom().randrange(lowest, highest - count)
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise OSError("no free ports")


class Finished:
    """What a run of the program left: exit code, standard output, standard error."""

    def __init__(self, arguments, code, out, err):
        self.arguments, self.code, self.out, self.err = arguments, code, out, err

    @property
    def said(self):
        return self.out + self.err

    def __str__(self):
        shown = self.said.strip()
        shown = shown if len(shown) < 2000 else shown[:1000] + "\n[...]\n" + shown[-1000:]
        return f"`gridloop {' '.join(self.arguments)}` exited {self.code}:\n{shown}"


def lab_of(binary):
    """The program gridloop-lab, which lies beside gridloop."""
    return str(pathlib.Path(binary).with_name("gridloop-lab"))


class Gridloop:
    """A program and a data directory."""

    def __init__(self, binary, data):
        self.binary, self.data = str(binary), pathlib.Path(data)

    def at(self, data):
        return Gridloop(self.binary, data)

    def command(self, *arguments):
        return [self.binary, *map(str, arguments), "--data", str(self.data)]

    def run(self, *arguments, stdin=b"", timeout=MINUTES_10, **options):
        command = self.command(*arguments)
        try:
            done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                                  **options)
        except subprocess.TimeoutExpired as late:
            said = ((late.stdout or b"") + (late.stderr or b"")).decode("utf-8", "replace")[-2000:]
            raise Failure(f"`gridloop {' '.join(command[1:])}` did not end within {timeout} s:\n{said}") from late
        return Finished(command[1:], done.returncode, done.stdout.decode("utf-8", "replace"),
                        done.stderr.decode("utf-8", "replace"))

    def expect(self, code, *arguments, **options):
        """Runs it and fails unless it exits with `code`."""
        finished = self.run(*arguments, **options)
        require(finished.code == code, f"expected exit code {code}, but {finished}")
        return finished

    def start(self, *arguments):
        """Starts it and returns the process; what it says goes nowhere."""
        return subprocess.Popen(self.command(*arguments), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def lines(self, *arguments):
        """The JSON objects that it prints, one a line."""
        finished = self.expect(OK, *arguments, "--json")
        found = []
        for line in finished.out.splitlines():
            if line.strip():
                try:
                    found.append(json.loads(line))
                except json.JSONDecodeError as error:
                    raise Failure(f"`gridloop {' '.join(arguments)} --json` printed a line that is not JSON "
                                  f"({error}): {line[:200]}") from error
        return found

    def import_arguments(self, csv, partitions=None, mapping=MAPPING):
        return ["import", "--mapping", mapping, *(["--partitions", partitions] if partitions else []), csv]

    def import_csv(self, csv=CSV, partitions=None):
        return self.expect(OK, *self.import_arguments(csv, partitions))

    def run_arguments(self, step_events=None, until=UNTIL):
        return ["run", "--until", until.isoformat(), "--until-idle",
                *(["--step-events", step_events] if step_events else [])]

    def run_until(self, step_events=None):
        return self.expect(OK, *self.run_arguments(step_events))

    def rankings(self, period, level):
        return self.lines("rankings", "--period", period, "--level", level)

    def workload(self, area, first, last):
        """(rows by day, the line with open_now and overdue_now)"""
        lines = self.lines("workload", area, "--from", first, "--to", last)
        days = {line["day"]: line for line in lines if line.get("day")}
        now = [line for line in lines if "open_now" in line and not line.get("day")]
        require(now, f"workload {area}: no line says open_now")
        return days, now[-1]

    def level(self, level, first, last):
        """A line for each area of the level, and one for what belongs to none of them."""
        return self.lines("workload", "--level", level, "--from", first, "--to", last, "--top", 100_000)

    def cohorts(self, area):
        return {line["month"]: line for line in self.lines("workload", area, "--months") if line.get("month")}

    def verdicts(self):
        return self.lines("alerts", "--net")


def without_bookkeeping(value):
    if isinstance(value, dict):
        return {key: without_bookkeeping(inner) for key, inner in value.items() if key not in BOOKKEEPING}
    if isinstance(value, list):
        return [without_bookkeeping(inner) for inner in value]
    return value


def canonical(lines):
    return sorted(json.dumps(without_bookkeeping(line), sort_keys=True) for line in lines)


def months(first, last):
    year, month = map(int, first.split("-"))
    while f"{year:04}-{month:02}" <= last:
        yield f"{year:04}-{month:02}"
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def answers(program, cases=(), areas=("boston", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9")):
    """All that a data directory answers about the Boston year: question -> sorted canonical lines."""
    found = {"alerts --net": canonical(program.verdicts())}
    for month in months("2015-01", "2016-03"):
        for level in ("district", "neighborhood"):
            found[f"rankings {month} {level}"] = canonical(program.rankings(month, level))
    for area in areas:
        found[f"workload {area}"] = canonical(
            program.lines("workload", area, "--from", "2015-01-01", "--to", "2016-01-31"))
        found[f"workload {area} --months"] = canonical(program.lines("workload", area, "--months"))
    for case in cases:
        found[f"case {case}"] = canonical(program.lines("case", case))
    require(found["alerts --net"], "alerts --net printed nothing")
    return found


def differences(expected, got, most=5):
    """What differs between two answers(), as text lines; empty when they are equal."""
    found = []
    for question, lines in expected.items():
        other = got.get(question, [])
        if lines != other:
            lost, extra = sorted(set(lines) - set(other)), sorted(set(other) - set(lines))
            found.append(f"{question}: {len(lost)} lines lost, {len(extra)} new"
                         + "".join(f"\n    - {line[:300]}" for line in lost[:2])
                         + "".join(f"\n    + {line[:300]}" for line in extra[:2]))
    return found[:most] + ([f"and {len(found) - most} more questions"] if len(found) > most else [])


def require_equal(expected, got, where):
    found = differences(expected, got)
    require(not found, f"{where}: the answers differ\n  " + "\n  ".join(found))


def some_cases(csv_cases, count, seed):
    return sorted(random.Random(seed).sample([case.id for case in csv_cases], count))


def stop(process, timeout=60):
    """Ends a process that is still there."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait(timeout)


def wait_until(condition, what, timeout=60):
    deadline = time.monotonic() + timeout
    while not condition():
        require(time.monotonic() < deadline, f"waited {timeout} s in vain until {what}")
        time.sleep(0.02)


class Scratch:
    """A directory that is gone afterwards, whatever happens."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="gridloop-"))
        os.chmod(self.path, 0o755)
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)
