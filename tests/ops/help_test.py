#!/usr/bin/env python3
"""Compares the options that the user pages mention with those that the programs have.

`--help` is the reference. The pages are README.md and every page below ops/. An option after a command, as in
`gridloop run --until TIME`, has to belong to that command. An option by itself, as in `--until TIME`, has to belong to
some command, or to a script of this repository. Commands of other programs are skipped.

    tests/ops/help_test.py --gridloop build/release/ops/gridloop build/release/ops/gridloop-lab
"""

import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = ("ops/start.sh", "ops/install.sh", "ops/kafka/start.sh", "tests/run.sh")
OTHERS = {"--command-config": "Kafka's own scripts"}  # mentioned without their program

OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
DEFINED = re.compile(r"^ +(?:-\w,)?(--[a-z][a-z0-9-]*)", re.MULTILINE)
SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
END_OF_COMMAND = re.compile(r"&&|\|\||[|;&]|\$\(|\)")


def output_of(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def commands_of(help_text):
    """The subcommands that a help text lists."""
    match = re.search(r"^Subcommands:\n((?:[ \t]+.*\n?)+)", help_text, re.MULTILINE | re.IGNORECASE)
    return re.findall(r"^ {2}([a-z][\w-]*)", match[1], re.MULTILINE) if match else []


class Programs:
    """The options of each command, by its words: ("gridloop", "topics", "check") → {"--kafka", ...}."""

    def __init__(self):
        self.options = {}

    def ask(self, program):
        self._ask(program, (pathlib.Path(program).name,))

    def _ask(self, program, words):
        text = output_of([program, *words[1:], "--help"])
        self.options[words] = set(DEFINED.findall(text))
        for name in commands_of(text):
            self._ask(program, (*words, name))

    def command(self, text):
        """The longest command of the programs that `text` begins with, or None."""
        words = text.split()
        if not words:
            return None
        name = words[0].rsplit("/", 1)[-1]
        starts = [(name,)] if (name,) in self.options else [(p, name) for (p, *rest) in self.options if not rest]
        starts = [start for start in starts if start in self.options]
        if not starts:
            return None
        command = starts[0]
        for word in words[1:]:
            if (*command, word) not in self.options:
                break
            command = (*command, word)
        return command

    def group(self, command):
        """The options of a command and of its subcommands: pages may name a family by its first word."""
        return {o for words, options in self.options.items() if words[: len(command)] == command for o in options}

    def known(self):
        return self.group(())


def pieces(page):
    """Yields (line number, text, whether it is a command line) for each piece of code and of prose in a page."""
    fence, prose, start, held = None, [], 1, ""
    for number, line in enumerate(page.splitlines(), 1):
        opening = re.match(r"\s*```(\w*)", line)
        if opening:
            if fence is None:
                yield from spans("\n".join(prose), start)
                fence = opening[1]
            else:
                fence, prose, start = None, [], number + 1
            held = ""
        elif fence is None:
            prose.append(line)
        elif held or fence == "sh" or line.startswith("$ "):
            text = held + line.removeprefix("$ ")
            held = text[:-1] + " " if text.endswith("\\") else ""
            if not held:
                for part in END_OF_COMMAND.split(text):
                    yield number, part.strip(), True
    yield from spans("\n".join(prose), start)


def spans(text, first_line):
    """Yields the code in backticks, then the prose around it."""
    for match in SPAN.finditer(text):
        yield first_line + text.count("\n", 0, match.start()), match[2].replace("\n", " ").strip(), False
    left = SPAN.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    for number, line in enumerate(left.splitlines(), first_line):
        yield number, "--prose " + line if OPTION.search(line) else "", False


def wrong_options(page, programs, scripts):
    """Yields (line number, option, reason) for each option that does not exist."""
    for number, text, is_command_line in pieces(page):
        bare = text.startswith(("-", "["))
        command = None if bare else programs.command(text)
        if command is not None:
            allowed = programs.group(command)
            where = " ".join(command)
        elif bare and not is_command_line:
            allowed = programs.known() | scripts | OTHERS.keys() | {"--prose"}
            where = "any command"
        else:
            continue  # another program
        for option in OPTION.findall(text.split(" -- ")[0]):
            if option not in allowed:
                yield number, option, f"is no option of {where}"


def check_this_test():
    programs = Programs()
    programs.options = {
        ("gridloop",): {"--help"},
        ("gridloop", "run"): {"--help", "--until"},
        ("gridloop", "topics"): {"--help"},
        ("gridloop", "topics", "check"): {"--help", "--kafka"},
    }
    page = """`--until` `--such` `gridloop run --kafka`
`run --until TIME` `cmake --preset` `topics
check --until` a bare --none
```sh
cmake --preset x && build/gridloop run \\
  --untl 3
```
```console
$ gridloop topics check --kafka a | head --lines 1
an answer --of-it
```
`--script`
"""
    found = [(number, option) for number, option, _ in wrong_options(page, programs, {"--script"})]
    want = [(1, "--such"), (1, "--kafka"), (2, "--until"), (3, "--none"), (6, "--untl")]
    assert found == want, found
    help_text = "Usage\n\nSubcommands:\n  run       Process\n  topics    The\n              topics\n"
    assert commands_of(help_text) == ["run", "topics"]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--gridloop", nargs="+", required=True, metavar="PROGRAM", help="gridloop and gridloop-lab")
    programs = Programs()
    check_this_test()
    for program in arguments.parse_args().gridloop:
        programs.ask(program)
    scripts = set()
    for script in SCRIPTS:
        scripts |= set(OPTION.findall(output_of(["bash", ROOT / script, "--help"])))
    pages = [ROOT / "README.md", *sorted((ROOT / "ops").rglob("*.md"))]
    wrong = 0
    for path in pages:
        for number, option, why in wrong_options(path.read_text(encoding="utf-8"), programs, scripts):
            print(f"{path.relative_to(ROOT)}:{number}: {option} {why}")
            wrong += 1
    print(f"{len(pages)} pages, {len(programs.options)} commands, {len(programs.known())} options: {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
