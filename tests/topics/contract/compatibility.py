#!/usr/bin/env python3
"""Whether programs that keep to the schemas of the last released contract can live with the present ones.

    compatibility.py                  topics/contract/released.json with topics/contract/schemas
    compatibility.py --release        records the present schemas as released
    compatibility.py RECORDED NEW     two directories of schemas
    compatibility.py --self-check     whether it finds what it has to find

Of an input, what was accepted has to be accepted still: no field or type goes, none becomes required, no kind changes,
no limit becomes tighter. Of an output, what was promised has to be there still: no member goes or becomes optional, no
kind changes; members may be added. While `x-version` is higher than the released one, that version is open: breaches are
listed and allowed.
"""

import argparse
import copy
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
SCHEMAS = ROOT / "topics/contract/schemas"
RELEASED = ROOT / "topics/contract/released.json"
KINDS = ("x-kind", "x-unit", "const", "format", "pattern")


def load(directory):
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(directory.glob("*.json"))}


def types_of(schema):
    kinds = schema.get("type", [])
    return {kinds} if isinstance(kinds, str) else set(kinds)


def compare(old, new, outgoing, at):
    """What breaks between two schemas of one value, a line each."""
    if isinstance(old, bool) or isinstance(new, bool):
        return [f"{at}: was {old}, is {new}"] if old is not new and new is not True else []
    found = []
    before, after = types_of(old), types_of(new)
    if (after - before if outgoing else before - after) or bool(before) != bool(after):
        found.append(f"{at}: its kind was {sorted(before)}, is {sorted(after)}")
    for keyword in KINDS:
        if old.get(keyword) != new.get(keyword):
            found.append(f"{at}: {keyword} was {old.get(keyword)}, is {new.get(keyword)}")
    for keyword, tighter in (("maxLength", -1), ("maxItems", -1), ("maximum", -1), ("minLength", 1), ("minimum", 1)):
        if outgoing or keyword not in new:
            continue
        if keyword not in old or (new[keyword] - old[keyword]) * tighter > 0:
            found.append(f"{at}: {keyword} was {old.get(keyword)}, is {new[keyword]}")
    if old.get("x-personal") and not new.get("x-personal"):
        found.append(f"{at}: it was personal")
    if "enum" in new and not outgoing and set(old.get("enum", [])) - set(new["enum"]):
        found.append(f"{at}: values {sorted(set(old['enum']) - set(new['enum']))} are gone")
    for name in old.get("properties", {}):
        if name not in new.get("properties", {}):
            found.append(f"{at}/{name}: it is gone")
        else:
            found += compare(old["properties"][name], new["properties"][name], outgoing, f"{at}/{name}")
    required_before, required_after = set(old.get("required", [])), set(new.get("required", []))
    for name in sorted(required_before - required_after if outgoing else required_after - required_before):
        found.append(f"{at}/{name}: it is {'optional' if outgoing else 'required'} now")
    for part in ("items", "additionalProperties"):
        if isinstance(old.get(part), dict) and isinstance(new.get(part), dict):
            found += compare(old[part], new[part], outgoing, f"{at}/{part}")
    return found


def breaches(recorded, new):
    found = []
    for name, old in recorded.items():
        if name not in new:
            found.append(f"{name}: the type is gone")
            continue
        if old["x-topic"] != new[name]["x-topic"]:
            found.append(f"{name}: its topic was {old['x-topic']}, is {new[name]['x-topic']}")
        found += compare(old, new[name], old["x-direction"] == "out", name)
    return found


def version_of(schemas):
    """The version of a contract, which all its schemas name."""
    versions = {schema["x-version"] for schema in schemas.values()}
    if len(versions) != 1:
        sys.exit(f"the schemas are of several versions: {sorted(versions)}")
    return versions.pop()


def without_descriptions(value):
    """A schema without its texts, which promise nothing."""
    if isinstance(value, list):
        return [without_descriptions(one) for one in value]
    if not isinstance(value, dict):
        return value
    texts = ("description", "title", "x-chinese", "$id", "$schema")
    return {key: without_descriptions(one) for key, one in value.items()
            if not (key in texts and isinstance(one, str))}


def text_of(schemas):
    """The file of a released contract: one type a line."""
    lines = (f"{json.dumps(name)}: {json.dumps(without_descriptions(schema), separators=(',', ':'))}"
             for name, schema in sorted(schemas.items()))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def verdict(recorded, new):
    """(what breaks, whether that is allowed)"""
    return breaches(recorded, new), version_of(new) > version_of(recorded)


# (what is changed, the type, how, what has to be found; "" when nothing)
def self_checks():
    data = lambda schema: schema["properties"]["data"]  # noqa: E731

    def drop(schema, name):
        del data(schema)["properties"][name]

    def require(schema, name):
        data(schema).setdefault("required", []).append(name)

    return [
        ("nothing", "dispatch.sent", lambda s: None, ""),
        ("a description", "dispatch.sent", lambda s: s.update(description="Other words."), ""),
        ("a field is added", "dispatch.sent", lambda s: data(s)["properties"].update(new={"type": "string"}), ""),
        ("a field is no longer required", "dispatch.sent", lambda s: data(s)["required"].remove("unit"), ""),
        ("a limit is wider", "dispatch.sent", lambda s: s["properties"]["id"].update(maxLength=512), ""),
        ("a field is removed", "dispatch.sent", lambda s: drop(s, "hop"), "hop: it is gone"),
        ("a field is required", "dispatch.sent", lambda s: require(s, "area"), "area: it is required now"),
        ("a kind is changed", "dispatch.sent", lambda s: data(s)["properties"]["hop"].update({"x-kind": "string"}),
         "hop: x-kind was integer, is string"),
        ("a JSON type is changed", "dispatch.sent", lambda s: data(s)["properties"]["hop"].update(type="string"),
         "hop: its kind was"),
        ("null is refused", "dispatch.sent", lambda s: data(s)["properties"]["hop"].update(type="integer"),
         "hop: its kind was"),
        ("a limit is tighter", "dispatch.sent", lambda s: s["properties"]["id"].update(maxLength=64), "id: maxLength"),
        ("it is no longer personal", "dispatch.sent", lambda s: data(s)["properties"]["actor"].pop("x-personal"),
         "actor: it was personal"),
        ("the topic is changed", "dispatch.sent", lambda s: s.update({"x-topic": "visits"}), "its topic was"),
        ("data become required", "dispatch.closed", lambda s: s["required"].append("data"), "data: it is required now"),
        ("a member is added", "sla.met", lambda s: data(s)["properties"].update(new={"type": "string"}), ""),
        ("a member is always there now", "sla.met", lambda s: require(s, "unit"), ""),
        ("a member is removed", "sla.met", lambda s: drop(s, "unit"), "unit: it is gone"),
        ("a member is optional now", "sla.met", lambda s: data(s)["required"].remove("due"), "due: it is optional now"),
        ("a kind is changed", "sla.met", lambda s: data(s)["properties"]["cycle"].update(type="string"),
         "cycle: its kind was"),
        ("a nested member is removed", "case.changed",
         lambda s: data(s)["properties"]["clocks"]["items"]["properties"].pop("due"), "due: it is gone"),
    ]


def self_check():
    recorded = load(SCHEMAS)
    failures = []
    for what, name, change, expected in self_checks():
        new = copy.deepcopy(recorded)
        change(new[name])
        found = breaches(recorded, new)
        if (expected == "" and found) or (expected and not any(expected in line for line in found)):
            failures.append(f"{name}, {what}: expected {expected or 'nothing'}, found {found or 'nothing'}")
    fewer = dict(recorded)
    del fewer["sla.met"]
    if breaches(recorded, fewer) != ["sla.met: the type is gone"]:
        failures.append("a type that is gone was not found")
    if verdict(recorded, fewer)[1]:
        failures.append("a breach of the released version was allowed")
    higher = {name: {**schema, "x-version": schema["x-version"] + 1} for name, schema in fewer.items()}
    if verdict(recorded, higher) != (["sla.met: the type is gone"], True):
        failures.append("a breach by an open version was not listed, or was not allowed")
    if breaches(json.loads(text_of(recorded)), recorded):
        failures.append("a contract is not the same once it is recorded")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directories", nargs="*", type=pathlib.Path)
    parser.add_argument("--release", action="store_true")
    parser.add_argument("--self-check", action="store_true")
    options = parser.parse_args()
    if options.self_check:
        failures = self_check()
        print("\n".join(failures), file=sys.stderr)
        return 1 if failures else 0
    if options.release:
        RELEASED.write_text(text_of(load(SCHEMAS)), encoding="utf-8")
        return 0
    if len(options.directories) not in (0, 2):
        parser.error("name two directories, or none")
    recorded, new = map(load, options.directories) if options.directories else (
        json.loads(RELEASED.read_text(encoding="utf-8")), load(SCHEMAS))
    found, allowed = verdict(recorded, new)
    for line in found:
        print(line, file=sys.stderr)
    if found and allowed:
        print(f"Version {version_of(new)} is open; it breaks {len(found)} promises of version {version_of(recorded)}.",
              file=sys.stderr)
    elif found:
        print("Either keep what was promised, or raise kContractVersion in topics/contract/schema.h.", file=sys.stderr)
    return 1 if found and not allowed else 0


if __name__ == "__main__":
    sys.exit(main())
