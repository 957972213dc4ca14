#!/usr/bin/env python3
"""Full disk, unreadable directory, second process, wrong mapping: a message that says what and where, the right exit
code, and nothing lost."""

import os
import re
import resource
import shutil
import signal
import subprocess

import common
from program import (BUSY, INVALID, OK, SURROUNDINGS, Scratch, answers, require, require_equal, stop, wait_until)
from recount import MAPPING

NOBODY = 65534


def says(finished, *patterns):
    for pattern in patterns:
        require(re.search(pattern, finished.said, re.IGNORECASE), f"the message does not say /{pattern}/: {finished}")


def continues(peace, gridloop, what):
    """The same commands succeed once the cause is gone, and the answers are those of an undisturbed run."""
    gridloop.expect(OK, *gridloop.import_arguments(peace.csv))
    gridloop.run_until()
    gridloop.expect(OK, "verify")
    require_equal(peace.answers, answers(gridloop, peace.cases), what)


def sizes(directory):
    return [path.stat().st_size for path in directory.rglob("*") if path.is_file()]


def imported_sizes(peace, scratch):
    """Sizes in bytes of the files that an import alone leaves."""
    gridloop = peace.gridloop.at(scratch / "imported")
    if not gridloop.data.exists():
        gridloop.import_csv(peace.csv)
    return sizes(gridloop.data)


def with_file_limit(limit_bytes):
    """Options of a process whose files cannot grow beyond a size: writes fail as on a full disk."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return {"preexec_fn": limit, "restore_signals": False}


def files_that_cannot_grow(peace, scratch):
    gridloop = peace.gridloop.at(scratch / "no-growth")
    finished = gridloop.expect(SURROUNDINGS, *gridloop.import_arguments(peace.csv),
                               **with_file_limit(max(imported_sizes(peace, scratch)) // 2))
    says(finished, re.escape(str(gridloop.data)), "too large|no space")
    gridloop.import_csv(peace.csv)
    finished = gridloop.expect(SURROUNDINGS, *gridloop.run_arguments(),
                               **with_file_limit(max(sizes(gridloop.data)) + 10_000))
    says(finished, re.escape(str(gridloop.data)), "too large|no space")
    continues(peace, gridloop, "after files that could not grow")


def full_disk(peace, scratch):
    """A real full disk, where a small file system may be mounted."""
    mount = scratch / "disk"
    mount.mkdir()
    if os.geteuid() != 0:
        return "skipped: only root can mount a small file system"
    half = sum(imported_sizes(peace, scratch)) // 2
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={half}", "tmpfs", str(mount)], capture_output=True,
                          text=True, check=False)
    if made.returncode != 0:
        return f"skipped: no small file system can be mounted here ({made.stderr.strip()})"
    try:
        gridloop = peace.gridloop.at(mount / "data")
        finished = gridloop.expect(SURROUNDINGS, *gridloop.import_arguments(peace.csv))
        says(finished, re.escape(str(gridloop.data)), "no space")
        grown = subprocess.run(["mount", "-o", "remount,size=1g", str(mount)], capture_output=True, text=True,
                               check=False)
        require(grown.returncode == 0, f"cannot grow the small file system: {grown.stderr}")
        continues(peace, gridloop, "after a full disk")
    finally:
        subprocess.run(["umount", str(mount)], check=False)
    return "ok"


def as_nobody(peace, scratch):
    """(gridloop, options): the program as a user without rights, from a place where that user may run it."""
    if os.geteuid() != 0:
        return peace.gridloop, {}
    binary = scratch / "gridloop"
    if not binary.exists():
        shutil.copy(peace.gridloop.binary, binary)
        binary.chmod(0o755)
    gridloop = peace.gridloop.at(peace.gridloop.data)
    gridloop.binary = str(binary)
    return gridloop, {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def unreadable(peace, scratch):
    gridloop, options = as_nobody(peace, scratch)
    mapping = scratch / MAPPING.name
    shutil.copy(MAPPING, mapping)
    for name, mode in (("unreadable", 0o000), ("unwritable", 0o555)):
        directory = scratch / name
        shutil.copytree(peace.gridloop.data, directory)
        os.chmod(directory, mode)
        for path in directory.rglob("*"):
            path.chmod(0o555 if path.is_dir() else 0o444)
        at = gridloop.at(directory)
        finished = at.expect(SURROUNDINGS, *at.run_arguments(), **options)
        says(finished, re.escape(str(directory)), "permission|read-only|cannot")
        for path in [directory, *directory.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        continues(peace, peace.gridloop.at(directory), f"after an {name} directory")
    at = gridloop.at(scratch / "unwritable-parent" / "data")
    at.data.parent.mkdir(mode=0o555)
    finished = at.expect(SURROUNDINGS, *at.import_arguments(peace.csv, mapping=mapping), **options)
    says(finished, re.escape(str(at.data)), "permission|read-only|cannot")


class LiveRun:
    """A `run` by the wall clock, until it is stopped; it has the data directory for itself when the block begins."""

    def __init__(self, gridloop, intruder):
        self.gridloop, self.intruder = gridloop, intruder

    def __enter__(self):
        self._start()
        wait_until(self._refuses, "a second process is refused with exit code 5")
        return self.process

    def __exit__(self, *_):
        stop(self.process)

    def _start(self):
        self.process = self.gridloop.start("run")

    def _refuses(self):
        code = self.gridloop.run(*self.intruder).code
        if self.process.poll() == BUSY:  # the second process came first
            self._start()
            return False
        require(self.process.poll() is None, f"the first process ended by itself with {self.process.poll()}")
        return code == BUSY


def of_any_clock(answered):
    """The answers that do not depend on how late it is."""
    return {question: lines for question, lines in answered.items()
            if question.startswith("rankings") or question.endswith("--months")}


def second_process(peace, scratch):
    directory = scratch / "busy"
    shutil.copytree(peace.gridloop.data, directory)
    gridloop = peace.gridloop.at(directory)
    for clean_stop in (signal.SIGTERM, signal.SIGINT):
        with LiveRun(gridloop, gridloop.import_arguments(peace.csv)) as first:
            finished = gridloop.expect(BUSY, *gridloop.run_arguments())
            says(finished, re.escape(str(directory)), "another process|in use|busy")
            require(first.poll() is None, f"the first process ended with {first.poll()} when a second one came")
            first.send_signal(clean_stop)
            code = first.wait(60)
            require(code == OK, f"{clean_stop.name} is a clean stop, but run exited {code}")
    gridloop.expect(OK, "verify")
    require_equal(of_any_clock(peace.answers), of_any_clock(answers(gridloop)), "after a second process")


def wrong_mapping(peace, scratch):
    text = MAPPING.read_text(encoding="utf-8")
    require("OPEN_DT" in text and "request.reported" in text, f"{MAPPING} has changed: this test does not know it")
    wrong = {
        "unknown-key": ("no_such_key = 1\n" + text, r"unknown-key\.toml:1\b", "no_such_key"),
        "unknown-type": (text.replace("request.reported", "request.reportd"), r"unknown-type\.toml:\d+",
                         "request.reportd"),
        "no-such-column": (text.replace("OPEN_DT", "OPENED_DT"), "OPENED_DT", "OPEN_DT"),
        "not-toml": (text + "\n[unfinished\n", r"not-toml\.toml:\d+", "."),
    }
    untouched = scratch / "untouched"
    shutil.copytree(peace.gridloop.data, untouched)
    for directory in (untouched, scratch / "fresh"):
        gridloop = peace.gridloop.at(directory)
        for name, (content, *patterns) in wrong.items():
            mapping = scratch / f"{name}.toml"
            mapping.write_text(content, encoding="utf-8")
            says(gridloop.expect(INVALID, *gridloop.import_arguments(peace.csv, mapping=mapping)), *patterns)
        finished = gridloop.expect(INVALID, *gridloop.import_arguments(peace.csv, mapping=scratch / "missing.toml"))
        says(finished, r"missing\.toml")
        continues(peace, gridloop, f"after wrong mappings, in the {directory.name} directory")


def test():
    options = common.arguments(__doc__, rows=1500)
    with Scratch() as scratch:
        peace = common.Undisturbed(options.gridloop, scratch, options.rows, options.seed)
        for trial in (files_that_cannot_grow, full_disk, unreadable, second_process, wrong_mapping):
            print(f"  {trial.__name__.replace('_', ' ')}: {trial(peace, scratch) or 'ok'}", flush=True)
    print("ok: each was refused with its exit code and a message, and nothing was lost")


if __name__ == "__main__":
    common.main(test)
