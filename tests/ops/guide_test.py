#!/usr/bin/env python3
"""Follows the guide to a city's own table, in English and in Chinese, and compares each answer with the one it shows.

    tests/ops/guide_test.py --gridloop build/release/ops/gridloop
"""

import argparse
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ("ops/docs/your-own-city.md", "ops/docs/zh/your-own-city.md")
FILES = {"text": "town.csv", "toml": "town.toml"}  # the first block of each kind
CUT = "[...]"


def matches(shown, lines):
    """Whether `lines` are those shown, where a cut stands for any number of lines."""
    if not shown:
        return not lines
    if shown[0] == CUT:
        return any(matches(shown[1:], lines[n:]) for n in range(len(lines) + 1))
    return bool(lines) and shown[0] == lines[0] and matches(shown[1:], lines[1:])


def follow(page, program, directory):
    """Yields the complaint of each command that answers otherwise than the page shows."""
    blocks = re.findall(r"^```(\w+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    for kind, name in FILES.items():
        text = next(body for block, body in blocks if block == kind)
        (directory / name).write_text(text, encoding="utf-8")
    for body in (body for kind, body in blocks if kind == "console"):
        for command, _, shown in (part.partition("\n") for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]):
            words = [program, *shlex.split(command)[1:]]
            done = subprocess.run(words, cwd=directory, capture_output=True, text=True, check=False, timeout=120)
            if done.returncode != 0 or not matches(shown.splitlines(), done.stdout.splitlines()):
                yield f"$ {command}\nexit code {done.returncode}\n{done.stdout}{done.stderr}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--gridloop", required=True, metavar="PROGRAM", type=pathlib.Path)
    program = str(arguments.parse_args().gridloop.resolve())
    assert matches(["a", CUT, "c"], ["a", "b", "b", "c"]) and not matches(["a", CUT, "c"], ["a", "c", "b"])
    wrong = 0
    for name in PAGES:
        with tempfile.TemporaryDirectory() as directory:
            for complaint in follow((ROOT / name).read_text(encoding="utf-8"), program, pathlib.Path(directory)):
                print(f"{name} shows another answer:\n{complaint}")
                wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
