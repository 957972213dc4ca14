"""Events that are sent while the engines run, made from a seed: a cut of the Boston year, or an invented county."""

import dataclasses
import datetime
import json
import random
import subprocess

import recount
from program import Gridloop, lab_of, require

LATE_SHARE = 0.05  # of the events: delivered up to LATE_EVENTS later than the others
LATE_EVENTS = 400
TWICE_SHARE = 0.02  # of the events: delivered a second time


@dataclasses.dataclass(frozen=True)
class Load:
    lines: list  # one event each, in the order of sending; the rules first
    rules: int  # how many of them are rules
    until: datetime.datetime  # what the clock of the engines shows at most
    recounted: recount.Recount | None = None
    cases: list | None = None  # of the CSV that the recount counted


def boston(binary, scratch, seed, rows):
    """The events of `rows` requests. Their source is trusted, so alerts come and go while they are sent."""
    chance = random.Random(seed)
    csv = scratch / "cut.csv"
    recount.write_cut(recount.CSV, csv, rows)
    imported = Gridloop(binary, scratch / "imported")
    imported.import_csv(csv)
    values = {topic: [line["value"] for line in imported.lines("tail", topic)]
              for topic in ("directory", "requests", "dispatches")}
    rules = [value for value in values["directory"] if not json.loads(value)["type"].startswith("backfill.")]
    first = json.loads(rules[0])
    trusted = {**first, "id": "trusted", "type": "source.trusted", "subject": first["source"],
               "data": {"judged_by": "event_time"}}
    events = sorted(values["requests"] + values["dispatches"], key=_time)
    cases = list(recount.read_cases(csv))
    return Load([json.dumps(trusted)] + rules + _delivered(events, chance), 1 + len(rules), recount.UNTIL,
                recount.Recount(cases), cases)


def county(binary, _, seed, grids, days):
    """The events of a county of some days, in the order of their delivery: late ones and repeated ones among them."""
    first = datetime.date(2025, 6, 2)
    made = subprocess.run([lab_of(binary), "simulate", "county", "--grids", str(grids), "--days", str(days), "--rate", "400",
                           "--devices", "0", "--seed", str(seed), "--from", first.isoformat()],
                          check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    lines = made.splitlines()
    families = [json.loads(line)["type"].split(".")[0] for line in lines]
    rules = next(at for at, family in enumerate(families) if family in ("request", "dispatch", "visit", "judgement"))
    require(rules > 0, "the county has no rules")
    end = datetime.datetime.combine(first + datetime.timedelta(days=days), datetime.time(),
                                    datetime.timezone(datetime.timedelta(hours=8)))
    return Load(lines, rules, end)


def _time(line):
    return datetime.datetime.fromisoformat(json.loads(line)["time"])


def _delivered(events, chance):
    """`events` with some moved back and some repeated."""
    placed = []
    for place, event in enumerate(events):
        late = chance.randrange(LATE_EVENTS) if chance.random() < LATE_SHARE else 0
        placed.append((place + late, event))
        if chance.random() < TWICE_SHARE:
            placed.append((place + chance.randrange(LATE_EVENTS), event))
    return [event for _, event in sorted(placed, key=lambda pair: pair[0])]
