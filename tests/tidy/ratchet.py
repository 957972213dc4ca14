"""What the tree is still allowed: a number for each exception, which may only go down.

ratchet.toml has a table for each rule and in it `"key" = number`. A larger number in the tree is a violation, and so is
a smaller one: then the exception is lowered by `tidy.py --tighten`, so that it can't grow back unseen.
"""

import pathlib
import tomllib
from typing import NamedTuple

from tree import Violation

FILE = "tests/tidy/ratchet.toml"

HEADER = """\
# What the tree is still allowed, by rule: the present number of each exception. Written by tests/tidy/tidy.py.
#   --tighten         lowers what the tree no longer needs, and never raises anything
#   --record RULE     takes the present numbers of one rule, larger ones too: say in the commit why
"""


class Place(NamedTuple):
    """One place that counts: the rule allows no more of them for `key` than the ratchet says."""
    path: str
    line: int
    key: str
    weight: int  # 1 for what is counted, a length for what is measured
    message: str


def load(root):
    path = pathlib.Path(root) / FILE
    if not path.exists():
        return {}
    return tomllib.loads(path.read_text(encoding="utf-8"))


def totals(places, largest):
    """The present number of each key: the largest weight, or the sum."""
    numbers = {}
    for place in places:
        before = numbers.get(place.key, 0)
        numbers[place.key] = max(before, place.weight) if largest else before + place.weight
    return numbers


def compare(rule, places, allowed, largest, recent, most=8):
    """Violations of `rule`. `recent` are the files that were changed last: of many places those are shown first."""
    found = []
    numbers = totals(places, largest)
    for key, number in numbers.items():
        limit = allowed.get(key, 0)
        if number <= limit:
            continue
        own = [place for place in places if place.key == key and (not largest or place.weight > limit)]
        own.sort(key=lambda place: (place.path not in recent, place.path, place.line))
        note = f" ({number} in all, {limit} allowed)" if limit or number > 1 else ""
        found += [Violation(place.path, place.line, rule, place.message + note) for place in own[:most]]
        if len(own) > most:
            found.append(Violation(own[most].path, own[most].line, rule, f'"{key}": and {len(own) - most} more places'))
    for key, limit in allowed.items():
        if numbers.get(key, 0) < limit:
            found.append(Violation(FILE, 1, rule, f'"{key}" is allowed {limit} and the tree has {numbers.get(key, 0)}: '
                                                  "run python3 tests/tidy/tidy.py --tighten"))
    return found


def tighten(allowed, numbers):
    """The smaller of both for each key that the tree still has."""
    return {key: min(limit, numbers[key]) for key, limit in allowed.items() if numbers.get(key, 0) > 0}


def save(root, tables):
    lines = [HEADER]
    for rule in sorted(tables):
        if not tables[rule]:
            continue
        lines.append(f"[{rule}]")
        for key in sorted(tables[rule]):
            quoted = key.replace("\\", "\\\\").replace('"', '\\"')
            lines.append(f'"{quoted}" = {tables[rule][key]}')
        lines.append("")
    path = pathlib.Path(root) / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines), encoding="utf-8")
