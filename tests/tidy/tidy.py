#!/usr/bin/env python3
"""Holds the rules of the house: prints each violation as path:line: rule: message, and exits with 1 when there is one.

The rules are data in the *.toml files beside this one; the exceptions that are left are numbers in ratchet.toml.
"""

import argparse
import pathlib
import sys
import tomllib

import documents
import includes
import marks
import ratchet
import sizes
import words
from tree import Tree

HERE = pathlib.Path(__file__).resolve().parent


def rules_of(name):
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


def strict_rules(tree, note):
    """Violations of the rules without exceptions."""
    limits = rules_of("limits")
    return [*includes.direction(tree, rules_of("includes")), *includes.third_party(tree, rules_of("includes")),
            *marks.generated(tree, limits), *marks.commits(tree, limits, note), *marks.formatting(tree, limits)]


def ratcheted_rules(tree):
    """name → (places that count, whether the largest one of a key counts instead of their sum)."""
    limits = rules_of("limits")
    return {
        "domain-word": (words.domain(tree, rules_of("words")), False),
        "synonym": (words.synonyms(tree, rules_of("words")), False),
        "function-length": (sizes.functions(tree, limits), True),
        "file-length": (sizes.files(tree, limits), True),
        "room-readme": (documents.readmes(tree, rules_of("documents")), False),
        "dangling-reference": (documents.references(tree, rules_of("documents")), False),
        "lock": (marks.locks(tree, limits), False),
    }


def changed_files(tree):
    """The files that differ from the commit before this one, and new ones."""
    changed = tree.git("diff", "--name-only", "HEAD^") or tree.git("diff", "--name-only", "HEAD") or ""
    new = tree.git("ls-files", "--others", "--exclude-standard") or ""
    return {*changed.split("\n"), *new.split("\n")}


def write_ratchet(root, rules, allowed, recorded):
    tables = {}
    for name, (places, largest) in rules.items():
        numbers = ratchet.totals(places, largest)
        tables[name] = numbers if name in recorded else ratchet.tighten(allowed.get(name, {}), numbers)
    ratchet.save(root, tables)


def violations(root, note=lambda text: None):
    tree = Tree(root)
    allowed, recent = ratchet.load(root), changed_files(tree)
    found = strict_rules(tree, note)
    for name, (places, largest) in ratcheted_rules(tree).items():
        found += ratchet.compare(name, places, allowed.get(name, {}), largest, recent)
    return found


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--root", default=HERE.parent.parent, help="the tree to look at; default: this repository")
    options.add_argument("--tighten", action="store_true", help="lower the exceptions to what the tree still needs")
    options.add_argument("--record", metavar="RULE", action="append", default=[],
                         help="take the present numbers of this rule as its exceptions, larger ones too; or `all`")
    chosen = options.parse_args()
    if chosen.tighten or chosen.record:
        rules = ratcheted_rules(Tree(chosen.root))
        recorded = set(rules) if "all" in chosen.record else set(chosen.record)
        if recorded - set(rules):
            options.error(f"no such rule: {', '.join(sorted(recorded - set(rules)))}; there are {', '.join(rules)}")
        write_ratchet(chosen.root, rules, ratchet.load(chosen.root), recorded)
    notes = []
    found = violations(chosen.root, notes.append)
    for one in found:
        print(one)
    for text in notes:
        print(f"note: {text}")
    print(f"tidy: {len(found)} violations" if found else "tidy: all rules hold")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
