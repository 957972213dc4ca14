#!/usr/bin/env python3
"""Makes events.tsv: the log whose results recorded_history_test compares with those of before.

usage: python3 -B tests/projections/recorded/make_events.py --lab PROGRAM > tests/projections/recorded/events.tsv

PROGRAM is gridloop-lab. Each section of the log runs on stages of its own: an invented county; the fewest scenarios
that together have every type, clock, code and field of all scenarios; the samples of all types. A log that is made
again after a change of these differs, and all digests change with it.
"""

import argparse
import datetime
import json
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
COUNTY = ["simulate", "county", "--grids", "5", "--days", "4", "--devices", "0", "--rate", "900",
          "--households-per-grid", "2", "--policies", "working", "--from", "2026-02-20"]
COUNTY_RUNS = 40  # records between two runs of the stages
# Lines of a scenario that set the size of steps, or need a number of partitions.
UNFIT = re.compile(r"^(step|step-events|step-rows)\b| partition \d", re.MULTILINE)


def milliseconds(text):
    return round(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def topics_by_type():
    """The topic of each type, by the tables of topics/README.md."""
    found, topic = {}, None
    text = (ROOT / "topics/README.md").read_text(encoding="utf-8")
    for line in text.split("<!-- generated: types -->")[1].split("<!-- end -->")[0].splitlines():
        if line.startswith("### "):
            topic = line[4:].strip()
        row = re.match(r"\| `([a-z_.]+)` \|", line)
        if row:
            found[row.group(1)] = topic
    return found


TOPICS = topics_by_type()


def at(logged, event, topic=None, key=None):
    value = event if isinstance(event, str) else json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    assert "\t" not in value and "\n" not in value, value
    return f"at\t{logged}\t{topic or TOPICS.get(event['type'], 'requests')}\t{key or event['subject']}\t{value}"


def county(lab):
    lines = subprocess.run([lab, *COUNTY], check=True, capture_output=True, text=True).stdout.splitlines()
    logged, made = 0, []
    for number, line in enumerate(lines, 1):
        event = json.loads(line)
        logged = max(logged, milliseconds(event["time"]))
        made.append(at(logged, event))
        if number % COUNTY_RUNS == 0:
            made.append("run")
    # Until every clock has been decided.
    return [*made, "run", *(line for day in range(1, 31) for line in (f"tick\t{logged + day * 86_400_000}", "run"))]


def scenario(text):
    """The lines of a scenario that reach the log, and when the stages run."""
    made, now, still = [], 0, False
    for number, line in enumerate(text.splitlines(), 1):
        verb = line.split(" ")[0]
        if verb == "at":
            now = append_event(line, number, now, made)
        elif verb == "raw":
            _, topic, key, value = line.split(" ", 3)
            made.append(f"at\t{now}\t{topic}\t{key}\t{value}")
        elif verb == "tick":
            now = milliseconds(line.split(" ")[1])
            made.append(f"tick\t{now}")
        elif verb == "stop":
            still = True
            continue
        elif verb == "restart":
            still = False
            made.append("restart")
        else:
            continue
        if not still:
            made.append("run")
    return made


def append_event(line, number, now, made):
    """Appends the event of an `at` line to `made`. Returns what the clock shows then."""
    _, time, kind, subject, *rest = line.split(" ", 4)
    rest = rest[0].strip() if rest else ""
    data = {}
    words = []
    while rest:
        if rest.startswith("{"):
            data, end = json.JSONDecoder().raw_decode(rest)
            rest = rest[end:].strip()
        else:
            word, _, rest = rest.partition(" ")
            value, _, rest = rest.strip().partition(" ")
            words.append((word, value))
    options = dict(words)
    when = datetime.datetime.fromisoformat(time)
    event = {"specversion": "1.0", "id": options.get("id", f"line-{number}"), "source": options.get("source", "/desk"),
             "type": kind, "subject": subject, "time": when.isoformat(), "datacontenttype": "application/json",
             "data": data}
    logged = milliseconds(options.get("log", time))
    made.append(at(logged, event, options.get("topic"), options.get("key")))
    return max(now, logged)


def features(text):
    """Types, fields, clocks, codes and verbs of a scenario."""
    found = set(re.findall(r"^at \S+ (\S+)", text, re.MULTILINE))
    found |= set(re.findall(r'"([a-z_]+)":', text))
    found |= set(re.findall(r'"(?:clock|type|reason|condition|kind)":"[^"]*"', text))
    return found | set(re.findall(r"^[a-z-]+", text, re.MULTILINE))


def scenarios():
    """The fewest that together have every feature; the one that adds most comes first."""
    texts = {str(path.relative_to(ROOT / "tests/scenarios").with_suffix("")): path.read_text(encoding="utf-8")
             for path in sorted((ROOT / "tests/scenarios").glob("*/*.txt"))}
    texts = {name: text for name, text in texts.items() if not UNFIT.search(text)}
    missing = set().union(*map(features, texts.values()))
    while missing:
        name = max(sorted(texts), key=lambda one: len(features(texts[one]) & missing))
        missing -= features(texts[name])
        yield name, scenario(texts.pop(name))


def samples():
    events = [json.loads(path.read_text(encoding="utf-8"))
              for path in sorted((ROOT / "topics/contract/samples").glob("*.json"))]
    events.sort(key=lambda event: milliseconds(event["time"]))
    for event in events:
        yield at(milliseconds(event["time"]), event)
        yield "run"
    yield f"tick\t{milliseconds(events[-1]['time']) + 90 * 86_400_000}"
    yield "run"


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--lab", required=True, help="the program gridloop-lab")
    chosen = options.parse_args()
    print("section\tcounty", *county(chosen.lab), sep="\n")
    for name, lines in scenarios():
        print(f"section\t{name}", *lines, sep="\n")
    print("section\tsamples", *samples(), sep="\n")


if __name__ == "__main__":
    main()
